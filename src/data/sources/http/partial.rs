//! The bytes of a download so far, and what is known about the file they are of.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::address::Address;
use super::{digest, hexadecimal};
use crate::data::sources::csv_file::looks_like_web_page;
use crate::error::Result;
use crate::fs;

/// Bytes that tell a web page.
const FIRST: u64 = 256;

/// A download under way: `<file>.part`, and `<file>.part.json` that says of what.
pub struct Partial {
    part: fs::Part,
    note_path: PathBuf,
    note: Note,
    hasher: Sha256,
    resumed: bool,
}

/// What is known about the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// SHA-256 of the address, which may hold a secret.
    url: String,
    /// `ETag` or `Last-Modified`: without it nobody can tell whether it is still the same file.
    validator: Option<String>,
    /// Its whole length.
    total: Option<u64>,
    /// Whether the server called it a web page.
    #[serde(default)]
    page: bool,
}

impl Partial {
    /// Takes up what an earlier run left for this address, or begins.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written, or is being written.
    pub fn open(to: &Path, address: &Address) -> Result<Self> {
        let beside = |end: &str| {
            let mut name = to.file_name().map(OsString::from).unwrap_or_default();
            name.push(end);
            to.with_file_name(name)
        };
        let url = hexadecimal(Sha256::new_with_prefix(address.url().as_str()));
        let note_path = beside(".part.json");
        let mut part = fs::Part::open(&beside(".part"))?;
        let left = if part.length() > 0 { fs::read(&note_path).ok() } else { None };
        let note = left.and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok()).filter(|note| {
            note.url == url && note.validator.is_some() && note.total.is_none_or(|total| part.length() <= total)
        });
        let (note, hasher, resumed) = match note {
            Some(note) => (note, digest(part.path(), &|_| {})?.0, true),
            None => {
                part.clear()?;
                (Note { url, ..Note::default() }, Sha256::new(), false)
            }
        };
        Ok(Self { part, note_path, note, hasher, resumed })
    }

    /// Begins anew, with a file of which this is known.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written.
    pub fn restart(&mut self, validator: Option<String>, total: Option<u64>, page: bool) -> Result<()> {
        self.part.clear()?;
        self.hasher = Sha256::new();
        self.resumed = false;
        self.note = Note { url: std::mem::take(&mut self.note.url), validator, total, page };
        let bytes = serde_json::to_vec(&self.note).unwrap_or_default();
        fs::atomic_write_bytes(&self.note_path, &bytes)
    }

    /// Goes on where it ends.
    pub fn go_on(&mut self) {
        self.resumed = true;
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// Exit code 1 where they cannot be written.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.part.append(bytes)?;
        self.hasher.update(bytes);
        Ok(())
    }

    /// Bytes that are there.
    pub fn length(&self) -> u64 {
        self.part.length()
    }

    /// The whole length, where it is known.
    pub fn total(&self) -> Option<u64> {
        self.note.total
    }

    /// Whether it came in more than one piece.
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// The state of the file it can go on with; none where it has to begin.
    pub fn validator(&self) -> Option<&str> {
        self.note.validator.as_deref().filter(|_| self.length() > 0)
    }

    /// Whether all bytes are there, and it only lacks its place.
    pub fn is_complete(&self) -> bool {
        self.length() > 0 && self.note.total == Some(self.length())
    }

    /// Whether the bytes are a web page, by what the server said or by how they begin.
    ///
    /// # Errors
    /// Exit code 1 where they cannot be read.
    pub fn is_web_page(&self) -> Result<bool> {
        let mut first = Vec::new();
        let read = fs::open(self.part.path())?.take(FIRST).read_to_end(&mut first);
        read.map_err(|e| fs::read_error(self.part.path(), e))?;
        Ok(self.note.page || looks_like_web_page(&String::from_utf8_lossy(&first)))
    }

    /// SHA-256 of the bytes that are there.
    pub fn sha256(&self) -> String {
        hexadecimal(self.hasher.clone())
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        self.part.path().parent().unwrap_or(Path::new("."))
    }

    /// Gives the file its place.
    ///
    /// # Errors
    /// Exit code 1.
    pub fn place(self, to: &Path) -> Result<()> {
        self.part.place(to)?;
        fs::remove(&self.note_path)
    }

    /// Throws everything away.
    pub fn discard(self) {
        self.part.discard();
        fs::remove(&self.note_path).ok();
    }

    /// Leaves what a later run can go on with, and nothing else.
    pub fn leave(self) {
        if self.validator().is_none() {
            self.discard();
        }
    }
}
