//! Which n-grams become features.

use std::cmp::Reverse;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::corpus::{Corpus, Level};
use super::terms::Terms;

/// A number of rows, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Rows {
    Count(u32),
    Share(f64),
}

impl Rows {
    /// How many of `rows` that is, a fraction included.
    pub fn of(self, rows: usize) -> f64 {
        match self {
            Rows::Count(count) => f64::from(count),
            Rows::Share(share) => share * rows as f64,
        }
    }
}

/// Bounds of the vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    pub min_df: Rows,
    pub max_df: Rows,
    pub max_features: Option<usize>,
    /// Each row counts a term once.
    pub binary: bool,
}

/// The vocabulary: sorted terms, and in how many rows each occurs.
#[derive(Debug, Default, PartialEq)]
pub struct Selected {
    pub terms: Terms,
    pub documents: Vec<u32>,
}

/// Counts all n-grams of `grams` tokens and takes those within the limits: where they are too many, the most frequent,
/// of equally frequent ones the first by alphabet. None where they are too many to be counted.
pub fn select(corpus: &Corpus, grams: (usize, usize), limits: &Limits) -> Option<Selected> {
    let least = limits.min_df.of(corpus.rows);
    let most = limits.max_df.of(corpus.rows);
    let levels = corpus.count(grams.1, least)?;
    let mut taken: Vec<(u32, u32)> = Vec::new();
    for (at, level) in levels.iter().enumerate().skip(grams.0 - 1) {
        let fits = |documents: &u32| (least..=most).contains(&f64::from(*documents));
        let ids = level.documents.iter().enumerate().filter(|(_, documents)| fits(documents));
        taken.extend(ids.map(|(id, _)| (at as u32, id as u32)));
    }
    let order = Order { levels: &levels };
    if let Some(limit) = limits.max_features.filter(|limit| *limit < taken.len()) {
        taken = order.most_frequent(taken, limit, limits.binary);
    }
    order.sort(&mut taken);
    Some(order.texts(&taken, corpus))
}

struct Order<'a> {
    levels: &'a [Level],
}

impl Order<'_> {
    /// The tokens of an n-gram.
    fn tokens(&self, (level, id): (u32, u32), out: &mut Vec<u32>) {
        out.clear();
        let mut id = id as usize;
        for level in self.levels[..=level as usize].iter().rev() {
            out.push(level.last[id]);
            id = level.prefixes.get(id).map_or(0, |prefix| *prefix as usize);
        }
        out.reverse();
    }

    /// By alphabet: tokens are numbered by it, and the space between them comes before every character of one.
    fn sort(&self, grams: &mut Vec<(u32, u32)>) {
        let width = self.levels.len();
        let mut keys = vec![0u32; grams.len() * width];
        keys.par_chunks_mut(width).zip(grams.par_iter()).for_each_init(Vec::new, |tokens, (key, gram)| {
            self.tokens(*gram, tokens);
            key.iter_mut().zip(tokens).for_each(|(key, token)| *key = *token + 1);
        });
        let mut order: Vec<u32> = (0..grams.len() as u32).collect();
        let key = |at: u32| &keys[at as usize * width..(at as usize + 1) * width];
        order.par_sort_unstable_by(|a, b| key(*a).cmp(key(*b)));
        *grams = order.into_iter().map(|at| grams[at as usize]).collect();
    }

    fn most_frequent(&self, grams: Vec<(u32, u32)>, limit: usize, binary: bool) -> Vec<(u32, u32)> {
        let frequency = |(level, id): (u32, u32)| {
            let level = &self.levels[level as usize];
            if binary { level.documents[id as usize] } else { level.times[id as usize] }
        };
        let mut frequencies: Vec<u32> = grams.iter().map(|gram| frequency(*gram)).collect();
        let (_, edge, _) = frequencies.select_nth_unstable_by_key(limit, |times| Reverse(*times));
        let edge = *edge;
        let mut kept: Vec<(u32, u32)> = grams.iter().filter(|gram| frequency(**gram) > edge).copied().collect();
        let mut tied: Vec<(u32, u32)> = grams.into_iter().filter(|gram| frequency(*gram) == edge).collect();
        self.sort(&mut tied);
        kept.extend(tied.into_iter().take(limit - kept.len()));
        kept
    }

    fn texts(&self, grams: &[(u32, u32)], corpus: &Corpus) -> Selected {
        let texts: Vec<&str> = corpus.tokens.iter().collect();
        let mut selected = Selected::default();
        let (mut tokens, mut term) = (Vec::new(), String::new());
        for gram in grams {
            self.tokens(*gram, &mut tokens);
            term.clear();
            for (at, token) in tokens.iter().enumerate() {
                if at > 0 {
                    term.push(' ');
                }
                term.push_str(texts[*token as usize]);
            }
            selected.terms.push(&term);
            selected.documents.push(self.levels[gram.0 as usize].documents[gram.1 as usize]);
        }
        selected
    }
}
