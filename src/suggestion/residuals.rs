//! What a model leaves unexplained, and whether a column has to do with it.

use crate::data::{Column, Scores, Target};
use crate::exploration::{Bins, Codes, by_level, numbers};

/// Values of residuals that are looked at, over all classes.
const VALUES: usize = 200_000;
/// Rows that are looked at, and at least where there are many classes.
const ROWS: usize = 50_000;
const FEWEST_ROWS: usize = 2_000;
/// Bins of a column of numbers, and the rows that they are learned on.
const BINS: usize = 16;
const BIN_ROWS: usize = 2_048;
/// Bins of scores; what is left in one on the whole is a matter of calibration, and no column's.
const SCORE_BINS: usize = 20;
/// Levels of fewer rows count as one.
const RARE: usize = 10;
/// How often chance alone may bring any candidate of a round beyond the bar.
const SIGNIFICANCE: f64 = 0.05;

/// Differences between target and score, row by row.
pub struct Residuals {
    /// The rows of the table.
    pub rows: Vec<usize>,
    /// Values a row: one, or one a class where there are three or more.
    outputs: usize,
    values: Vec<f64>,
    /// How much each is expected to vary.
    variances: Vec<f64>,
}

impl Residuals {
    /// Those of out-of-fold scores: of each fold, the rows it was tried on and their scores.
    pub fn of(target: &Target, folds: &[(Vec<usize>, &Scores)]) -> Self {
        let width = folds.first().map_or(1, |(_, scores)| scores.width);
        let mut times = vec![0_u32; target.len()];
        let mut sums = vec![0.0; target.len() * width];
        for (rows, scores) in folds {
            for (at, row) in rows.iter().enumerate() {
                times[*row] += 1;
                sums[row * width..].iter_mut().zip(scores.row(at)).for_each(|(sum, score)| *sum += score);
            }
        }
        let scored: Vec<usize> = (0..target.len()).filter(|row| times[*row] > 0).collect();
        let rows = thinned(&scored, ROWS.min((VALUES / width).max(FEWEST_ROWS)));
        let first = usize::from(width == 2);
        let scores: Vec<Vec<f64>> = (first..width)
            .map(|at| rows.iter().map(|row| sums[row * width + at] / f64::from(times[*row])).collect())
            .collect();
        Self::from_scores(target, rows, first, &scores)
    }

    /// Those of the mean, or of the shares of the classes.
    pub fn of_mean(target: &Target) -> Self {
        let all: Vec<usize> = (0..target.len()).collect();
        let width = if let Target::Classes { classes, .. } = target { *classes } else { 1 };
        let mut scores = Scores { width, values: vec![0.0; width * target.len()] };
        let count = target.len().max(1) as f64;
        for at in 0..width {
            let mean = (0..target.len()).map(|row| actual(target, row, at)).sum::<f64>() / count;
            scores.values.iter_mut().skip(at).step_by(width).for_each(|score| *score = mean);
        }
        Self::of(target, &[(all, &scores)])
    }

    fn from_scores(target: &Target, rows: Vec<usize>, first: usize, scores: &[Vec<f64>]) -> Self {
        let outputs = scores.len();
        let mut values = vec![0.0; rows.len() * outputs];
        let mut variances = vec![0.0; rows.len() * outputs];
        for (at, scores) in scores.iter().enumerate() {
            let mut residuals: Vec<f64> =
                rows.iter().zip(scores).map(|(row, score)| actual(target, *row, first + at) - score).collect();
            let expected = centred(&mut residuals, scores);
            for (row, (residual, variance)) in residuals.into_iter().zip(expected).enumerate() {
                values[row * outputs + at] = residual;
                variances[row * outputs + at] = variance;
            }
        }
        Self { rows, outputs, values, variances }
    }

