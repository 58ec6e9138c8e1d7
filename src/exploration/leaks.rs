//! Columns that alone predict the target too well: a one-column model on each, fitted on one half of the rows.

use super::Finding;
use super::bins::{Bins, Codes};
use super::coded::Coded;
use crate::data::{Column, Scores, SplitMix64, Target};
use crate::metrics::{self, Ranking};

/// The score from which on a column counts as a leak, ROC AUC or R².
pub const LEAK: f64 = 0.98;

/// Rows of a class, and of the rest, on each half below which nothing is said; twice as many for a numeric target.
const ENOUGH: u32 = 5;
/// Bins of numbers; heavy values get one of their own on top.
const BINS: usize = 256;
/// How many rows of the whole table's mean each level's own mean is mixed with; small, since leaks have no noise.
const SMOOTHING: f64 = 0.1;
/// Cells of counts a column may take; rarer levels beyond share one.
const CELLS: usize = 1 << 22;

/// The rows in two halves, each class in both.
pub struct Halves {
    fit: Vec<usize>,
    held_out: Vec<usize>,
}

impl Halves {
    /// Halves each class at random, the same way for the same seed.
    pub fn of(target: &Target, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..target.len()).collect();
        SplitMix64::new(seed).shuffle(&mut order);
        let (mut fits, mut turn) = (vec![false; target.len()], Vec::new());
        for row in order {
            let class = if let Target::Classes { codes, .. } = target { codes[row] as usize } else { 0 };
            if turn.len() <= class {
                turn.resize(class + 1, false);
            }
            turn[class] = !turn[class];
            fits[row] = turn[class];
        }
        let side = |fit: bool| (0..fits.len()).filter(|row| fits[*row] == fit).collect();
        Self { fit: side(true), held_out: side(false) }
    }
}

/// Whether the column alone predicts the target, and how well.
pub fn find(column: &Column, target: &Target, halves: &Halves) -> Option<Finding> {
    let coded = Coded::of(column);
    let (metric, score) = match target {
        Target::Classes { codes, classes } => ("roc_auc", roc_auc(&coded, codes, *classes, halves)?),
        Target::Values(values) => ("r2", r2(&coded, values, halves)?),
    };
    (score >= LEAK).then(|| Finding::Leak { metric: metric.to_owned(), score })
}

/// The better of two undefined or defined scores.
fn better(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::max)
}

/// Each value as a level.
fn by_level(coded: &Coded) -> Codes {
    Codes { codes: coded.codes.clone(), levels: coded.counts.len() }
}

/// Numbers in bins learned on the one half, and whether they come back so often that each can be a level too; none for
/// other columns.
fn by_bin(coded: &Coded, fit: &[usize]) -> Option<(Codes, bool)> {
    if coded.values.is_empty() {
        return None;
    }
    let mut counts = vec![0; coded.counts.len()];
    fit.iter().for_each(|row| counts[coded.codes[*row] as usize] += 1);
    let counted = coded.values.iter().copied().zip(counts).skip(1).filter(|(_, rows)| *rows > 0);
    let bins = Bins::of_counted(&counted.collect::<Vec<_>>(), BINS);
    let of_code = bins.codes(&coded.values);
    let codes = coded.codes.iter().map(|code| of_code.codes[*code as usize]).collect();
    Some((Codes { codes, levels: of_code.levels }, bins.repeats))
}

/// Of the positive class, or the mean of each class against the rest.
fn roc_auc(coded: &Coded, target: &[u32], classes: usize, halves: &Halves) -> Option<f64> {
    let score = |codes: Codes| Counts::of(codes, target, classes, halves).roc_auc();
    let Some((bins, repeats)) = by_bin(coded, &halves.fit) else { return score(by_level(coded)) };
    // Numbers that are codes: neighbours have nothing in common, but the same number comes back.
    if repeats { better(score(bins), score(by_level(coded))) } else { score(bins) }
}

/// Rows by level and class on both halves.
struct Counts {
    classes: usize,
    fit: Half,
    held_out: Half,
}

/// Rows by level and class.
struct Half {
    cells: Vec<u32>,
    of_level: Vec<u32>,
    of_class: Vec<u32>,
    rows: u32,
}

impl Half {
    fn of(codes: &Codes, target: &[u32], classes: usize, rows: &[usize]) -> Self {
        let mut half = Self {
            cells: vec![0; codes.levels * classes],
            of_level: vec![0; codes.levels],
            of_class: vec![0; classes],
            rows: rows.len() as u32,
        };
        for row in rows {
            let (level, class) = (codes.codes[*row] as usize, target[*row] as usize);
            half.cells[level * classes + class] += 1;
            half.of_level[level] += 1;
            half.of_class[class] += 1;
        }
        half
    }

    /// Whether both the class and the rest have rows enough.
    fn tells(&self, class: usize) -> bool {
        self.of_class[class].min(self.rows - self.of_class[class]) >= ENOUGH
    }
}

impl Counts {
    fn of(codes: Codes, target: &[u32], classes: usize, halves: &Halves) -> Self {
        let codes = limited(codes, CELLS / classes, &halves.fit);
        let half = |rows| Half::of(&codes, target, classes, rows);
        Self { classes, fit: half(&halves.fit), held_out: half(&halves.held_out) }
    }

