//! Files that may be compressed: told by their first bytes, unpacked as they are read.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use zip::{CompressionMethod, ZipArchive};

use crate::error::{Error, Result};
use crate::fs;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstandard,
    /// `.zip`
    Zip,
}

/// First bytes of what can be unpacked.
const KNOWN: [(&[u8], Compression); 4] = [
    (&[0x1f, 0x8b], Compression::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstandard),
    (b"PK\x03\x04", Compression::Zip),
    // An archive of nothing.
    (b"PK\x05\x06", Compression::Zip),
];

/// First bytes of what cannot be read, with its name and what to do; 0 stands for any. Long enough that no column
/// is called so.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "is compressed with xz", UNPACK),
    (b"BZh\0\x31\x41\x59\x26", "is compressed with bzip2", UNPACK),
    (&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c], "is a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "is a RAR archive", UNPACK),
    (&[0xd0, 0xcf, 0x11, 0xe0], "is an Excel workbook", EXCEL),
    (b"%PDF-\0.", "is a PDF document", "save the table as CSV"),
];

const UNPACK: &str = "unpack it, or compress it with gzip, zstd or zip";
const EXCEL: &str = "save the sheet as CSV";
const LONGEST_MARK: u64 = 8;

fn begins(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.len() >= mark.len() && bytes.iter().zip(mark).all(|(byte, wanted)| *wanted == 0 || byte == wanted)
}

/// A file to be read, unpacked.
pub struct Opened {
    /// The unpacked bytes.
    pub reader: Box<dyn Read>,
    /// How it is compressed.
    pub compression: Option<Compression>,
    /// Bytes of the file read so far, as stored.
    pub done: Rc<Cell<u64>>,
    /// Size of the file, 0 where unknown.
    pub size: u64,
}

/// Opens a plain, gzip, zstd or zip file; `member` names the file in a zip archive of several.
///
/// # Errors
/// Exit code 1 where the file cannot be opened, 3 where it is of a kind that is not read.
pub fn open(path: &Path, shown: &str, member: Option<&str>) -> Result<Opened> {
    let size = fs::size(path)?;
    let opened = unpack(Box::new(fs::open(path)?), shown, member)?;
    if opened.compression == Some(Compression::Zip) {
        let counted = Counted { inner: fs::open(path)?, done: Rc::clone(&opened.done) };
        return Ok(Opened { reader: zip_member(counted, shown, member)?, size, ..opened });
    }
    Ok(Opened { size, ..opened })
}

/// Unpacks any reader, but for zip archives, which need a file: those pass as they are.
pub fn unpack(reader: Box<dyn Read>, shown: &str, member: Option<&str>) -> Result<Opened> {
    let done = Rc::new(Cell::new(0));
    let mut counted = Counted { inner: reader, done: Rc::clone(&done) };
    let mut first = Vec::new();
    let failed = |e| fs::read_error(Path::new(shown), e);
    Read::by_ref(&mut counted).take(LONGEST_MARK).read_to_end(&mut first).map_err(failed)?;
    if let Some((_, what, hint)) = FOREIGN.iter().find(|(mark, ..)| begins(&first, mark)) {
        return Err(Error::data(format!("`{shown}` {what}")).hint(*hint));
    }
    let compression = KNOWN.iter().find(|(mark, _)| first.starts_with(mark)).map(|(_, kind)| *kind);
    if member.is_some() && compression != Some(Compression::Zip) {
        return Err(Error::usage(format!("`{shown}` is no zip archive, so it has no `member`")));
    }
    let whole = Cursor::new(first).chain(counted);
    let reader: Box<dyn Read> = match compression {
        Some(Compression::Gzip) => Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, whole))),
        Some(Compression::Zstandard) => Box::new(zstd::stream::read::Decoder::new(whole).map_err(failed)?),
        Some(Compression::Zip) | None => Box::new(whole),
    };
    Ok(Opened { reader, compression, done, size: 0 })
}

const BUFFER: usize = 1 << 16;

fn zip_member(mut file: Counted<File>, shown: &str, member: Option<&str>) -> Result<Box<dyn Read>> {
    let broken =
        |e: zip::result::ZipError| Error::data(format!("`{shown}` is a damaged zip archive")).because(e).hint(DAMAGED);
    let mut archive = ZipArchive::new(BufReader::new(&mut file.inner)).map_err(broken)?;
    let names = archive.file_names().map(|name| name.map(|name| name.into_owned())).collect::<Result<Vec<_>, _>>();
    let names: Vec<String> = names.map_err(broken)?.into_iter().filter(|name| is_content(name)).collect();
    if names.iter().any(|name| name == "xl/workbook.xml") {
        return Err(Error::data(format!("`{shown}` is an Excel workbook")).hint(EXCEL));
    }
    let name = choose(&names, shown, member)?;
    let entry = archive.by_name(name).map_err(|e| match e {
        zip::result::ZipError::UnsupportedArchive(why) => {
            Error::data(format!("`{name}` in `{shown}` cannot be unpacked: {}", why.to_lowercase())).hint(UNPACK)
        }
        e => broken(e),
    })?;
    let (size, crc, method) = (entry.compressed_size(), entry.crc32(), entry.compression());
    let start = entry.data_start().ok_or_else(|| Error::data(format!("`{shown}` is a damaged zip archive")))?;
    drop(entry);
    drop(archive);
    file.inner.seek(SeekFrom::Start(start)).map_err(|e| fs::read_error(Path::new(shown), e))?;
    let packed = BufReader::with_capacity(BUFFER, file.take(size));
    match method {
        CompressionMethod::Stored => Ok(Box::new(Checked { inner: CrcReader::new(packed), crc })),
        CompressionMethod::Deflated => {
            Ok(Box::new(Checked { inner: CrcReader::new(DeflateDecoder::new(packed)), crc }))
        }
        other => Err(Error::data(format!("`{name}` in `{shown}` is packed with {other}")).hint(UNPACK)),
    }
}

