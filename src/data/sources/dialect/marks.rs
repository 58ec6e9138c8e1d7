//! Delimiter, quote, comments and leading lines: what makes most rows equally long.

use std::collections::BTreeMap;

use super::super::scan::{Marks, Scan, lines_of};
use super::Sample;

/// Rows that are looked at.
const MOST: usize = 2000;

/// Delimiters in order of preference where rows fit equally: a comma or a colon may well stand inside
/// values, a tab hardly ever does.
const DELIMITERS: [u8; 5] = [b'\t', b';', b'|', b',', b':'];

/// What comments begin with.
const COMMENTS: [u8; 2] = [b'#', b'%'];

/// Lines of a row above which a quote may have been left open.
const LONG: usize = 20;

/// Shares of fitting rows that count as equal.
const EQUAL: f64 = 0.01;

/// What fits a sample.
pub struct Found {
    /// The characters that mean something.
    pub marks: Marks,
    /// Lines before the first row.
    pub skip_lines: usize,
    /// Rows as fields, those that fit.
    pub records: Vec<Vec<String>>,
    /// What is odd about the quotes.
    pub remarks: Vec<String>,
}

struct Record {
    line: usize,
    lines: usize,
    first: u8,
    fields: Vec<String>,
}

struct Attempt {
    marks: Marks,
    records: Vec<Record>,
    width: usize,
    /// Share of rows of that width.
    share: f64,
}

/// The marks that fit best; `fallback` is the delimiter where none does.
pub fn find(sample: &Sample, fallback: char) -> Found {
    let double = best(sample, Some(b'"'));
    let better = |other: Option<Attempt>, than: &Option<Attempt>| {
        let share = |attempt: &Option<Attempt>| attempt.as_ref().map_or(0.0, |a| a.share);
        if share(&other) > share(than) + EQUAL { Some(other) } else { None }
    };
    let mut chosen = double;
    if chosen.as_ref().is_none_or(|attempt| attempt.share < 1.0) {
        for quote in [None, Some(b'\'')] {
            if let Some(other) = better(best(sample, quote), &chosen) {
                chosen = other;
            }
        }
    }
    let fallback = Marks { delimiter: fallback as u8, quote: Some(b'"'), comment: None };
    let attempt = chosen.unwrap_or_else(|| Attempt { width: 1, ..attempt(sample, fallback) });
    finish(sample, attempt)
}

/// The delimiter that makes most rows equally long and longer than one field.
fn best(sample: &Sample, quote: Option<u8>) -> Option<Attempt> {
    let attempts = DELIMITERS.map(|delimiter| attempt(sample, Marks { delimiter, quote, comment: None }));
    let good = || attempts.iter().filter(|a| a.width > 1);
    let most = good().map(|a| a.share).fold(0.0, f64::max);
    let at = attempts.iter().position(|a| a.width > 1 && a.share >= most - EQUAL)?;
    // A delimiter of half of the rows is none.
    attempts.into_iter().nth(at).filter(|a| a.share > 0.5)
}

fn attempt(sample: &Sample, marks: Marks) -> Attempt {
    let records = records(sample, marks);
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    // What may be comments has no say.
    for record in records.iter().filter(|record| !COMMENTS.contains(&record.first)) {
        *widths.entry(record.fields.len()).or_default() += 1;
    }
    let all: usize = widths.values().sum();
    let (width, rows) = widths.into_iter().max_by_key(|(_, rows)| *rows).unwrap_or((1, 0));
    let share = rows as f64 / all.max(1) as f64;
    Attempt { marks, records, width, share }
}

fn records(sample: &Sample, marks: Marks) -> Vec<Record> {
    let bytes = sample.text.as_bytes();
    let (mut at, mut line, mut found) = (0, 0, Vec::new());
    let (mut fields, mut scratch) = (Vec::new(), String::new());
    while found.len() < MOST {
        match marks.scan(bytes, at, true, &mut fields) {
            Scan::Record { next, .. } => {
                let text = |field| marks.field(&sample.text, field, &mut scratch).to_owned();
                let lines = lines_of(&bytes[at..next]) as usize;
                let fields = fields.iter().copied().map(text).collect();
                found.push(Record { line, lines, first: bytes[at], fields });
                line += lines;
                at = next;
            }
            Scan::Skip(next) => {
                line += 1;
                at = next;
            }
            // A long value that the sample cuts, or no quotes at all: then no line of the rest fits.
            Scan::Unclosed => {
                if sample.is_whole || 2 * at < bytes.len() {
                    let lines = lines_of(&bytes[at..]) as usize;
                    found.extend((0..lines).map(|_| Record { line, lines: 1, first: b'"', fields: Vec::new() }));
                }
                break;
            }
            Scan::More | Scan::End => break,
        }
    }
    found
}

/// Tells comments and leading lines, and keeps the rows that fit.
fn finish(sample: &Sample, mut attempt: Attempt) -> Found {
    let stray = |records: &[Record], width: usize, mark: u8| {
        let mut marked = records.iter().filter(|r| r.first == mark).peekable();
        marked.peek().is_some() && marked.all(|r| r.fields.len() != width)
    };
    if let Some(mark) = COMMENTS.into_iter().find(|mark| stray(&attempt.records, attempt.width, *mark)) {
        let marks = Marks { comment: Some(mark), ..attempt.marks };
        attempt = Attempt { records: records(sample, marks), marks, ..attempt };
    }
    let Attempt { marks, records, mut width, .. } = attempt;
    // Where no row is as wide as was thought, the first one counts.
    if !records.iter().any(|record| record.fields.len() == width) {
        width = records.first().map_or(width, |record| record.fields.len());
    }
    let first = records.iter().position(|record| record.fields.len() == width).unwrap_or(0);
    // Lines of comments are skipped as such, wherever they stand.
    let skip_lines = if first == 0 { 0 } else { records.get(first).map_or(0, |record| record.line) };
    let remarks = remarks(&marks, &records);
    let records = records.into_iter().skip(first).map(|record| record.fields).filter(|f| f.len() == width).collect();
    Found { marks, skip_lines, records, remarks }
}

/// Quotes that may not have been meant as they are read.
fn remarks(marks: &Marks, records: &[Record]) -> Vec<String> {
    if marks.quote.is_some() {
        let longest = records.iter().find(|record| record.lines > LONG);
        let remark = |record: &Record| {
            format!(
                "the row in line {} spans {} lines: does a quote there never close? mend it in the file, or make quotes \
                 plain characters with `quote: null` in configs/config.yaml",
                record.line + 1,
                record.lines
            )
        };
        return longest.map(remark).into_iter().collect();
    }
    let is_quoted = |text: &&String| text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    let quoted = records.iter().flat_map(|record| &record.fields).find(is_quoted);
    let remark = |text: &String| {
        format!(
            "a quote opens and never closes, so quotes are plain characters (`quote: null`), and values such as `{text}` \
             keep theirs: mend that row in the file, and take the key out of configs/config.yaml"
        )
    };
    quoted.map(remark).into_iter().collect()
}
