//! Levels of training rows, and how those of another table match them.

use crate::data::Categories;

/// The levels that occur, sorted by text, each with its count of rows.
pub struct LevelCounts {
    pub levels: Vec<(String, usize)>,
    /// Rows without a level.
    pub nulls: usize,
}

/// Counts the levels that occur; the dictionary may hold others.
pub fn count(categories: &Categories) -> LevelCounts {
    let mut counts = vec![0usize; categories.levels.len()];
    let mut nulls = 0;
    for code in &categories.codes {
        match counts.get_mut(*code as usize) {
            Some(count) => *count += 1,
            None => nulls += 1,
        }
    }
    let used = categories.levels.iter().zip(counts).filter(|(_, count)| *count > 0);
    let mut levels: Vec<(String, usize)> = used.map(|(level, count)| (level.clone(), count)).collect();
    levels.sort_unstable();
    LevelCounts { levels, nulls }
}

/// A table from this table's level codes to what `known` says of each level, so that the work for a row
/// is one look-up without a branch.
pub struct Lookup<T> {
    /// Per code, and at last for null.
    by_code: Vec<T>,
}

impl<T: Copy> Lookup<T> {
    /// `known` gets the position of a level among the sorted `levels`, none for an unknown one.
    pub fn new(categories: &Categories, levels: &[String], known: impl Fn(Option<usize>) -> T, null: T) -> Self {
        let position = |level: &String| levels.binary_search(level).ok();
        Self { by_code: categories.levels.iter().map(|level| known(position(level))).chain([null]).collect() }
    }

    pub fn get(&self, code: u32) -> T {
        self.by_code[(code as usize).min(self.by_code.len() - 1)]
    }
}
