//! MD5, which names everything in DVC.

use std::fmt::{self, Write};
use std::io::Read;
use std::path::Path;

use md5::{Digest, Md5 as Algorithm};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fs::{self, Stat};

/// Bytes read at a time.
const BLOCK: u64 = 1 << 20;

/// A hash; its text is 32 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Md5([u8; 16]);

impl Md5 {
    /// Of bytes at hand.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Algorithm::digest(bytes).into())
    }

    /// Of a file, and what the file was: none where it changed while it was read.
    pub fn of_file(path: &Path) -> Result<(Self, Option<Stat>)> {
        let mut file = fs::open(path)?;
        let before = fs::stat_open(&file, path)?;
        let mut block = vec![0; usize::try_from(before.size.clamp(1, BLOCK)).unwrap_or(1)];
        let mut digest = Algorithm::new();
        loop {
            match file.read(&mut block) {
                Ok(0) => break,
                Ok(length) => digest.update(&block[..length]),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(fs::read_error(path, e)),
            }
        }
        let after = fs::stat_open(&file, path)?;
        Ok((Self(digest.finalize().into()), (after == before).then_some(before)))
    }

    /// Reads its text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Md5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = self.0.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        digits.map(char::from).try_for_each(|digit| f.write_char(digit))
    }
}
