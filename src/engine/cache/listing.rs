//! What a folder holds, as the cache keeps it: the `.dir` object.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Component, Path};

use serde::Deserialize;

use super::md5::Md5;
use crate::error::{Error, Result};

/// The files of a folder, sorted by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    files: Vec<(String, Md5)>,
}

/// One of them in the object; other keys mean nothing here.
#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    md5: Cow<'a, str>,
    #[serde(borrow)]
    relpath: Cow<'a, str>,
}

impl Listing {
    /// Of paths relative to the folder, `/` between their parts, in any order.
    pub fn new(mut files: Vec<(String, Md5)>) -> Self {
        files.sort();
        Self { files }
    }

    /// Reads an object of the cache.
    ///
    /// # Errors
    /// Exit code 1 for anything that is no listing of files below a folder.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let list: Vec<File> =
            serde_json::from_slice(bytes).map_err(|e| Error::failure("not the listing of a folder").because(e))?;
        let files = list.into_iter().map(|File { md5, relpath }| {
            let file = Md5::parse(&md5).filter(|_| stays_below(&relpath)).map(|md5| (relpath.into_owned(), md5));
            file.ok_or_else(|| Error::failure("the listing of a folder names what is no file in it"))
        });
        Ok(Self::new(files.collect::<Result<_>>()?))
    }

    /// Paths and hashes, sorted.
    pub fn files(&self) -> &[(String, Md5)] {
        &self.files
    }

    /// Whether all files of `before` are here and hold what they held; what else is here does not matter, nor does
    /// what Python compiles of its sources.
    pub fn extends(&self, before: &Self) -> bool {
        let compiled = |path: &str| path.starts_with("__pycache__/") || path.contains("/__pycache__/");
        before.files.iter().all(|file| compiled(&file.0) || self.files.binary_search(file).is_ok())
    }

    /// The object, as `json.dumps` of Python writes it.
    pub fn bytes(&self) -> Vec<u8> {
        let mut json = String::with_capacity(2 + self.files.len() * 80);
        for (path, md5) in &self.files {
            json.push_str(if json.is_empty() { "[" } else { ", " });
            // A text takes all that is written to it.
            write!(json, "{{\"md5\": \"{md5}\", \"relpath\": \"").ok();
            escape(path, &mut json);
            json.push_str("\"}");
        }
        json.push_str(if json.is_empty() { "[]" } else { "]" });
        json.into_bytes()
    }

    /// The name of the object.
    pub fn name(&self) -> String {
        format!("{}.dir", Md5::of(&self.bytes()))
    }
}

fn stays_below(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// All but printable ASCII is escaped, beyond the basic plane as two surrogates.
fn escape(text: &str, json: &mut String) {
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            ' '..='~' => json.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and object are those of `dvc add d` (DVC 3.67.1) for files with their own names as content.
    #[test]
    fn objects_are_those_of_dvc() {
        let names = ["é.txt", ".hidden", "sub/y z.csv", "a\"b\\c", "\u{1f600}", "tab\there", "del\u{7f}", "Z"];
        let listing = Listing::new(names.iter().map(|name| ((*name).to_owned(), Md5::of(name.as_bytes()))).collect());
        assert_eq!(listing.name(), GOLDEN_NAME);
        assert_eq!(String::from_utf8(listing.bytes()).unwrap(), GOLDEN);
        assert_eq!(Listing::parse(GOLDEN.as_bytes()).unwrap(), listing);
        // An empty folder has an object too.
        assert_eq!(Listing::new(vec![]).name(), "d751713988987e9331980363e24189ce.dir");
    }

    const GOLDEN_NAME: &str = "82ab1d6620224f0e6cd055756d08784e.dir";
    const GOLDEN: &str = r#"[{"md5": "6b96ab441bab2f8d5022c57ffb17136e", "relpath": ".hidden"}, {"md5": "21c2e59531c8710156d34a3c30ac81d5", "relpath": "Z"}, {"md5": "65677c9f14768bc878baf26a31662269", "relpath": "a\"b\\c"}, {"md5": "338c482ea9380021306a830e0f0e2f5c", "relpath": "del\u007f"}, {"md5": "15ba2dd8f8a29c51701ec67beb978ca1", "relpath": "sub/y z.csv"}, {"md5": "844fd4cec7535bdc04e9ba1226b7f358", "relpath": "tab\there"}, {"md5": "814a32383afcebc0007413871a7a145e", "relpath": "\u00e9.txt"}, {"md5": "2a02eac39d716a70ecf37579185927b6", "relpath": "\ud83d\ude00"}]"#;

    #[test]
    fn what_is_no_listing_is_refused() {
        let md5 = "d751713988987e9331980363e24189ce";
        for path in ["../x", "/etc/passwd", "a/../../x", "", "."] {
            let json = format!("[{{\"md5\": \"{md5}\", \"relpath\": \"{path}\"}}]");
            assert!(Listing::parse(json.as_bytes()).is_err(), "{path}");
        }
        for json in ["", "{}", "[1]", "[{\"relpath\": \"a\"}]", "[{\"md5\": \"12\", \"relpath\": \"a\"}]"] {
            assert!(Listing::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}
