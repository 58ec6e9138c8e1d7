//! Records and fields of a CSV text, as positions: nothing is copied.

use memchr::{memchr, memchr3};

/// Bytes of a field that are looked at one by one: most end there, and a search in strides costs more to begin.
const NEAR: usize = 16;

/// The characters that mean something.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields, doubled inside them.
    pub quote: Option<u8>,
    /// First in lines that are no data.
    pub comment: Option<u8>,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    start: usize,
    end: usize,
    /// Whether quotes stand inside, so that it has to be unescaped.
    escaped: bool,
}

/// What was found at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scan {
    /// A record; the next begins at `next`.
    Record {
        /// Behind its line end.
        next: usize,
        /// Whether a field is quoted, so that the record may span lines.
        quoted: bool,
    },
    /// An empty line or a comment; what follows begins there.
    Skip(usize),
    /// More text is needed to tell.
    More,
    /// The text ends inside quotes.
    Unclosed,
    /// The text ends here.
    End,
}

impl Marks {
    /// Scans what stands at `at`; `last` says that no text follows.
    pub fn scan(&self, bytes: &[u8], at: usize, last: bool, fields: &mut Vec<Field>) -> Scan {
        fields.clear();
        match bytes.get(at) {
            None if last => return Scan::End,
            None => return Scan::More,
            Some(b'\n' | b'\r') => return line_end(bytes, at, last).map_or(Scan::More, Scan::Skip),
            Some(first) if Some(*first) == self.comment => {
                return match memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
                    Some(length) => line_end(bytes, at + length, last).map_or(Scan::More, Scan::Skip),
                    None if last => Scan::Skip(bytes.len()),
                    None => Scan::More,
                };
            }
            Some(_) => {}
        }
        self.record(bytes, at, last, fields)
    }

    fn record(&self, bytes: &[u8], mut at: usize, last: bool, fields: &mut Vec<Field>) -> Scan {
        let mut quoted = false;
        loop {
            let (field, end) = match self.opening(bytes, at) {
                None => match self.plain(bytes, at, last) {
                    Some(found) => found,
                    None => return Scan::More,
                },
                Some(open) => match self.quoted(bytes, at, open, last) {
                    Ok(found) => {
                        quoted = true;
                        found
                    }
                    Err(scan) => return scan,
                },
            };
            fields.push(field);
            match bytes.get(end) {
                None => return Scan::Record { next: end, quoted },
                Some(byte) if *byte == self.delimiter => at = end + 1,
                Some(_) => {
                    return line_end(bytes, end, last).map_or(Scan::More, |next| Scan::Record { next, quoted });
                }
            }
        }
    }

    /// Where a quoted field opens: at once, or after spaces.
    fn opening(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let quote = self.quote?;
        match *bytes.get(at)? {
            first if first == quote => Some(at),
            b' ' if self.delimiter != b' ' => {
                let open = at + bytes[at..].iter().position(|byte| *byte != b' ')?;
                (bytes[open] == quote).then_some(open)
            }
            _ => None,
        }
    }

    fn plain(&self, bytes: &[u8], at: usize, last: bool) -> Option<(Field, usize)> {
        let rest = &bytes[at..];
        let ends = |byte: &u8| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r';
        let far = || memchr3(self.delimiter, b'\n', b'\r', rest.get(NEAR..)?).map(|length| NEAR + length);
        let end = match rest.iter().take(NEAR).position(ends).or_else(far) {
            Some(length) => at + length,
            None if last => bytes.len(),
            None => return None,
        };
        Some((Field { start: at, end, escaped: false }, end))
    }

    fn quoted(&self, bytes: &[u8], at: usize, open: usize, last: bool) -> Result<(Field, usize), Scan> {
        let quote = self.quote.unwrap_or_default();
        let start = open + 1;
        let mut from = start;
        let mut escaped = false;
        let close = loop {
            match memchr(quote, &bytes[from..]) {
                None => return Err(if last { Scan::Unclosed } else { Scan::More }),
                Some(length) if bytes.get(from + length + 1) == Some(&quote) => {
                    escaped = true;
                    from += length + 2;
                }
                Some(length) => break from + length,
            }
        };
        let Some((tail, end)) = self.plain(bytes, close + 1, last) else { return Err(Scan::More) };
        if bytes[tail.start..tail.end].iter().all(|byte| *byte == b' ') {
            return Ok((Field { start, end: close, escaped }, end));
        }
        if open > at {
            // Spaces, a quoted word and more: a plain field.
            return self.plain(bytes, at, last).ok_or(Scan::More);
        }
        Ok((Field { start, end, escaped: true }, end))
    }

    /// The text of a field; `scratch` holds it where it is not in `text` as it is.
    pub fn field<'a>(&self, text: &'a str, field: Field, scratch: &'a mut String) -> &'a str {
        let found = &text[field.start..field.end];
        let Some(quote) = self.quote.filter(|_| field.escaped).map(char::from) else { return found };
        scratch.clear();
        let mut inside = true;
        let mut characters = found.chars().peekable();
        while let Some(character) = characters.next() {
            if inside && character == quote && characters.next_if_eq(&quote).is_none() {
                inside = false;
                continue;
            }
            scratch.push(character);
        }
        scratch
    }
}

