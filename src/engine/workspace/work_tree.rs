//! What must be known of git: where its work tree is, and which files it tracks. Git itself need be installed
//! only to stage files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::ini;
use crate::error::{Error, Result};
use crate::fs;

/// The git work tree around a folder.
#[derive(Debug)]
pub struct WorkTree {
    /// The folder itself.
    pub root: PathBuf,
    /// Its `.git`, or what stands for it in a linked work tree.
    folder: PathBuf,
    tracked: OnceLock<Vec<Vec<u8>>>,
}

impl WorkTree {
    /// Looks for one in a folder and those above it.
    pub fn find(from: &Path) -> Option<Self> {
        from.ancestors().find_map(|root| {
            let entry = root.join(".git");
            let folder = if entry.is_file() {
                let text = fs::read_to_string(&entry).ok()?;
                root.join(text.trim().strip_prefix("gitdir:")?.trim())
            } else {
                entry
            };
            let found = folder.join("HEAD").is_file();
            found.then(|| Self { root: root.to_path_buf(), folder, tracked: OnceLock::new() })
        })
    }

    /// Whether git tracks a path relative to its root, or files below it.
    pub fn tracks(&self, path: &str) -> bool {
        let files = self.tracked.get_or_init(|| self.read_index().unwrap_or_default());
        let at = files.partition_point(|file| file.as_slice() < path.as_bytes());
        let below = format!("{path}/");
        let from = files.partition_point(|file| file.as_slice() < below.as_bytes());
        files.get(at).is_some_and(|file| file == path.as_bytes())
            || files.get(from).is_some_and(|file| file.starts_with(below.as_bytes()))
    }

    /// The commit that is checked out, within: none before the first. No answer where the files do not tell it.
    pub fn commit(&self) -> Option<Option<String>> {
        const LONGEST_CHAIN: usize = 5;
        let mut text = fs::read_to_string(&self.folder.join("HEAD")).ok()?;
        for _ in 0..LONGEST_CHAIN {
            let Some(name) = text.trim().strip_prefix("ref:").map(str::trim) else {
                let id = text.trim();
                return (id.len() >= 40 && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| Some(id.to_owned()));
            };
            match self.reference(name)? {
                Some(found) => text = found,
                None => return Some(None),
            }
        }
        None
    }

    /// What a reference holds; none within where there is no such one. No answer from git's newer table of references.
    fn reference(&self, name: &str) -> Option<Option<String>> {
        let common = self.common();
        if common.join("reftable").is_dir() {
            return None;
        }
        let own = [self.folder.join(name), common.join(name)].into_iter().find(|file| file.is_file());
        if let Some(file) = own {
            return fs::read_to_string(&file).ok().map(Some);
        }
        let packed = common.join("packed-refs");
        let text = if packed.is_file() { fs::read_to_string(&packed).ok()? } else { String::new() };
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        Some(lines.find(|(_, packed)| *packed == name).map(|(id, _)| id.to_owned()))
    }

    /// Stages files as they are now: the one thing that needs the git command.
    ///
    /// # Errors
    /// Exit code 1 where git is not installed, or refuses.
    pub fn add(&self, files: &[PathBuf]) -> Result<()> {
        let names: Vec<String> = files.iter().map(|file| format!("'{}'", file.display())).collect();
        let failed = |why: String| {
            Error::failure("cannot stage files in git, as `core.autostage` of DVC asks")
                .because(Error::failure(why.trim().to_owned()))
                .hint(format!("all else is done; stage them with `git add {}`", names.join(" ")))
        };
        let mut command = Command::new("git");
        command.arg("add").arg("--").args(files).current_dir(&self.root).stdin(Stdio::null());
        let output = command.output().map_err(|e| failed(e.to_string()))?;
        if output.status.success() { Ok(()) } else { Err(failed(String::from_utf8_lossy(&output.stderr).into_owned())) }
    }

    /// Files with ignored patterns for the whole work tree, the weakest first.
    pub fn excludes(&self) -> Vec<PathBuf> {
        let home = || std::env::var_os("HOME").map(PathBuf::from);
        let set = std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
        let user = set.or_else(|| home().map(|home| home.join(".config"))).map(|folder| folder.join("git/ignore"));
        let named = self.setting("core", "excludesfile").map(|value| match (value.strip_prefix("~/"), home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.root.join(value),
        });
        [Some(self.common().join("info/exclude")), named.or(user)].into_iter().flatten().collect()
    }

    /// The last value of a setting, of the repository or else of the user.
    fn setting(&self, section: &str, key: &str) -> Option<String> {
        let user = std::env::var_os("HOME").map(|home| Path::new(&home).join(".gitconfig"));
        [Some(self.common().join("config")), user].into_iter().flatten().find_map(|file| {
            let text = if file.is_file() { fs::read_to_string(&file).ok()? } else { return None };
            let (settings, _) = ini::parse(&text);
            settings.into_iter().rev().find(|s| s.section == section && s.key == key).map(|s| s.value)
        })
    }

    /// What all work trees of the repository share.
    fn common(&self) -> PathBuf {
        let named = self.folder.join("commondir");
        let text = if named.is_file() { fs::read_to_string(&named).ok() } else { None };
        text.map_or_else(|| self.folder.clone(), |text| self.folder.join(text.trim()))
    }

    fn read_index(&self) -> Option<Vec<Vec<u8>>> {
        let file = self.folder.join("index");
        let sha256 = self.setting("extensions", "objectformat").is_some_and(|value| value == "sha256");
        if file.is_file() { parse_index(&fs::read(&file).ok()?, if sha256 { 32 } else { 20 }) } else { None }
    }
}

