//! The files of a folder that count.

use std::path::{Path, PathBuf};

use super::ignore::{self, Ignore};
use crate::error::{Error, Result};
use crate::fs::{self, Kind};

/// A file in a folder.
#[derive(Debug)]
pub struct Found {
    /// Relative to the folder, `/` between its parts.
    pub relative: String,
    /// Where it is.
    pub path: PathBuf,
}

/// All files below a folder but those of .dvcignore: hidden ones too, and those behind links to files, but no
/// folder behind a link. `place` is the folder relative to the DVC repository; none outside of it.
///
/// # Errors
/// Exit code 3 for what DVC cannot keep: names that are no text, links to nothing, pipes, a .dvcignore inside.
pub fn files(ignore: &Ignore, folder: &Path, place: Option<&str>) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut pending = vec![(folder.to_path_buf(), String::new())];
    while let Some((path, relative)) = pending.pop() {
        let place = place.map(|place| join(place, &relative));
        let rules = place.as_deref().map(|place| ignore.rules(place)).transpose()?;
        for entry in fs::entries(&path)? {
            let here = path.join(&entry.name);
            let Some(name) = entry.name.to_str() else {
                return Err(Error::data(format!("the name of `{}` is not valid UTF-8", here.display()))
                    .hint("rename it: neither dvc.lock nor the cache can hold such a name"));
            };
            let kind = if entry.kind == Kind::Link { behind(&here)? } else { entry.kind };
            if let (Some(rules), Some(place)) = (&rules, &place)
                && rules.ignores(&join(place, name), kind == Kind::Folder)
            {
                continue;
            }
            let relative = join(&relative, name);
            match (entry.kind, kind) {
                (Kind::Link, Kind::Folder) => {}
                (_, Kind::Folder) => pending.push((here, relative)),
                (_, Kind::File) if name == ignore::FILE => return Err(own_rules(&here)),
                (_, Kind::File) => found.push(Found { relative, path: here }),
                (_, Kind::Link) => return Err(no_file(&here, "is a link to nothing")),
                (_, Kind::Other) => return Err(no_file(&here, "is neither a file nor a folder")),
            }
        }
    }
    Ok(found)
}

/// What a link leads to; a link where that is nothing.
fn behind(link: &Path) -> Result<Kind> {
    Ok(fs::stat(link)?.map_or(Kind::Link, |stat| stat.kind))
}

/// One path below another, of which the first may be empty.
pub fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

fn no_file(path: &Path, what: &str) -> Error {
    Error::data(format!("`{}` {what}", path.display())).hint("remove it, or name it in .dvcignore")
}

fn own_rules(path: &Path) -> Error {
    Error::data(format!("`{}` stands in a folder that is a dependency or an output, which DVC refuses", path.display()))
        .hint("put its lines into the .dvcignore of the project folder")
}
