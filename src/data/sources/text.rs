//! Bytes to text: the encoding is given, or found out and told. What cannot be decoded is refused with
//! its line, never replaced.

use std::io::Read;
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::{Error, Result};
use crate::fs;

/// Bytes the encoding is guessed from, before any is decoded.
const LOOK: u64 = 1 << 14;

/// Text of a reader, some of it at a time.
pub struct TextReader {
    reader: Box<dyn Read>,
    shown: String,
    /// Read and not yet decoded.
    raw: Vec<u8>,
    decoding: Decoding,
    at_end: bool,
    lines: Lines,
    note: Option<String>,
}

enum Decoding {
    Utf8 {
        /// Whether the user said so.
        given: bool,
        /// Whether every byte so far is the same in all encodings that come into question.
        ascii: bool,
    },
    Other(Box<Decoder>),
}

/// Line ends seen so far.
#[derive(Default)]
struct Lines {
    feeds: u64,
    returns: u64,
}

impl Lines {
    fn count(&mut self, bytes: &[u8]) {
        self.feeds += memchr::memchr_iter(b'\n', bytes).count() as u64;
        if self.feeds == 0 {
            self.returns += memchr::memchr_iter(b'\r', bytes).count() as u64;
        }
    }

    /// The line after `bytes`.
    fn after(&self, bytes: &[u8]) -> u64 {
        let mut lines = Self { feeds: self.feeds, returns: self.returns };
        lines.count(bytes);
        1 + if lines.feeds == 0 { lines.returns } else { lines.feeds }
    }
}

impl TextReader {
    /// Text in the encoding of that name, or in the one that is found.
    ///
    /// # Errors
    /// Exit code 1 where reading fails, 2 for an encoding that does not exist.
    pub fn open(mut reader: Box<dyn Read>, shown: &str, encoding: Option<&str>) -> Result<Self> {
        let mut raw = Vec::new();
        reader.by_ref().take(LOOK).read_to_end(&mut raw).map_err(|e| unread(shown, e))?;
        let at_end = (raw.len() as u64) < LOOK;
        let bom = Encoding::for_bom(&raw);
        let given = encoding.map(|name| named(name, &raw)).transpose()?;
        let mut note = None;
        let decoding = match (given, bom) {
            (None, None) => match utf_16_by_zeros(&raw) {
                Some(found) => {
                    note = Some(format!("encoding {}, by its zero bytes", name_of(found)));
                    Decoding::of(found)
                }
                None => Decoding::Utf8 { given: false, ascii: true },
            },
            (None, Some((found, length))) => {
                if found != UTF_8 {
                    note = Some(format!("encoding {}, by its byte order mark", name_of(found)));
                }
                raw.drain(..length);
                Decoding::of(found)
            }
            (Some(given), found) => {
                if let Some((_, length)) = found.filter(|(found, _)| *found == given) {
                    raw.drain(..length);
                }
                Decoding::of(given)
            }
        };
        Ok(Self { reader, shown: shown.to_owned(), raw, decoding, at_end, lines: Lines::default(), note })
    }

    /// Appends the text of about `wanted` more bytes; false where there was none left.
    ///
    /// # Errors
    /// Exit code 1 where reading fails, 3 with the line for bytes that are no text.
    pub fn fill(&mut self, text: &mut String, wanted: usize) -> Result<bool> {
        if self.at_end && self.raw.is_empty() {
            return Ok(false);
        }
        if !self.at_end {
            let read = self.reader.by_ref().take(wanted as u64).read_to_end(&mut self.raw);
            let read = read.map_err(|e| unread(&self.shown, e))?;
            self.at_end = read < wanted;
        }
        let from = text.len();
        self.decode(text)?;
        let new = &text.as_bytes()[from..];
        if let Some(nul) = memchr::memchr(0, new) {
            return Err(self.nul(self.lines.after(&new[..nul])));
        }
        self.lines.count(new);
        Ok(true)
    }

