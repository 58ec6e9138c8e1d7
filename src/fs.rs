//! File access: every error names its path, every artifact is written whole or not at all.

#![allow(clippy::disallowed_methods, reason = "this is where they are wrapped")]

mod journal;
mod part;
mod staged;
mod stat;

pub use journal::{append_line, cut_torn_line, lock_shared, lock_waiting, open_to_append, read_from, rotate};
pub use part::Part;
pub use staged::{Staged, append, remove_all, remove_empty, replace, set_mode, sweep, sync_device, sync_folder};
pub use stat::{Entry, Kind, Stat, entries, is_link, modified, stat, stat_open};

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Temporary files being written now, so that an interrupt can remove them.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Marks the temporary files of [`atomic_write`]; anything with it is rubbish of a killed run.
pub const TEMPORARY_MARK: &str = ".mlops-tmp-";

fn io_error(action: &str, path: &Path, cause: io::Error) -> Error {
    let error = Error::failure(format!("cannot {action} `{}`: {}", path.display(), reason(&cause)));
    match cause.kind() {
        // Whatever configs name lies below the project's absolute path.
        io::ErrorKind::NotFound if path.is_relative() => {
            error.hint("check the path, which starts at the current folder")
        }
        io::ErrorKind::NotFound => error.hint("check the path"),
        io::ErrorKind::PermissionDenied => error.hint("check the permissions of the file and its folder"),
        io::ErrorKind::IsADirectory => error.hint("name a file, or move the folder away that stands in its place"),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            error.hint("move the file away that stands where a folder should be")
        }
        io::ErrorKind::ReadOnlyFilesystem => error.hint("use a folder that can be written, or mount it so"),
        io::ErrorKind::StorageFull => error.hint("free some space and run again; nothing was replaced"),
        _ => error,
    }
}

fn reason(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => "a file stands in a folder's place".to_owned(),
        io::ErrorKind::FileTooLarge => "it would be larger than a file may be here (`ulimit -f`)".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => cause.to_string().to_lowercase(),
    }
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| io_error("read", path, e))
}

/// Reads a whole UTF-8 file, which a person has written: a config.
///
/// # Errors
/// Exit code 2 with the line that is not UTF-8.
pub fn read_to_string(path: &Path) -> Result<String> {
    let bytes = read(path)?;
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        Error::usage(format!("`{}` line {line}: not valid UTF-8", path.display())).hint("save the file as UTF-8")
    })
}

/// Opens a file for reading; a folder in its place is refused here, not at the first read.
pub fn open(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|e| io_error("open", path, e))?;
    let meta = file.metadata().map_err(|e| io_error("open", path, e))?;
    if meta.is_dir() {
        return Err(io_error("open", path, io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

/// Size of a file in bytes.
pub fn size(path: &Path) -> Result<u64> {
    fs::metadata(path).map(|m| m.len()).map_err(|e| io_error("read", path, e))
}

/// Names of what is in a folder, in no order; those that are not UTF-8 are left out.
pub fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|e| io_error("list folder", folder, e))?;
    let named = entries.map(|entry| entry.map(|e| e.file_name().into_string().ok()));
    named.filter_map(io::Result::transpose).collect::<io::Result<_>>().map_err(|e| io_error("list folder", folder, e))
}

/// Removes a file or a link; it may be gone already.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error("remove", path, e)),
        _ => Ok(()),
    }
}

/// Bytes that can be written to the device of a folder or file; none where nobody can tell.
#[cfg(unix)]
#[allow(clippy::useless_conversion, reason = "the counts are 32 bits wide on some systems")]
pub fn free_space(path: &Path) -> Option<u64> {
    let space = nix::sys::statvfs::statvfs(path).ok()?;
    u64::from(space.blocks_available()).checked_mul(u64::from(space.fragment_size()))
}

/// Bytes that can be written to the device of a folder or file; none where nobody can tell.
#[cfg(not(unix))]
pub fn free_space(_: &Path) -> Option<u64> {
    None
}

/// Creates a folder and its parents.
pub fn create_dir_all(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| {
        let dangling = path.ancestors().find(|p| p.is_symlink() && !p.exists());
        match dangling {
            Some(link) => Error::failure(format!("`{}` is a link to a folder that does not exist", link.display()))
                .hint("make the folder that it points at, or remove the link"),
            None => io_error("create folder", path, e),
        }
    })
}

