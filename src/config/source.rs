//! `config.sources`: where rows come from.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::{Component, Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::layout::{Layout, LayoutKeys};
use super::{Problems, is_inside};
use crate::yaml::Located;

/// One source: `- builtin: NAME`, `- file: PATH` or `- url: URL`, each with an optional `part`.
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
#[allow(clippy::large_enum_variant, reason = "a project has a handful of sources")]
pub enum Origin {
    /// A table that ships inside the program.
    Builtin {
        /// Its name.
        builtin: Located<String>,
    },
    /// A file, or all files of a pattern.
    File {
        /// Path relative to the project folder; `*`, `?` and `[…]` in names stand for several files.
        file: Located<String>,
        /// How it is written.
        #[serde(flatten)]
        layout: Layout,
    },
    /// A file on the web, kept in the project once it is fetched.
    Url {
        /// Where it is fetched from, by HTTP or HTTPS.
        url: Located<String>,
        /// Where it is kept, relative to the project folder; `data/external/` and its name by default.
        file: Located<String>,
        /// What its bytes must be: SHA-256 in hex.
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<Located<String>>,
        /// How it is written.
        #[serde(flatten)]
        layout: Layout,
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

/// One source as written; what its keys mean is said here for the docs too.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = [{"required": ["builtin"]}, {"anyOf": [{"required": ["file"]}, {"required": ["url"]}]}],
    "if" = {"required": ["sha256"]},
    "then" = {"required": ["url"]},
))]
struct Keys {
    /// A table that ships inside the program; it takes no key but `part`.
    builtin: Option<Located<String>>,
    /// A file by its path from the project folder; `*`, `?` and `[…]` in names stand for several files. Beside
    /// `url`, where it is kept: `data/external/` and its name where none is given.
    file: Option<Located<String>>,
    /// A file on the web by its HTTP or HTTPS address, kept in the project once it is fetched.
    url: Option<Located<String>>,
    /// What the bytes of the `url` must be: SHA-256 in hex, quoted.
    sha256: Option<Located<String>>,
    /// The side of a given split these rows belong to.
    part: Option<Part>,
    /// What the file holds; the ending of its name tells where it is not said.
    format: Option<super::FileFormat>,
    /// The file inside a zip archive of several.
    member: Option<String>,
    /// Name of the encoding, such as `windows-1252`; found out where none is given.
    encoding: Option<Located<String>>,
    /// One ASCII character between values, or `tab`; `,` where none is given, a tab for `.tsv`.
    delimiter: Option<Located<String>>,
    // Outer none: absent; inner none: `null`, no quotes.
    /// One ASCII character around values, `"` where the key is absent; `null` makes quotes plain characters.
    #[serde(default, deserialize_with = "present")]
    quote: Option<Option<Located<String>>>,
    /// One ASCII character that begins lines without data; none where none is given.
    comment: Option<Located<String>>,
    /// Whether the first line holds column names; `true` where it is not said. `false` needs `names`.
    header: Option<bool>,
    /// Column names: in place of the header, or where there is none.
    names: Option<Vec<String>>,
    /// Lines before the header or the first row that are no data; 0 where none is given.
    skip_lines: Option<usize>,
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

/// Tells `key: null` from no key.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys = Keys::deserialize(deserializer)?;
        let part = keys.part;
        let origin = origin(keys).map_err(de::Error::custom)?;
        Ok(Self { origin, part })
    }
}

fn origin(keys: Keys) -> Result<Origin, String> {
    let Keys { builtin, file, url, sha256, .. } = keys;
    let layout = LayoutKeys {
        format: keys.format,
        member: keys.member,
        encoding: keys.encoding,
        delimiter: keys.delimiter,
        quote: keys.quote,
        comment: keys.comment,
        header: keys.header,
        names: keys.names,
        skip_lines: keys.skip_lines,
    };
    let stray = |key: &str, kind: &str| Err(format!("`{key}` is for files, not for `{kind}`"));
    match (builtin, file, url) {
        (Some(builtin), None, None) => match (sha256, layout.first_given()) {
            (Some(_), _) => stray("sha256", "builtin"),
            (None, Some(key)) => stray(key, "builtin"),
            (None, None) => Ok(Origin::Builtin { builtin }),
        },
        (None, Some(_), None) if sha256.is_some() => Err("`sha256` is for `url`, not for `file`".to_owned()),
        (None, Some(file), None) => {
            let layout = layout.layout(&file.value)?;
            Ok(Origin::File { file, layout })
        }
        (None, file, Some(url)) => {
            let file = match file {
                Some(file) => file,
                None => url.with(kept_as(&url)?),
            };
            let layout = layout.layout(&file.value)?;
            Ok(Origin::Url { url, file, sha256, layout })
        }
        (None, None, None) => Err("expected `file`, `url` or `builtin`".to_owned()),
        (Some(_), ..) => Err("`builtin` and a file are two sources: write two list items".to_owned()),
    }
}

