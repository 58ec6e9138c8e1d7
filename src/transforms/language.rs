//! `language`: which language a text is in.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use whichlang::Lang;

use super::columns::{add_new, require, wrong_kind};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Column, Kind, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "language",
    version: 1,
    summary: "the language of a text, one of ar, de, en, es, fr, hi, it, ja, ko, nl, pt, ru, sv, tr, vi and zh",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// A text or category column.
    column: Located<String>,
    /// The new column, a category: the codes of ISO 639-1.
    #[serde(default = "default_name")]
    name: String,
    /// Texts of fewer letters are not judged: theirs is missing.
    #[serde(default = "default_letters")]
    min_letters: usize,
}

fn default_name() -> String {
    "language".to_owned()
}

fn default_letters() -> usize {
    20
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    if params.name.is_empty() {
        return Err(node.get("name").unwrap_or(node).error("expected a column name"));
    }
    Ok(Step::ColumnFix(Box::new(params)))
}

/// A text is judged by no more than its beginning, so a long one costs no more.
const MOST_BYTES: usize = 4096;
/// Rows taken at a time.
const CHUNK: usize = 2048;

impl Params {
    fn of(&self, text: &str) -> Option<&'static str> {
        let text = &text[..text.floor_char_boundary(MOST_BYTES)];
        let letters = text.chars().filter(|c| c.is_alphabetic()).take(self.min_letters.max(1)).count();
        (letters >= self.min_letters.max(1)).then(|| code(whichlang::detect_language(text)))
    }
}

/// The code of ISO 639-1.
fn code(language: Lang) -> &'static str {
    match language {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}

impl ColumnFix for Params {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.column.find("column", columns)?;
        add_new(&self.name, columns, &self.column)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = require(table, &self.column)?;
        let texts: Vec<Option<&str>> = match &column.values {
            Values::Text(texts) if column.kind == Kind::Text => texts.iter().collect(),
            Values::Category(levels) => levels.iter().collect(),
            _ => return Err(wrong_kind(&self.column, column.kind, "a text or category column")),
        };
        let part = |texts: &[Option<&str>]| texts.iter().map(|text| self.of((*text)?)).collect::<Vec<_>>();
        let found: Vec<Option<&str>> = if texts.len() <= CHUNK {
            part(&texts)
        } else {
            texts.par_chunks(CHUNK).map(part).collect::<Vec<_>>().concat()
        };
        table.set(Column::category(self.name.clone(), found));
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn the_language_is_a_level_and_missing_where_it_cannot_be_told() {
        let Step::ColumnFix(fix) = build(&parse("{column: t}", "").unwrap()).unwrap() else { panic!() };
        let texts = [
            ("This tablet is the best that I have ever bought for my kids", Some("en")),
            ("Esta tableta es la mejor que he comprado para mis hijos", Some("es")),
            ("Cette tablette est la meilleure que j'ai achetée pour mes enfants", Some("fr")),
            ("このタブレットは今まで買った中で一番良いものですよ", Some("ja")),
            ("Good", None),
            ("12345 67890 12345 67890 !!!! 👍👍👍👍", None),
        ];
        let values = texts.iter().map(|(text, _)| Some(*text)).chain([None]).collect();
        let mut table = Table::new(vec![Column::text("t", values)]);
        fix.apply(&mut table).unwrap();
        let Values::Category(levels) = &table.column("language").unwrap().values else { panic!() };
        let expected: Vec<_> = texts.iter().map(|(_, language)| *language).chain([None]).collect();
        assert_eq!(levels.iter().collect::<Vec<_>>(), expected);
    }
}
