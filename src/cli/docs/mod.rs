//! `docs`: what the program says of itself, for a file or for an editor.

mod commands;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{DocsArgs, Global};
use super::failures::Failures;
use super::printer::Printer;
use crate::documentation;
use crate::error::Result;
use crate::fs;

/// Prints what is asked for, or writes all of it.
pub fn run(printer: &Printer, global: &Global, options: &DocsArgs, command: clap::Command) -> Result<(), Failures> {
    if let Some(folder) = &options.out {
        let folder = global.directory.as_ref().map_or_else(|| folder.clone(), |start| start.join(folder));
        return Ok(write(printer, &folder, command)?);
    }
    if let Some(name) = &options.schema {
        let file = documentation::file_name(name);
        let schema = documentation::schemas().into_iter().find(|(other, _)| *other == file);
        return Ok(printer.line(schema.map(|(_, text)| text).unwrap_or_default().trim_end())?);
    }
    let text = if options.configuration { documentation::configuration() } else { commands::reference(command) };
    if printer.is_json() {
        return Ok(printer.document(&json!({ "markdown": text }))?);
    }
    Ok(printer.line(text.trim_end())?)
}

/// Writes cli.md, configuration.md and schemas/ into `folder`.
fn write(printer: &Printer, folder: &Path, command: clap::Command) -> Result<()> {
    let mut files = vec![
        (PathBuf::from("cli.md"), commands::reference(command)),
        (PathBuf::from("configuration.md"), documentation::configuration()),
    ];
    let schemas = documentation::schemas().into_iter();
    files.extend(schemas.map(|(name, text)| (Path::new("schemas").join(name), text)));
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        fs::atomic_write_bytes(&path, text.as_bytes())?;
        written.push(path.display().to_string());
    }
    if printer.is_json() {
        return printer.document(&json!({ "written": written }));
    }
    written.iter().filter(|_| !printer.is_quiet()).try_for_each(|path| printer.line(path))
}