impl Field {
    /// Whether there is nothing in it but spaces.
    pub fn is_blank(self, bytes: &[u8]) -> bool {
        bytes[self.start..self.end].iter().all(|byte| *byte == b' ')
    }
}

/// Behind the line end at `at`: `\n`, `\r\n` or `\r`; none where the rest of it may still come.
pub fn line_end(bytes: &[u8], at: usize, last: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !last => None,
        _ => Some(at + 1),
    }
}

/// Lines that a record with its line end spans.
pub fn lines_of(record: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', record).count();
    (if feeds > 0 { feeds } else { memchr::memchr_iter(b'\r', record).count() }).max(1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Marks = Marks { delimiter: b',', quote: Some(b'"'), comment: Some(b'#') };

    fn records(text: &str, marks: Marks) -> Vec<Vec<String>> {
        let (mut at, mut found, mut fields, mut scratch) = (0, Vec::new(), Vec::new(), String::new());
        loop {
            match marks.scan(text.as_bytes(), at, true, &mut fields) {
                Scan::Record { next, .. } => {
                    found.push(fields.iter().map(|f| marks.field(text, *f, &mut scratch).to_owned()).collect());
                    at = next;
                }
                Scan::Skip(next) => at = next,
                Scan::End => return found,
                other => panic!("{other:?} at {at}"),
            }
        }
    }

    #[test]
    fn records_are_what_they_are_elsewhere() {
        let none = Marks { quote: None, ..CSV };
        let tab = Marks { delimiter: b'\t', quote: Some(b'\''), comment: None };
        for (text, marks, expected) in [
            ("a,b\n1,2", CSV, vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,\r\n,\r1,", CSV, vec![vec!["a", ""], vec!["", ""], vec!["1", ""]]),
            ("\n# x, \"\r\n\r\na,# b\n#", CSV, vec![vec!["a", "# b"]]),
            ("\"a,\"\"b\"\"\r\nc\",\"\"\n", CSV, vec![vec!["a,\"b\"\r\nc", ""]]),
            ("x, \"a, b\" ,\"c\" \n", CSV, vec![vec!["x", "a, b", "c"]]),
            (" \"a\" b, c \"d\",\"e\"f\"g\"\n", CSV, vec![vec![" \"a\" b", " c \"d\"", "ef\"g\""]]),
            ("\"a,b\n", none, vec![vec!["\"a", "b"]]),
            ("'a\tb'\t#\"\n", tab, vec![vec!["a\tb", "#\""]]),
            ("é,\"ü\"\"ß\"\n", CSV, vec![vec!["é", "ü\"ß"]]),
        ] {
            assert_eq!(records(text, marks), expected, "{text:?}");
        }
    }

    #[test]
    fn text_may_end_anywhere_and_the_rest_come_later() {
        let text = "# c\r\n\"a\"\"\",b\r\n\r\n \"x\" ,y\rz,\"q\"";
        let whole = records(text, CSV);
        let mut fields = Vec::new();
        for cut in 0..text.len() {
            // What is told of a part must be what is told of the whole.
            let mut at = 0;
            loop {
                let part = CSV.scan(&text.as_bytes()[..cut], at, false, &mut fields);
                if part == Scan::More {
                    break;
                }
                assert_eq!(part, CSV.scan(text.as_bytes(), at, true, &mut fields), "{cut}");
                let (Scan::Record { next, .. } | Scan::Skip(next)) = part else { panic!("{part:?}") };
                at = next;
            }
        }
        assert_eq!(whole.len(), 3);
        assert_eq!(CSV.scan(b"a,\"b\n", 0, true, &mut fields), Scan::Unclosed);
    }
}
