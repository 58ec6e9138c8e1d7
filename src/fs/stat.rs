//! What the system knows of a file without reading it.

use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata};
use std::io;
use std::path::Path;

use super::io_error;
use crate::error::Result;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, where it was not followed.
    Link,
    /// A device, a pipe, a socket.
    Other,
}

/// The identity of a file's content, as far as the system can tell it. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// Number on its device; 0 where there is no such thing.
    pub inode: u64,
    /// When it was last written, or what somebody has set for it.
    pub mtime: i64,
    /// When content or attributes last changed; nobody can set it.
    pub ctime: i64,
    /// Permission bits.
    pub mode: u32,
}

/// One name in a folder.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// What it is; links are not followed.
    pub kind: Kind,
}

/// What a path names, links followed; none where there is nothing, or a link to nothing.
pub fn stat(path: &Path) -> Result<Option<Stat>> {
    match fs::metadata(path) {
        Ok(meta) => Ok(Some(Stat::from(&meta))),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(io_error("read", path, e)),
    }
}

/// What an open file is.
pub fn stat_open(file: &File, path: &Path) -> Result<Stat> {
    file.metadata().map(|meta| Stat::from(&meta)).map_err(|e| io_error("read", path, e))
}

/// Whether a symbolic link stands at the path itself.
pub fn is_link(path: &Path) -> bool {
    path.is_symlink()
}

/// What is in a folder, in no order.
pub fn entries(folder: &Path) -> Result<Vec<Entry>> {
    let list = || -> io::Result<Vec<Entry>> {
        let entries = fs::read_dir(folder)?.map(|entry| {
            let entry = entry?;
            Ok(Entry { kind: kind(entry.file_type()?), name: entry.file_name() })
        });
        entries.collect()
    };
    list().map_err(|e| io_error("list folder", folder, e))
}

/// When a file was last written; none where it is gone or no file.
pub fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?.modified().ok()
}

fn kind(of: FileType) -> Kind {
    match (of.is_file(), of.is_dir(), of.is_symlink()) {
        (true, ..) => Kind::File,
        (_, true, _) => Kind::Folder,
        (.., true) => Kind::Link,
        _ => Kind::Other,
    }
}

#[cfg(unix)]
impl From<&Metadata> for Stat {
    fn from(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanoseconds: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds);
        Self {
            kind: kind(meta.file_type()),
            size: meta.len(),
            inode: meta.ino(),
            mtime: time(meta.mtime(), meta.mtime_nsec()),
            ctime: time(meta.ctime(), meta.ctime_nsec()),
            mode: meta.mode() & 0o7777,
        }
    }
}

#[cfg(not(unix))]
impl From<&Metadata> for Stat {
    fn from(meta: &Metadata) -> Self {
        let since = meta.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let mtime = since.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or(0);
        let mode = if meta.permissions().readonly() { 0o444 } else { 0o644 };
        Self { kind: kind(meta.file_type()), size: meta.len(), inode: 0, mtime, ctime: mtime, mode }
    }
}
