//! A column of texts in one allocation, each present or null.

use std::sync::Arc;

/// Texts laid end to end, so that millions of short values cost no allocation each. Clones share them until one is
/// changed: a table and what is learned from it hold the same texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Strings(Arc<Texts>);

#[derive(Debug, Clone, Default, PartialEq)]
struct Texts {
    bytes: String,
    /// End of each value in `bytes`; the top bit marks a null.
    ends: Vec<u64>,
}

const NULL_BIT: u64 = 1 << 63;

impl Strings {
    /// Room for `rows` values of `bytes` bytes in all.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self(Arc::new(Texts { bytes: String::with_capacity(bytes), ends: Vec::with_capacity(rows) }))
    }

    /// Appends a value or a null.
    pub fn push(&mut self, value: Option<&str>) {
        Arc::make_mut(&mut self.0).push(value);
    }

    /// Appends all values of another column.
    pub fn append(&mut self, more: &Strings) {
        let texts = Arc::make_mut(&mut self.0);
        let start = texts.bytes.len() as u64;
        texts.bytes.push_str(&more.0.bytes);
        texts.ends.extend(more.0.ends.iter().map(|end| end + start));
    }

    /// Leaves the values from `len` on out.
    pub fn truncate(&mut self, len: usize) {
        let texts = Arc::make_mut(&mut self.0);
        texts.ends.truncate(len);
        texts.bytes.truncate(texts.ends.last().map_or(0, |end| (end & !NULL_BIT) as usize));
    }

    /// Number of values, nulls included.
    pub fn len(&self) -> usize {
        self.0.ends.len()
    }

    /// Bytes they take.
    pub fn bytes(&self) -> usize {
        self.0.bytes.len() + size_of_val(self.0.ends.as_slice())
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }

    /// The value at `row`, which must exist.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.0.get(row)
    }

    /// All values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> + Clone {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl Texts {
    fn push(&mut self, value: Option<&str>) {
        let null = if value.is_none() { NULL_BIT } else { 0 };
        self.bytes.push_str(value.unwrap_or_default());
        self.ends.push(self.bytes.len() as u64 | null);
    }

    #[inline]
    fn get(&self, row: usize) -> Option<&str> {
        let end = self.ends[row];
        if end & NULL_BIT != 0 {
            return None;
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] & !NULL_BIT };
        Some(&self.bytes[start as usize..end as usize])
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Strings {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(values: I) -> Self {
        let mut texts = Texts::default();
        for value in values {
            texts.push(value.as_ref().map(AsRef::as_ref));
        }
        Self(Arc::new(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_empty_texts_stay_apart() {
        let values = [Some("a"), None, Some(""), Some("çb"), None];
        let strings: Strings = values.into_iter().collect();
        assert_eq!(strings.iter().collect::<Vec<_>>(), values);
        let mut more = strings.clone();
        more.append(&strings);
        more.push(Some("d"));
        more.truncate(9);
        assert_eq!(more.iter().collect::<Vec<_>>(), [&values[..], &values[..4]].concat());
        assert_eq!(strings.iter().collect::<Vec<_>>(), values, "what a clone shares is its own");
    }
}
