//! Where in a text its terms are, for who shows them there.

use std::ops::Range;

use super::analyzer::{Unit, is_space, pieces, words};
use super::{Fitted, FittedColumn, Space, hashing};

impl Fitted {
    /// Each time a term stands in a text of the column: its feature, and the words that make it as bytes of the text. A
    /// piece of a word is where the word is; pieces across words are nowhere. Linear in the text.
    pub fn terms_in(&self, column: &str, text: &str) -> Vec<(String, Vec<Range<usize>>)> {
        let Some(fitted) = self.columns.iter().find(|fitted| fitted.column == column) else { return Vec::new() };
        let analyzer = &self.rules.analyzer;
        let small = |word: &str| if analyzer.lowercase { word.to_lowercase() } else { word.to_owned() };
        let range = |word: &str| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            start..start + word.len()
        };
        let mut found = Vec::new();
        match analyzer.unit {
            Unit::Char => {}
            Unit::CharWb => {
                for word in text.split(is_space).filter(|word| !word.is_empty()) {
                    let padded = format!(" {} ", small(word));
                    let mut take = |piece: &str| found.push((fitted.feature(piece), vec![range(word)]));
                    pieces(&padded, analyzer.range, true, &mut take);
                }
            }
            Unit::Word => {
                let mut row: Vec<(String, Range<usize>)> = Vec::new();
                words(text, &mut |word| {
                    let taken = self.rules.ready.take(&small(word)).map(|token| token.into_owned());
                    row.extend(taken.map(|token| (token, range(word))));
                });
                let (least, most) = analyzer.grams();
                for gram in (least..=most).flat_map(|length| row.windows(length)) {
                    let term: Vec<&str> = gram.iter().map(|(token, _)| token.as_str()).collect();
                    let places = gram.iter().map(|(_, range)| range.clone()).collect();
                    found.push((fitted.feature(&term.join(" ")), places));
                }
            }
        }
        found
    }
}

impl FittedColumn {
    /// The feature that counts a term, whether it is known or not.
    fn feature(&self, term: &str) -> String {
        match &self.space {
            Space::Vocabulary { .. } => format!("{}:{term}", self.column),
            Space::Hashing { width, .. } => format!("{}:#{}", self.column, hashing::feature(term, *width).0),
        }
    }
}
