//! A CSV of our own read in blocks of whole records, so that they are parsed in parallel and a file
//! need not be in memory whole.

use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use crate::error::Result;
use crate::fs;

/// Bytes read at a time.
const SLAB: usize = 4 << 20;
/// Bytes a thread parses at a time.
const BLOCK: usize = 1 << 18;

/// Whole records of a file.
pub struct Block<'a> {
    /// Their bytes.
    pub bytes: &'a [u8],
    /// Whether the header stands among them, first.
    pub header: bool,
}

impl Block<'_> {
    /// Their records, without the header.
    pub fn records(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().has_headers(self.header).buffer_capacity(1 << 15).from_reader(self.bytes)
    }
}

/// Parses a file block by block, in parallel, and hands over the results in the order of the file.
/// What comes of it does not depend on where blocks are cut, as long as `parse` looks at one record at a time.
///
/// # Errors
/// Exit code 1 where the file cannot be read, and those of `parse` and `take`.
pub fn for_each<T: Send>(
    path: &Path,
    parse: impl Fn(Block) -> Result<T> + Sync,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let mut file = fs::open(path)?;
    let mut slab: Vec<u8> = Vec::new();
    let mut first = true;
    loop {
        let read =
            Read::by_ref(&mut file).take(SLAB as u64).read_to_end(&mut slab).map_err(|e| fs::read_error(path, e))?;
        let (mut cuts, end) = cuts(&slab);
        let last = read == 0;
        if last && end < slab.len() {
            cuts.push(slab.len());
        }
        let end = cuts.last().copied().unwrap_or(0);
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let blocks: Vec<Block> = starts
            .zip(&cuts)
            .enumerate()
            .map(|(at, (from, to))| Block { bytes: &slab[from..*to], header: first && at == 0 })
            .collect();
        first &= blocks.is_empty();
        let parsed = blocks.into_par_iter().map(&parse).collect::<Result<Vec<T>>>()?;
        parsed.into_iter().try_for_each(&mut take)?;
        if last {
            return Ok(());
        }
        slab.drain(..end);
    }
}

/// Where blocks end: behind line breaks outside quotes. Quotes come in pairs in what we write, so
/// counting them tells inside from outside. Also the end of the last whole record.
fn cuts(bytes: &[u8]) -> (Vec<usize>, usize) {
    let (mut cuts, mut end, mut quoted) = (Vec::new(), 0, false);
    for at in memchr::memchr2_iter(b'"', b'\n', bytes) {
        if bytes[at] == b'"' {
            quoted = !quoted;
        } else if !quoted {
            end = at + 1;
            if end - cuts.last().copied().unwrap_or(0) >= BLOCK {
                cuts.push(end);
            }
        }
    }
    if cuts.last().copied().unwrap_or(0) < end {
        cuts.push(end);
    }
    (cuts, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_records_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        let record = |i: usize| format!("{i},\"a \"\"quoted\"\"\nline, {i}\",{}\n", "x".repeat(i % 700));
        let text: String = (0..20_000).map(record).collect();
        for text in [text.as_str(), text.trim_end(), "one\n", "", "\"a\nb\"\n"] {
            fs::atomic_write_bytes(&path, text.as_bytes()).unwrap();
            let mut found = Vec::new();
            for_each(
                &path,
                |block| Ok(block.bytes.to_vec()),
                |block: Vec<u8>| {
                    let quotes = block.iter().filter(|b| **b == b'"').count();
                    assert!(quotes % 2 == 0 && !block.is_empty());
                    found.extend(block);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(String::from_utf8(found).unwrap(), text);
        }
    }
}
