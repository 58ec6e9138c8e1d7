//! McNemar's exact test: whether two classifiers are right equally often.

use serde::{Deserialize, Serialize};

/// Rows on which exactly one of two classifiers is right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McNemar {
    /// Rows that the first alone gets right.
    pub first_only: u64,
    /// Rows that the second alone gets right.
    pub second_only: u64,
    /// The probability of a split so uneven where both are right equally often: the two-sided binomial test.
    pub p_value: f64,
}

impl McNemar {
    /// Of the classes of rows, and what both predicted.
    pub fn of(actual: &[u32], first: &[u32], second: &[u32]) -> Self {
        let (mut first_only, mut second_only) = (0, 0);
        for ((actual, first), second) in actual.iter().zip(first).zip(second) {
            first_only += u64::from(first == actual && second != actual);
            second_only += u64::from(second == actual && first != actual);
        }
        Self { first_only, second_only, p_value: binomial(first_only, second_only) }
    }
}

/// Twice the probability of at most the fewer of the two, where either is as likely; at most 1.
fn binomial(a: u64, b: u64) -> f64 {
    let (few, all) = (a.min(b), a + b);
    if 2 * few == all {
        return 1.0;
    }
    let (k, n) = (few as f64, all as f64);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let mut term = libm::exp(choose - n * std::f64::consts::LN_2);
    let mut sum = 0.0;
    // Terms fall from the largest on.
    for below in (0..=few).rev() {
        sum += term;
        if term < sum * 1e-18 {
            break;
        }
        term *= below as f64 / (n - below as f64 + 1.0);
    }
    (2.0 * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_scipys_binomial_test() {
        // scipy.stats.binomtest(a, a + b).pvalue
        for (a, b, expected) in [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (0, 1, 1.0),
            (1, 5, 0.21875),
            (3, 14, 0.012725830078125),
            (40, 22, 0.030015864349067285),
            (1000, 1100, 0.03072070786424249),
            (0, 60, 1.734723475976807e-18),
        ] {
            let found = binomial(a, b);
            assert!((found - expected).abs() <= 1e-9 * expected, "{a} {b}: {found} {expected}");
        }
        let found = McNemar::of(&[0, 1, 1, 0, 1], &[0, 1, 0, 1, 0], &[1, 1, 1, 1, 0]);
        assert_eq!((found.first_only, found.second_only, found.p_value), (1, 1, 1.0));
    }
}
