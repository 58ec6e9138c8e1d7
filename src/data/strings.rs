//! A column of texts in one allocation, each present or null.

/// Texts laid end to end, so that millions of short values cost no allocation each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Strings {
    bytes: String,
    /// End of each value in `bytes`; the top bit marks a null.
    ends: Vec<u64>,
}

const NULL_BIT: u64 = 1 << 63;

impl Strings {
    /// Room for `rows` values of `bytes` bytes in all.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self { bytes: String::with_capacity(bytes), ends: Vec::with_capacity(rows) }
    }

    /// Appends a value or a null.
    pub fn push(&mut self, value: Option<&str>) {
        match value {
            Some(text) => {
                self.bytes.push_str(text);
                self.ends.push(self.bytes.len() as u64);
            }
            None => self.ends.push(self.bytes.len() as u64 | NULL_BIT),
        }
    }

    /// Appends all values of another column.
    pub fn append(&mut self, more: &Strings) {
        let start = self.bytes.len() as u64;
        self.bytes.push_str(&more.bytes);
        self.ends.extend(more.ends.iter().map(|end| end + start));
    }

    /// Leaves the values from `len` on out.
    pub fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.bytes.truncate(self.ends.last().map_or(0, |end| (end & !NULL_BIT) as usize));
    }

    /// Number of values, nulls included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes they take.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + size_of_val(self.ends.as_slice())
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value at `row`, which must exist.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = self.ends[row];
        if end & NULL_BIT != 0 {
            return None;
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] & !NULL_BIT };
        Some(&self.bytes[start as usize..end as usize])
    }

    /// All values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> + Clone {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Strings {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(values: I) -> Self {
        let mut strings = Self::default();
        for value in values {
            strings.push(value.as_ref().map(AsRef::as_ref));
        }
        strings
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
    }
}
