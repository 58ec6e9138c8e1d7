//! `clean_text`: brings texts into one form, so that equal words are equal and near-duplicates are duplicates.

mod links;
mod markup;
mod passes;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::{Names, check_list, find_all, refuse_row_id, require, wrong_kind};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Column, Kind, Strings, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "clean_text",
    version: 1,
    summary: "brings texts into one form, entities and tags first, white space last; what ends empty is missing",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Text or category columns.
    #[schemars(length(min = 1))]
    columns: Names,
    /// HTML entities become their characters, and tags white space.
    #[serde(default = "yes")]
    html: bool,
    /// Unicode's form NFKC: one way to write each character, wide and joined letters as plain ones.
    #[serde(default = "yes")]
    unicode: bool,
    /// Control and replacement characters (U+FFFD) become white space, and invisible ones (marks of direction, soft
    /// hyphens, byte order marks) nothing.
    #[serde(default = "yes")]
    control: bool,
    /// Addresses (`http://`, `https://`, `ftp://`, `www.`) become white space.
    #[serde(default = "yes")]
    urls: bool,
    /// E-mail addresses become white space.
    #[serde(default = "yes")]
    emails: bool,
    /// Capital letters become small ones.
    #[serde(default = "yes")]
    lowercase: bool,
    /// How often a letter may stand in a row (`sooooo` becomes `soo`); null for any number.
    #[serde(default = "twice")]
    #[schemars(range(min = 1))]
    max_repeats: Option<Located<usize>>,
    /// Runs of white space become one space, and none is left at the ends.
    #[serde(default = "yes")]
    whitespace: bool,
}

fn yes() -> bool {
    true
}

fn twice() -> Option<Located<usize>> {
    Some(Located::new(2))
}

/// Rows taken at a time.
const CHUNK: usize = 2048;

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    check_list(&params.columns)?;
    params.columns.iter().try_for_each(refuse_row_id)?;
    match &params.max_repeats {
        Some(most) if most.value < 1 => Err(most.error("expected 1 or more")),
        _ => Ok(Step::ColumnFix(Box::new(params))),
    }
}

impl Params {
    /// All passes over a text, which stands in `text` before and after. Linear in its length.
    fn clean(&self, text: &mut String, spare: &mut String) {
        let most = self.max_repeats.as_ref().map_or(usize::MAX, |most| most.value);
        let ascii = text.is_ascii();
        if self.html && text.contains('&') {
            *text = html_escape::decode_html_entities(text.as_str()).into_owned();
        }
        let mut pass = |wanted: bool, work: &dyn Fn(&str, &mut String) -> bool| {
            if wanted {
                spare.clear();
                if work(text, spare) {
                    std::mem::swap(text, spare);
                }
            }
        };
        pass(self.unicode, &passes::normalize);
        pass(self.control, &passes::without_control);
        pass(self.html, &markup::without_tags);
        pass(self.urls, &links::without_urls);
        pass(self.emails, &links::without_emails);
        pass(self.lowercase, &passes::lower);
        pass(most < usize::MAX, &|text, out| passes::without_repeats(text, most, out));
        // Small letters may come apart: once more where there may be any.
        pass(self.unicode && !ascii, &passes::normalize);
        pass(self.whitespace, &passes::single_spaced);
    }

    /// The texts of a part, and how many are others than before.
    fn part(&self, texts: &[Option<&str>]) -> (Strings, usize) {
        let mut out = Strings::with_capacity(texts.len(), texts.iter().flatten().map(|text| text.len()).sum());
        let (mut text, mut spare, mut changed) = (String::new(), String::new(), 0);
        for before in texts {
            let Some(before) = before else {
                out.push(None);
                continue;
            };
            text.clear();
            text.push_str(before);
            self.clean(&mut text, &mut spare);
            changed += usize::from(text != *before);
            out.push(Some(text.as_str()).filter(|text| !text.is_empty()));
        }
        (out, changed)
    }

    fn all(&self, texts: &[Option<&str>]) -> (Strings, usize) {
        if texts.len() <= CHUNK {
            return self.part(texts);
        }
        let parts: Vec<(Strings, usize)> = texts.par_chunks(CHUNK).map(|texts| self.part(texts)).collect();
        let mut all = (Strings::default(), 0);
        for (texts, changed) in parts {
            all.0.append(&texts);
            all.1 += changed;
        }
        all
    }
}

impl ColumnFix for Params {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        find_all(&self.columns, columns)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        for name in self.columns.iter() {
            let column = require(table, name)?;
            let texts: Vec<Option<&str>> = match &column.values {
                Values::Text(texts) if column.kind == Kind::Text => texts.iter().collect(),
                Values::Category(levels) => levels.iter().collect(),
                _ => return Err(wrong_kind(name, column.kind, "a text or category column")),
            };
            let present = texts.iter().flatten().count();
            let (cleaned, changed) = self.all(&texts);
            let left = cleaned.iter().flatten().count();
            if changed > 0 {
                let nothing = if left < present { format!(", {} to nothing", present - left) } else { String::new() };
                notes.push(format!("{}: {changed} of {present} texts cleaned{nothing}", name.value));
            }
            let values = match &column.values {
                Values::Category(_) => Values::Category(cleaned.iter().collect()),
                _ => Values::Text(cleaned),
            };
            table.set(Column { name: name.value.clone(), kind: column.kind, values });
        }
        Ok(notes)
    }
}

#[cfg(test)]
mod tests;
