//! What DVC finds in a project besides its dvc.yaml: `.dvc` files, and the dvc.yaml of other folders.

use std::collections::HashSet;
use std::path::Path;

use super::FILE;
use super::path::below;
use crate::error::Result;
use crate::fs;

/// Says of a path relative to the project folder, and of whether it is a folder, that DVC does not look there.
pub type Ignored<'a> = dyn Fn(&str, bool) -> bool + 'a;

/// Folders that belong to tools.
const TOOLS: [&str; 7] = [".git", ".hg", ".dvc", ".mlops", "node_modules", "__pycache__", ".ipynb_checkpoints"];

/// A folder that holds one of these is another project, or made by a tool that can make it again.
const MARKS: [&str; 3] = [".dvc", "CACHEDIR.TAG", "pyvenv.cfg"];

/// Walks through the project folder. `visit` gets each `.dvc` file and each dvc.yaml but the project's own, and gives
/// the paths of its outs; what is below an out is data, and so no place for such files.
pub(super) fn walk(
    root: &Path,
    mut outs: HashSet<String>,
    ignored: &Ignored,
    mut visit: impl FnMut(&str) -> Result<Vec<String>>,
) -> Result<()> {
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        // What cannot be read holds nothing, as DVC has it.
        let Ok(entries) = fs::entries(&root.join(&folder)) else { continue };
        let named = entries.into_iter().filter_map(|e| Some((e.name.into_string().ok()?, e.kind == fs::Kind::Folder)));
        let mut entries: Vec<(String, bool)> = named.collect();
        if !folder.is_empty() && entries.iter().any(|(name, _)| MARKS.contains(&name.as_str())) {
            continue;
        }
        entries.sort();
        let path = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        for (name, _) in entries.iter().filter(|(_, is_folder)| !is_folder) {
            let is_ours = (name.ends_with(".dvc") && name != ".dvc") || (name == FILE && !folder.is_empty());
            if is_ours && !ignored(&path(name), false) {
                outs.extend(visit(&path(name))?);
            }
        }
        for (name, _) in entries.iter().rev().filter(|(name, is_folder)| *is_folder && !TOOLS.contains(&name.as_str()))
        {
            let path = path(name);
            if !outs.contains(&path) && !ignored(&path, true) {
                folders.push(path);
            }
        }
    }
    Ok(())
}

/// The folder of a file.
pub(super) fn folder_of(file: &str) -> String {
    below(file, "..").unwrap_or_default()
}
