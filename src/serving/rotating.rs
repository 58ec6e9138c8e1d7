//! A file of lines that begins anew when it is full, and that is opened anew when it was lost.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;

/// A file of lines, and those before it: `log`, `log.1`, `log.2`.
pub struct RotatingFile {
    path: PathBuf,
    most: u64,
    keep: u32,
    /// The first line of every file, or nothing.
    header: &'static str,
    /// How every file begins. One that begins otherwise is something else, and is left alone.
    begins: &'static str,
    open: Option<Open>,
    /// Whether the last lines could not be written.
    failing: bool,
}

struct Open {
    file: File,
    inode: u64,
    size: u64,
}

impl RotatingFile {
    /// A file of `most` bytes; its folder is made. What stands there already is gone on with. Given are the first line
    /// of every file, and how every file begins.
    ///
    /// # Errors
    /// Exit code 1 where it cannot be written, 2 where something else stands there.
    pub fn create(path: PathBuf, most: u64, keep: u32, (header, begins): (&'static str, &'static str)) -> Result<Self> {
        fs::create_dir_all(folder(&path))?;
        let mut made = Self { path, most, keep, header, begins, open: None, failing: false };
        made.ready()?;
        Ok(made)
    }

    /// Writes lines, of which each ends where `ends` says. Tells how many were written. That a disk is full, and that there
    /// is room again, is told once.
    pub fn log(&mut self, text: &[u8], ends: &[usize]) -> usize {
        let (written, error) = self.write(text, ends);
        let path = self.path.display();
        match &error {
            Some(error) if !self.failing => tracing::warn!("`{path}` cannot be written: {error}"),
            None if self.failing => tracing::warn!("`{path}` is written again"),
            _ => {}
        }
        self.failing = error.is_some();
        written
    }

    /// Writes lines. Tells how many were written, and why not all.
    fn write(&mut self, text: &[u8], ends: &[usize]) -> (usize, Option<Error>) {
        let (mut from, mut written) = (0, 0);
        while written < ends.len() {
            let part = match self.ready() {
                Ok(room) => ends[written..].iter().take_while(|end| (**end - from) as u64 <= room).count(),
                Err(error) => return (written, Some(error)),
            };
            let is_new = self.open.as_ref().is_some_and(|open| open.size <= self.header.len() as u64);
            if part == 0 && !is_new {
                if let Err(error) = self.rotate() {
                    return (written, Some(error));
                }
                continue;
            }
            // A line longer than a file has one of its own.
            let upto = written + part.max(1);
            if let Err(error) = self.put(&text[from..ends[upto - 1]]) {
                return (written, Some(error));
            }
            (from, written) = (ends[upto - 1], upto);
        }
        (written, None)
    }

    /// Opens the file where it is not open or no longer the one at its path; the bytes that it has room for.
    fn ready(&mut self) -> Result<u64> {
        let there = fs::stat(&self.path)?;
        if self.open.as_ref().is_some_and(|open| there.is_none_or(|there| there.inode != open.inode)) {
            self.open = None;
        }
        if self.open.is_none() {
            // A folder that is gone may be a disk that comes back: another in its place would hide what is written there.
            if !folder(&self.path).is_dir() {
                return Err(Error::failure(format!("folder `{}` does not exist", folder(&self.path).display())));
            }
            if there.is_some_and(|there| there.size > 0) && !self.is_ours()? {
                return Err(Error::usage(format!("`{}` is no log of this format", self.path.display()))
                    .hint("move it away, or name another file"));
            }
            let file = fs::open_to_append(&self.path)?;
            fs::cut_torn_line(&self.path)?;
            let stat = fs::stat_open(&file, &self.path)?;
            self.open = Some(Open { file, inode: stat.inode, size: stat.size });
            if stat.size == 0 && !self.header.is_empty() {
                self.put(self.header.as_bytes())?;
            }
        }
        Ok(self.open.as_ref().map_or(0, |open| self.most.saturating_sub(open.size)))
    }

    fn is_ours(&self) -> Result<bool> {
        let mut first = Vec::new();
        let most = self.begins.len() as u64;
        let read = fs::open(&self.path)?.take(most).read_to_end(&mut first);
        read.map_err(|error| fs::read_error(&self.path, error))?;
        // What a crash has torn may be shorter.
        Ok(self.begins.as_bytes().starts_with(&first))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if let Err(error) = open.file.write_all(bytes) {
            // Half a line on a full disk would spoil the one that follows.
            open.file.set_len(open.size).unwrap_or_default();
            self.open = None;
            return Err(fs::write_error(&self.path, error));
        }
        open.size += bytes.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> Result<()> {
        self.open = None;
        fs::rotate(&self.path, self.keep)
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = Vec::new();
        let ends = texts.iter().map(|text| {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(b'\n');
            bytes.len()
        });
        let ends = ends.collect();
        (bytes, ends)
    }

    fn read(path: &Path) -> String {
        String::from_utf8(fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn files_begin_anew_when_they_are_full_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/p.csv");
        let mut file = RotatingFile::create(path.clone(), 12, 2, ("head\n", "head\n")).unwrap();
        let (text, ends) = lines(&["one", "a line that is too long for any file", "two", "six", "ten"]);
        assert!(matches!(file.write(&text, &ends), (5, None)));
        assert_eq!(read(&path), "head\nten\n");
        assert_eq!(read(&path.with_extension("csv.1")), "head\nsix\n");
        assert_eq!(read(&path.with_extension("csv.2")), "head\ntwo\n");
        assert!(!path.with_extension("csv.3").exists());
        drop(file);
        // Another start goes on, without another header, and a line that a crash has torn goes.
        fs::append(&path, b"tor").unwrap();
        let mut file = RotatingFile::create(path.clone(), 100, 2, ("head\n", "head\n")).unwrap();
        let (text, ends) = lines(&["new"]);
        assert!(matches!(file.write(&text, &ends), (1, None)));
        assert_eq!(read(&path), "head\nten\nnew\n");
        let other = RotatingFile::create(path.clone(), 100, 2, ("", "{"));
        assert!(other.err().unwrap().message().contains("is no log of this format"));
        assert_eq!(read(&path), "head\nten\nnew\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_full_disk_and_a_lost_folder_are_told_and_it_goes_on_when_they_are_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/p.jsonl");
        let mut file = RotatingFile::create(path.clone(), 1000, 0, ("", "")).unwrap();
        let (text, ends) = lines(&["one", "two"]);
        fs::remove(&path).unwrap();
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        assert!(matches!(file.write(&text, &ends), (0, Some(_))));
        fs::remove(&path).unwrap();
        assert!(matches!(file.write(&text, &ends), (2, None)));
        fs::remove_all(path.parent().unwrap()).unwrap();
        let (written, error) = file.write(&text, &ends);
        assert!(written == 0 && error.unwrap().message().contains("does not exist"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(matches!(file.write(&text, &ends), (2, None)));
        assert_eq!(read(&path), "one\ntwo\n");
    }
}
