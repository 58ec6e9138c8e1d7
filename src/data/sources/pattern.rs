//! Several files by one pattern: `*`, `?` and `[…]` in the parts of a path.

use std::path::Path;

use glob::Pattern;

use crate::error::{Error, Result};
use crate::fs;

/// Whether a path stands for several files.
pub fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The files below `root` that a path stands for, sorted, relative to it; a path that is no pattern, or
/// is the very name of a file, stands for itself.
///
/// # Errors
/// Exit code 1 where nothing matches or a folder cannot be listed, 2 where the pattern is none.
pub fn files(root: &Path, path: &str) -> Result<Vec<String>> {
    if !is_pattern(path) || root.join(path).is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = vec![String::new()];
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for (at, part) in parts.iter().enumerate() {
        let is_last = at + 1 == parts.len();
        let mut next = Vec::new();
        for folder in &found {
            for name in names(&root.join(folder), part)? {
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let there = root.join(&path);
                if if is_last { there.is_file() } else { there.is_dir() } {
                    next.push(path);
                }
            }
        }
        found = next;
    }
    if found.is_empty() {
        return Err(Error::failure(format!("no file matches `{path}`"))
            .hint("`*` stands for any characters of a name, `?` for one; relative paths start at the project folder"));
    }
    found.sort();
    Ok(found)
}

/// The names in a folder that one part of a pattern stands for.
fn names(folder: &Path, part: &str) -> Result<Vec<String>> {
    if !is_pattern(part) {
        return Ok(vec![part.to_owned()]);
    }
    let pattern = (!part.contains("**")).then(|| Pattern::new(part).ok()).flatten().ok_or_else(|| {
        Error::usage(format!("`{part}` is no pattern"))
            .hint("`*` any characters, `?` one, `[abc]` or `[0-9]` one of these")
    })?;
    // What a hidden name is, such as that of a file being written, has to be asked for.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::default() };
    let names = fs::names_in(folder)?;
    Ok(names.into_iter().filter(|name| pattern.matches_with(name, options)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_the_files_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["d/2024-02.csv", "d/2024-01.csv", "d/2023-12.csv", "d/.2024-03.csv", "e/2024-01.csv", "d/a[1].csv"]
        {
            fs::atomic_write_bytes(&folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("d/2024-folder.csv")).unwrap();
        for (pattern, expected) in [
            ("d/2024-*.csv", &["d/2024-01.csv", "d/2024-02.csv"][..]),
            ("?/2024-01.csv", &["d/2024-01.csv", "e/2024-01.csv"]),
            ("./d/202[34]-1?.csv", &["d/2023-12.csv"]),
            ("d/a[1].csv", &["d/a[1].csv"]),
            ("d/none.csv", &["d/none.csv"]),
        ] {
            assert_eq!(files(folder.path(), pattern).unwrap(), expected, "{pattern}");
        }
        for (pattern, expected) in [
            ("d/2025*", "no file matches `d/2025*`"),
            ("x*/a.csv", "no file matches `x*/a.csv`"),
            ("d/[", "`[` is no pattern"),
            ("**/a.csv", "`**` is no pattern"),
        ] {
            assert_eq!(files(folder.path(), pattern).unwrap_err().message(), expected);
        }
    }
}
