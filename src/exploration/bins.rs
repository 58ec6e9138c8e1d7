//! A column as small codes: what a one-column model can tell apart.

use std::collections::HashMap;

use crate::data::{Column, NULL_CODE, Values};

/// The code of a null.
const NULL: u32 = 0;

/// One code a row, below `levels`.
pub struct Codes {
    /// Code of each row; 0 is null.
    pub codes: Vec<u32>,
    /// Number of codes.
    pub levels: usize,
}

/// Numbers and dates as numbers, NaN for null; none for other columns.
pub fn numbers(column: &Column) -> Option<Vec<f64>> {
    match &column.values {
        Values::Number(values) => Some(values.clone()),
        Values::Date(values) => Some(values.iter().map(|v| v.map_or(f64::NAN, |seconds| seconds as f64)).collect()),
        Values::Category(_) | Values::Text(_) => None,
    }
}

/// Levels and texts as they are.
pub fn by_level(column: &Column) -> Codes {
    match &column.values {
        Values::Category(values) => {
            let code = |code: &u32| if *code == NULL_CODE { NULL } else { code + 1 };
            Codes { codes: values.codes.iter().map(code).collect(), levels: values.levels.len() + 1 }
        }
        Values::Text(values) => first_seen(values.iter()),
        Values::Number(values) => first_seen(values.iter().map(|v| (!v.is_nan()).then(|| (v + 0.0).to_bits()))),
        Values::Date(values) => first_seen(values.iter().copied()),
    }
}

fn first_seen<T: std::hash::Hash + Eq>(values: impl Iterator<Item = Option<T>>) -> Codes {
    let mut known = HashMap::new();
    let mut code = |value| {
        let next = known.len() as u32 + 1;
        *known.entry(value).or_insert(next)
    };
    let codes: Vec<u32> = values.map(|value| value.map_or(NULL, &mut code)).collect();
    Codes { levels: known.len() + 1, codes }
}

/// Bins of equal frequency, learned on some rows.
pub struct Bins {
    /// The lower bound of each bin but the first.
    bounds: Vec<f64>,
    /// Whether its values come back so often that each can be a level too.
    pub repeats: bool,
}

impl Bins {
    /// Learns about `most` bins; few distinct values have a bin each, and so has a value that alone would fill one.
    pub fn learn(values: &[f64], rows: &[usize], most: usize) -> Self {
        let mut sorted: Vec<f64> = rows.iter().map(|row| values[*row]).filter(|v| !v.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut distinct: Vec<(f64, usize)> = Vec::new();
        for value in &sorted {
            match distinct.last_mut() {
                Some((last, count)) if *last == *value => *count += 1,
                _ => distinct.push((*value, 1)),
            }
        }
        Self::of_counted(&distinct, most)
    }

    /// [`Bins::learn`] of distinct values in rising order, with the rows of each.
    pub fn of_counted(distinct: &[(f64, usize)], most: usize) -> Self {
        let rows: usize = distinct.iter().map(|(_, count)| count).sum();
        let full = if distinct.len() <= most { 1 } else { rows.div_ceil(most) };
        let mut bounds = Vec::new();
        let mut filled = 0;
        for pair in distinct.windows(2) {
            let [(value, count), (next, next_count)] = pair else { continue };
            filled += count;
            if filled >= full || *next_count >= full {
                bounds.push(between(*value, *next));
                filled = 0;
            }
        }
        Self { bounds, repeats: distinct.len() > most && distinct.len() * 2 <= rows }
    }

    /// The bin of each value.
    pub fn codes(&self, values: &[f64]) -> Codes {
        let code = |value: &f64| match value.is_nan() {
            true => NULL,
            false => self.bounds.partition_point(|bound| bound <= value) as u32 + 1,
        };
        Codes { codes: values.iter().map(code).collect(), levels: self.bounds.len() + 2 }
    }
}

/// The middle of two numbers; never the lower one, whatever rounding does.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle > low && middle <= high { middle } else { high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heavy_values_stand_alone_and_rare_ones_share() {
        // 10,000 zeros and 1,000 others: the zeros' bin holds nothing else.
        let values: Vec<f64> = (0..11_000).map(|i| if i < 10_000 { 0.0 } else { f64::from(i) / 7.0 }).collect();
        let rows: Vec<usize> = (0..values.len()).collect();
        let bins = Bins::learn(&values, &rows, 256);
        let Codes { codes, levels } = bins.codes(&values);
        assert!(codes[10_000..].iter().all(|c| *c != codes[0] && (*c as usize) < levels));
        assert!((20..300).contains(&levels), "{levels}");
    }

    #[test]
    fn few_values_have_a_bin_each_and_null_its_own() {
        let values = [3.0, 1.0, f64::NAN, 2.0, 1.0];
        let bins = Bins::learn(&values, &[0, 1, 2, 3, 4], 256);
        assert_eq!(bins.codes(&[1.0, 1.4, 1.5, 2.0, 9.0, -9.0, f64::NAN]).codes, [1, 1, 2, 2, 3, 1, NULL]);
        assert_eq!(Bins::learn(&[f64::NAN], &[0], 256).codes(&[1.0]).levels, 2);
        assert_eq!(between(1.0, 1.0 + f64::EPSILON), 1.0 + f64::EPSILON);
        assert_eq!(between(f64::MIN, f64::MAX), 0.0);
    }
}
