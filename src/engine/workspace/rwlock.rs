//! DVC's locks on single paths, which hold while a command runs: `.dvc/tmp/rwlock`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::lock::{self, PATIENCE};
use crate::error::{Error, Result};
use crate::fs;

/// Who holds a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holder {
    pid: i64,
    cmd: String,
}

/// The file: one writer or several readers a path.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    write: BTreeMap<String, Holder>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    read: BTreeMap<String, Vec<Holder>>,
}

/// The locks of one process on the paths of a DVC repository. Its own threads do not block each other.
#[derive(Debug, Clone)]
pub struct PathLocks {
    folder: PathBuf,
    holder: Holder,
    held: Arc<Mutex<BTreeMap<(Access, String), usize>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    Read,
    Write,
}

/// Paths held until this is dropped.
#[derive(Debug)]
pub struct PathGuard {
    locks: PathLocks,
    paths: Vec<(Access, String)>,
}

impl PathLocks {
    /// In a `.dvc` folder; `command` is what others are told.
    pub fn new(dvc: &Path, command: &str) -> Self {
        let holder = Holder { pid: i64::from(std::process::id()), cmd: command.to_owned() };
        Self { folder: dvc.join("tmp"), holder, held: Arc::default() }
    }

    /// Holds absolute paths: nobody else writes to what is read, or touches what is written, or anything in it or
    /// around it. What dead processes have left is removed.
    ///
    /// # Errors
    /// Exit code 1 at once where another process is in the way, with its number and command.
    pub fn take(&self, read: &[PathBuf], write: &[PathBuf]) -> Result<PathGuard> {
        let (read, write) = (texts(read), texts(write));
        self.edit(|table| {
            table.remove_dead();
            if let Some((path, holders)) = table.blocker(&read, &write, &self.holder) {
                return Err(self.busy(path, &holders));
            }
            Ok(self.enter(table, read, write))
        })
    }

    /// Whether nobody else is in the way, see [`Self::take`]. That stays so as long as DVC's lock on the repository is
    /// held, without which nobody takes a path.
    ///
    /// # Errors
    /// Exit code 1 where another process is in the way.
    pub fn check(&self, read: &[PathBuf], write: &[PathBuf]) -> Result<()> {
        let mut table = self::read(&self.folder.join("rwlock"))?;
        table.remove_dead();
        match table.blocker(&texts(read), &texts(write), &self.holder) {
            Some((path, holders)) => Err(self.busy(path, &holders)),
            None => Ok(()),
        }
    }

    /// Adds paths to the table that no thread of this process holds yet.
    fn enter(&self, table: &mut Table, read: Vec<String>, write: Vec<String>) -> PathGuard {
        let read = read.into_iter().map(|path| (Access::Read, path));
        let paths: Vec<(Access, String)> = read.chain(write.into_iter().map(|path| (Access::Write, path))).collect();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for (access, path) in &paths {
            *held.entry((*access, path.clone())).or_default() += 1;
            match access {
                Access::Write => drop(table.write.insert(path.clone(), self.holder.clone())),
                Access::Read => {
                    let readers = table.read.entry(path.clone()).or_default();
                    if !readers.contains(&self.holder) {
                        readers.push(self.holder.clone());
                    }
                }
            }
        }
        PathGuard { locks: self.clone(), paths }
    }

    /// Removes paths from the table that no thread of this process holds any more.
    fn leave(&self, table: &mut Table, paths: &[(Access, String)]) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for key in paths {
            match held.get_mut(key) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    continue;
                }
                _ => drop(held.remove(key)),
            }
            let (access, path) = key;
            match access {
                Access::Write if table.write.get(path) == Some(&self.holder) => drop(table.write.remove(path)),
                Access::Write => {}
                Access::Read => {
                    if let Some(readers) = table.read.get_mut(path) {
                        readers.retain(|reader| *reader != self.holder);
                    }
                    table.read.retain(|_, readers| !readers.is_empty());
                }
            }
        }
    }

    /// Changes the file while nobody else does.
    fn edit<T>(&self, change: impl FnOnce(&mut Table) -> Result<T>) -> Result<T> {
        let _lock = lock::take(&self.folder.join("rwlock.lock"), PATIENCE)?;
        let file = self.folder.join("rwlock");
        let mut table = read(&file)?;
        let result = change(&mut table)?;
        // DVC takes no file for an empty one.
        if table == Table::default() {
            fs::remove(&file)?;
            return Ok(result);
        }
        let json = serde_json::to_vec(&table).map_err(|e| Error::failure("cannot write a lock").because(e))?;
        fs::replace(&file, &json)?;
        Ok(result)
    }

    fn busy(&self, path: &str, holders: &[Holder]) -> Error {
        let list: Vec<String> =
            holders.iter().map(|holder| format!("process {} (`{}`)", holder.pid, holder.cmd)).collect();
        Error::failure(format!("`{path}` is in use by {}", list.join(", "))).hint(format!(
            "wait until that has ended, and run again; if there is no such process, remove `{}`",
            self.folder.join("rwlock").display()
        ))
    }
}

impl Drop for PathGuard {
    fn drop(&mut self) {
        let left = self.locks.edit(|table| {
            self.locks.leave(table, &self.paths);
            Ok(())
        });
        if let Err(error) = left {
            // Others take it away once this process has ended.
            tracing::warn!("a lock of DVC's was not given back: {error}");
        }
    }
}