    /// Name of the encoding, as found so far.
    pub fn encoding(&self) -> String {
        match &self.decoding {
            Decoding::Utf8 { .. } => name_of(UTF_8),
            Decoding::Other(decoder) => name_of(decoder.encoding()),
        }
    }

    /// How the encoding was found, where it is not plain UTF-8 and not given.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn decode(&mut self, text: &mut String) -> Result<()> {
        let Decoding::Utf8 { given, ascii } = &mut self.decoding else { return self.decode_other(text) };
        match std::str::from_utf8(&self.raw) {
            Ok(valid) => {
                text.push_str(valid);
                *ascii = *ascii && valid.is_ascii();
                self.raw.clear();
                Ok(())
            }
            Err(error) => {
                let (valid, rest) = self.raw.split_at(error.valid_up_to());
                let cut_short = error.error_len().is_none() && !self.at_end;
                *ascii = *ascii && valid.is_ascii();
                if !cut_short && !*given && *ascii && rest.iter().all(|byte| is_windows_1252(*byte)) {
                    self.note =
                        Some(format!("encoding windows-1252, being no UTF-8 in line {}", self.lines.after(valid)));
                    self.decoding = Decoding::of(WINDOWS_1252);
                    return self.decode_other(text);
                }
                if !cut_short {
                    let (line, given) = (self.lines.after(valid), *given);
                    return Err(self.not_utf_8(line, given));
                }
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                let valid = valid.len();
                self.raw.drain(..valid);
                Ok(())
            }
        }
    }

    fn decode_other(&mut self, text: &mut String) -> Result<()> {
        let Decoding::Other(decoder) = &mut self.decoding else { return Ok(()) };
        let from = text.len();
        let room = decoder.max_utf8_buffer_length_without_replacement(self.raw.len());
        text.reserve(room.unwrap_or(4 * self.raw.len()));
        let (result, _) = decoder.decode_to_string_without_replacement(&self.raw, text, self.at_end);
        if !matches!(result, DecoderResult::InputEmpty) {
            let line = self.lines.after(&text.as_bytes()[from..]);
            return Err(Error::data(format!("`{}` line {line}: not valid {}", self.shown, self.encoding()))
                .hint("save the file as UTF-8, or name its encoding: `--encoding` of `mlops init`, `encoding:` beside the file in configs/config.yaml"));
        }
        self.raw.clear();
        Ok(())
    }

    fn not_utf_8(&self, line: u64, given: bool) -> Error {
        let hint = if given {
            "correct `encoding:`, for one such as windows-1252, or save the file as UTF-8"
        } else {
            "save the file as UTF-8, or name its encoding, such as windows-1252: `--encoding` of `mlops init`, `encoding:` beside the file in configs/config.yaml"
        };
        Error::data(format!("`{}` line {line}: not valid UTF-8", self.shown)).hint(hint)
    }

    fn nul(&self, line: u64) -> Error {
        Error::data(format!("`{}` line {line}: a NUL byte, which no text has", self.shown))
            .hint("check that it is a text file and whole; UTF-16 without a byte order mark has to be named: `--encoding utf-16le` of `mlops init`, `encoding: utf-16le` beside the file in configs/config.yaml")
    }
}

/// What the system did not say came from unpacking.
fn unread(shown: &str, cause: std::io::Error) -> Error {
    if cause.raw_os_error().is_some() {
        return fs::read_error(Path::new(shown), cause);
    }
    Error::data(format!("`{shown}` is damaged or cut short: it cannot be unpacked"))
        .because(cause)
        .hint("fetch or pack the file again")
}

impl Decoding {
    fn of(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 {
            Self::Utf8 { given: true, ascii: true }
        } else {
            Self::Other(Box::new(encoding.new_decoder_without_bom_handling()))
        }
    }
}

/// The encoding of a name; `utf-16` alone leaves the order of bytes to the file.
fn named(name: &str, bytes: &[u8]) -> Result<&'static Encoding> {
    if matches!(name.to_ascii_lowercase().as_str(), "utf-16" | "utf16") {
        let bom = Encoding::for_bom(bytes).map(|(found, _)| found).filter(|found| *found != UTF_8);
        return Ok(bom.or_else(|| utf_16_by_zeros(bytes)).unwrap_or(UTF_16LE));
    }
    encoding(name)
}