/// The paths of an index of version 2 to 4, which are sorted; none where it is anything else.
fn parse_index(bytes: &[u8], hash: usize) -> Option<Vec<Vec<u8>>> {
    const STAT: usize = 40;
    const EXTENDED: u8 = 0x40;
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let version = number(4).filter(|version| bytes.starts_with(b"DIRC") && (2..=4).contains(version))?;
    let mut paths: Vec<Vec<u8>> = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let start = at;
        let extended = bytes.get(at + STAT + hash)? & EXTENDED != 0;
        at += STAT + hash + 2 + if extended { 2 } else { 0 };
        let mut path = Vec::new();
        if version == 4 {
            let cut = offset(bytes, &mut at)?;
            let before = paths.last().map_or(&[][..], Vec::as_slice);
            path.extend_from_slice(before.get(..before.len().checked_sub(cut)?)?);
        }
        let length = bytes.get(at..)?.iter().position(|byte| *byte == 0)?;
        path.extend_from_slice(&bytes[at..at + length]);
        at = if version == 4 { at + length + 1 } else { start + (at + length - start + 8) / 8 * 8 };
        paths.push(path);
    }
    Some(paths)
}

/// A number of seven bits a byte, as git's packs have them.
fn offset(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut next = || {
        let byte = *bytes.get(*at)?;
        *at += 1;
        Some(byte)
    };
    let mut byte = next()?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = next()?;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
    }
    Some(value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `git add` of `a`, `dir/b` and `dir/sub/c` (git 2.47), and `git update-index --index-version 4`.
    const INDEXES: [&str; 2] = [
        "4449524300000002000000036b015c40019a40166b015c40019a40160000fe0000a4aa11000081a4000000000000000000000000e69de29bb2d1d6434b8b29ae775ad8c2e48c5391000161006b015c40019a40166b015c40019a40160000fe0000a4aa21000081a4000000000000000000000000e69de29bb2d1d6434b8b29ae775ad8c2e48c539100056469722f6200000000006b015c40019a40166b015c40019a40160000fe0000a4aa31000081a4000000000000000000000000e69de29bb2d1d6434b8b29ae775ad8c2e48c539100096469722f7375622f63001e8c2a5b5ffa815b6ed998cd8aef2de465c62f3c",
        "4449524300000004000000036b015c40019a40166b015c40019a40160000fe0000a4aa11000081a4000000000000000000000000e69de29bb2d1d6434b8b29ae775ad8c2e48c539100010061006b015c40019a40166b015c40019a40160000fe0000a4aa21000081a4000000000000000000000000e69de29bb2d1d6434b8b29ae775ad8c2e48c53910005016469722f62006b015c40019a40166b015c40019a40160000fe0000a4aa31000081a4000000000000000000000000e69de29bb2d1d6434b8b29ae775ad8c2e48c53910009017375622f63001ef42f2327bb6cf37e093b23a4a07545cedf02e8",
    ];

    pub(in crate::engine::workspace) fn index(version: usize) -> Vec<u8> {
        let hex = INDEXES[version];
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn an_index_of_any_version_is_read() {
        for version in [0, 1] {
            let paths = parse_index(&index(version), 20).unwrap();
            assert_eq!(paths, [&b"a"[..], b"dir/b", b"dir/sub/c"]);
            for end in 0..index(version).len() - 21 {
                assert_eq!(parse_index(&index(version)[..end], 20), None, "{end}");
            }
        }
    }

    #[test]
    fn the_commit_is_read_wherever_git_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            fs::atomic_write_bytes(&folder.path().join(name), text.as_bytes()).unwrap();
        };
        let (first, second) = ("1".repeat(40), "2".repeat(64));
        let commit = |from: &str| WorkTree::find(&folder.path().join(from)).unwrap().commit();
        write(".git/HEAD", "ref: refs/heads/main\n");
        assert_eq!(commit(""), Some(None));
        write(".git/packed-refs", &format!("# pack-refs with: peeled\n{first} refs/heads/main\n^{second}\n"));
        assert_eq!(commit(""), Some(Some(first.clone())));
        write(".git/refs/heads/main", &format!("{second}\n"));
        assert_eq!(commit(""), Some(Some(second)));
        write(".git/HEAD", "half an id");
        assert_eq!(commit(""), None);
        // A linked work tree has a HEAD of its own.
        write("tree/.git", "gitdir: ../.git/worktrees/tree\n");
        write(".git/worktrees/tree/HEAD", "ref: refs/heads/side\n");
        write(".git/worktrees/tree/commondir", "../..\n");
        write(".git/refs/heads/side", &first);
        assert_eq!(commit("tree"), Some(Some(first)));
        write(".git/reftable/tables.list", "");
        assert_eq!(commit("tree"), None);
    }

    #[test]
    fn a_folder_is_tracked_with_any_file_in_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::atomic_write_bytes(&folder.path().join(".git/HEAD"), b"ref: refs/heads/main\n").unwrap();
        fs::atomic_write_bytes(&folder.path().join(".git/index"), &index(0)).unwrap();
        let tree = WorkTree::find(&folder.path().join("dir/sub")).unwrap();
        assert_eq!(tree.root, folder.path());
        for (path, tracked) in [
            ("a", true),
            ("dir", true),
            ("dir/sub", true),
            ("dir/sub/c", true),
            ("di", false),
            ("b", false),
            ("a/x", false),
        ] {
            assert_eq!(tree.tracks(path), tracked, "{path}");
        }
    }
}