/// Makes `link` a symbolic link to `target`; parent folders are created.
#[cfg(unix)]
pub fn link(target: &Path, link: &Path) -> Result<()> {
    if let Some(folder) = link.parent() {
        create_dir_all(folder)?;
    }
    std::os::unix::fs::symlink(target, link).map_err(|e| io_error("link", link, e))
}

/// Links need a Unix.
#[cfg(not(unix))]
pub fn link(_: &Path, link: &Path) -> Result<()> {
    Err(Error::failure(format!("cannot link `{}`: this system has no symbolic links", link.display())))
}

/// Writes a file beside its place, syncs it and renames it over `path`.
///
/// A reader sees the old bytes or the new bytes, never a part of them, whenever the process dies.
/// Parent folders are created. Temporary files that a killed run left for the same path are removed.
pub fn atomic_write(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    if path.is_dir() {
        return Err(io_error("write", path, io::ErrorKind::IsADirectory.into()));
    }
    // A link stays a link: what it points at is replaced, unless that is to stay as it is.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let is_kept = is_kept(path, &target);
    let real = if is_kept { path.to_path_buf() } else { target };
    let existing = if is_kept { None } else { fs::metadata(&real).ok() };
    if existing.as_ref().is_some_and(|meta| !meta.is_file()) {
        return write_through(path, write);
    }
    let folder = real.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_dir_all(folder)?;
    let temporary = Temporary::create(&real)?;
    let file = File::create(&temporary.path).map_err(|e| io_error("write", path, e))?;
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    write(&mut writer)?;
    let file = writer.into_inner().map_err(|e| io_error("write", path, e.into_error()))?;
    if let Some(meta) = existing {
        file.set_permissions(meta.permissions()).map_err(|e| io_error("write", path, e))?;
    }
    file.sync_all().map_err(|e| io_error("write", path, e))?;
    fs::rename(&temporary.path, &real).map_err(|e| io_error("write", path, e))?;
    tracing::debug!(path = %path.display(), "written");
    // The rename itself must survive a power cut.
    sync_folder(folder);
    Ok(())
}

/// Whether a link points at what stays as it is, such as an object of DVC's cache, which many links may share:
/// a new file then takes the place of the link itself.
fn is_kept(path: &Path, target: &Path) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    let is_read_only = || fs::metadata(target).is_ok_and(|meta| meta.is_file() && !owner_may_write(&meta));
    is_link && (target.components().any(|part| part.as_os_str() == ".dvc") || is_read_only())
}

#[cfg(unix)]
fn owner_may_write(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o200 != 0
}

#[cfg(not(unix))]
fn owner_may_write(meta: &fs::Metadata) -> bool {
    !meta.permissions().readonly()
}

/// A device or a pipe takes the bytes as they come; it cannot be replaced.
fn write_through(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path).map_err(|e| io_error("write", path, e))?;
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    write(&mut writer)?;
    writer.flush().map_err(|e| io_error("write", path, e))
}

/// [`atomic_write`] of bytes at hand.
pub fn atomic_write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic_write(path, |w| write_all(w, path, bytes))
}

/// Writes bytes and names `path` when it fails.
pub fn write_all(writer: &mut impl Write, path: &Path, bytes: &[u8]) -> Result<()> {
    writer.write_all(bytes).map_err(|e| io_error("write", path, e))
}

/// Turns an IO error of somebody else's writer into ours.
pub fn write_error(path: &Path, cause: io::Error) -> Error {
    io_error("write", path, cause)
}

/// Turns an IO error of somebody else's reader into ours.
pub fn read_error(path: &Path, cause: io::Error) -> Error {
    io_error("read", path, cause)
}

/// What came of [`lock`].
pub enum Lock {
    /// Held until this is dropped or the process ends, however it ends.
    Held(#[allow(dead_code, reason = "held for its own sake")] File),
    /// Another process holds it: its number, where that could be read.
    Taken(Option<u32>),
}

/// Takes the lock of a file that is there for nothing else; does not wait.
///
/// A file system that knows no locks gives none and refuses nobody.
pub fn lock(path: &Path) -> Result<Lock> {
    lock_with(path, &std::process::id().to_string())
}

/// [`lock`] with a text for others to read; the number of the process must be all that is in it but white space.
pub fn lock_with(path: &Path, text: &str) -> Result<Lock> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    let options = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = options.map_err(|e| io_error("open", path, e))?;
    match file.try_lock() {
        Ok(()) => {
            // Not emptied first: some file systems bring a file to the disk that was empty when it was written.
            let write =
                file.write_all(text.as_bytes()).and_then(|()| match file.metadata()?.len() == text.len() as u64 {
                    true => Ok(()),
                    false => file.set_len(text.len() as u64),
                });
            write.map_err(|e| io_error("write", path, e))?;
        }
        Err(fs::TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
            return Ok(Lock::Taken(holder));
        }
        Err(fs::TryLockError::Error(e)) => tracing::warn!(path = %path.display(), "cannot be locked: {e}"),
    }
    Ok(Lock::Held(file))
}

