//! Which training rows a fit sees, where some classes have too many or too few: rows are left out or drawn again.
//! Rows that a fold is tried on, and test rows, are never touched.

use crate::data::{SplitMix64, Target};
use crate::error::{Error, Result, suggest};

/// Keeps the draw of rows apart from others of the same seed.
const SALT: u64 = 0x5a3d_11f0_72c4_96b5;

/// How the classes of the training rows are evened out.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Sampling {
    /// All rows as they are.
    #[default]
    None,
    /// Every class cut to the size of the smallest, by chance.
    Under,
    /// Rows of every class drawn again, by chance, up to the size of the largest.
    Over,
    /// The classes named cut to a size of their own.
    Caps(Vec<(String, Cap)>),
}

/// The most rows of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// As many.
    Rows(usize),
    /// As many as the largest of the other classes.
    Others,
}

impl Sampling {
    /// The rows to be learned from, in rising order; a row drawn again stands several times. None where it is all.
    ///
    /// # Errors
    /// Exit code 2 for a label that is no class, or for a target that is a number.
    pub fn rows(&self, target: &Target, labels: &[String], seed: u64) -> Result<Option<Vec<usize>>> {
        if *self == Sampling::None {
            return Ok(None);
        }
        let Target::Classes { codes, classes } = target else {
            return Err(Error::usage("`sampling` needs classes, and the target is a number"));
        };
        let mut of_class = vec![Vec::new(); *classes];
        for (row, code) in codes.iter().enumerate() {
            of_class[*code as usize].push(row);
        }
        let counts: Vec<usize> = of_class.iter().map(Vec::len).collect();
        let sizes = self.sizes(&counts, labels)?;
        let mut random = SplitMix64::new(seed ^ SALT);
        let mut rows = Vec::with_capacity(sizes.iter().sum());
        for (mut of_class, size) in of_class.into_iter().zip(sizes) {
            let all = of_class.clone();
            if size < all.len() {
                random.shuffle(&mut of_class);
                of_class.truncate(size);
            }
            // Each row once, then whole rounds of them, then some by chance: no row stands twice more than another.
            while of_class.len() < size {
                let mut round = all.clone();
                if size - of_class.len() < round.len() {
                    random.shuffle(&mut round);
                    round.truncate(size - of_class.len());
                }
                of_class.extend(round);
            }
            rows.extend(of_class);
        }
        rows.sort_unstable();
        Ok(Some(rows))
    }

    /// The rows wanted of each class; a class without rows stays without.
    fn sizes(&self, counts: &[usize], labels: &[String]) -> Result<Vec<usize>> {
        let present = || counts.iter().copied().filter(|count| *count > 0);
        let every = |size: Option<usize>| counts.iter().map(move |count| size.filter(|_| *count > 0).unwrap_or(0));
        Ok(match self {
            Sampling::None => counts.to_vec(),
            Sampling::Under => every(present().min()).collect(),
            Sampling::Over => every(present().max()).collect(),
            Sampling::Caps(caps) => {
                let mut sizes = counts.to_vec();
                for (label, cap) in caps {
                    let class = labels.iter().position(|l| l == label).ok_or_else(|| {
                        Error::usage(format!("`sampling` names `{label}`, which is no class"))
                            .maybe_hint(suggest(label, "classes", labels))
                    })?;
                    let others = || counts.iter().enumerate().filter(|(at, _)| *at != class).map(|(_, n)| *n).max();
                    let most = match cap {
                        Cap::Rows(rows) => *rows,
                        Cap::Others => others().unwrap_or(usize::MAX),
                    };
                    sizes[class] = sizes[class].min(most);
                }
                sizes
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(sampling: &Sampling) -> [usize; 3] {
        let codes: Vec<u32> = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2].to_vec();
        let labels = ["a", "b", "c"].map(str::to_owned);
        let target = Target::Classes { codes: codes.clone(), classes: 3 };
        let rows = sampling.rows(&target, &labels, 7).unwrap().unwrap();
        assert!(rows.is_sorted());
        let times = |row: usize| rows.iter().filter(|r| **r == row).count();
        for class in 0..3 {
            let of_class = (0..codes.len()).filter(|row| codes[*row] == class).map(times);
            assert!(of_class.clone().max().unwrap() - of_class.min().unwrap() <= 1, "no row is preferred");
        }
        [0, 1, 2].map(|class| rows.iter().filter(|row| codes[**row] == class).count())
    }

    #[test]
    fn classes_are_evened_out() {
        assert_eq!(counts(&Sampling::Under), [3, 3, 3]);
        assert_eq!(counts(&Sampling::Over), [8, 8, 8]);
        assert_eq!(counts(&Sampling::Caps(vec![("a".into(), Cap::Others)])), [4, 3, 4]);
        assert_eq!(counts(&Sampling::Caps(vec![("a".into(), Cap::Rows(2)), ("c".into(), Cap::Rows(9))])), [2, 3, 4]);
        let target = Target::Classes { codes: vec![0, 1], classes: 2 };
        let labels = ["yes".to_owned(), "no".to_owned()];
        assert_eq!(Sampling::None.rows(&target, &labels, 1).unwrap(), None);
        let error = Sampling::Caps(vec![("yess".into(), Cap::Others)]).rows(&target, &labels, 1).unwrap_err();
        assert_eq!(error.message(), "`sampling` names `yess`, which is no class");
        assert!(Sampling::Under.rows(&Target::Values(vec![1.0]), &[], 1).is_err());
    }
}