    /// How much a column has to do with them, as standard deviations of what chance would make of it; its rows are
    /// [`Self::rows`]. None where the column tells no two rows apart.
    ///
    /// The residuals of a level sum to about 0 where the model lacks nothing that the column knows, so the sum of their
    /// squares by their variances follows a χ² distribution. It is made a normal one as Wilson and Hilferty have it.
    pub fn association(&self, column: &Column) -> Option<f64> {
        let codes = codes(column);
        let outputs = self.outputs;
        // Of each level and output: sum, sum of squares, variance.
        let mut sums = vec![[0.0_f64; 3]; codes.levels * outputs];
        let mut counts = vec![0_usize; codes.levels];
        for (row, code) in codes.codes.iter().enumerate() {
            let level = *code as usize;
            counts[level] += 1;
            for at in 0..outputs {
                let (value, variance) = (self.values[row * outputs + at], self.variances[row * outputs + at]);
                let [sum, squares, expected] = &mut sums[level * outputs + at];
                *sum += value;
                *squares += value * value;
                *expected += variance;
            }
        }
        let mut rare = (0, vec![[0.0; 3]; outputs]);
        let mut groups = 0_usize;
        let mut statistic = 0.0;
        for (level, count) in counts.into_iter().enumerate() {
            let sums = &sums[level * outputs..(level + 1) * outputs];
            if count >= RARE {
                groups += 1;
                statistic += sums.iter().map(share).sum::<f64>();
            } else {
                rare.0 += count;
                rare.1.iter_mut().zip(sums).for_each(|(all, one)| all.iter_mut().zip(one).for_each(|(a, b)| *a += b));
            }
        }
        if rare.0 >= RARE {
            groups += 1;
            statistic += rare.1.iter().map(share).sum::<f64>();
        }
        // The residuals of all classes of a row sum to 0.
        let free = if outputs > 1 { outputs - 1 } else { 1 };
        let statistic = statistic * free as f64 / outputs as f64;
        let degrees = (groups.checked_sub(1).filter(|d| *d > 0)? * free) as f64;
        let spread = 2.0 / (9.0 * degrees);
        Some((libm::cbrt(statistic / degrees) - (1.0 - spread)) / libm::sqrt(spread))
    }
}

/// The association that none of `candidates` columns of chance reaches, but once in twenty times: the tail of the normal
/// distribution beyond it, bounded by half of exp(-z²/2), times their number.
pub fn bar(candidates: usize) -> f64 {
    libm::sqrt(2.0 * libm::log(candidates.max(1) as f64 / (2.0 * SIGNIFICANCE)))
}

/// The square of a sum by what is expected of it; by what was seen where that is more.
fn share([sum, squares, expected]: &[f64; 3]) -> f64 {
    let variance = squares.max(*expected);
    if variance > 0.0 { sum * sum / variance } else { 0.0 }
}

fn actual(target: &Target, row: usize, class: usize) -> f64 {
    match target {
        Target::Classes { codes, .. } => f64::from(u8::from(codes[row] as usize == class)),
        Target::Values(values) => values[row],
    }
}

/// Takes the mean of the residuals off where scores are alike, and gives the variance that is left there: what a model
/// says of its own sureness need not be so.
fn centred(residuals: &mut [f64], scores: &[f64]) -> Vec<f64> {
    let codes = binned(scores, SCORE_BINS);
    let means = |residuals: &[f64]| {
        let mut sums = vec![(0.0, 0.0); codes.levels];
        for (code, residual) in codes.codes.iter().zip(residuals) {
            let (sum, count) = &mut sums[*code as usize];
            *sum += residual;
            *count += 1.0;
        }
        let mean = |code: &u32| sums[*code as usize].0 / sums[*code as usize].1;
        codes.codes.iter().map(mean).collect::<Vec<f64>>()
    };
    let off = means(residuals);
    residuals.iter_mut().zip(off).for_each(|(residual, mean)| *residual -= mean);
    means(&residuals.iter().map(|residual| residual * residual).collect::<Vec<f64>>())
}

fn codes(column: &Column) -> Codes {
    numbers(column).map_or_else(|| by_level(column), |values| binned(&values, BINS))
}

fn binned(values: &[f64], most: usize) -> Codes {
    let all: Vec<usize> = (0..values.len()).collect();
    Bins::learn(values, &thinned(&all, BIN_ROWS), most).codes(values)
}

/// At most so many of the rows, evenly spaced.
fn thinned(rows: &[usize], most: usize) -> Vec<usize> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    (0..most).map(|at| rows[at * rows.len() / most]).collect()
}
