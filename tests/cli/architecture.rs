//! The architecture as a test: a room imports only from rooms below its own row.

use std::fs;
use std::path::{Path, PathBuf};

/// Rows from the bottom; rooms of one row ignore each other.
const ROWS: [&[&str]; 7] = [
    &["error", "fs", "yaml", "codec", "event", "project"],
    &["data", "config"],
    &["transforms", "models", "metrics"],
    &["engine", "package", "exploration"],
    &["visualization", "documentation"],
    &["stages", "tuning", "suggestion", "serving", "monitoring", "tracking", "deployment", "scaffold"],
    &["cli"],
];

/// The bottom row is small files that may use one another.
const BOTTOM: usize = 0;

/// Libraries that belong to one room.
const OWNED: [(&str, &[&str]); 24] = [
    ("polars", &["data"]),
    ("linfa_datasets", &["data"]),
    ("linfa", &["models"]),
    ("linfa_logistic", &["models"]),
    ("linfa_linear", &["models"]),
    ("linfa_elasticnet", &["models"]),
    ("clap", &["cli"]),
    ("reqwest", &["data"]),
    ("html_escape", &["transforms"]),
    ("rust_stemmers", &["transforms"]),
    ("unicode_normalization", &["transforms"]),
    ("unicode_properties", &["transforms"]),
    ("whichlang", &["transforms"]),
    ("maud", &["visualization"]),
    ("tiny_skia", &["visualization"]),
    ("ttf_parser", &["visualization"]),
    ("dejavu", &["visualization"]),
    ("png", &["visualization"]),
    ("axum", &["serving"]),
    ("tokio", &["serving"]),
    ("tokio_rustls", &["serving"]),
    ("hyper", &["serving"]),
    ("hyper_util", &["serving"]),
    ("http_body_util", &["serving"]),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let relative = path.strip_prefix(&root).unwrap();
                let first = relative.iter().next().unwrap().to_str().unwrap();
                let room = first.trim_end_matches(".rs").to_owned();
                files.push((room, relative.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

fn row(room: &str) -> Option<usize> {
    ROWS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms a line imports: `use crate::a::b`, `use crate::{a, b::c}` and paths in the code.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut name)),
                    _ if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            found.push(name);
        } else {
            found.push(rest.to_owned());
        }
    }
    let first = |path: &String| path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    found.iter().map(first).filter(|name: &String| !name.is_empty()).collect()
}

#[test]
fn imports_run_downwards_only() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let Some(own) = row(&room) else {
            assert!(["main", "lib"].contains(&room.as_str()), "`{room}` has no row");
            continue;
        };
        for import in imports(&text) {
            let Some(other) = row(&import) else { continue };
            let allowed = other < own || import == room || (own == BOTTOM && other == BOTTOM);
            if !allowed {
                wrong.push(format!("{}: {room} imports {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_stay_in_their_rooms() {
    for (room, path, text) in sources() {
        for (library, rooms) in OWNED {
            let used = text.contains(&format!("use {library}::")) || text.contains(&format!(" {library}::"));
            assert!(!used || rooms.contains(&room.as_str()), "{}: `{library}` belongs to {rooms:?}", path.display());
        }
    }
}

#[test]
fn files_keep_their_size() {
    let sizes: Vec<(usize, String)> =
        sources().into_iter().map(|(_, path, text)| (text.lines().count(), path.display().to_string())).collect();
    let large: Vec<&(usize, String)> = sizes.iter().filter(|(lines, _)| *lines > 400).collect();
    assert!(sizes.iter().all(|(lines, _)| *lines <= 700), "{large:?}");
    assert!(large.len() * 10 <= sizes.len(), "{large:?}");
}

#[test]
fn the_test_itself_sees_imports() {
    assert_eq!(imports("use crate::{data::{Table, Kind}, error::Result};"), ["data", "error"]);
    assert_eq!(imports("use crate::fs;\nlet x = crate::cli::run();"), ["fs", "cli"]);
}
