//! `config.sources`: where rows come from.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Problems, is_inside};
use crate::yaml::Located;

/// One source. `- builtin: NAME` or `- file: PATH`, each with an optional `part`.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Where the rows come from.
    #[serde(flatten)]
    pub origin: Origin,
    /// The side of a given split these rows belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// Where the rows of a source come from. A further kind of source is a further variant with its keys.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Origin {
    /// A table that ships inside the program.
    Builtin {
        /// Its name.
        builtin: Located<String>,
    },
    /// A CSV file, plain or compressed.
    File {
        /// Path relative to the project folder.
        file: Located<String>,
        /// One ASCII character between values; `,` where none is given.
        delimiter: char,
        /// Whether the first line holds column names.
        header: bool,
        /// Column names: in place of the header, or where there is none.
        names: Vec<String>,
        /// Lines before the header or the first row that are no data.
        skip_lines: usize,
    },
}

/// A side of a given split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Rows to learn from.
    Train,
    /// Rows held out.
    Test,
}

/// One source: a `builtin` or a `file`, each with an optional `part`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["builtin"]}, {"required": ["file"]}]))]
struct Keys {
    /// A table that ships inside the program.
    builtin: Option<Located<String>>,
    /// A CSV file, plain or compressed; path relative to the project folder.
    file: Option<Located<String>>,
    /// The side of a given split these rows belong to.
    part: Option<Part>,
    /// One ASCII character between values, or `tab`; `,` where none is given.
    delimiter: Option<Located<String>>,
    /// Whether the first line holds column names; true where it is not said.
    header: Option<Located<bool>>,
    /// Column names: in place of the header, or where there is none.
    names: Option<Located<Vec<String>>>,
    /// Lines before the header or the first row that are no data; 0 where none is given.
    skip_lines: Option<Located<usize>>,
}

/// A source is what its keys are.
impl JsonSchema for Source {
    fn schema_name() -> Cow<'static, str> {
        Keys::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Keys::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys = Keys::deserialize(deserializer)?;
        let custom = |message: &str| -> D::Error { de::Error::custom(message) };
        let part = keys.part;
        let origin = match (keys.builtin, keys.file) {
            (Some(builtin), None) => {
                let strays = [
                    keys.delimiter.map(|_| "delimiter"),
                    keys.header.map(|_| "header"),
                    keys.names.map(|_| "names"),
                    keys.skip_lines.map(|_| "skip_lines"),
                ];
                if let Some(stray) = strays.into_iter().flatten().next() {
                    return Err(custom(&format!("`{stray}` is for `file`, not for `builtin`")));
                }
                Origin::Builtin { builtin }
            }
            (None, Some(file)) => {
                let header = keys.header.is_none_or(|h| h.value);
                let names = keys.names.map(|n| n.value).unwrap_or_default();
                if !header && names.is_empty() {
                    return Err(custom("`header: false` needs the column `names`"));
                }
                Origin::File {
                    file,
                    delimiter: keys.delimiter.map_or(Ok(','), |d| delimiter(&d).map_err(|e| custom(&e)))?,
                    header,
                    names,
                    skip_lines: keys.skip_lines.map_or(0, |s| s.value),
                }
            }
            (None, None) => return Err(custom("expected `builtin` or `file`")),
            (Some(_), Some(_)) => return Err(custom("`builtin` and `file` are two sources: write two list items")),
        };
        Ok(Self { origin, part })
    }
}

fn delimiter(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(c), None) if c.is_ascii() && !matches!(c, '"' | '\n' | '\r') => Ok(c),
        _ => Err(format!("the delimiter `{text}` is not one ASCII character")),
    }
}

impl Source {
    /// Where its name stands, to point errors at.
    pub fn name(&self) -> &Located<String> {
        match &self.origin {
            Origin::Builtin { builtin } => builtin,
            Origin::File { file, .. } => file,
        }
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        if let Origin::File { file, names, .. } = &self.origin {
            problems.check(is_inside(file), || {
                file.error(format!("`{}` is not inside the project folder", file.value))
                    .hint("copy or link the file into `data/external/` and name it from the project folder")
            });
            let twice = names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|n| n == *name));
            if let Some((_, name)) = twice {
                problems.check(false, || file.error(format!("the column name `{name}` stands twice in `names`")));
            }
        }
    }
}