/// Finds out whether files can be made in a folder, by making one, which goes away again.
pub fn try_writing(folder: &Path) -> Result<()> {
    let temporary = Temporary::create(&folder.join("writable"))?;
    let mut file = File::create(&temporary.path).map_err(|e| io_error("write in", folder, e))?;
    file.write_all(b"writable").and_then(|()| file.sync_all()).map_err(|e| io_error("write in", folder, e))
}

/// Removes what [`atomic_write`] has begun and not finished; for the interrupt handler.
pub fn remove_pending() {
    if let Ok(pending) = PENDING.lock() {
        for path in pending.iter() {
            fs::remove_file(path).ok();
        }
    }
}

struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn create(target: &Path) -> Result<Self> {
        let name =
            target.file_name().ok_or_else(|| Error::usage(format!("`{}` is not a file name", target.display())))?;
        remove_stale(target);
        let mut temporary = OsString::from(".");
        temporary.push(name);
        let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
        temporary.push(format!("{TEMPORARY_MARK}{}-{unique}", std::process::id()));
        Ok(Self::at(target.with_file_name(temporary)))
    }

    fn at(path: PathBuf) -> Self {
        if let Ok(mut pending) = PENDING.lock() {
            pending.insert(path.clone());
        }
        Self { path }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
        if let Ok(mut pending) = PENDING.lock() {
            pending.remove(&self.path);
        }
    }
}

/// Whether no process of that number runs. Without /proc nobody can tell, so none counts as dead.
pub fn is_dead(pid: &str) -> bool {
    match fs::read_to_string(Path::new("/proc").join(pid).join("stat")) {
        // `pid (name) state …`: a zombie has ended and waits for its parent.
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X'])),
        Err(_) => Path::new("/proc/self").exists(),
    }
}

/// Removes temporary files for `target` whose writer is no longer alive.
pub fn remove_stale(target: &Path) {
    let Some(name) = target.file_name() else { return };
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(TEMPORARY_MARK);
    let prefix = prefix.to_string_lossy().into_owned();
    let Some(entries) =
        target.parent().and_then(|p| fs::read_dir(if p.as_os_str().is_empty() { Path::new(".") } else { p }).ok())
    else {
        return;
    };
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = file.strip_prefix(&prefix) else { continue };
        if rest.split('-').next().is_some_and(is_dead) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_rubbish() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        atomic_write_bytes(&path, b"old").unwrap();
        let failed = atomic_write(&path, |w| {
            write_all(w, &path, b"new")?;
            Err(Error::failure("stop"))
        });
        assert_eq!(failed.unwrap_err().message(), "stop");
        assert_eq!(read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_devices_and_modes_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&real, &link).unwrap();
        atomic_write_bytes(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        atomic_write_bytes(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn what_a_cache_keeps_is_not_written_through_a_link() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        for (at, (object, mode)) in [("cache/ab", 0o444), (".dvc/cache/ab", 0o644)].into_iter().enumerate() {
            let (object, link) = (folder.path().join(object), folder.path().join(format!("link{at}")));
            create_dir_all(object.parent().unwrap()).unwrap();
            fs::write(&object, "old").unwrap();
            fs::set_permissions(&object, fs::Permissions::from_mode(mode)).unwrap();
            symlink(&object, &link).unwrap();
            atomic_write_bytes(&link, b"new").unwrap();
            assert_eq!((fs::read(&object).unwrap(), fs::read(&link).unwrap()), (b"old".to_vec(), b"new".to_vec()));
            let meta = fs::symlink_metadata(&link).unwrap();
            assert!(meta.is_file() && owner_may_write(&meta));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "rubbish");
    }

    #[test]
    fn rubbish_of_a_dead_process_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let stale = folder.path().join(format!(".x.csv{TEMPORARY_MARK}999999999-0"));
        fs::write(&stale, "half").unwrap();
        atomic_write_bytes(&folder.path().join("x.csv"), b"whole").unwrap();
        assert!(!stale.exists());
    }

    #[test]
    fn errors_name_the_path() {
        let error = read(Path::new("no/such/file")).unwrap_err();
        assert_eq!(error.message(), "cannot read `no/such/file`: no such file or folder");
    }
}