impl Table {
    fn remove_dead(&mut self) {
        let mut known = BTreeMap::new();
        let mut alive = |holder: &Holder| *known.entry(holder.pid).or_insert_with(|| is_alive(holder.pid));
        self.write.retain(|_, holder| alive(holder));
        for readers in self.read.values_mut() {
            readers.retain(&mut alive);
        }
        self.read.retain(|_, readers| !readers.is_empty());
    }

    /// The first wanted path that others hold, and who they are.
    fn blocker<'a>(&self, read: &'a [String], write: &'a [String], own: &Holder) -> Option<(&'a str, Vec<Holder>)> {
        let others = |holders: &[Holder]| holders.iter().filter(|holder| *holder != own).cloned().collect::<Vec<_>>();
        let writers = self.write.iter().map(|(path, holder)| (path, std::slice::from_ref(holder)));
        let writers = writers.flat_map(|held| read.iter().chain(write).map(move |wanted| (wanted, held)));
        let readers = self.read.iter().map(|(path, readers)| (path, readers.as_slice()));
        let readers = readers.flat_map(|held| write.iter().map(move |wanted| (wanted, held)));
        writers
            .chain(readers)
            .filter(|(wanted, (path, _))| overlap(wanted, path))
            .map(|(wanted, (_, holders))| (wanted.as_str(), others(holders)))
            .find(|(_, holders)| !holders.is_empty())
    }
}

fn texts(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

/// Whether two paths are one, or one lies in the other.
fn overlap(a: &str, b: &str) -> bool {
    Path::new(a).starts_with(b) || Path::new(b).starts_with(a)
}

fn read(file: &Path) -> Result<Table> {
    if !file.is_file() {
        return Ok(Table::default());
    }
    let bytes = fs::read(file)?;
    // What a power cut leaves of a file that was being written.
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(Table::default());
    }
    serde_json::from_slice(&bytes).map_err(|e| {
        Error::failure(format!("`{}` is damaged", file.display()))
            .because(e)
            .hint("DVC refuses it too; remove it once no `dvc` and no `mlops` works on this project")
    })
}

#[cfg(unix)]
fn is_alive(pid: i64) -> bool {
    use nix::errno::Errno;
    use nix::sys::signal::kill;
    use nix::unistd::Pid;
    let Some(pid) = i32::try_from(pid).ok().filter(|pid| *pid > 0) else { return false };
    // Another user's process is alive too.
    kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

#[cfg(not(unix))]
fn is_alive(_: i64) -> bool {
    true
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn others_are_kept_out_until_the_last_thread_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tmp/rwlock");
        let own = PathLocks::new(folder.path(), "mlops run-all");
        let first = own.take(&paths(&["/p/in"]), &paths(&["/p/out"])).unwrap();
        let second = own.take(&paths(&["/p/in", "/p/out"]), &[]).unwrap();
        let holder = format!("{{\"pid\":{},\"cmd\":\"mlops run-all\"}}", std::process::id());
        let expected =
            format!("{{\"write\":{{\"/p/out\":{holder}}},\"read\":{{\"/p/in\":[{holder}],\"/p/out\":[{holder}]}}}}");
        assert_eq!(fs::read_to_string(&file).unwrap(), expected);
        let other = PathLocks::new(folder.path(), "other");
        for (read, write, free) in [
            (&["/p/in"][..], &["/p/x"][..], true),
            (&[], &["/p/in"], false),
            (&["/p/out/deep"], &[], false),
            (&[], &["/p"], false),
            (&["/p/output"], &[], true),
        ] {
            assert_eq!(other.take(&paths(read), &paths(write)).is_ok(), free, "{read:?} {write:?}");
        }
        let message = other.take(&[], &paths(&["/p/in"])).unwrap_err().message().to_owned();
        let looked = other.check(&[], &paths(&["/p/in"])).unwrap_err().message().to_owned();
        assert_eq!(looked, message);
        assert_eq!(message, format!("`/p/in` is in use by process {} (`mlops run-all`)", std::process::id()));
        drop(first);
        assert!(other.take(&[], &paths(&["/p/in"])).is_err());
        drop(second);
        assert!(other.check(&paths(&["/p/out"]), &[]).is_ok());
        assert!(other.take(&[], &paths(&["/p/in"])).is_ok());
        assert!(!file.exists());
    }

    #[test]
    fn the_dead_block_nobody_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tmp/rwlock");
        let locks = PathLocks::new(folder.path(), "mlops run-all");
        // As DVC 3.67.1 leaves it when it is killed.
        let dead = r#"{"write": {"/p/out": {"pid": 999999999, "cmd": "dvc repro"}}, "read": {"/p/in": [{"pid": 999999999, "cmd": "dvc repro"}]}}"#;
        for (text, free) in
            [(dead, true), ("{\"write\": {}}", true), ("", true), ("\0\0", true), ("{", false), ("{\"x\": 1}", false)]
        {
            fs::atomic_write_bytes(&file, text.as_bytes()).unwrap();
            let taken = locks.take(&paths(&["/p/in"]), &paths(&["/p/in", "/p/out"]));
            let message = taken.err().map(|error| error.message().to_owned());
            let expected = (!free).then(|| format!("`{}` is damaged", file.display()));
            assert_eq!(message, expected, "{text}");
        }
    }
}
