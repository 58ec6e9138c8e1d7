//! All training rows as numbers of their tokens, and how often each n-gram occurs in them.

use std::ops::Range;

use rayon::prelude::*;

use super::analyzer::{Analyzer, Tokens};
use super::interner::Interner;
use super::terms::Terms;
use super::words::Words;

/// Rows taken at a time; no result depends on it.
pub const CHUNK: usize = 1024;
/// Terms that are counted at the most: each costs some hundred bytes.
pub const MOST_TERMS: usize = 1 << 23;
/// No token, or no n-gram.
pub const NONE: u32 = u32::MAX;

/// Rows of tokens, numbered by their place in the sorted list of all tokens.
pub struct Corpus {
    /// Sorted.
    pub tokens: Terms,
    pub chunks: Vec<Sequences>,
    pub rows: usize,
}

/// The tokens of neighbouring rows, without those left out.
#[derive(Default)]
pub struct Sequences {
    pub ids: Vec<u32>,
    /// `rows + 1` offsets into `ids`.
    pub starts: Vec<usize>,
}

impl Sequences {
    /// Tokens under other numbers; those of `NONE` are left out.
    fn renumbered(tokens: Tokens, numbers: &[u32]) -> Self {
        let Tokens { mut ids, starts, .. } = tokens;
        let mut kept = 0;
        let mut new_starts = vec![0];
        for row in starts.windows(2) {
            for at in row[0]..row[1] {
                let id = numbers[ids[at] as usize];
                ids[kept] = id;
                kept += usize::from(id != NONE);
            }
            new_starts.push(kept);
        }
        ids.truncate(kept);
        Self { ids, starts: new_starts }
    }
}

impl Corpus {
    /// Takes all texts apart.
    pub fn of(texts: &[Option<&str>], analyzer: &Analyzer, words: &Words) -> Self {
        let chunks: Vec<Tokens> = texts.par_chunks(CHUNK).map(|texts| analyzer.tokens(texts)).collect();
        let mut raw = Interner::default();
        let of_chunk: Vec<Vec<u32>> = chunks
            .iter()
            .map(|chunk| (0..chunk.distinct.len() as u32).map(|id| raw.intern(chunk.distinct.get(id))).collect())
            .collect();
        // Each word is stemmed once, however often it occurs.
        let mut taken = Interner::default();
        let of_raw: Vec<u32> =
            (0..raw.len() as u32).map(|id| words.take(raw.get(id)).map_or(NONE, |word| taken.intern(&word))).collect();
        let mut order: Vec<u32> = (0..taken.len() as u32).collect();
        order.par_sort_unstable_by_key(|id| taken.get(*id));
        let mut ranks = vec![0; taken.len()];
        let mut tokens = Terms::default();
        for (rank, id) in order.iter().enumerate() {
            ranks[*id as usize] = rank as u32;
            tokens.push(taken.get(*id));
        }
        let number = |raw: &u32| ranks.get(of_raw[*raw as usize] as usize).copied().unwrap_or(NONE);
        let chunks = chunks
            .into_par_iter()
            .zip(of_chunk)
            .map(|(chunk, raws)| Sequences::renumbered(chunk, &raws.iter().map(number).collect::<Vec<_>>()))
            .collect();
        Self { tokens, chunks, rows: texts.len() }
    }

    /// The n-grams of each length up to `most`; an entry for each, those of fewer than `least` rows left out beyond
    /// the single tokens. None where they are more than [`MOST_TERMS`].
    pub fn count(&self, most: usize, least: f64) -> Option<Vec<Level>> {
        if self.tokens.len() > MOST_TERMS {
            return None;
        }
        let mut levels = vec![self.count_tokens()];
        let mut prefixes: Vec<Vec<u32>> = Vec::new();
        for length in 2..=most {
            let known: Vec<&[u32]> = if length == 2 {
                self.chunks.iter().map(|chunk| chunk.ids.as_slice()).collect()
            } else {
                prefixes.iter().map(Vec::as_slice).collect()
            };
            let level = self.count_longer(&levels, &known, length, least);
            if length < most {
                prefixes = self
                    .chunks
                    .par_iter()
                    .zip(known)
                    .map(|(chunk, prefixes)| level.numbers(chunk, prefixes, length))
                    .collect();
            }
            levels.push(level);
            if levels.iter().map(|level| level.last.len()).sum::<usize>() > MOST_TERMS {
                return None;
            }
        }
        Some(levels)
    }

    fn count_tokens(&self) -> Level {
        let tokens = self.tokens.len();
        let mut tally = Tally::new(tokens);
        let mut row = 0;
        for chunk in &self.chunks {
            for range in chunk.starts.windows(2) {
                chunk.ids[range[0]..range[1]].iter().for_each(|id| tally.add(*id, row));
                row += 1;
            }
        }
        let last = (0..tokens as u32).collect();
        Level { starts: Vec::new(), prefixes: Vec::new(), last, times: tally.times, documents: tally.documents }
    }

    /// The n-grams of one length, from those that are one token shorter: `prefixes` has the number of the one that
    /// begins at each place.
    fn count_longer(&self, levels: &[Level], prefixes: &[&[u32]], length: usize, least: f64) -> Level {
        let (tokens, shorter) = (&levels[0], &levels[levels.len() - 1]);
        let tasks = shares(&shorter.times);
        let parts: Vec<Level> = tasks
            .into_par_iter()
            .map(|range| self.count_part(tokens, shorter, prefixes, range, length, least))
            .collect();
        let mut level = Level { starts: vec![0], ..Level::default() };
        for part in parts {
            let before = level.last.len() as u32;
            level.starts.extend(part.starts[1..].iter().map(|start| before + start));
            level.prefixes.extend(part.prefixes);
            level.last.extend(part.last);
            level.times.extend(part.times);
            level.documents.extend(part.documents);
        }
        level
    }

