//! The project's folder: its configs, its rights, its space.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Check;
use crate::cli::args::Global;
use crate::cli::printer::Printer;
use crate::cli::validate;
use crate::config::{Config, Origin};
use crate::data::memory::shown;
use crate::data::sources::pattern;
use crate::error::{Error, Result};
use crate::fs;
use crate::project::{FOLDERS, Project};

/// Free space that is always wanted.
const LEAST: u64 = 1_000_000_000;
/// A table is kept several times over, as each stage writes it, and in DVC's cache.
const TIMES: u64 = 10;

/// Whether there is a project, and whether its configs and dvc.yaml hold.
pub fn configs(printer: &Printer, global: &Global, project: Option<&Project>) -> Check {
    let Some(project) = project else {
        return Check::ok("project", "none in this folder or above; `mlops init` makes one");
    };
    let root = project.root().display();
    match validate::check(printer, global) {
        Ok(facts) => {
            Check::ok("project", format!("`{root}` is valid: {} algorithms, {} stages", facts.algorithms, facts.stages))
        }
        Err(failures) => {
            let more = match failures.errors().len() {
                0 | 1 => String::new(),
                problems => format!(", and {} more", problems - 1),
            };
            let first = failures.errors().first().map_or("", Error::message);
            Check::fail("project", format!("`{root}`: {first}{more}"), "`mlops validate` tells them all")
        }
    }
}

/// Whether stages can write where they must, found out by writing.
pub fn folders(project: &Project) -> Check {
    let mut tried: BTreeSet<PathBuf> = BTreeSet::new();
    for folder in [""].iter().chain(FOLDERS) {
        match writable(project.root(), folder) {
            Ok(there) => tried.insert(there),
            Err(error) => return Check::failed("folders", &error),
        };
    }
    Check::ok("folders", format!("data, models and reports can be written ({} folders tried)", tried.len()))
}

/// Tries to write in a folder, or in the nearest above it that is there, since stages make folders themselves.
fn writable(root: &Path, folder: &str) -> Result<PathBuf> {
    let mut there = root.to_path_buf();
    for part in Path::new(folder) {
        let next = there.join(part);
        match next.metadata() {
            Ok(meta) if meta.is_dir() => there = next,
            Ok(_) => {
                return Err(Error::failure(format!("`{}` is a file where a folder must be", next.display()))
                    .hint("move it away; stages make the folder themselves"));
            }
            Err(_) if next.is_symlink() => {
                return Err(Error::failure(format!("`{}` is a link to what is not there", next.display()))
                    .hint("make the folder it points at, or mount its disk"));
            }
            Err(_) => break,
        }
    }
    fs::try_writing(&there)?;
    Ok(there)
}

/// Whether there is room for what a run writes.
pub fn space(root: &Path, project: Option<&Project>) -> Check {
    let Some(free) = fs::free_space(root) else {
        return Check::ok("space", "the system does not tell what is free");
    };
    let table = project.map_or(0, source_size);
    let wanted = LEAST.max(TIMES.saturating_mul(table));
    let message = format!("{} free", shown(free));
    if free >= wanted {
        return Check::ok("space", message);
    }
    let hint = if table * TIMES > LEAST {
        format!("about {} are wanted, {TIMES} times the sources", shown(wanted))
    } else {
        format!("at least {} are wanted", shown(wanted))
    };
    Check::warn("space", message, format!("{hint}; every stage writes the table again, and DVC keeps copies"))
}

/// Bytes of the sources that are there; a config that cannot be read is told of elsewhere.
fn source_size(project: &Project) -> u64 {
    let Ok(config) = Config::load(project) else { return 0 };
    let files = config.main.sources.iter().flat_map(|source| match &source.origin {
        Origin::File { file, .. } => pattern::files(project.root(), file).unwrap_or_default(),
        Origin::Url { file, .. } => vec![file.value.clone()],
        Origin::Builtin { .. } => Vec::new(),
    });
    files.filter_map(|file| fs::size(&project.path(file)).ok()).sum()
}
