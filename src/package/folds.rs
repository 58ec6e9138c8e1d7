//! Cross-validation folds.

use crate::data::{SplitMix64, Target};
use crate::error::{Error, Result};

/// Fold of each row: stratified by class for classification, shuffled for regression.
///
/// Within a class the rows are shuffled and dealt out in turn; the deal goes on from class to class,
/// so fold sizes differ by at most one.
///
/// A class of a single row is left to the fits that see it, as scikit-learn does; no fold can tell how well it is
/// learned. Where the rows outside a fold are all of one class, the fold is answered with that class.
///
/// # Errors
/// Exit code 3 where rows are fewer than folds, or a class has no row.
pub fn folds(target: &Target, count: usize, seed: u64) -> Result<Vec<usize>> {
    if target.len() < count {
        return Err(Error::data(format!("{} training rows cannot make {count} folds", target.len()))
            .hint("lower `train.folds` or use more data"));
    }
    let groups: Vec<Vec<usize>> = match target {
        Target::Values(values) => vec![(0..values.len()).collect()],
        Target::Classes { codes, classes } => {
            let mut groups = vec![Vec::new(); *classes];
            for (row, code) in codes.iter().enumerate() {
                groups[*code as usize].push(row);
            }
            groups
        }
    };
    if groups.iter().any(Vec::is_empty) {
        return Err(Error::data("a class has no training row, so nothing can learn it")
            .hint("drop the class, merge it with another under `config.target.map`, or use more data"));
    }
    let mut random = SplitMix64::new(seed);
    let mut fold_of = vec![0; target.len()];
    let mut next = 0;
    for mut group in groups {
        random.shuffle(&mut group);
        for row in group {
            fold_of[row] = next % count;
            next += 1;
        }
    }
    Ok(fold_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_in_size_and_classes() {
        let codes: Vec<u32> = (0..103).map(|i| u32::from(i % 4 == 0)).collect();
        let target = Target::Classes { codes: codes.clone(), classes: 2 };
        let fold_of = folds(&target, 5, 7).unwrap();
        for fold in 0..5 {
            let rows: Vec<usize> = (0..103).filter(|r| fold_of[*r] == fold).collect();
            let positive = rows.iter().filter(|r| codes[**r] == 1).count();
            assert!((20..=21).contains(&rows.len()) && (5..=6).contains(&positive), "{} {positive}", rows.len());
        }
        assert_eq!(fold_of, folds(&target, 5, 7).unwrap());
        assert_ne!(fold_of, folds(&target, 5, 8).unwrap());
        assert!(folds(&Target::Values(vec![1.0; 3]), 5, 1).is_err());
        let classes = |codes: &[u32], classes| folds(&Target::Classes { codes: codes.to_vec(), classes }, 2, 1);
        assert!(classes(&[0, 1, 1], 3).is_err(), "a class without a row");
        assert!(classes(&[0, 0, 0, 1], 2).is_ok() && classes(&[0, 1, 2, 3], 4).is_ok());
    }
}
