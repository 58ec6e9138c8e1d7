//! The bytes of a model file.
//!
//! ```text
//! "mlopsbin"  u32 format  u32 length, metadata (JSON, readable with `head`)
//! u32 count   per section: u16 length, name  u32 version  u64 length, bytes
//! u64 XXH3 of everything before
//! ```
//! All integers are little-endian. Nothing in it depends on time, place or threads.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::Info;
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"mlopsbin";
const FORMAT: u32 = 1;

/// A named part, encoded by the file that owns it.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Such as `model:xgb` or `learned:0:impute`.
    pub name: String,
    /// Version of its encoding.
    pub version: u32,
    /// The encoded state.
    pub bytes: Vec<u8>,
}

/// Size of a section, for `mlops show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionSize {
    /// Section name.
    pub name: String,
    /// Version of its encoding.
    pub version: u32,
    /// Bytes.
    pub bytes: u64,
}

/// Lays metadata and sections out.
///
/// # Errors
/// Exit code 3 for metadata that could not be read back, for JSON has no infinite numbers.
pub fn pack(info: &Info, sections: &[Section]) -> Result<Vec<u8>> {
    let metadata =
        serde_json::to_vec_pretty(info).map_err(|e| Error::failure("cannot write model metadata").because(e))?;
    serde_json::from_slice::<Info>(&metadata).map_err(|e| {
        Error::data("the model cannot be written: a number in its metadata is too large")
            .because(e)
            .hint("give the target and the columns in larger units")
    })?;
    let mut out = Vec::with_capacity(metadata.len() + sections.iter().map(|s| s.bytes.len() + 64).sum::<usize>() + 64);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&(metadata.len() as u32).to_le_bytes());
    out.extend_from_slice(&metadata);
    out.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    for section in sections {
        out.extend_from_slice(&(section.name.len() as u16).to_le_bytes());
        out.extend_from_slice(section.name.as_bytes());
        out.extend_from_slice(&section.version.to_le_bytes());
        out.extend_from_slice(&(section.bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(&section.bytes);
    }
    out.extend_from_slice(&xxh3_64(&out).to_le_bytes());
    Ok(out)
}

/// Reads a file that [`pack`] laid out; `shown` is its name in messages.
///
/// # Errors
/// Exit code 3 for a file that is foreign, newer, truncated or damaged.
pub fn unpack(bytes: &[u8], shown: &str) -> Result<(Info, Vec<Section>)> {
    let mut reader = Reader { bytes, shown };
    if reader.bytes.len() < MAGIC.len() || reader.take(MAGIC.len())? != MAGIC {
        return Err(Error::data(format!("`{shown}` is not a model file"))
            .hint("model files are written by `mlops train` as models/*.bin"));
    }
    let format = reader.u32()?;
    if format > FORMAT {
        return Err(Error::data(format!("`{shown}` has format {format}, this program reads up to {FORMAT}"))
            .hint("update mlops"));
    }
    let body = bytes.len().checked_sub(8).ok_or_else(|| reader.damaged())?;
    if bytes[body..] != xxh3_64(&bytes[..body]).to_le_bytes() {
        return Err(reader.damaged());
    }
    let length = reader.u32()? as usize;
    let metadata = reader.take(length)?;
    let info = serde_json::from_slice(metadata).map_err(|e| reader.damaged().because(e))?;
    let count = reader.u32()?;
    let mut sections = Vec::new();
    for _ in 0..count {
        let length = usize::from(reader.u16()?);
        let name = String::from_utf8(reader.take(length)?.to_vec()).map_err(|e| reader.damaged().because(e))?;
        let version = reader.u32()?;
        let length = usize::try_from(reader.u64()?).map_err(|e| reader.damaged().because(e))?;
        sections.push(Section { name, version, bytes: reader.take(length)?.to_vec() });
    }
    if reader.bytes.len() == 8 { Ok((info, sections)) } else { Err(reader.damaged()) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    shown: &'a str,
}

impl<'a> Reader<'a> {
    fn damaged(&self) -> Error {
        Error::data(format!("`{}` is truncated or damaged", self.shown)).hint("train it again with `mlops train`")
    }
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.bytes.split_at_checked(length).ok_or_else(|| self.damaged())?;
        self.bytes = tail;
        Ok(head)
    }
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }
    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }
    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }
    fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed() -> Vec<u8> {
        let sections = [Section { name: "model:x".into(), version: 1, bytes: vec![1, 2, 3] }];
        pack(&Info::default(), &sections).unwrap()
    }

    #[test]
    fn what_is_packed_unpacks() {
        let (info, sections) = unpack(&packed(), "m.bin").unwrap();
        assert_eq!(info, Info::default());
        assert_eq!(sections[0].bytes, [1, 2, 3]);
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        let mut info = Info::default();
        info.out_of_fold.mean.insert("mse".into(), f64::INFINITY);
        let error = pack(&info, &[]).unwrap_err();
        assert_eq!(error.message(), "the model cannot be written: a number in its metadata is too large");
        assert_eq!(error.code() as i32, 3);
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_refused() {
        let bytes = packed();
        for length in 0..bytes.len() {
            assert!(unpack(&bytes[..length], "m.bin").is_err(), "cut at {length}");
            let mut flipped = bytes.clone();
            flipped[length] ^= 1;
            assert!(unpack(&flipped, "m.bin").is_err(), "flipped at {length}");
        }
        let mut newer = bytes.clone();
        newer[8] = 2;
        assert_eq!(unpack(&newer, "m.bin").unwrap_err().message(), "`m.bin` has format 2, this program reads up to 1");
        assert_eq!(unpack(b"PK\x03\x04", "m.bin").unwrap_err().message(), "`m.bin` is not a model file");
    }
}
