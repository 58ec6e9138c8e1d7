//! How the file of a source is written: the keys beside `file` and `url`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problems;
use crate::yaml::Located;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Values between delimiters.
    Csv,
    /// One object a line, or a list of objects.
    Json,
    /// Columns, as data-frame libraries write them.
    Parquet,
}

/// How a file is written.
#[derive(Debug, Clone, Serialize)]
pub struct Layout {
    /// What it holds; where absent, the ending of its name tells.
    pub format: Option<FileFormat>,
    /// The file inside a zip archive of several.
    pub member: Option<String>,
    /// Name of the encoding; found out where absent.
    pub encoding: Option<Located<String>>,
    /// One ASCII character between values: `,` where none is given, a tab for `.tsv`.
    pub delimiter: char,
    /// One ASCII character around values; `null` where quotes are plain characters.
    pub quote: Option<char>,
    /// One ASCII character that begins lines without data.
    pub comment: Option<char>,
    /// Whether the first line holds column names.
    pub header: bool,
    /// Column names: in place of the header, or where there is none.
    pub names: Vec<String>,
    /// Lines before the header or the first row that are no data.
    pub skip_lines: usize,
}

/// The keys as written.
pub(super) struct LayoutKeys {
    pub format: Option<FileFormat>,
    pub member: Option<String>,
    pub encoding: Option<Located<String>>,
    pub delimiter: Option<Located<String>>,
    pub quote: Option<Option<Located<String>>>,
    pub comment: Option<Located<String>>,
    pub header: Option<bool>,
    pub names: Option<Vec<String>>,
    pub skip_lines: Option<usize>,
}

impl LayoutKeys {
    /// The first key that is there.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let general = [("format", self.format.is_some()), ("member", self.member.is_some())];
        let encoding = [("encoding", self.encoding.is_some())];
        general
            .into_iter()
            .chain(encoding)
            .find(|(_, there)| *there)
            .map(|(key, _)| key)
            .or_else(|| self.first_of_csv())
    }

    fn first_of_csv(&self) -> Option<&'static str> {
        [
            ("delimiter", self.delimiter.is_some()),
            ("quote", self.quote.is_some()),
            ("comment", self.comment.is_some()),
            ("header", self.header.is_some()),
            ("names", self.names.is_some()),
            ("skip_lines", self.skip_lines.is_some()),
        ]
        .into_iter()
        .find(|(_, there)| *there)
        .map(|(key, _)| key)
    }

    /// The layout of `file`, with what is absent filled in.
    pub(super) fn layout(self, file: &str) -> Result<Layout, String> {
        if let (Some(format @ (FileFormat::Json | FileFormat::Parquet)), Some(key)) = (self.format, self.first_of_csv())
        {
            return Err(format!("`{key}` is for CSV, not for {}", format!("{format:?}").to_lowercase()));
        }
        let header = self.header.unwrap_or(true);
        let names = self.names.unwrap_or_default();
        if !header && names.is_empty() {
            return Err("`header: false` needs the column `names`".to_owned());
        }
        let mark = |what: &str, text: Option<Located<String>>| text.map(|text| mark(what, &text)).transpose();
        let by_name = if is_tab_separated(file) { '\t' } else { ',' };
        let layout = Layout {
            format: self.format,
            member: self.member,
            encoding: self.encoding,
            delimiter: mark("delimiter", self.delimiter)?.unwrap_or(by_name),
            quote: match self.quote {
                Some(quote) => mark("quote", quote)?,
                None => Some('"'),
            },
            comment: mark("comment", self.comment)?,
            header,
            names,
            skip_lines: self.skip_lines.unwrap_or(0),
        };
        let same = |a: (&str, Option<char>), b: (&str, Option<char>)| {
            (a.1.is_some() && a.1 == b.1).then(|| format!("`{}` and `{}` are the same character", a.0, b.0))
        };
        let [delimiter, quote, comment] =
            [("delimiter", Some(layout.delimiter)), ("quote", layout.quote), ("comment", layout.comment)];
        match same(delimiter, quote).or(same(delimiter, comment)).or(same(quote, comment)) {
            Some(problem) => Err(problem),
            None => Ok(layout),
        }
    }
}

/// One ASCII character that means something between values.
fn mark(what: &str, text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(c), None) if c.is_ascii() && !matches!(c, '\n' | '\r' | '\0') => Ok(c),
        _ => Err(format!("the {what} `{text}` is not one ASCII character")),
    }
}

/// Whether the name of a file says that its values stand between tabs.
fn is_tab_separated(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    let name = [".gz", ".zst", ".zip"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    name.ends_with(".tsv") || name.ends_with(".tab")
}

impl Layout {
    pub(super) fn validate(&self, file: &Located<String>, problems: &mut Problems) {
        let twice = self.names.iter().enumerate().find(|(at, name)| self.names.iter().take(*at).any(|n| n == *name));
        if let Some((_, name)) = twice {
            problems.check(false, || file.error(format!("the column name `{name}` stands twice in `names`")));
        }
    }
}
