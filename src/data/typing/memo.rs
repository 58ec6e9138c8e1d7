//! What short texts of a column were found to be: most columns have few texts, which come again and again.

/// Rows before which nothing is kept: a request of a few rows is done sooner than a table is made.
const ROWS: usize = 256;
/// Texts that are kept, at the most; a power of two.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 12;
/// Bytes up to which a text is short.
const SHORT: usize = 16;

/// A text of at most [`SHORT`] bytes: both ends, which overlap or leave nothing out, and the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    first: u64,
    last: u64,
    length: u32,
}

impl Key {
    fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let wide = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        let (first, last) = match bytes {
            [] => (0, 0),
            [a] => (u64::from(*a), 0),
            [a, b] => (u64::from(*a), u64::from(*b)),
            [a, b, c] => (u64::from(*a) << 8 | u64::from(*b), u64::from(*c)),
            _ if bytes.len() < 8 => (wide(bytes.first_chunk()?), wide(bytes.last_chunk()?)),
            _ if bytes.len() <= SHORT => {
                (u64::from_le_bytes(*bytes.first_chunk()?), u64::from_le_bytes(*bytes.last_chunk()?))
            }
            _ => return None,
        };
        Some(Self { first, last, length: bytes.len() as u32 })
    }

    fn slot(self) -> usize {
        let mixed =
            (self.first ^ self.last.rotate_left(29) ^ u64::from(self.length)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (u64::BITS - SLOT_BITS)) as usize
    }
}

/// A value for each of the last short texts.
pub struct Memo<V> {
    /// Rows still to come before it begins.
    wait: usize,
    slots: Vec<Option<(Key, V)>>,
}

impl<V> Default for Memo<V> {
    /// Nothing is known yet.
    fn default() -> Self {
        Self { wait: ROWS, slots: Vec::new() }
    }
}

impl<V: Copy> Memo<V> {
    /// The key of a text that is kept; none for a long one, or while there were few rows.
    pub fn key(&mut self, text: &str) -> Option<Key> {
        if self.wait > 0 {
            self.wait -= 1;
            return None;
        }
        Key::of(text)
    }

    /// What was kept for the text.
    pub fn get(&self, key: Key) -> Option<V> {
        match self.slots.get(key.slot()) {
            Some(Some((known, value))) if *known == key => Some(*value),
            _ => None,
        }
    }

    /// Keeps a value.
    pub fn put(&mut self, key: Key, value: V) {
        if self.slots.is_empty() {
            self.slots = vec![None; SLOTS];
        }
        if let Some(slot) = self.slots.get_mut(key.slot()) {
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
        texts.extend((0..1000).map(|i| format!("{i:016}")));
        for text in &texts {
            let Some(key) = Key::of(text) else { continue };
            let known = seen.entry((key.first, key.last, key.length)).or_insert_with(|| text.clone());
            assert_eq!(known, text);
        }
        assert!(seen.len() > 5000, "{}", seen.len());
        assert_eq!(Key::of("a text of 17 byte"), None);
    }

    #[test]
    fn it_gives_back_what_was_put_last_and_starts_late() {
        let mut memo = Memo::default();
        assert!((0..ROWS).all(|_| memo.key("x").is_none()));
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
