//! `init`: a project of a table, that runs at once.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Global, InitArgs, TaskArg};
use super::failures::Failures;
use super::init_account as account;
use super::printer::Printer;
use super::{bump, progress, session};
use crate::data::Task;
use crate::data::sources::dialect::Known;
use crate::error::{Error, Result};
use crate::scaffold::files::{self, Written};
use crate::scaffold::{self, Placement, Request, place, templates};

/// Looks at the table, writes the project and says what was found.
pub fn run(printer: &Printer, global: &Global, options: &InitArgs) -> Result<(), Failures> {
    if !global.set.is_empty() {
        return Err(Error::usage("`--set` changes the configs of a project that is there")
            .hint("run `mlops init` first, then `mlops --set … run-all` in the new folder")
            .into());
    }
    session::threads(global)?;
    if let Some(name) = &options.template {
        let folder = resolve(global, &options.folder);
        let (texts, kept) = files::beside(&folder, templates::files(name)?, options.force)?;
        let done = Written { kept, ..files::write_all(&folder, &texts, options.force)? };
        return tell_template(printer, options, name, &done);
    }
    let Some(data) = &options.data else {
        return Err(Error::usage("no table: `--data FILE` says what the project is made of")
            .hint("such as `mlops init churn --data churn.csv --target churned`; or a known project with `--template`")
            .into());
    };
    let observer = progress::observer(printer);
    let mut request = request(global, options)?;
    match data.to_str().filter(|text| text.starts_with("http://") || text.starts_with("https://")) {
        Some(url) => {
            if holds_secret(url) {
                printer.warning(SECRET);
            }
            let (data, sha256) = place::fetch(&request.folder, url, observer.as_ref())?;
            (request.data, request.url) = (data, Some((url.to_owned(), sha256)));
        }
        None => request.data = resolve(global, data),
    }
    let found = scaffold::look(&request, observer.as_ref())?;
    let (texts, kept) = files::beside(&request.folder, scaffold::files_of(&found), options.force)?;
    if !options.force {
        let mut differing = files::conflicts(&request.folder, &texts)?;
        differing.extend(place::conflicts(&request.folder, &found, request.placement)?);
        if !differing.is_empty() {
            return Err(files::refusal(&request.folder, &differing).into());
        }
    }
    let placed = place::place(&request.folder, &found, request.placement, observer.as_ref())?;
    let mut done = files::write_all(&request.folder, &texts, options.force)?;
    done.written.splice(0..0, placed);
    done.kept = kept;
    tell(printer, options, &found, &done)
}

/// What to say of an address that seems to let its bearer in.
const SECRET: &str = "the query of the address looks like a secret, and goes into configs/config.yaml with it, which \
                      git keeps: take it out there, and set MLOPS_HTTP_TOKEN in the environment";

/// Whether the query of an address has a key such as `token`.
fn holds_secret(url: &str) -> bool {
    const WORDS: [&str; 8] = ["token", "key", "secret", "password", "passwd", "auth", "sig", "credential"];
    let query = url.split_once('?').map_or("", |(_, query)| query).to_ascii_lowercase();
    query.split('&').filter_map(|pair| pair.split('=').next()).any(|key| WORDS.iter().any(|word| key.contains(word)))
}

fn tell(printer: &Printer, options: &InitArgs, found: &scaffold::Findings, done: &Written) -> Result<(), Failures> {
    if printer.is_json() {
        let facts = serde_json::to_value(found).map_err(|e| Error::failure("cannot write the account").because(e))?;
        return Ok(printer.document(&json!({
            "folder": options.folder,
            "found": facts,
            "written": done.written,
            "unchanged": done.unchanged,
            "kept": done.kept,
            "next": account::next(&options.folder),
        }))?);
    }
    if printer.is_quiet() {
        return Ok(());
    }
    Ok(account::print(printer, &options.folder, found, done)?)
}

fn tell_template(printer: &Printer, options: &InitArgs, name: &str, done: &Written) -> Result<(), Failures> {
    if printer.is_json() {
        return Ok(printer.document(&json!({
            "folder": options.folder,
            "template": name,
            "written": done.written,
            "unchanged": done.unchanged,
            "kept": done.kept,
            "next": account::next(&options.folder),
        }))?);
    }
    if printer.is_quiet() {
        return Ok(());
    }
    Ok(account::ending(printer, &options.folder, done)?)
}

/// Relative paths start at `-C`.
fn resolve(global: &Global, path: &Path) -> PathBuf {
    match &global.directory {
        Some(start) => start.join(path),
        None => path.to_path_buf(),
    }
}

fn request(global: &Global, options: &InitArgs) -> Result<Request> {
    Ok(Request {
        data: PathBuf::new(),
        url: None,
        test: options.test.as_deref().map(|path| resolve(global, path)),
        folder: resolve(global, &options.folder),
        target: options.target.clone(),
        task: options.task.map(task),
        positive: options.positive.clone(),
        name: options.name.clone(),
        delimiter: options.delimiter.as_deref().map(delimiter).transpose()?,
        header: options.header.then_some(true).or(options.no_header.then_some(false)),
        known: Known { member: options.member.clone(), encoding: options.encoding.clone() },
        placement: match (options.link, options.in_place) {
            (true, _) => Placement::Link,
            (_, true) => Placement::InPlace,
            _ => Placement::Copy,
        },
        date: bump::today(),
    })
}

fn task(task: TaskArg) -> Task {
    match task {
        TaskArg::Binary => Task::Binary,
        TaskArg::Multiclass => Task::Multiclass,
        TaskArg::Regression => Task::Regression,
    }
}

fn delimiter(text: &str) -> Result<u8> {
    match text.as_bytes() {
        b"tab" | b"\\t" | b"\t" => Ok(b'\t'),
        [sign] if sign.is_ascii() && !matches!(sign, b'"' | b'\n' | b'\r') => Ok(*sign),
        _ => Err(Error::usage(format!("`--delimiter {text}` is not one ASCII character")).hint("such as `;` or `tab`")),
    }
}