/// The encoding of a name, as browsers know them: `latin-1` means Windows-1252, which holds all of it.
///
/// # Errors
/// Exit code 2 for an unknown name.
pub fn encoding(name: &str) -> Result<&'static Encoding> {
    let label = match name.to_ascii_lowercase().as_str() {
        "latin-1" => "latin1".to_owned(),
        "utf-16-le" => "utf-16le".to_owned(),
        "utf-16-be" => "utf-16be".to_owned(),
        other => other.replace("cp125", "windows-125").replace("windows-windows", "windows"),
    };
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Error::usage(format!("unknown encoding `{name}`"))
            .hint("such as utf-8, utf-16, latin-1, windows-1252, windows-1251, iso-8859-2, shift_jis, gb18030")
    })
}

/// The name as users write it.
fn name_of(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

/// Text of western letters in UTF-16 has a zero in nearly every other byte.
fn utf_16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), bytes.len() / 2);
    match (even * 10, odd * 10) {
        _ if half < 2 => None,
        (e, o) if o > half * 6 && e < half => Some(UTF_16LE),
        (e, o) if e > half * 6 && o < half => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether a byte stands for a character there.
fn is_windows_1252(byte: u8) -> bool {
    !matches!(byte, 0 | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: Option<&str>, step: usize) -> Result<(String, String)> {
        let mut reader = TextReader::open(Box::new(std::io::Cursor::new(bytes.to_vec())), "x", encoding)?;
        let mut text = String::new();
        while reader.fill(&mut text, step)? {}
        Ok((text, reader.encoding()))
    }

    fn utf_16(text: &str, big: bool, bom: bool) -> Vec<u8> {
        let units = bom.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn encodings_are_found_or_given() {
        // Long enough that most of it is read after the encoding is decided, in steps that cut characters.
        let long = format!("{}größe,prix\n1,5 €\n", "plain,text\n".repeat(3000));
        let (western, _, _) = WINDOWS_1252.encode(&long);
        for (bytes, given, expected) in [
            (long.as_bytes().to_vec(), None, "utf-8"),
            ([b"\xef\xbb\xbf", long.as_bytes()].concat(), None, "utf-8"),
            (western.to_vec(), None, "windows-1252"),
            (western.to_vec(), Some("latin-1"), "windows-1252"),
            (western.to_vec(), Some("cp1252"), "windows-1252"),
            (utf_16(&long, false, true), None, "utf-16le"),
            (utf_16(&long, true, true), None, "utf-16be"),
            (utf_16(&long, false, false), None, "utf-16le"),
            (utf_16(&long, true, false), Some("utf-16"), "utf-16be"),
        ] {
            for step in [7, 1 << 16] {
                let (text, found) = read(&bytes, given, step).unwrap();
                assert!(text == long && found == expected, "{found} {expected} {given:?} {step}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        for (bytes, given, message) in [
            (&b"a,b\n1,\xff\n"[..], Some("utf-8"), "`x` line 2: not valid UTF-8"),
            // One broken byte does not make a UTF-8 file another one.
            (
                "é\n\n".as_bytes().iter().copied().chain([0xe9, b'\n']).collect::<Vec<_>>().leak(),
                None,
                "`x` line 3: not valid UTF-8",
            ),
            (b"a\r\x81b\r", None, "`x` line 2: not valid UTF-8"),
            (b"a,b\n1,\0\n", None, "`x` line 2: a NUL byte, which no text has"),
            (b"a\n\x82\xff\xff", Some("shift_jis"), "`x` line 2: not valid shift_jis"),
            (b"\xe2\x82", Some("utf-8"), "`x` line 1: not valid UTF-8"),
            (b"a", Some("utf-9"), "unknown encoding `utf-9`"),
        ] {
            assert_eq!(read(bytes, given, 7).unwrap_err().message(), message);
        }
    }
}
