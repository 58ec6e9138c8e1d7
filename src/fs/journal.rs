//! Files that grow by whole lines, by several processes at once.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::{Lock, create_dir_all, io_error};
use crate::error::Result;

/// Takes the lock of a file that is there for nothing else, and waits for it.
pub fn lock_waiting(path: &Path) -> Result<Lock> {
    locked(path, File::lock)
}

/// Takes a lock that others may hold as well, but nobody alone; waits for who does.
pub fn lock_shared(path: &Path) -> Result<Lock> {
    locked(path, File::lock_shared)
}

fn locked(path: &Path, lock: fn(&File) -> io::Result<()>) -> Result<Lock> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(|e| io_error("open", path, e))?;
    if let Err(e) = lock(&file) {
        tracing::warn!(path = %path.display(), "cannot be locked: {e}");
    }
    Ok(Lock::Held(file))
}

/// A file that grows at its end; it is made where there is none.
pub fn open_to_append(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    fs::OpenOptions::new().append(true).create(true).open(path).map_err(|e| io_error("write", path, e))
}

/// Moves a file that is full out of the way: to `<path>.1`, what stands there to `<path>.2`, and so on; `keep` of them
/// stay.
pub fn rotate(path: &Path, keep: u32) -> Result<()> {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        std::path::PathBuf::from(name)
    };
    super::remove(&name(keep))?;
    for number in (0..keep).rev() {
        match fs::rename(name(number), name(number + 1)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io_error("move", &name(number), e)),
            _ => {}
        }
    }
    Ok(())
}

/// Appends a line in one write and brings it to the disk.
pub fn append_line(path: &Path, line: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    let write = || {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| io_error("write", path, e))
}

/// Takes away what stands behind the last end of a line: what a process was writing when it was killed. Says how many
/// bytes that were.
pub fn cut_torn_line(path: &Path) -> Result<u64> {
    let cut = || {
        let mut file = fs::OpenOptions::new().read(true).write(true).open(path)?;
        let mut end = file.metadata()?.len();
        let length = end;
        let mut last = [0];
        while end > 0 {
            file.seek(SeekFrom::Start(end - 1))?;
            file.read_exact(&mut last)?;
            if last == *b"\n" {
                break;
            }
            end -= 1;
        }
        if end < length {
            file.set_len(end)?;
            file.sync_all()?;
        }
        Ok(length - end)
    };
    cut().map_err(|e| io_error("write", path, e))
}

/// The bytes of a file from `start` on.
pub fn read_from(path: &Path, start: u64) -> Result<Vec<u8>> {
    let read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map(|_| bytes)
    };
    read().map_err(|e| io_error("read", path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_whole_or_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.jsonl");
        append_line(&path, "one").unwrap();
        append_line(&path, "two").unwrap();
        assert_eq!(cut_torn_line(&path).unwrap(), 0);
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"thr").unwrap();
        assert_eq!(cut_torn_line(&path).unwrap(), 3);
        append_line(&path, "four").unwrap();
        assert_eq!(read_from(&path, 4).unwrap(), b"two\nfour\n");
    }
}
