//! A file that grows over several runs before it takes its place.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{create_dir_all, io_error};
use crate::error::{Error, Result};

/// Bytes on their way to a file. They outlive the process, so that a later one can go on; one process
/// at a time holds them.
#[derive(Debug)]
pub struct Part {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Part {
    /// Opens the file, or creates it and its folder.
    ///
    /// # Errors
    /// Exit code 1 where another process is at it.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            create_dir_all(folder)?;
        }
        // Whoever had it may give it its place between our opening and locking it; then it is no part any more.
        loop {
            let file = fs::OpenOptions::new().read(true).append(true).create(true).open(path);
            let file = file.map_err(|e| io_error("write", path, e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(Error::failure(format!("another process is writing `{}`", path.display()))
                        .hint("wait until it has ended, and run again"));
                }
                Err(fs::TryLockError::Error(e)) => tracing::warn!(path = %path.display(), "cannot be locked: {e}"),
            }
            let length = file.metadata().map_err(|e| io_error("read", path, e))?.len();
            if is_same(&file, path) {
                return Ok(Self { file, path: path.to_path_buf(), length });
            }
        }
    }

    /// Bytes that are there.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where the bytes are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// Exit code 1, as for a full disk; what was there before stays.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| io_error("write", &self.path, e))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Begins anew.
    ///
    /// # Errors
    /// Exit code 1.
    pub fn clear(&mut self) -> Result<()> {
        self.file.set_len(0).map_err(|e| io_error("write", &self.path, e))?;
        self.length = 0;
        Ok(())
    }

    /// Gives the bytes their place: synced, then renamed.
    ///
    /// # Errors
    /// Exit code 1; the bytes are then still here.
    pub fn place(self, target: &Path) -> Result<()> {
        self.file.sync_all().map_err(|e| io_error("write", &self.path, e))?;
        fs::rename(&self.path, target).map_err(|e| io_error("write", target, e))?;
        // The rename itself must survive a power cut; folders that cannot be synced are not an error.
        if let Some(handle) = target.parent().and_then(|folder| File::open(folder).ok()) {
            handle.sync_all().ok();
        }
        Ok(())
    }

    /// Throws the bytes away.
    pub fn discard(self) {
        fs::remove_file(&self.path).ok();
    }
}

/// Whether the path still names the open file.
#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Whether the path still names the open file; here an open file cannot be renamed.
#[cfg(not(unix))]
fn is_same(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_outlive_their_writer_and_have_one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("a/x.part"), folder.path().join("a/x"));
        let mut part = Part::open(&path).unwrap();
        part.append(b"one ").unwrap();
        assert!(Part::open(&path).unwrap_err().message().starts_with("another process is writing"));
        drop(part);
        let mut part = Part::open(&path).unwrap();
        assert_eq!(part.length(), 4);
        part.append(b"two").unwrap();
        part.place(&target).unwrap();
        assert_eq!((fs::read(&target).unwrap(), path.exists()), (b"one two".to_vec(), false));
    }
}