const DAMAGED: &str = "fetch the file again";

/// Whether an entry of an archive is a file of the user's.
fn is_content(name: &str) -> bool {
    !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store")
}

fn choose<'a>(names: &'a [String], shown: &str, member: Option<&str>) -> Result<&'a str> {
    let list = || {
        let more = if names.len() > 12 { format!(", … ({} in all)", names.len()) } else { String::new() };
        format!("members: {}{more}", names.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    match (member, names) {
        (Some(member), _) => names
            .iter()
            .find(|name| *name == member)
            .map(String::as_str)
            .ok_or_else(|| Error::data(format!("`{shown}` has no member `{member}`")).hint(list())),
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::data(format!("`{shown}` is an empty zip archive")).hint(DAMAGED)),
        (None, _) => Err(Error::data(format!("`{shown}` holds {} files", names.len())).hint(format!(
            "name one: `--member` of `mlops init`, `member:` beside the file in configs/config.yaml; {}",
            list()
        ))),
    }
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    done: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.done.set(self.done.get() + read as u64);
        Ok(read)
    }
}

/// Fails at the end of a member whose checksum is not that of the archive.
struct Checked<R> {
    inner: CrcReader<R>,
    crc: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.inner.crc().sum() != self.crc {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "the checksum of the archive does not fit",
            ));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let deflated = zip::write::SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in members {
            zip.start_file(*name, deflated).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8], member: Option<&str>) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::atomic_write_bytes(&path, bytes).unwrap();
        let mut found = Vec::new();
        open(&path, "x", member)?.reader.read_to_end(&mut found).map_err(|e| fs::read_error(Path::new("x"), e))?;
        Ok(found)
    }

    #[test]
    fn plain_and_compressed_files_read_alike() {
        let text = b"a,b\n1,2\n".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        let files = [
            text.clone(),
            gzip.clone(),
            [&gzip[..], &gzip].concat(),
            zstd::encode_all(&text[..], 1).unwrap(),
            zipped(&[("__MACOSX/._t.csv", b"junk"), ("t.csv", &text)]),
        ];
        for (at, bytes) in files.iter().enumerate() {
            let expected = if at == 2 { text.repeat(2) } else { text.clone() };
            assert!(read(bytes, None).unwrap() == expected, "file {at}");
        }
        assert_eq!(read(b"a", None).unwrap(), b"a");
        assert_eq!(read(&zipped(&[("a", b"1"), ("b", b"2")]), Some("b")).unwrap(), b"2");
    }

    #[test]
    fn what_cannot_be_unpacked_is_named() {
        let mut damaged = zipped(&[("t.csv", &b"a,b\n".repeat(100))]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&b"a,b\n".repeat(100)).unwrap();
        let gzip = gzip.finish().unwrap();
        damaged[45] ^= 0xff;
        for (bytes, member, message, hint) in [
            (&b"BZh91AY&SY"[..], None, "`x` is compressed with bzip2", "unpack it"),
            (b"a,b\n1,2\n", Some("t.csv"), "`x` is no zip archive, so it has no `member`", ""),
            (&zipped(&[("a", b"1"), ("b", b"2")]), None, "`x` holds 2 files", "in configs/config.yaml; members: a, b"),
            (&zipped(&[("a", b"1")]), Some("c"), "`x` has no member `c`", "members: a"),
            (&zipped(&[("xl/workbook.xml", b"1"), ("b", b"")]), None, "`x` is an Excel workbook", "as CSV"),
            (&zipped(&[]), None, "`x` is", ""),
            (&zipped(&[("a", b"1")])[..40], None, "`x` is a damaged zip archive", ""),
            (&damaged, None, "cannot read `x`", ""),
            (&gzip[..gzip.len() - 9], None, "cannot read `x`", ""),
        ] {
            let error = read(bytes, member).map(|_| ()).unwrap_err();
            assert!(error.message().starts_with(message), "{message}: {error:?}");
            assert!(error.hint_text().unwrap_or_default().contains(hint), "{message}: {error:?}");
        }
    }
}
