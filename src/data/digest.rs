//! A table's content as one number.

use std::hash::Hasher;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::column::Values;
use super::table::Table;

/// Of keys that are hashes already, in maps of the standard library.
#[derive(Default)]
pub struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Table {
    /// XXH3 over column names and values: the same for the same values, however they were stored.
    pub fn digest(&self) -> u64 {
        let mut digest = Xxh3::new();
        let text = |digest: &mut Xxh3, value: Option<&str>| match value {
            Some(value) => {
                digest.update(&(value.len() as u64 + 1).to_le_bytes());
                digest.update(value.as_bytes());
            }
            None => digest.update(&0u64.to_le_bytes()),
        };
        for column in self.columns() {
            text(&mut digest, Some(&column.name));
            match &column.values {
                Values::Number(values) => {
                    for value in values {
                        digest.update(&(if value.is_nan() { f64::NAN } else { *value }).to_bits().to_le_bytes());
                    }
                }
                Values::Category(values) => values.iter().for_each(|v| text(&mut digest, v)),
                Values::Text(values) => values.iter().for_each(|v| text(&mut digest, v)),
                Values::Date(values) => {
                    for value in values {
                        digest.update(&value.map_or(u64::MAX, |v| v as u64).to_le_bytes());
                    }
                }
            }
        }
        digest.digest()
    }
}
