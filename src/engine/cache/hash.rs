//! Fingerprints of files and folders; what has not changed is not read again.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ignore::Ignore;
use super::listing::Listing;
use super::md5::Md5;
use super::spread;
use super::state::{self, State};
use super::walk;
use crate::engine::fingerprint::Fingerprint;
use crate::error::{Error, Result};
use crate::fs::{self, Kind, Stat};

/// From here on, waiting out the tick of a change is cheaper than reading the file twice.
const LARGE: u64 = 4 << 20;

/// Hashes what paths name. Several threads may ask at once.
#[derive(Debug)]
pub struct Hasher {
    root: PathBuf,
    ignore: Ignore,
    state: Mutex<State>,
}

/// Fewer bytes than this are read before threads have begun.
const SMALL: u64 = 256 << 10;

/// What a path names.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub fingerprint: Fingerprint,
    /// Of a folder.
    pub listing: Option<Listing>,
}

/// A file to be hashed.
struct Leaf {
    path: PathBuf,
    /// Its name in the state; none for names that are no text.
    key: Option<String>,
    stat: Stat,
}

impl Hasher {
    /// For the DVC repository in `root`, an absolute path. What was learned before is read from the file `state`.
    pub fn open(root: &Path, state: &Path) -> Self {
        let root = normalize(root);
        Self { ignore: Ignore::new(&root), state: Mutex::new(State::open(state)), root }
    }

    /// What each path holds now, in their order; none where there is nothing. Paths are relative to the root, or
    /// absolute. Each is looked at once, however often it is named.
    ///
    /// # Errors
    /// What DVC cannot keep, such as names that are no text, and what cannot be read.
    pub fn fingerprint<P: AsRef<Path>>(&self, paths: &[P]) -> Result<Vec<Option<Fingerprint>>> {
        let (contents, order) = self.contents(paths)?;
        let print = |at: usize| contents[at].as_ref().map(|content| content.fingerprint.clone());
        Ok(order.into_iter().map(print).collect())
    }

    /// File, line and pattern of the .dvcignore that keeps a path out of DVC's sight.
    pub fn ignored(&self, path: &Path) -> Result<Option<String>> {
        let path = normalize(&self.root.join(path));
        match self.place(&path) {
            Some(place) => self.ignore.origin(&place, path.is_dir()),
            None => Ok(None),
        }
    }

    /// Writes down what was learned, for the next process.
    pub fn save(&self) -> Result<()> {
        self.state().save()
    }

    pub(super) fn content(&self, path: &Path) -> Result<Option<Content>> {
        Ok(self.contents(&[path])?.0.pop().flatten())
    }

    /// The files of a folder; none where the path names no folder.
    ///
    /// # Errors
    /// As for [`Hasher::fingerprint`].
    pub fn listing(&self, path: &Path) -> Result<Option<Listing>> {
        let is_folder = fs::stat(&self.root.join(path))?.is_some_and(|stat| stat.kind == Kind::Folder);
        Ok(if is_folder { self.content(path)?.and_then(|content| content.listing) } else { None })
    }

