//! The distinct values of a column, counted from all rows.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::data::{Memo, Strings, Table, Values};

/// Distinct values of a column beyond this are not kept.
const MOST: usize = 50_000;

/// The values of one column; blanks around them are gone, and empty ones are counted apart.
pub struct Survey<'a> {
    /// Column name.
    pub name: &'a str,
    /// Distinct values with their rows, in order of text.
    pub values: Vec<(&'a str, usize)>,
    /// Whether there are more distinct values than are kept.
    pub more: bool,
    /// Rows that are empty.
    pub empty: usize,
    texts: Option<&'a Strings>,
}

/// Counts every column.
pub fn survey(table: &Table) -> Vec<Survey<'_>> {
    table
        .columns()
        .par_iter()
        .map(|column| {
            let texts = if let Values::Text(texts) = &column.values { Some(texts) } else { None };
            count(&column.name, texts)
        })
        .collect()
}

fn count<'a>(name: &'a str, texts: Option<&'a Strings>) -> Survey<'a> {
    let mut values: Vec<(&str, usize)> = Vec::new();
    let (mut places, mut memo) = (HashMap::new(), Memo::<usize>::default());
    let (mut more, mut empty) = (false, 0);
    for text in texts.iter().flat_map(|t| t.iter()) {
        let found = text.unwrap_or_default();
        let key = memo.key(found);
        if let Some(at) = key.and_then(|key| memo.get(key)) {
            values[at].1 += 1;
            continue;
        }
        let text = found.trim();
        if text.is_empty() {
            empty += 1;
            continue;
        }
        let at = match places.get(text) {
            Some(at) => *at,
            None if values.len() < MOST => {
                places.insert(text, values.len());
                values.push((text, 0));
                values.len() - 1
            }
            None => {
                more = true;
                continue;
            }
        };
        values[at].1 += 1;
        if let Some(key) = key {
            memo.put(key, at);
        }
    }
    values.sort_unstable();
    Survey { name, values, more, empty, texts }
}

impl Survey<'_> {
    /// Rows with a value.
    pub fn present(&self) -> usize {
        self.texts.map_or(0, Strings::len) - self.empty
    }

    /// Rows with this very value.
    pub fn count(&self, value: &str) -> usize {
        self.values.binary_search_by(|(text, _)| (*text).cmp(value)).map_or(0, |at| self.values[at].1)
    }

    /// Whether there is a value and `test` holds for every one that is not in `skip`.
    pub fn all(&self, skip: &[String], test: impl Fn(&str) -> bool) -> bool {
        let wanted = |text: &str| !skip.iter().any(|s| s == text);
        let mut kept = self.values.iter().filter(|(text, _)| wanted(text)).peekable();
        let fits = kept.peek().is_some() && kept.all(|(text, _)| test(text));
        if !fits || !self.more {
            return fits;
        }
        let all = self.texts.iter().flat_map(|t| t.iter()).flatten().map(str::trim);
        all.filter(|text| !text.is_empty() && wanted(text)).all(test)
    }
}
