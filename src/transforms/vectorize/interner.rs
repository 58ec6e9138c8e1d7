//! Distinct texts, numbered in the order of their first use.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A set of texts in one buffer, each with a number from 0.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    text: String,
    /// End of each text in the buffer.
    ends: Vec<usize>,
    hashes: Vec<u32>,
    /// Number of a text plus one, or 0 for a free slot; a power of two of them, at most half of them taken.
    slots: Vec<u32>,
}

impl Interner {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number.
    pub fn get(&self, id: u32) -> &str {
        let at = id as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// The number of a text, new or not.
    pub fn intern(&mut self, text: &str) -> u32 {
        if self.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = hash(text);
        match self.find(text, hash) {
            Ok(id) => id,
            Err(slot) => {
                let id = self.len() as u32;
                self.text.push_str(text);
                self.ends.push(self.text.len());
                self.hashes.push(hash as u32);
                self.slots[slot] = id + 1;
                id
            }
        }
    }

    /// The number of a text that is known.
    pub fn lookup(&self, text: &str) -> Option<u32> {
        if self.slots.is_empty() { None } else { self.find(text, hash(text)).ok() }
    }

    /// The number of a text, or the slot where it would be. The slots are never full.
    fn find(&self, text: &str, hash: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = (hash >> 32) as usize & mask;
        loop {
            let id = match self.slots[slot] {
                0 => return Err(slot),
                taken => taken - 1,
            };
            if self.hashes[id as usize] == hash as u32 && self.get(id) == text {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 4).max(64);
        self.slots = vec![0; size];
        for id in 0..self.len() as u32 {
            let mut slot = (hash(self.get(id)) >> 32) as usize & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = id + 1;
        }
    }
}

/// Differs from process to process, so that nobody can send texts that all meet in one slot. No result depends on it:
/// numbers follow the order of first use.
fn hash(text: &str) -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    xxh3_64_with_seed(text.as_bytes(), *SEED.get_or_init(|| RandomState::new().build_hasher().finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_in_the_order_of_their_first_use() {
        let mut interner = Interner::default();
        assert_eq!(interner.lookup("a"), None);
        let texts: Vec<String> = (0..5000).map(|i| format!("t{}", i % 1000)).chain([String::new()]).collect();
        let ids: Vec<u32> = texts.iter().map(|t| interner.intern(t)).collect();
        assert_eq!(ids[..5000], (0..5000).map(|i| i % 1000).collect::<Vec<_>>());
        assert_eq!((ids[5000], interner.len(), interner.get(1000)), (1000, 1001, ""));
        assert_eq!((interner.lookup("t999"), interner.lookup("t1000")), (Some(999), None));
    }
}
