//! The thresholds that are tried on a feature, and the bins between them.

use crate::data::SplitMix64;

/// Rows that thresholds are chosen from; of more rows, so many are drawn.
const SAMPLE: usize = 200_000;
/// A bin is closed before a value that fills one alone, once it is this full itself.
const FULL_ENOUGH: f64 = 0.5;

/// Every row, or an even draw of them where there are very many.
pub fn sample(rows: &[u32]) -> Vec<u32> {
    if rows.len() <= SAMPLE {
        return rows.to_vec();
    }
    let mut random = SplitMix64::new(rows.len() as u64);
    let edge = |at: usize| at * rows.len() / SAMPLE;
    (0..SAMPLE).map(|at| rows[edge(at) + random.below(edge(at + 1) - edge(at))]).collect()
}

/// Rising thresholds that part the (value, weight) pairs into at most `bins` bins of like weight.
///
/// Each lies midway between two neighbouring values, and above the lower one in f32 too; that of a single value
/// parts it from what is missing. A value is in the bin whose
/// number is that of the thresholds not above it.
pub fn cuts(values: Vec<(f32, f64)>, bins: usize) -> Vec<f32> {
    let mut distinct = values;
    distinct.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    distinct.dedup_by(|next, last| {
        // Minus zero and zero are one value.
        let is_same = next.0 == last.0;
        last.1 += if is_same { next.1 } else { 0.0 };
        is_same
    });
    if let [(only, _)] = distinct.as_slice() {
        // Halfway to zero, so that a zero that is written out is as good as a value that is not there.
        return vec![only / 2.0];
    }
    if distinct.len() <= bins {
        return distinct.windows(2).map(|pair| between(pair[0].0, pair[1].0)).collect();
    }
    let mut rest: f64 = distinct.iter().map(|(_, weight)| weight).sum();
    let mut out = Vec::with_capacity(bins);
    let mut filled = 0.0;
    for pair in distinct.windows(2) {
        let left = bins - out.len();
        if left == 1 {
            break;
        }
        let wanted = rest / left as f64;
        filled += pair[0].1;
        let next_fills_one = pair[1].1 >= wanted && filled >= FULL_ENOUGH * wanted;
        if filled >= wanted || next_fills_one {
            out.push(between(pair[0].0, pair[1].0));
            rest -= filled;
            filled = 0.0;
        }
    }
    out
}

fn between(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if middle > low { middle } else { high }
}

/// The bin of a value.
#[inline]
pub fn bin(cuts: &[f32], value: f32) -> usize {
    cuts.partition_point(|cut| *cut <= value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f32], bins: usize) -> Vec<f32> {
        cuts(values.iter().map(|value| (*value, 1.0)).collect(), bins)
    }

    #[test]
    fn few_values_are_parted_midway_and_neighbours_in_f32_still_are() {
        assert_eq!(of(&[3.0, 1.0, 3.0, 2.0], 4), [1.5, 2.5]);
        assert_eq!((of(&[-0.0, 0.0], 4), of(&[], 4), of(&[3.0, 3.0], 4)), (vec![0.0], vec![], vec![1.5]));
        let next = 1.0f32.next_up();
        assert_eq!((of(&[1.0, next], 2), bin(&[next], 1.0), bin(&[next], next)), (vec![next], 0, 1));
    }

    #[test]
    fn many_values_fill_bins_alike_and_a_frequent_one_has_its_own() {
        let even: Vec<f32> = (0..1000).map(|at| at as f32).collect();
        let cuts = of(&even, 10);
        let mut counts = [0; 10];
        even.iter().for_each(|value| counts[bin(&cuts, *value)] += 1);
        assert_eq!(counts, [100; 10]);
        let skewed: Vec<f32> = (0..1000).map(|at| if at % 2 == 0 { 500.0 } else { at as f32 }).collect();
        let cuts = of(&skewed, 8);
        assert!(cuts.contains(&500.5) && cuts.contains(&499.5) && cuts.len() <= 7, "{cuts:?}");
    }

    #[test]
    fn a_draw_of_very_many_rows_is_spread_over_all() {
        let rows: Vec<u32> = (0..450_000).collect();
        let drawn = sample(&rows);
        assert_eq!(drawn.len(), SAMPLE);
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]) && drawn[0] < 3 && drawn[SAMPLE - 1] > 449_990);
    }
}
