//! Which points have been proposed: one that comes again is looked up, since a fit of the same parameters on the same
//! rows by the same seed is the same fit.

use std::collections::BTreeMap;

use super::history::Trial;
use super::problem::{Point, Problem};
use super::scale::size;

/// Points and the first trial of each.
pub(super) struct Tried {
    first: BTreeMap<(usize, Vec<u64>), usize>,
    /// How many points there are; none where they cannot be counted.
    all: Option<usize>,
}

impl Tried {
    pub(super) fn new(problem: &Problem) -> Self {
        Self { first: BTreeMap::new(), all: size(problem) }
    }

    /// The first trial of a point; this one, where it has not been proposed before. Trials come in the order of their
    /// numbers.
    pub(super) fn first(&mut self, number: usize, point: &Point) -> usize {
        let values = point.values.iter().map(|value| value.to_bits()).collect();
        *self.first.entry((point.branch, values)).or_insert(number)
    }

    /// Whether there is no point that has not been proposed.
    pub(super) fn is_all(&self) -> bool {
        self.all.is_some_and(|all| self.first.len() >= all)
    }
}

/// The trial of that number, which is `first` once more.
pub(super) fn again(first: &Trial, number: usize) -> Trial {
    Trial { trial: number, same_as: Some(first.trial), seconds: 0.0, ..first.clone() }
}
