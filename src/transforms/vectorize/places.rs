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

#[cfg(test)]
mod tests {
    use super::super::tests::{fit, names};
    use crate::data::Block;

    /// Terms with the words that make them.
    fn found(params: &str, text: &str) -> Vec<String> {
        let (fitted, _) = fit(params, &[Some(text)]).unwrap();
        let told = |(feature, places): (String, Vec<std::ops::Range<usize>>)| {
            let words: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
            format!("{}={}", &feature[2..], words.join("+"))
        };
        fitted.terms_in("t", text).into_iter().map(told).collect()
    }

    #[test]
    fn terms_stand_where_their_words_do() {
        let words = "{columns: [t], ngram_range: [1, 2], stop_words: [the]}";
        assert_eq!(found(words, "LOVE the\n ñandú!"), ["love=LOVE", "ñandú=ñandú", "love ñandú=LOVE+ñandú"]);
        assert_eq!(found("{columns: [t], stemmer: english}", "Loved loving"), ["love=Loved", "love=loving"]);
        let pieces = "{columns: [t], analyzer: char_wb, ngram_range: [3, 3]}";
        assert_eq!(found(pieces, "Ab cd"), [" ab=Ab", "ab =Ab", " cd=cd", "cd =cd"]);
        assert!(found("{columns: [t], analyzer: char, ngram_range: [2, 2]}", "ab cd").is_empty());
    }

    /// Every feature that a text has is somewhere in it, and the other way round.
    #[test]
    fn what_is_found_is_what_counts() {
        let text = "Great, great tablet; NOT so great: don't";
        for params in [
            "{columns: [t], ngram_range: [1, 3]}",
            "{columns: [t], method: hashing, n_features: 4096, ngram_range: [1, 2]}",
            "{columns: [t], analyzer: char_wb, ngram_range: [2, 4]}",
        ] {
            let (fitted, features) = fit(params, &[Some(text)]).unwrap();
            let Block::Sparse(block) = &features.blocks[0].1 else { panic!() };
            let names = names(&features);
            let mut counted: Vec<&str> = block.row(0).map(|(at, _)| names[at]).collect();
            let found = fitted.terms_in("t", text);
            let mut stand: Vec<&str> = found.iter().map(|(feature, _)| feature.as_str()).collect();
            counted.sort_unstable();
            stand.sort_unstable();
            stand.dedup();
            assert_eq!(stand, counted, "{params}");
        }
    }
}