    /// Whether a file is known, without reading it, to hold this.
    pub(super) fn knows(&self, path: &Path, md5: Md5) -> Result<bool> {
        let path = normalize(&self.root.join(path));
        let (Some(stat), Some(key)) = (fs::stat(&path)?, self.key(&path)) else { return Ok(false) };
        Ok(self.state().get(&key, &stat) == Some(md5))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// What different paths hold, and which of it is that of each path.
    fn contents<P: AsRef<Path>>(&self, paths: &[P]) -> Result<(Vec<Option<Content>>, Vec<usize>)> {
        let mut places = HashMap::new();
        let mut unique = Vec::new();
        let place = |path: &P| {
            *places.entry(normalize(&self.root.join(path))).or_insert_with_key(|path| {
                unique.push(path.clone());
                unique.len() - 1
            })
        };
        let order: Vec<usize> = paths.iter().map(place).collect();
        let stats = spread::map(unique.iter().collect(), spread::LOOKS, |path: &PathBuf| fs::stat(path))?;
        let mut leaves = Vec::new();
        let mut spans = Vec::new();
        for (path, stat) in unique.iter().zip(stats) {
            let start = leaves.len();
            let names = match stat {
                Some(stat) if stat.kind == Kind::Folder => Some(self.add_folder(path, &mut leaves)?),
                Some(stat) if stat.kind == Kind::File => {
                    leaves.push(Leaf { path: path.clone(), key: self.key(path), stat });
                    None
                }
                Some(_) => {
                    return Err(Error::data(format!("`{}` is neither a file nor a folder", path.display()))
                        .hint("a stage reads and writes files and folders"));
                }
                None => None,
            };
            spans.push((start..leaves.len(), names));
        }
        let hashes = self.hashes(&leaves)?;
        let contents = spans.into_iter().map(|(span, names)| content(&leaves[span.clone()], &hashes[span], names));
        Ok((contents.collect(), order))
    }

    /// The files of a folder and their names in it.
    fn add_folder(&self, folder: &Path, leaves: &mut Vec<Leaf>) -> Result<Vec<String>> {
        let place = self.place(folder);
        let found = walk::files(&self.ignore, folder, place.as_deref())?;
        let stats = spread::map(found.iter().collect(), spread::LOOKS, |file: &walk::Found| fs::stat(&file.path))?;
        let mut names = Vec::with_capacity(found.len());
        for (file, stat) in found.into_iter().zip(stats) {
            // Gone since the folder was listed.
            let Some(stat) = stat else { continue };
            let key = match &place {
                Some(place) => Some(walk::join(place, &file.relative)),
                None => self.key(&file.path),
            };
            names.push(file.relative);
            leaves.push(Leaf { path: file.path, key, stat });
        }
        Ok(names)
    }

    fn hashes(&self, leaves: &[Leaf]) -> Result<Vec<Md5>> {
        let known: Vec<Option<Md5>> = {
            let mut state = self.state();
            leaves.iter().map(|leaf| state.get(leaf.key.as_ref()?, &leaf.stat)).collect()
        };
        let unknown: Vec<&Leaf> =
            leaves.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(l, _)| l).collect();
        let bytes: u64 = unknown.iter().map(|leaf| leaf.stat.size).sum();
        let few = if bytes < SMALL { spread::LOOKS } else { 1 };
        let fresh = spread::map(unknown.clone(), few, read)?;
        let mut state = self.state();
        for (leaf, (md5, settled)) in unknown.iter().zip(&fresh) {
            if let (Some((stat, at)), Some(key)) = (settled, &leaf.key) {
                state.put(key, stat, *at, *md5);
            }
        }
        let mut fresh = fresh.into_iter().map(|(md5, _)| md5);
        Ok(known.into_iter().filter_map(|known| known.or_else(|| fresh.next())).collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that died left the map whole; at worst a hash is missing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path relative to the root.
    fn place(&self, path: &Path) -> Option<String> {
        let parts = path.strip_prefix(&self.root).ok()?.iter().map(|part| part.to_str());
        Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
    }

    fn key(&self, path: &Path) -> Option<String> {
        self.place(path).or_else(|| path.to_str().map(str::to_owned))
    }
}

/// Reads a file, and says when, unless it changed meanwhile.
fn read(leaf: &Leaf) -> Result<(Md5, Option<(Stat, i64)>)> {
    let settled = leaf.stat.ctime.saturating_add(state::tick(leaf.stat.ctime));
    let wait = settled.saturating_sub(state::now()).saturating_add(1);
    if leaf.stat.size >= LARGE && (1..=state::TICK).contains(&wait) {
        std::thread::sleep(Duration::from_nanos(wait.unsigned_abs()));
    }
    let at = state::now();
    let (md5, stat) = Md5::of_file(&leaf.path)?;
    Ok((md5, stat.map(|stat| (stat, at))))
}

fn content(leaves: &[Leaf], hashes: &[Md5], names: Option<Vec<String>>) -> Option<Content> {
    let size = Some(leaves.iter().map(|leaf| leaf.stat.size).sum());
    let Some(names) = names else {
        let (leaf, md5) = (leaves.first()?, hashes.first()?);
        let isexec = leaf.stat.mode & 0o111 != 0;
        let fingerprint = Fingerprint { md5: md5.to_string(), size, nfiles: None, isexec };
        return Some(Content { fingerprint, listing: None });
    };
    let nfiles = u64::try_from(names.len()).ok();
    let listing = Listing::new(names.into_iter().zip(hashes.iter().copied()).collect());
    let fingerprint = Fingerprint { md5: listing.name(), size, nfiles, isexec: false };
    Some(Content { fingerprint, listing: Some(listing) })
}

/// A path without `.` and `..`, by its text alone, as DVC takes it.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        fs::atomic_write_bytes(&folder.join(name), text.as_bytes()).unwrap();
    }

