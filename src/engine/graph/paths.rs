//! Which outs hold, are or lie below a path, in the time of its parts and not of the number of outs.

use std::collections::HashMap;

/// A tree of paths, each written by one stage.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Paths {
    /// The first is the project folder.
    places: Vec<Place>,
}

#[derive(Debug, Clone, Default)]
struct Place {
    below: HashMap<String, usize>,
    /// Those below in the order in which they came, since DVC's order of stages follows it.
    order: Vec<usize>,
    writer: Option<usize>,
}

impl Default for Paths {
    fn default() -> Self {
        Self { places: vec![Place::default()] }
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

impl Paths {
    /// Adds an out. Where another one is, holds or lies in it, that one's writer and whether it has the same path.
    pub(in crate::engine) fn insert(&mut self, path: &str, writer: usize) -> Option<(usize, bool)> {
        let mut at = 0;
        for part in parts(path) {
            if let Some(other) = self.places[at].writer {
                return Some((other, false));
            }
            at = match self.places[at].below.get(part) {
                Some(&next) => next,
                None => {
                    let next = self.places.len();
                    self.places.push(Place::default());
                    self.places[at].below.insert(part.to_owned(), next);
                    self.places[at].order.push(next);
                    next
                }
            };
        }
        if let Some(other) = self.places[at].writer {
            return Some((other, true));
        }
        if let Some(&other) = self.inside(at).first() {
            return Some((other, false));
        }
        self.places[at].writer = Some(writer);
        None
    }

    /// Writers of outs that hold, are or lie below `path`, in DVC's order.
    pub(in crate::engine) fn overlapping(&self, path: &str) -> Vec<usize> {
        let mut at = 0;
        for part in parts(path) {
            // Outs do not overlap, so this is the only one.
            if let Some(writer) = self.places[at].writer {
                return vec![writer];
            }
            match self.places[at].below.get(part) {
                Some(&next) => at = next,
                None => return Vec::new(),
            }
        }
        self.inside(at)
    }

    /// Writers at a place and below.
    fn inside(&self, at: usize) -> Vec<usize> {
        let mut writers = Vec::new();
        let mut places = vec![at];
        while let Some(at) = places.pop() {
            writers.extend(self.places[at].writer);
            places.extend(self.places[at].order.iter().rev());
        }
        writers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_found_in_both_directions() {
        let mut paths = Paths::default();
        for (writer, path) in ["o/z", "o/a/x", "p", "o/a/b"].iter().enumerate() {
            assert_eq!(paths.insert(path, writer), None);
        }
        assert_eq!(paths.insert("p", 9), Some((2, true)));
        assert_eq!(paths.insert("p/q", 9), Some((2, false)));
        assert_eq!(paths.insert("o/a", 9), Some((1, false)));
        for (path, expected) in [
            ("o", &[0, 1, 3][..]),
            ("o/a", &[1, 3]),
            ("o/a/x/deep", &[1]),
            ("p", &[2]),
            ("q", &[]),
            ("o/zz", &[]),
            ("", &[0, 1, 3, 2]),
        ] {
            assert_eq!(paths.overlapping(path), expected, "{path}");
        }
    }
}
