//! Paths in dvc.yaml: relative to the project folder, `/` between their parts, without `.` and `..`.

use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::yaml::Location;

/// `path` below `folder`; none where it leaves the project folder or is absolute.
pub(super) fn below(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => {
                parts.pop()?;
            }
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

/// The way from `folder` to `path`, both relative to the project folder.
pub(super) fn relative(folder: &str, path: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(common).map(|_| "..");
    let parts: Vec<&str> = up.chain(to.into_iter().skip(common)).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A path as dvc.yaml has it, in both its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Relative to the project folder.
    pub(super) path: String,
    /// As dvc.lock has it: as it was written, relative to the stage's folder.
    pub(super) name: String,
}

/// Reads a path that was written in a stage that works in `wdir`.
///
/// # Errors
/// Exit code 2: an address, or a path that leaves the project folder.
pub(super) fn named(root: &Path, wdir: &str, written: &str, location: &Location) -> Result<Named> {
    let refuse = |what: &str, hint: &str| Err(Error::usage(format!("{location}: `{written}` {what}")).hint(hint));
    if written.is_empty() {
        return refuse("is no path", "name a path inside the project folder");
    }
    if written.contains("://") {
        return refuse(
            "is an address; only files of the project are supported",
            "fetch it into the project folder with a stage of its own",
        );
    }
    if written.contains(['\n', '\0']) {
        return refuse("is no path", "name a path inside the project folder");
    }
    // DVC writes what is absolute and inside relative to the stage's folder; all else stays as it was written.
    let absolute = Path::new(written).is_absolute().then(|| std::path::absolute(root).ok()).flatten();
    let inside = absolute.and_then(|root| Path::new(written).strip_prefix(root).ok()).and_then(Path::to_str);
    let (path, name) = match inside {
        Some(inside) => {
            let path = below("", inside);
            let name = path.as_deref().map(|path| relative(wdir, path));
            (path, name.unwrap_or_default())
        }
        None => (below(wdir, written), written.to_owned()),
    };
    match path {
        Some(path) => Ok(Named { path, name }),
        None => refuse("leaves the project folder", "name a path inside the project folder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known_in_both_forms() {
        let here = std::path::absolute(".").unwrap();
        let inside = here.join("d/x").to_str().unwrap().to_owned();
        // Names as in the dvc.lock of DVC 3.67.1.
        for (wdir, written, path, name) in [
            ("", "./y", "y", "./y"),
            ("", "d/", "d", "d/"),
            ("", "d//x", "d/x", "d//x"),
            ("", "s/../y", "y", "s/../y"),
            ("s", "../p", "p", "../p"),
            ("s", &inside, "d/x", "../d/x"),
            ("s/t", ".", "s/t", "."),
        ] {
            let found = named(Path::new("."), wdir, written, &Location::default()).unwrap();
            assert_eq!((found.path.as_str(), found.name.as_str()), (path, name), "{written}");
        }
        for (written, expected) in [
            ("../../x", "value: `../../x` leaves the project folder"),
            ("/etc/passwd", "value: `/etc/passwd` leaves the project folder"),
            ("s3://a/b", "value: `s3://a/b` is an address; only files of the project are supported"),
            ("", "value: `` is no path"),
        ] {
            let error = named(Path::new("."), "s", written, &Location::default()).unwrap_err();
            assert_eq!(error.message(), expected);
        }
        assert_eq!(relative("a/b", "a/c/d"), "../c/d");
        assert_eq!(relative("a", "a"), ".");
    }
}