    fn hashes(hasher: &Hasher, paths: &[&str]) -> Vec<Option<String>> {
        let found = hasher.fingerprint(paths).unwrap();
        found.into_iter().map(|f| f.map(|f| format!("{} {:?} {:?} {}", f.md5, f.size, f.nfiles, f.isexec))).collect()
    }

    /// The hashes are those that `dvc add` of DVC 3.67.1 writes for the same files.
    #[test]
    fn fingerprints_are_those_of_dvc() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (name, text) in [("d/b", "b"), ("d/.hidden", ""), ("d/s/a", "a"), ("d/.git/x", ""), ("d/x.tmp", "x")] {
            write(root, name, text);
        }
        write(root, ".dvcignore", "*.tmp\n");
        write(root, "x", "x");
        fs::set_mode(&root.join("x"), 0o654).unwrap();
        fs::create_dir_all(&root.join("d/empty")).unwrap();
        fs::link(Path::new("../x"), &root.join("d/file")).unwrap();
        fs::link(Path::new("../d"), &root.join("d/folder")).unwrap();
        let hasher = Hasher::open(root, &root.join(".mlops/state"));
        let found = hashes(&hasher, &["d", "x", "no", "./d/../x", "d/empty", "x/y"]);
        let x = Some("9dd4e461268c8034f5c8564e155c67a6 Some(1) None true".to_owned());
        let d = "001b5da951b5c555c32cf4bd19789c2c.dir Some(3) Some(4) false";
        let empty = "d751713988987e9331980363e24189ce.dir Some(0) Some(0) false";
        assert_eq!(found, [Some(d.to_owned()), x.clone(), None, x, Some(empty.to_owned()), None]);
    }

    #[test]
    fn what_has_not_changed_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (root, state) = (folder.path(), folder.path().join(".mlops/state"));
        write(root, "d/a", "old");
        let hasher = Hasher::open(root, &state);
        let stat = fs::stat(&root.join("d/a")).unwrap().unwrap();
        // Only a file that is not read can have this hash.
        hasher.state().put("d/a", &stat, i64::MAX, Md5::of(b"planted"));
        hasher.save().unwrap();
        let again = Hasher::open(root, &state);
        assert_eq!(again.fingerprint(&["d/a"]).unwrap()[0].as_ref().unwrap().md5, Md5::of(b"planted").to_string());
        write(root, "d/a", "new");
        assert_eq!(again.fingerprint(&["d/a"]).unwrap()[0].as_ref().unwrap().md5, Md5::of(b"new").to_string());
    }

    #[test]
    fn what_dvc_cannot_keep_is_named() {
        use std::os::unix::ffi::OsStrExt;
        let latin = std::ffi::OsStr::from_bytes(b"d/caf\xe9");
        for (name, what) in [
            (latin, "is not valid UTF-8"),
            ("d/.dvcignore".as_ref(), "stands in a folder that is a dependency"),
            ("d/link".as_ref(), "d/link` is a link to nothing"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            if name == "d/link" {
                fs::link(Path::new("nowhere"), &path).unwrap();
            } else {
                fs::atomic_write_bytes(&path, b"").unwrap();
            }
            let hasher = Hasher::open(folder.path(), &folder.path().join("state"));
            let message = hasher.fingerprint(&["d"]).unwrap_err().message().to_owned();
            assert!(message.contains(what), "{message}");
        }
        let hasher = Hasher::open(Path::new("/"), Path::new("/nowhere/state"));
        let message = hasher.fingerprint(&["/dev/null"]).unwrap_err().message().to_owned();
        assert_eq!(message, "`/dev/null` is neither a file nor a folder");
    }
}
