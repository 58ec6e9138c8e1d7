//! The weights of a mean that fits best out of fold.

use super::combiner::Answers;
use crate::data::Target;

/// The least probability that a member is taken to have given to the right class.
const EDGE: f64 = 1e-7;
/// The search ends where no weight that moves from one member to another would lower the loss of a row by more.
const TOLERANCE: f64 = 1e-10;
/// And after so many moves at the latest.
const MOVES: usize = 2000;
/// Newton steps of a move.
const STEPS: usize = 40;

/// The weights, 0 or more and summing to 1, with the least log loss of the mean probabilities, or the least squared error
/// of the mean values.
///
/// Both are convex. In each move weight goes from the member that has too much of it by most to the one that has too
/// little by most, as far as the loss falls; the sums run in the order of the rows.
pub fn best(answers: &Answers) -> Vec<f64> {
    let members = answers.scores.len();
    let loss = Loss::new(answers);
    let mut weights = vec![1.0 / members as f64; members];
    for _ in 0..MOVES {
        let mix = loss.mix(&weights);
        let slopes: Vec<f64> = loss.columns.iter().map(|column| loss.slopes(&mix, column, 0.0, column).0).collect();
        let up = (0..members).fold(0, |up, at| if slopes[at] < slopes[up] { at } else { up });
        let down = (0..members).filter(|at| weights[*at] > 0.0).fold(None, |down: Option<usize>, at| match down {
            Some(down) if slopes[at] <= slopes[down] => Some(down),
            _ => Some(at),
        });
        let Some(down) = down.filter(|down| slopes[*down] - slopes[up] > TOLERANCE * loss.total) else { break };
        let step = loss.line(&mix, up, down, weights[down]);
        if step <= 0.0 {
            break;
        }
        weights[up] += step;
        weights[down] = if step < weights[down] { weights[down] - step } else { 0.0 };
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// The loss as a function of the weights.
struct Loss<'a> {
    /// Of each member, what it answered: the probability of the right class, or how far its value is off, in
    /// deviations of the target.
    columns: Vec<Vec<f64>>,
    is_squared: bool,
    rows: Option<&'a [f64]>,
    total: f64,
}

impl<'a> Loss<'a> {
    fn new(answers: &Answers<'a>) -> Self {
        let (columns, is_squared, rows) = match answers.target {
            Target::Classes { codes, .. } => {
                let right = |(row, code): (usize, &u32), scores: &crate::data::Scores| {
                    scores.row(row).get(*code as usize).map_or(EDGE, |p| p.max(EDGE))
                };
                let column = |scores| codes.iter().enumerate().map(|row| right(row, scores)).collect();
                (answers.scores.iter().map(column).collect(), false, codes.len())
            }
            Target::Values(values) => {
                let deviation = super::super::moments::of_values(values, answers.weights).deviation;
                let unit = if deviation > 0.0 { deviation } else { 1.0 };
                let off = |scores: &crate::data::Scores| {
                    scores.values.iter().zip(values).map(|(found, value)| (found - value) / unit).collect()
                };
                (answers.scores.iter().map(off).collect(), true, values.len())
            }
        };
        let total = answers.weights.map_or(rows as f64, |weights| weights.iter().sum());
        Self { columns, is_squared, rows: answers.weights, total }
    }

    fn mix(&self, weights: &[f64]) -> Vec<f64> {
        let mut mix = vec![0.0; self.columns.first().map_or(0, Vec::len)];
        for (column, weight) in self.columns.iter().zip(weights) {
            mix.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight * value);
        }
        mix
    }

    /// First and second derivative along `direction`, `step` of `ahead` away from the mix.
    fn slopes(&self, mix: &[f64], direction: &[f64], step: f64, ahead: &[f64]) -> (f64, f64) {
        let (mut first, mut second) = (0.0, 0.0);
        for (row, (mix, direction)) in mix.iter().zip(direction).enumerate() {
            let weight = self.rows.map_or(1.0, |rows| rows[row]);
            let at = mix + step * ahead[row];
            let (slope, bend) = if self.is_squared { (at, 1.0) } else { (-1.0 / at, 1.0 / (at * at)) };
            first += weight * slope * direction;
            second += weight * bend * direction * direction;
        }
        (first, second)
    }

    /// How much weight, at most all, is best moved from one member to another: Newton's method between bounds that
    /// close in.
    fn line(&self, mix: &[f64], up: usize, down: usize, most: f64) -> f64 {
        let ahead: Vec<f64> = self.columns[up].iter().zip(&self.columns[down]).map(|(up, down)| up - down).collect();
        if self.slopes(mix, &ahead, most, &ahead).0 <= 0.0 {
            return most;
        }
        let (mut low, mut high, mut step) = (0.0, most, 0.0);
        for _ in 0..STEPS {
            let (slope, bend) = self.slopes(mix, &ahead, step, &ahead);
            if slope < 0.0 {
                low = step
            } else {
                high = step
            }
            let newton = step - slope / bend;
            let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
            if (next - step).abs() <= 1e-14 {
                return next;
            }
            step = next;
        }
        step
    }
}
