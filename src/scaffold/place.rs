//! The table itself: copied or linked into the project, or left where it is.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::look::{Findings, Placement, Source, names};
use crate::data::sources::http;
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::fs;
use crate::project::Names;

/// Bytes copied at a time.
const BLOCK: usize = 1 << 20;

/// Fetches a table into the project, unless it is there; where it is, and the SHA-256 of its bytes.
///
/// # Errors
/// Exit code 1 where it cannot be had, 2 for an address that is none.
pub fn fetch(folder: &Path, url: &str, observer: &dyn Observer) -> Result<(PathBuf, String)> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let shown = format!("data/external/{}", names::stored(Path::new(path)));
    let to = folder.join(&shown);
    let fetched = http::fetch(&http::Download { url, to: &to, shown: &shown, sha256: None }, observer)?;
    Ok((to, fetched.sha256))
}

/// The tables that are in `folder` already with other bytes.
///
/// # Errors
/// Exit code 1 where one cannot be read.
pub fn conflicts(folder: &Path, found: &Findings, placement: Placement) -> Result<Vec<String>> {
    let mut differing = Vec::new();
    for source in &found.sources {
        let there = folder.join(&source.file);
        if placement != Placement::InPlace && there.symlink_metadata().is_ok() && !is_same(&source.found, &there)? {
            differing.push(source.file.clone());
        }
    }
    Ok(differing)
}

/// Puts the tables where the configs say they are.
///
/// # Errors
/// Exit code 1 where one cannot be written.
pub fn place(folder: &Path, found: &Findings, placement: Placement, observer: &dyn Observer) -> Result<Vec<String>> {
    let mut placed = Vec::new();
    for source in &found.sources {
        let there = folder.join(&source.file);
        if placement == Placement::InPlace || (there.exists() && is_same(&source.found, &there)?) {
            continue;
        }
        match placement {
            Placement::Link => link(source, &there)?,
            _ => copy(source, &there, observer)?,
        }
        placed.push(source.file.clone());
    }
    Ok(placed)
}

fn copy(source: &Source, to: &Path, observer: &dyn Observer) -> Result<()> {
    let (mut from, total) = (fs::open(&source.found)?, fs::size(&source.found)?);
    let task = format!("copy {}", source.found.display());
    if to.is_symlink() {
        // What the link points at may be the table itself.
        fs::remove(to)?;
    }
    fs::atomic_write(to, |writer| {
        let (mut block, mut done) = (vec![0; BLOCK], 0);
        loop {
            let read = from.read(&mut block).map_err(|e| fs::read_error(&source.found, e))?;
            if read == 0 {
                break Ok(());
            }
            writer.write_all(&block[..read]).map_err(|e| fs::write_error(to, e))?;
            done += read as u64;
            observer.event(Event::Progress { task: task.clone(), done, total });
        }
    })?;
    observer.event(Event::Finished { task });
    Ok(())
}

fn link(source: &Source, to: &Path) -> Result<()> {
    let target = std::path::absolute(&source.found).unwrap_or_else(|_| source.found.clone());
    if to.symlink_metadata().is_ok() {
        fs::remove(to)?;
    }
    fs::link(&target, to)
}

/// Whether both are the same file or hold the same bytes.
fn is_same(a: &Path, b: &Path) -> Result<bool> {
    let real = |path: &Path| path.canonicalize().ok();
    if real(a).is_some() && real(a) == real(b) {
        return Ok(true);
    }
    if !b.is_file() || fs::size(a)? != fs::size(b)? {
        return Ok(false);
    }
    let (mut first, mut second) = (fs::open(a)?, fs::open(b)?);
    let (mut one, mut other) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
    loop {
        for (file, block, path) in [(&mut first, &mut one, a), (&mut second, &mut other, b)] {
            block.clear();
            Read::by_ref(file).take(BLOCK as u64).read_to_end(block).map_err(|e| fs::read_error(path, e))?;
        }
        if one != other {
            return Ok(false);
        }
        if one.is_empty() {
            return Ok(true);
        }
    }
}

/// Refuses tables that lie where the new project writes.
///
/// # Errors
/// Exit code 2 with the file.
pub fn refuse_outputs(sources: &[Source], dataset: &str, date: &str) -> Result<()> {
    let names = Names { dataset: dataset.to_owned(), date: date.to_owned(), version: 1 };
    let outputs = [names.of_other_stages(&[]), vec![names.predictions()]].concat();
    match sources.iter().find(|source| outputs.contains(&source.file)) {
        Some(source) => Err(Error::usage(format!("`{}` is a file that the new project writes itself", source.file))
            .hint("leave out `--in-place` to copy it into data/external/, or choose another `--name`")),
        None => Ok(()),
    }
}

/// Where a file inside `folder` lies, relative to it.
///
/// # Errors
/// Exit code 2 for a file outside.
pub fn inside(folder: &Path, file: &Path) -> Result<String> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let absolute = |path: &Path| -> PathBuf { std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()) };
    let relative = absolute(file)
        .strip_prefix(absolute(folder))
        .map(Path::to_path_buf)
        .or_else(|_| real(file).strip_prefix(real(folder)).map(Path::to_path_buf));
    let text = relative.ok().and_then(|path| path.to_str().map(str::to_owned));
    text.filter(|text| !text.contains(['*', '?', '[', '$', '{'])).ok_or_else(|| {
        Error::usage(format!(
            "`{}` cannot stay in its place: it is not in `{}`, or its name means something else in dvc.yaml",
            file.display(),
            folder.display()
        ))
        .hint("leave out `--in-place` to copy it into data/external/, or link it there with `--link`")
    })
}
