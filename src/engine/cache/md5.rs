//! MD5, which names everything in DVC.

use std::fmt::{self, Write};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;

use md5::{Digest, Md5 as Algorithm};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fs::{self, Stat};

/// Bytes read at a time.
const BLOCK: u64 = 1 << 20;
/// Files from this size on are read by a thread of their own, a block ahead of the hash: a tenth of the time.
const LARGE: u64 = 16 * BLOCK;

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
        let block = || vec![0; usize::try_from(before.size.clamp(1, BLOCK)).unwrap_or(1)];
        let read = match before.size < LARGE {
            true => digest(&mut file, block()),
            false => digest_ahead(&mut file, [block(), block()]),
        };
        let digest = read.map_err(|e| fs::read_error(path, e))?;
        let after = fs::stat_open(&file, path)?;
        Ok((Self(digest), (after == before).then_some(before)))
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

fn digest(file: &mut impl Read, mut block: Vec<u8>) -> io::Result<[u8; 16]> {
    let mut digest = Algorithm::new();
    loop {
        match fill(file, &mut block)? {
            0 => return Ok(digest.finalize().into()),
            length => digest.update(&block[..length]),
        }
    }
}

/// The same, one block being read while the other is hashed.
fn digest_ahead(file: &mut (impl Read + Send), blocks: [Vec<u8>; 2]) -> io::Result<[u8; 16]> {
    let (give, given) = mpsc::channel();
    let (hand_back, empty) = mpsc::channel::<Vec<u8>>();
    // The other end is in this function.
    blocks.into_iter().for_each(|block| drop(hand_back.send(block)));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(mut block) = empty.recv() {
                let read = fill(file, &mut block);
                let is_end = !matches!(read, Ok(1..));
                if give.send(read.map(|length| (block, length))).is_err() || is_end {
                    break;
                }
            }
        });
        let mut digest = Algorithm::new();
        for read in given {
            let (block, length) = read?;
            digest.update(&block[..length]);
            hand_back.send(block).ok();
        }
        Ok(digest.finalize().into())
    })
}

/// Reads once, whatever interrupts it.
fn fill(file: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(block) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

impl fmt::Display for Md5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = self.0.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        digits.map(char::from).try_for_each(|digit| f.write_char(digit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives as little as it likes, and an error at its end where it is to.
    struct Slow<'a>(&'a [u8], usize, bool);

    impl Read for Slow<'_> {
        fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(5) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if self.0.is_empty() && self.2 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let length = self.0.len().min(block.len()).min(self.1 % 7 + 1);
            block[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn read_ahead_or_not_the_hash_is_the_same() {
        for length in [0, 1, 63, 64, 65, 1000] {
            let bytes: Vec<u8> = (0..length).map(|at: u32| (at * 7 % 251) as u8).collect();
            let blocks = || [vec![0; 8], vec![0; 8]];
            assert_eq!(digest(&mut Slow(&bytes, 0, false), vec![0; 8]).unwrap(), Md5::of(&bytes).0);
            assert_eq!(digest_ahead(&mut Slow(&bytes, 0, false), blocks()).unwrap(), Md5::of(&bytes).0);
            assert!(digest(&mut Slow(&bytes, 0, true), vec![0; 8]).is_err());
            assert!(digest_ahead(&mut Slow(&bytes, 0, true), blocks()).is_err());
        }
    }
}
