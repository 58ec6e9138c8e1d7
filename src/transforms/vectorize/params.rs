//! The parameters of `vectorize`, in scikit-learn's words.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::analyzer::{Analyzer, Unit};
use super::select::{Limits, Rows};
use super::weights::{Norm, Weighting};
use super::words::{Language, StopWords, WordRules};
use crate::error::{Error, Result};
use crate::transforms::columns::{Names, check_list};
use crate::yaml::{Located, Node, Value};

/// Most features that hashing may have: their names are part of the model.
const MOST_HASHED: u32 = 1 << 22;
/// Longest n-gram.
const LONGEST: usize = 16;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Text or category columns; each has a vocabulary of its own, with the same settings. Settings of their own go
    /// into another `vectorize` step.
    #[schemars(length(min = 1))]
    columns: Names,
    /// How terms become numbers.
    #[serde(default)]
    method: Method,
    /// What a term is made of.
    #[serde(default)]
    analyzer: Unit,
    /// The least and the greatest number of words (or characters) in a term, 16 at most.
    #[serde(default = "single")]
    #[schemars(with = "[usize; 2]")]
    ngram_range: Located<(usize, usize)>,
    /// Whether capital letters count as small ones.
    #[serde(default = "yes")]
    lowercase: bool,
    /// Words left out before n-grams are made: `english` or `spanish` function words without the negations, or a list.
    #[schemars(with = "Option<StopWordsParam>")]
    stop_words: Option<Node>,
    /// Snowball's stems in place of words, after stop words are out.
    stemmer: Option<Located<Language>>,
    /// Terms of fewer training rows are left out: a whole number counts rows, a fraction is a share of them.
    #[schemars(with = "Option<f64>", extend("default" = 1))]
    min_df: Option<Node>,
    /// Terms of more training rows are left out, likewise: `1` is one row, `1.0` all of them. None are where none is
    /// given.
    #[schemars(with = "Option<f64>")]
    max_df: Option<Node>,
    /// The most frequent terms of the training rows that are kept, of equally frequent ones the first by alphabet;
    /// all where none is given.
    #[schemars(with = "Option<usize>", range(min = 1))]
    max_features: Option<Located<usize>>,
    /// Whether a term counts once a row.
    #[serde(default)]
    binary: bool,
    /// With `tfidf` alone: `1 + ln(count)` in place of the count; false where nothing is given.
    sublinear_tf: Option<Located<bool>>,
    /// With `tfidf` alone: whether rare terms weigh more; true where nothing is given.
    use_idf: Option<Located<bool>>,
    /// With `tfidf` alone: whether one more row is counted that has every term; true where nothing is given.
    smooth_idf: Option<Located<bool>>,
    /// What each row is divided by; null is nothing. `l2` where none is given, with `count` nothing.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Norm>")]
    norm: Option<Option<Norm>>,
    /// With `hashing` alone: the number of features; 65536 where none is given.
    #[schemars(with = "Option<u32>", range(min = 1, max = 4194304))]
    n_features: Option<Located<u32>>,
    /// With `hashing` alone: whether half of the terms count down, so that terms of one feature do not add up; true
    /// where nothing is given.
    alternate_sign: Option<Located<bool>>,
}