    /// The n-grams whose first tokens are one of `range`: what follows each of these is gathered, then counted.
    fn count_part(
        &self,
        tokens: &Level,
        shorter: &Level,
        prefixes: &[&[u32]],
        range: Range<usize>,
        length: usize,
        least: f64,
    ) -> Level {
        // Room for one follower each time that the prefix occurs.
        let mut ends = vec![0usize];
        for times in &shorter.times[range.clone()] {
            ends.push(ends[ends.len() - 1] + *times as usize);
        }
        let mut followers = vec![(0u32, 0u32); ends[ends.len() - 1]];
        let mut filled = ends.clone();
        let mut row = 0;
        for (chunk, prefixes) in self.chunks.iter().zip(prefixes) {
            for bounds in chunk.starts.windows(2) {
                let end = (bounds[1] + 1).saturating_sub(length).max(bounds[0]);
                let next = chunk.ids.get(bounds[0] + length - 1..bounds[1]).unwrap_or_default();
                for (prefix, token) in prefixes[bounds[0]..end].iter().zip(next) {
                    let at = (*prefix as usize).wrapping_sub(range.start);
                    if at < range.len() {
                        followers[filled[at]] = (*token, row);
                        filled[at] += 1;
                    }
                }
                row += 1;
            }
        }
        let mut tally = Tally::new(self.tokens.len());
        let mut level = Level { starts: vec![0], ..Level::default() };
        for (at, prefix) in range.enumerate() {
            if f64::from(shorter.documents[prefix]) >= least {
                let found = &followers[ends[at]..filled[at]];
                let frequent = |token: u32| f64::from(tokens.documents[token as usize]) >= least;
                found.iter().filter(|(token, _)| frequent(*token)).for_each(|(token, row)| tally.add(*token, *row));
                tally.drain_into(&mut level, prefix as u32, least);
            }
            level.starts.push(level.last.len() as u32);
        }
        level
    }
}

/// The n-grams of one length in the order of their tokens.
#[derive(Default)]
pub struct Level {
    /// Where the n-grams of each prefix begin, and the end of the last; none for single tokens.
    starts: Vec<u32>,
    /// The n-gram that is one token shorter.
    pub prefixes: Vec<u32>,
    /// Its last token.
    pub last: Vec<u32>,
    /// How often it occurs.
    pub times: Vec<u32>,
    /// In how many rows.
    pub documents: Vec<u32>,
}

impl Level {
    /// The number of the n-gram that begins at each place of a chunk; `NONE` where none of this length does.
    fn numbers(&self, chunk: &Sequences, prefixes: &[u32], length: usize) -> Vec<u32> {
        let mut numbers = vec![NONE; chunk.ids.len()];
        for bounds in chunk.starts.windows(2) {
            for at in bounds[0]..(bounds[1] + 1).saturating_sub(length).max(bounds[0]) {
                let Some(range) = self.starts.get(prefixes[at] as usize..).and_then(|s| Some(*s.first()?..*s.get(1)?))
                else {
                    continue;
                };
                let followers = &self.last[range.start as usize..range.end as usize];
                if let Ok(found) = followers.binary_search(&chunk.ids[at + length - 1]) {
                    numbers[at] = range.start + found as u32;
                }
            }
        }
        numbers
    }
}

/// Counts of tokens.
struct Tally {
    times: Vec<u32>,
    documents: Vec<u32>,
    /// The last row of each.
    rows: Vec<u32>,
    /// Those that have a count, in the order in which they got it.
    touched: Vec<u32>,
}

impl Tally {
    fn new(tokens: usize) -> Self {
        Self { times: vec![0; tokens], documents: vec![0; tokens], rows: vec![NONE; tokens], touched: Vec::new() }
    }

    #[inline]
    fn add(&mut self, token: u32, row: u32) {
        let at = token as usize;
        if self.times[at] == 0 {
            self.touched.push(token);
        }
        self.times[at] += 1;
        if self.rows[at] != row {
            self.rows[at] = row;
            self.documents[at] += 1;
        }
    }

    /// Moves all counts out as n-grams of one prefix.
    fn drain_into(&mut self, level: &mut Level, prefix: u32, least: f64) {
        self.touched.sort_unstable();
        for token in self.touched.drain(..) {
            let at = token as usize;
            if f64::from(self.documents[at]) >= least {
                level.prefixes.push(prefix);
                level.last.push(token);
                level.times.push(self.times[at]);
                level.documents.push(self.documents[at]);
            }
            (self.times[at], self.documents[at], self.rows[at]) = (0, 0, NONE);
        }
    }
}

/// Neighbours in shares of about the same sum.
fn shares(weights: &[u32]) -> Vec<Range<usize>> {
    const LEAST: u64 = 1 << 16;
    let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    let most = 4 * rayon::current_num_threads() as u64;
    let share = (total / most).max(LEAST);
    let (mut ranges, mut start, mut sum) = (Vec::new(), 0, 0);
    for (at, weight) in weights.iter().enumerate() {
        sum += u64::from(*weight);
        if sum >= share {
            ranges.push(start..at + 1);
            (start, sum) = (at + 1, 0);
        }
    }
    ranges.push(start..weights.len());
    ranges
}