/// Where the file of a URL is kept: under the last part of its path.
fn kept_as(url: &str) -> Result<String, String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let name = path.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(format!("`{url}` gives no name for its file: add `file: data/external/NAME`"));
    }
    Ok(format!("data/external/{name}"))
}

impl Source {
    /// Where its name stands, to point errors at.
    pub fn name(&self) -> &Located<String> {
        match &self.origin {
            Origin::Builtin { builtin } => builtin,
            Origin::File { file, .. } => file,
            Origin::Url { url, .. } => url,
        }
    }

    /// The file it is read from, or the pattern of several.
    fn file(&self) -> Option<&str> {
        match &self.origin {
            Origin::Builtin { .. } => None,
            Origin::File { file, .. } | Origin::Url { file, .. } => Some(file),
        }
    }

    /// Whether both are the same file; an archive gives several tables, but has one address.
    fn is_same_file(&self, other: &Self) -> bool {
        let parts = |path: &str| Path::new(path).components().filter(|c| *c != Component::CurDir).collect::<PathBuf>();
        let is_same = self.file().zip(other.file()).is_some_and(|(a, b)| parts(a) == parts(b));
        let url = |source: &Self| match &source.origin {
            Origin::Url { url, .. } => Some(url.value.clone()),
            _ => None,
        };
        let differ = url(self).zip(url(other)).is_some_and(|(a, b)| a != b);
        is_same && (differ || !self.is_another_member(other))
    }

    /// Whether it is read from files.
    pub fn is_of_files(&self) -> bool {
        self.file().is_some()
    }

    /// Whether both name their member of an archive, and not the same one.
    pub fn is_another_member(&self, other: &Self) -> bool {
        self.member() != other.member()
    }

    fn member(&self) -> Option<&str> {
        match &self.origin {
            Origin::Builtin { .. } => None,
            Origin::File { layout, .. } | Origin::Url { layout, .. } => layout.member.as_deref(),
        }
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        let (Origin::File { file, layout } | Origin::Url { file, layout, .. }) = &self.origin else { return };
        problems.check(is_inside(file), || {
            file.error(format!("`{}` is not inside the project folder", file.value))
                .hint("copy or link the file into `data/external/` and name it from the project folder")
        });
        if let Origin::Url { url, file, sha256, .. } = &self.origin {
            check_url(url, problems);
            problems.check(!is_pattern(file), || {
                file.error(format!("`{}` is a pattern, and a URL is one file", file.value))
            });
            if let Some(sha256) = sha256 {
                let good = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
                problems.check(good, || {
                    sha256
                        .error(format!("`{}` is no SHA-256 checksum", sha256.value))
                        .hint("64 hexadecimal digits, as `sha256sum FILE` prints them; quote them")
                });
            }
        }
        layout.validate(file, problems);
    }
}

/// Refuses two sources whose rows would come out of the same file: the second would silently be the first.
pub(super) fn check_files(sources: &[Source], problems: &mut Problems) {
    for (at, source) in sources.iter().enumerate() {
        let Some(file) = source.file() else { continue };
        let Some(first) = sources.iter().take(at).find(|other| other.is_same_file(source)) else { continue };
        let first = first.name().location();
        let place = format!("line {}", first.line);
        problems.push(
            source
                .name()
                .error(format!("`{file}` would be the file of two sources, of this one and of that in {place}"))
                .hint(match source.origin {
                    Origin::Url { .. } => "name a file of its own beside the `url`, such as `file: data/external/NAME`",
                    _ => "name another file, or take one of the two away",
                }),
        );
    }
}

fn check_url(url: &Located<String>, problems: &mut Problems) {
    let mut refuse = |message: &dyn Display, hint: &str| problems.push(url.error(message).hint(hint));
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let head = url.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
    });
    let Some(rest) = rest else {
        return refuse(&format!("`{}` is no HTTP address", url.value), "it begins with `https://` or `http://`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        // The address itself is not repeated: it holds a secret.
        return refuse(
            &"the address holds credentials, which would end in logs and in git",
            "take them out, and set MLOPS_HTTP_USER and MLOPS_HTTP_PASSWORD in the environment",
        );
    }
    if authority.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        refuse(&format!("`{}` is no HTTP address", url.value), "such as https://example.org/table.csv");
    }
}

/// Whether a path stands for several files.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}
