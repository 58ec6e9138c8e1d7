//! `vectorize`: texts as sparse features, one for each term of the training rows.
//!
//! Tokens, n-grams, vocabulary and values are those of scikit-learn's `TfidfVectorizer`, `CountVectorizer` and
//! `HashingVectorizer` with the same settings. Time and memory are linear in the text, whatever it holds.

mod analyzer;
mod corpus;
mod hashing;
mod index;
mod interner;
mod params;
mod places;
mod select;
mod terms;
mod weights;
mod words;

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use analyzer::Analyzer;
use corpus::{CHUNK, Corpus};
use index::Index;
use params::{Params, Scheme, Settings};
use terms::Terms;
use weights::{RowsBuilder, Weighting, counted, in_parallel};
use words::{WordRules, Words};

use super::columns::{Selection, missing};
use super::{Entry, Features, FitContext, FittedTransform, Phase, Step, Transform};
use crate::codec;
use crate::data::{Block, Column, Kind, SparseBlock, Values};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "vectorize",
    version: 1,
    summary: "turns texts into numbers, a feature `<column>:<term>` a term; a missing text has none of them",
    phases: &[Phase::Learned],
    schema: yaml::schema::<Params>,
    build,
    load: Some(|bytes| Ok(Box::new(Fitted::load(bytes)?))),
};

fn build(node: &Node) -> Result<Step> {
    Ok(Step::Learned(Box::new(node.to::<Params>()?.settings()?)))
}

/// A step that has learned.
#[derive(Serialize, Deserialize)]
struct Fitted {
    rules: Rules,
    columns: Vec<FittedColumn>,
}

/// How texts are taken apart and weighed.
#[derive(Serialize, Deserialize)]
struct Rules {
    analyzer: Analyzer,
    words: WordRules,
    weighting: Weighting,
    /// Made from the above where the step is built or read.
    #[serde(skip)]
    ready: Words,
}

#[derive(Serialize, Deserialize)]
struct FittedColumn {
    column: String,
    space: Space,
    /// Of all features, made once.
    #[serde(skip)]
    names: OnceLock<Arc<[String]>>,
}

/// The features of a column.
#[derive(Serialize, Deserialize)]
enum Space {
    /// Sorted terms; their weights where they have any.
    Vocabulary {
        terms: Terms,
        idf: Vec<f64>,
        #[serde(skip)]
        index: Box<Index>,
    },
    Hashing {
        width: u32,
        signed: bool,
    },
}

impl Transform for Settings {
    fn check(&self, columns: &[String]) -> Result<()> {
        Selection::List(self.columns.clone()).check(columns)
    }

    fn reads_text(&self) -> Vec<&str> {
        self.columns.iter().map(|name| name.value.as_str()).collect()
    }

    fn fit(&self, mut features: Features, _: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)> {
        let accepts = |kind| matches!(kind, Kind::Text | Kind::Category);
        let names =
            Selection::List(self.columns.clone()).resolve(&features.table, accepts, "a text or category one")?;
        let ready = Words::new(&self.words);
        let (analyzer, weighting) = (self.analyzer.clone(), self.weighting.clone());
        let rules = Rules { analyzer, words: self.words.clone(), weighting, ready };
        let mut columns = Vec::new();
        for name in names {
            let column = take(&mut features, &name)?;
            let (space, block) = match &self.scheme {
                Scheme::Vocabulary { limits, idf } => rules.learn(&column, limits, *idf)?,
                Scheme::Hashing { width, signed } => {
                    let space = Space::Hashing { width: *width, signed: *signed };
                    let block = rules.block(&texts(&column)?, &space);
                    (space, block)
                }
            };
            let fitted = FittedColumn { column: name, space, names: OnceLock::new() };
            features.blocks.push((Arc::clone(fitted.names()), Block::Sparse(block)));
            columns.push(fitted);
        }
        Ok((Box::new(Fitted { rules, columns }), features))
    }
}

impl FittedTransform for Fitted {
    fn apply(&self, mut features: Features) -> Result<Features> {
        for fitted in &self.columns {
            let column = take(&mut features, &fitted.column)?;
            let block = self.rules.block(&texts(&column)?, &fitted.space);
            features.blocks.push((Arc::clone(fitted.names()), Block::Sparse(block)));
        }
        Ok(features)
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }

    fn origins(&self) -> Vec<(String, String)> {
        let of = |fitted: &FittedColumn| -> Vec<_> {
            fitted.names().iter().map(|name| (name.clone(), fitted.column.clone())).collect()
        };
        self.columns.iter().flat_map(of).collect()
    }

    fn terms_in(&self, column: &str, text: &str) -> Vec<(String, Vec<std::ops::Range<usize>>)> {
        self.terms_in(column, text)
    }

    fn makes_terms(&self) -> bool {
        true
    }

    fn hashes_terms(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.space, Space::Hashing { .. }))
    }
}

impl Fitted {
    fn load(bytes: &[u8]) -> Result<Self> {
        let mut fitted: Self = codec::decode(bytes)?;
        let rules = &mut fitted.rules;
        rules.ready = Words::new(&rules.words);
        let (least, most) = rules.analyzer.range;
        let mut sound = 1 <= least && least <= most;
        for column in &mut fitted.columns {
            match &mut column.space {
                Space::Hashing { width, .. } => sound &= *width > 0,
                Space::Vocabulary { terms, idf, index } => {
                    sound &= terms.is_sound() && (idf.is_empty() || idf.len() == terms.len());
                    if sound {
                        **index = Index::new(terms, rules.analyzer.grams().1 > 1);
                    }
                }
            }
        }
        if sound { Ok(fitted) } else { Err(Error::failure("a part of the model is damaged")) }
    }
}

