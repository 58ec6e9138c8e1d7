//! What short texts of a column were found to be: most columns have few texts, which come again and again.

/// Rows before which few are kept: those of a request are done sooner than a large table is made.
const ROWS: usize = 256;
/// Texts that are kept at the most, before and after so many rows.
const FEW: usize = 1 << 6;
const MANY: usize = 1 << 10;
/// Bytes up to which a text is short.
const SHORT: usize = 24;

/// A text of at most [`SHORT`] bytes: pieces that overlap or leave nothing out, and the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pieces: [u64; 3],
    length: u32,
}

impl Key {
    fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let byte = |at: usize| u64::from(bytes[at]);
        let four = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        let eight = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let pieces = match bytes.len() {
            0 => [0; 3],
            1..4 => [byte(0), byte(bytes.len() / 2), byte(bytes.len() - 1)],
            4..8 => [four(bytes.first_chunk()?), four(bytes.last_chunk()?), 0],
            8..=16 => [eight(bytes.first_chunk()?), eight(bytes.last_chunk()?), 0],
            17..=SHORT => [eight(bytes.first_chunk()?), eight(bytes[8..].first_chunk()?), eight(bytes.last_chunk()?)],
            _ => return None,
        };
        Some(Self { pieces, length: bytes.len() as u32 })
    }

    /// One of so many, a power of two.
    fn slot(self, slots: usize) -> usize {
        let [a, b, c] = self.pieces;
        let all = a ^ b.rotate_left(29) ^ c.rotate_left(43) ^ u64::from(self.length);
        let mixed = all.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (u64::BITS / 2)) as usize & slots.wrapping_sub(1)
    }
}

/// A value for each of the last short texts.
pub struct Memo<V> {
    /// Rows so far, up to [`ROWS`].
    rows: usize,
    slots: Vec<Option<(Key, V)>>,
}

impl<V> Default for Memo<V> {
    /// Nothing is known yet.
    fn default() -> Self {
        Self { rows: 0, slots: Vec::new() }
    }
}

impl<V: Copy> Memo<V> {
    /// The key of a text that is kept; none for a long one, and for the first, which may be all there is.
    pub fn key(&mut self, text: &str) -> Option<Key> {
        if self.rows < ROWS {
            self.rows += 1;
            if self.rows == 1 {
                return None;
            }
            if self.rows == ROWS {
                // Room for many from here on.
                self.clear();
            }
        }
        Key::of(text)
    }

    /// What was kept for the text.
    pub fn get(&self, key: Key) -> Option<V> {
        match self.slots.get(key.slot(self.slots.len())) {
            Some(Some((known, value))) if *known == key => Some(*value),
            _ => None,
        }
    }

    /// Keeps a value.
    pub fn put(&mut self, key: Key, value: V) {
        if self.slots.is_empty() {
            self.slots = vec![None; if self.rows < ROWS { FEW } else { MANY }];
        }
        let slot = key.slot(self.slots.len());
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Some((key, value));
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_short_texts_share_a_key() {
        let mut seen = std::collections::HashMap::new();
        let letters = ["a", "b", "\0", "é"];
        let mut texts = vec![String::new()];
        for _ in 0..6 {
            let longer = texts.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}")));
            texts = texts.iter().cloned().chain(longer).collect();
            texts.sort();
            texts.dedup();
        }
        texts.extend((0..1000).map(|i| format!("{i:09}")));
        texts.extend([16, 17, 23, 24].iter().flat_map(|width| (0..1000).map(move |i| format!("{i:0>width$}"))));
        texts.extend((0..24).map(|at| format!("{:0>at$}1{:0>rest$}", "", "", rest = 23 - at)));
        for text in &texts {
            let Some(key) = Key::of(text) else { continue };
            let known = seen.entry(key).or_insert_with(|| text.clone());
            assert_eq!(known, text);
        }
        assert!(seen.len() > 5000, "{}", seen.len());
        assert_eq!(Key::of("a text of 25 bytes, no 24"), None);
    }

    #[test]
    fn it_gives_back_what_was_put_last_but_for_the_first() {
        let mut memo = Memo::default();
        assert!(memo.key("x").is_none());
        for round in 0..3 {
            for i in 0..9000 {
                let key = memo.key(&i.to_string()).unwrap();
                assert!(memo.get(key).is_none_or(|value| value == i), "{round}");
                memo.put(key, i);
                assert_eq!(memo.get(key), Some(i));
            }
        }
        memo.clear();
        let key = memo.key("8999").unwrap();
        assert_eq!(memo.get(key), None);
    }
}
