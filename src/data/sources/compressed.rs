//! Files that may be compressed: told by their first bytes, unpacked as they are read.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::Result;
use crate::fs;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTANDARD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Opens a plain, gzip or zstd file for reading.
///
/// # Errors
/// Exit code 1 where the file cannot be opened.
pub fn open(path: &Path) -> Result<Box<dyn Read>> {
    let mut file = fs::open(path)?;
    let mut first = Vec::with_capacity(ZSTANDARD.len());
    Read::by_ref(&mut file)
        .take(ZSTANDARD.len() as u64)
        .read_to_end(&mut first)
        .map_err(|e| fs::read_error(path, e))?;
    let whole = std::io::Cursor::new(first.clone()).chain(file);
    if first.starts_with(GZIP) {
        return Ok(Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(whole))));
    }
    if first.starts_with(ZSTANDARD) {
        return zstandard(whole).map_err(|e| fs::read_error(path, e));
    }
    Ok(Box::new(whole))
}

fn zstandard(file: std::io::Chain<std::io::Cursor<Vec<u8>>, File>) -> std::io::Result<Box<dyn Read>> {
    Ok(Box::new(zstd::stream::read::Decoder::new(file)?))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn plain_and_compressed_files_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"a,b\n1,2\n".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        for bytes in [text.clone(), gzip.finish().unwrap(), zstd::encode_all(&text[..], 1).unwrap(), b"a".to_vec()] {
            let path = folder.path().join("x.csv");
            fs::atomic_write_bytes(&path, &bytes).unwrap();
            let mut found = Vec::new();
            open(&path).unwrap().read_to_end(&mut found).unwrap();
            assert!(found == text || found == b"a");
        }
    }
}