    fn roc_auc(&self) -> Option<f64> {
        let classes = if self.classes == 2 { 1..2 } else { 0..self.classes };
        let scores: Vec<f64> = classes.filter_map(|class| self.one_against_rest(class)).collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// Ranks the held-out rows by the share of the class in their level among the fitted ones.
    fn one_against_rest(&self, class: usize) -> Option<f64> {
        let (fit, held_out) = (&self.fit, &self.held_out);
        if !fit.tells(class) || !held_out.tells(class) {
            return None;
        }
        let prior = f64::from(fit.of_class[class]) / f64::from(fit.rows);
        let groups = (0..fit.of_level.len()).filter(|level| held_out.of_level[*level] > 0).map(|level| {
            let cell = level * self.classes + class;
            let share = (f64::from(fit.cells[cell]) + SMOOTHING * prior) / (f64::from(fit.of_level[level]) + SMOOTHING);
            (share, u64::from(held_out.cells[cell]), u64::from(held_out.of_level[level] - held_out.cells[cell]))
        });
        Ranking::of_groups(groups).ok()?.roc_auc()
    }
}

/// At most `most` levels: those with the most fitted rows, the others as one.
fn limited(codes: Codes, most: usize, fit: &[usize]) -> Codes {
    let most = most.max(2);
    if codes.levels <= most {
        return codes;
    }
    let mut rows = vec![0u32; codes.levels];
    fit.iter().for_each(|row| rows[codes.codes[*row] as usize] += 1);
    let mut order: Vec<usize> = (0..codes.levels).collect();
    order.sort_by_key(|level| (std::cmp::Reverse(rows[*level]), *level));
    let mut place = vec![most as u32 - 1; codes.levels];
    order.iter().take(most - 1).zip(0..).for_each(|(level, new)| place[*level] = new);
    Codes { codes: codes.codes.iter().map(|code| place[*code as usize]).collect(), levels: most }
}

/// Share of the held-out target's variance that a mean a level, or a line a bin, explains.
fn r2(coded: &Coded, target: &[f64], halves: &Halves) -> Option<f64> {
    if halves.held_out.len() < 2 * ENOUGH as usize {
        return None;
    }
    let by_mean = || score(&means(&by_level(coded), target, halves), target, halves);
    let Some((bins, repeats)) = by_bin(coded, &halves.fit) else { return by_mean() };
    let values: Vec<f64> = coded.codes.iter().map(|code| coded.values[*code as usize]).collect();
    let by_line = score(&lines(&bins, &values, target, halves), target, halves);
    if repeats { better(by_line, by_mean()) } else { by_line }
}

fn score(predicted: &[f64], target: &[f64], halves: &Halves) -> Option<f64> {
    let actual = Target::Values(halves.held_out.iter().map(|row| target[*row]).collect());
    let scores = Scores { width: 1, values: predicted.to_vec() };
    // Values so large that a prediction overflows have no score.
    metrics::find("r2").ok()?.value(&actual, &scores, &[]).ok()?
}

/// The smoothed mean of the level of each held-out row.
fn means(codes: &Codes, target: &[f64], halves: &Halves) -> Vec<f64> {
    let prior = halves.fit.iter().map(|row| target[*row] / halves.fit.len() as f64).sum::<f64>();
    let mut levels = vec![(SMOOTHING * prior, SMOOTHING); codes.levels];
    for row in &halves.fit {
        let (sum, count) = &mut levels[codes.codes[*row] as usize];
        (*sum, *count) = (*sum + target[*row], *count + 1.0);
    }
    let mean = |row: &usize| {
        let (sum, count) = levels[codes.codes[*row] as usize];
        sum / count
    };
    halves.held_out.iter().map(mean).collect()
}

/// A line of one bin, through its mean.
#[derive(Clone, Copy, Default)]
struct Line {
    rows: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    low: f64,
    high: f64,
}

/// The least-squares line of the bin of each held-out row, never drawn beyond its fitted values: steps alone would not
/// follow the long tail of a price.
fn lines(codes: &Codes, values: &[f64], target: &[f64], halves: &Halves) -> Vec<f64> {
    let mut bins = vec![Line { low: f64::INFINITY, high: f64::NEG_INFINITY, ..Line::default() }; codes.levels];
    for row in &halves.fit {
        let bin = &mut bins[codes.codes[*row] as usize];
        let (x, y) = (values[*row], target[*row]);
        bin.rows += 1.0;
        let (from_x, from_y) = (x - bin.x, y - bin.y);
        bin.x += from_x / bin.rows;
        bin.y += from_y / bin.rows;
        bin.xx += from_x * (x - bin.x);
        bin.xy += from_x * (y - bin.y);
        (bin.low, bin.high) = (bin.low.min(x), bin.high.max(x));
    }
    let fallback = means(codes, target, halves);
    let predict = |(row, mean): (&usize, f64)| {
        let bin = bins[codes.codes[*row] as usize];
        let slope = bin.xy / bin.xx;
        if bin.rows < 3.0 || !slope.is_finite() {
            return mean;
        }
        bin.y + slope * (values[*row].clamp(bin.low, bin.high) - bin.x)
    };
    halves.held_out.iter().zip(fallback).map(predict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_levels_share_a_place_where_there_are_too_many() {
        let codes = || Codes { codes: vec![0, 1, 2, 2, 3, 3, 4], levels: 5 };
        let rows: Vec<usize> = (0..7).collect();
        assert_eq!(limited(codes(), 5, &rows).codes, codes().codes);
        let fewer = limited(codes(), 3, &rows);
        assert_eq!((fewer.codes, fewer.levels), (vec![2, 2, 0, 0, 1, 1, 2], 3));
    }

    #[test]
    fn each_class_stands_in_both_halves() {
        let target = Target::Classes { codes: (0..101).map(|i| u32::from(i % 10 == 0)).collect(), classes: 2 };
        let Halves { fit, held_out } = Halves::of(&target, 1);
        assert_eq!((fit.len(), held_out.len()), (51, 50));
        assert_eq!(fit.iter().filter(|row| **row % 10 == 0).count(), 6);
        assert!(fit.iter().all(|row| !held_out.contains(row)));
        assert_ne!(fit, Halves::of(&target, 2).fit);
    }
}
