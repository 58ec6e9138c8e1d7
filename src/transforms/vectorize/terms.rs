//! Many short texts in one buffer: how a vocabulary lies in memory and in the model file.

use serde::{Deserialize, Serialize};

/// Texts end to end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    text: String,
    lengths: Vec<u32>,
}

impl Terms {
    /// Appends a text.
    pub fn push(&mut self, term: &str) {
        self.text.push_str(term);
        self.lengths.push(term.len() as u32);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.text.as_str();
        self.lengths.iter().map(move |length| {
            let (term, after) = rest.split_at_checked(*length as usize).unwrap_or((rest, ""));
            rest = after;
            term
        })
    }

    /// Whether the lengths fit the text and the texts rise, as those of every vocabulary do.
    pub fn is_sound(&self) -> bool {
        let mut end = 0usize;
        let fits = self.lengths.iter().all(|length| {
            end = end.saturating_add(*length as usize);
            self.text.is_char_boundary(end)
        });
        fits && end == self.text.len() && self.iter().is_sorted_by(|a, b| a < b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_terms_are_told() {
        let mut terms = Terms::default();
        ["a", "a b", "é"].into_iter().for_each(|term| terms.push(term));
        assert_eq!((terms.iter().collect::<Vec<_>>(), terms.is_sound()), (vec!["a", "a b", "é"], true));
        for lengths in [vec![1, 3, 1], vec![1, 3], vec![1, 4, 1], vec![2, 2, 2], vec![1, 3, 2, 0], vec![u32::MAX; 3]] {
            assert!(!Terms { lengths: lengths.clone(), ..terms.clone() }.is_sound(), "{lengths:?}");
        }
    }
}
