//! Answers as lines of a log.

use std::time::UNIX_EPOCH;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Entry;
use crate::config::LogFormat;
use crate::package::Answer;
use crate::serving::answer::{Probabilities, RowAnswer};

/// What stands in place of a value that is not to be written.
pub const REDACTED: &str = "[redacted]";

const HEADER: &str = "time,id,row,name,model,version,role,prediction,confidence,probabilities,fields\n";

/// How a line of JSON begins.
const BEGINS: &str = "{\"time\":";

/// Lines, and where each of them ends.
pub struct Lines {
    format: LogFormat,
    redact: Vec<String>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    /// None yet.
    pub fn new(format: LogFormat, redact: Vec<String>) -> Self {
        Self { format, redact, text: Vec::new(), ends: Vec::new() }
    }

    /// The first line of every file, and how every file begins.
    pub fn head(&self) -> (&'static str, &'static str) {
        if self.format == LogFormat::Csv { (HEADER, HEADER) } else { ("", BEGINS) }
    }

    /// All of them.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where each of them ends.
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// Takes them away.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// A line for a row.
    pub fn add(&mut self, entry: &Entry, row: usize) {
        match self.format {
            LogFormat::Jsonl => {
                let line = Line { entry, row, redact: &self.redact };
                // Texts and numbers can always be written, and memory takes them.
                serde_json::to_writer(&mut self.text, &line).unwrap_or_default();
                self.text.push(b'\n');
            }
            LogFormat::Csv => self.add_csv(entry, row),
        }
        self.ends.push(self.text.len());
    }

    fn add_csv(&mut self, entry: &Entry, row: usize) {
        let info = &entry.model.package.info;
        let scores = entry.scores.row(row);
        let (prediction, confidence, probabilities) = match info.answer(scores) {
            Answer::Value(value) => (json(&value), String::new(), String::new()),
            Answer::Class(label, class) => {
                let confidence = scores.get(class).map_or_else(String::new, json);
                (label.to_owned(), confidence, json(&Probabilities { info, scores }))
            }
        };
        let fields = json(&Fields { entry, row, redact: &self.redact });
        let mut writer = csv::WriterBuilder::new().from_writer(&mut self.text);
        let record = [
            &millis(entry).to_string(),
            entry.id.to_str().unwrap_or_default(),
            &(row + 1).to_string(),
            &entry.name,
            &entry.model.name,
            &info.version.to_string(),
            entry.role.name(),
            &prediction,
            &confidence,
            &probabilities,
            &fields,
        ];
        writer.write_record(record).and_then(|()| Ok(writer.flush()?)).unwrap_or_default();
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn millis(entry: &Entry) -> u64 {
    entry.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

struct Line<'a> {
    entry: &'a Entry,
    row: usize,
    redact: &'a [String],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Line { entry, row, redact } = *self;
        let info = &entry.model.package.info;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &millis(entry))?;
        map.serialize_entry("id", entry.id.to_str().unwrap_or_default())?;
        map.serialize_entry("row", &(row + 1))?;
        map.serialize_entry("name", &*entry.name)?;
        map.serialize_entry("model", &entry.model.name)?;
        map.serialize_entry("version", &info.version)?;
        map.serialize_entry("role", entry.role.name())?;
        RowAnswer { info, scores: entry.scores.row(row) }.entries(&mut map)?;
        map.serialize_entry("fields", &Fields { entry, row, redact })?;
        map.end()
    }
}

/// The fields of a row, as they may be sent again.
struct Fields<'a> {
    entry: &'a Entry,
    row: usize,
    redact: &'a [String],
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Fields { entry, row, redact } = *self;
        let mut map = serializer.serialize_map(None)?;
        for column in entry.rows.columns() {
            let name = &column.name;
            match redact.contains(name) {
                true => map.serialize_entry(name, REDACTED)?,
                false => map.serialize_entry(name, &column.to_json(row))?,
            }
        }
        map.end()
    }
}