impl FittedColumn {
    fn names(&self) -> &Arc<[String]> {
        self.names.get_or_init(|| match &self.space {
            Space::Vocabulary { terms, .. } => terms.iter().map(|term| format!("{}:{term}", self.column)).collect(),
            Space::Hashing { width, .. } => (0..*width).map(|at| format!("{}:#{at}", self.column)).collect(),
        })
    }
}

impl Rules {
    /// Learns the vocabulary of a column, and gives its rows, which are taken apart once for both.
    fn learn(&self, column: &Column, limits: &select::Limits, idf: Option<bool>) -> Result<(Space, SparseBlock)> {
        let corpus = Corpus::of(&texts(column)?, &self.analyzer, &self.ready);
        let grams = self.analyzer.grams();
        let selected = select::select(&corpus, grams, limits).ok_or_else(|| {
            let (name, most) = (&column.name, corpus::MOST_TERMS);
            Error::data(format!("the texts of the column `{name}` have more than {most} different terms"))
                .hint("take a smaller `ngram_range`, raise `min_df`, or use `method: hashing`, which keeps no terms")
        })?;
        let select::Selected { terms, documents } = selected;
        if terms.len() == 0 {
            let message = format!("no term of the column `{}` is within the limits", column.name);
            return Err(Error::data(message)
                .hint("lower `min_df` or raise `max_df`; or the column has no words but stop words"));
        }
        let idf = idf.map_or(Vec::new(), |smooth| weights::idf(&documents, corpus.rows, smooth));
        let index = Box::new(Index::new(&terms, grams.1 > 1));
        let tokens: Vec<u32> = corpus.tokens.iter().map(|token| index.token(token)).collect();
        let block = in_parallel(&corpus.chunks, terms.len(), |chunk| {
            let mut rows = RowsBuilder::default();
            let (mut row, mut found) = (Vec::new(), Vec::new());
            for range in chunk.starts.windows(2) {
                row.clear();
                found.clear();
                row.extend(chunk.ids[range[0]..range[1]].iter().map(|id| tokens[*id as usize]));
                index.features(&row, grams, &mut found);
                found.sort_unstable();
                self.weighting.push_row(counted(&found), &idf, &mut rows);
            }
            rows
        });
        Ok((Space::Vocabulary { terms, idf, index }, block))
    }

    /// The rows of texts.
    fn block(&self, texts: &[Option<&str>], space: &Space) -> SparseBlock {
        let chunks: Vec<&[Option<&str>]> = texts.chunks(CHUNK).collect();
        match space {
            Space::Vocabulary { terms, idf, index } => {
                in_parallel(&chunks, terms.len(), |texts| self.known_terms(texts, idf, index))
            }
            Space::Hashing { width, signed } => {
                in_parallel(&chunks, *width as usize, |texts| self.hashed(texts, *width, *signed))
            }
        }
    }

    /// Rows by a vocabulary. Tokens that no term has are not kept, however many there are.
    fn known_terms(&self, texts: &[Option<&str>], idf: &[f64], index: &Index) -> RowsBuilder {
        let (mut rows, mut scratch) = (RowsBuilder::default(), String::new());
        let (mut row, mut found) = (Vec::new(), Vec::new());
        for text in texts {
            row.clear();
            found.clear();
            self.analyzer.each(text.unwrap_or_default(), &mut scratch, &mut |token: &str| {
                row.extend(self.ready.take(token).map(|word| index.token(&word)));
            });
            index.features(&row, self.analyzer.grams(), &mut found);
            found.sort_unstable();
            self.weighting.push_row(counted(&found), idf, &mut rows);
        }
        rows
    }

    fn hashed(&self, texts: &[Option<&str>], width: u32, signed: bool) -> RowsBuilder {
        let (least, most) = self.analyzer.grams();
        let (mut rows, mut scratch) = (RowsBuilder::default(), String::new());
        // All words of a row with a space between each two, and where each stands: an n-gram is a piece of it.
        let (mut joined, mut places) = (String::new(), Vec::new());
        let mut found: Vec<(u32, f64)> = Vec::new();
        for text in texts {
            joined.clear();
            places.clear();
            found.clear();
            self.analyzer.each(text.unwrap_or_default(), &mut scratch, &mut |token: &str| {
                if let Some(word) = self.ready.take(token) {
                    joined.push_str(if joined.is_empty() { "" } else { " " });
                    places.push((joined.len(), joined.len() + word.len()));
                    joined.push_str(&word);
                }
            });
            for length in least..=most {
                for gram in places.windows(length) {
                    let (feature, sign) = hashing::feature(&joined[gram[0].0..gram[length - 1].1], width);
                    found.push((feature, if signed { sign } else { 1.0 }));
                }
            }
            found.sort_unstable_by_key(|(feature, _)| *feature);
            let sums = found.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.iter().map(|(_, s)| s).sum()));
            // What adds up to nothing is absent.
            self.weighting.push_row(sums.filter(|(_, sum)| *sum != 0.0), &[], &mut rows);
        }
        rows
    }
}

/// Takes a column out of the features.
fn take(features: &mut Features, name: &str) -> Result<Column> {
    match features.table.remove(name) {
        Some(column) => Ok(column),
        None => Err(missing(name, &features.table)),
    }
}

fn texts(column: &Column) -> Result<Vec<Option<&str>>> {
    match &column.values {
        Values::Text(texts) => Ok(texts.iter().collect()),
        Values::Category(levels) => Ok(levels.iter().collect()),
        _ => Err(Error::data(format!("column `{}` is of kind {}, expected text", column.name, column.kind.name()))),
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