/// As `stop_words` is written.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the schema alone is used")]
enum StopWordsParam {
    /// A language.
    Of(Language),
    /// These words.
    List(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// Counts by inverse document frequency, each row of length 1.
    #[default]
    Tfidf,
    /// Counts.
    Count,
    /// Counts of hashes (MurmurHash3 of 32 bits, as in scikit-learn), which need no vocabulary: nothing is learned,
    /// and terms that meet in one feature cannot be told apart.
    Hashing,
}

fn single() -> Located<(usize, usize)> {
    Located::new((1, 1))
}

fn yes() -> bool {
    true
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Option<Norm>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Checked parameters.
pub struct Settings {
    pub columns: Names,
    pub analyzer: Analyzer,
    pub words: WordRules,
    pub weighting: Weighting,
    pub scheme: Scheme,
}

/// Where features come from.
pub enum Scheme {
    /// Terms of the training rows; `idf` says whether they are weighed, and whether smoothly.
    Vocabulary { limits: Limits, idf: Option<bool> },
    /// Hashes.
    Hashing { width: u32, signed: bool },
}

impl Params {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// Exit code 2 at the value.
    pub fn settings(self) -> Result<Settings> {
        check_list(&self.columns)?;
        let (least, most) = self.ngram_range.value;
        if least < 1 || most < least || most > LONGEST {
            let message = format!("expected two whole numbers from 1 to {LONGEST}, the smaller one first");
            return Err(self.ngram_range.error(message).hint("such as `[1, 2]`"));
        }
        self.check_companions()?;
        let words = WordRules {
            stop_words: stop_words(self.stop_words.as_ref(), self.lowercase)?,
            stemmer: self.stemmer.as_ref().map(|language| language.value),
        };
        let norm = self.norm.unwrap_or((self.method != Method::Count).then_some(Norm::L2));
        let is = |setting: &Option<Located<bool>>, default: bool| setting.as_ref().map_or(default, |s| s.value);
        let weighting = Weighting { binary: self.binary, sublinear_tf: is(&self.sublinear_tf, false), norm };
        let scheme = if self.method == Method::Hashing {
            let width = self.n_features.as_ref().map_or(1 << 16, |n| n.value);
            Scheme::Hashing { width, signed: is(&self.alternate_sign, true) }
        } else {
            let weighed = self.method == Method::Tfidf && is(&self.use_idf, true);
            Scheme::Vocabulary { limits: self.limits()?, idf: weighed.then_some(is(&self.smooth_idf, true)) }
        };
        let analyzer = Analyzer { unit: self.analyzer, lowercase: self.lowercase, range: self.ngram_range.value };
        Ok(Settings { columns: self.columns, analyzer, words, weighting, scheme })
    }

    /// Refuses what does not go with the method or the analyzer.
    fn check_companions(&self) -> Result<()> {
        let refuse = |found: Option<Error>| found.map_or(Ok(()), Err);
        let only = |what: &str| format!("this goes with `{what}` only");
        let flag = |setting: &Option<Located<bool>>, what: &str| setting.as_ref().map(|s| s.error(only(what)));
        if self.method != Method::Tfidf {
            for setting in [&self.sublinear_tf, &self.use_idf, &self.smooth_idf] {
                refuse(flag(setting, "method: tfidf"))?;
            }
        }
        if self.method == Method::Hashing {
            let limit = self.min_df.as_ref().or(self.max_df.as_ref());
            refuse(limit.map(|node| node.error("hashing has no vocabulary to limit")))?;
            refuse(
                self.max_features.as_ref().map(|n| n.error("with hashing, `n_features` is the number of features")),
            )?;
        } else {
            refuse(flag(&self.alternate_sign, "method: hashing"))?;
            refuse(self.n_features.as_ref().map(|n| n.error(only("method: hashing"))))?;
        }
        if self.analyzer != Unit::Word {
            refuse(self.stemmer.as_ref().map(|s| s.error(only("analyzer: word"))))?;
            let given = self.stop_words.as_ref().filter(|node| node.value != Value::Null);
            refuse(given.map(|node| node.error(only("analyzer: word"))))?;
        }
        let none = self.max_features.as_ref().filter(|n| n.value < 1);
        refuse(none.map(|n| n.error("expected a whole number of at least 1")))?;
        let outside = |n: &&Located<u32>| n.value < 1 || n.value > MOST_HASHED;
        let found = self.n_features.as_ref().filter(outside);
        refuse(found.map(|n| n.error(format!("expected a whole number from 1 to {MOST_HASHED}"))))
    }

    fn limits(&self) -> Result<Limits> {
        let min_df = rows(self.min_df.as_ref())?.unwrap_or(Rows::Count(1));
        let max_df = rows(self.max_df.as_ref())?.unwrap_or(Rows::Share(1.0));
        Ok(Limits { min_df, max_df, max_features: self.max_features.as_ref().map(|n| n.value), binary: self.binary })
    }
}

fn rows(node: Option<&Node>) -> Result<Option<Rows>> {
    let Some(node) = node else { return Ok(None) };
    match node.value {
        Value::Null => Ok(None),
        Value::Integer(count) if count >= 1 && u32::try_from(count).is_ok() => Ok(Some(Rows::Count(count as u32))),
        Value::Float(share) if (0.0..=1.0).contains(&share) => Ok(Some(Rows::Share(share))),
        _ => {
            let error = node.error(format!("expected a number of rows or a share of them, found {}", node.describe()));
            Err(error.hint("`2` is two rows, `0.01` one row in a hundred, and `1.0` all of them"))
        }
    }
}

fn stop_words(node: Option<&Node>, lowercase: bool) -> Result<Option<StopWords>> {
    let Some(node) = node else { return Ok(None) };
    match &node.value {
        Value::Null => Ok(None),
        Value::Sequence(_) => {
            let words: Vec<String> = node.to()?;
            let lower = |word: String| if lowercase { word.to_lowercase() } else { word };
            Ok(Some(StopWords::List(words.into_iter().map(lower).collect())))
        }
        _ => {
            let language = node.to::<Language>();
            language.map(|language| Some(StopWords::Of(language))).map_err(|e| e.hint("or a list such as `[the, and]`"))
        }
    }
}
