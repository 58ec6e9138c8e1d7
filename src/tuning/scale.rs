//! Spaces as samplers see them: a numeric one is a line, the others are choices; a grid takes their values one by one.

use super::problem::{Point, Problem};
use crate::config::Space;

/// How many choices there are.
pub(super) fn choices(space: &Space) -> usize {
    if let Space::Choices(choices) = space { choices.len() } else { 1 }
}

/// A numeric space as a continuous line: its logarithm where it asks for that, widened by half a step on both sides
/// where it goes in steps.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    log: bool,
    /// Least and greatest value.
    ends: (f64, f64),
    step: Option<f64>,
}

/// The line of a numeric space.
pub(super) fn scale(space: &Space) -> Option<Scale> {
    let (low, high, step, log) = match space {
        Space::Int { low, high, step, log } => (*low as f64, *high as f64, Some(*step as f64), *log),
        Space::Float { low, high, step, log } => (*low, *high, *step, *log),
        Space::Choices(_) | Space::Fixed(_) => return None,
    };
    // The last step may end before the greatest value.
    let high = step.map_or(high, |step| low + libm::floor((high - low) / step + 1e-9) * step);
    let half = step.unwrap_or(0.0) / 2.0;
    let (from, to) = (low - half, high + half);
    let (from, to) = if log { (libm::log(from), libm::log(to)) } else { (from, to) };
    Some(Scale { low: from, high: to, log, ends: (low, high), step })
}

/// Digits of a value without steps, beyond those that its whole space has in common.
const DIGITS: i32 = 6;

impl Scale {
    /// Where a value stands on the line.
    pub(super) fn at(&self, value: f64) -> f64 {
        if self.log { libm::log(value) } else { value }
    }

    /// The value at a place of the line: on a step, or with as many digits as a person would write.
    pub(super) fn value(&self, at: f64) -> f64 {
        let value = if self.log { libm::exp(at) } else { at };
        let (low, high) = self.ends;
        let value = match self.step {
            Some(step) => {
                let value = low + libm::round((value - low) / step) * step;
                // Sums of steps are off by a last bit, `0.1 + 2 * 0.1`; the numbers as written tell the digits.
                rounded(value, last_digit(low).min(last_digit(step)))
            }
            None if self.log => {
                rounded(value, first_digit(value) + first_digit(self.high - self.low).min(0) + 1 - DIGITS)
            }
            None => rounded(value, first_digit(high - low) + 1 - DIGITS),
        };
        value.clamp(low, high)
    }

    /// The part of the line that becomes the same value as `at`; none where each place is a value of its own.
    pub(super) fn bin(&self, at: f64) -> Option<(f64, f64)> {
        let half = self.step.filter(|_| !self.log)? / 2.0;
        Some((at - half, at + half))
    }

    /// How many steps lead from end to end.
    fn steps(&self) -> usize {
        libm::round((self.ends.1 - self.ends.0) / self.step.unwrap_or(1.0)) as usize
    }
}

/// The power of ten of the first digit.
fn first_digit(value: f64) -> i32 {
    let text = format!("{value:e}");
    text.rsplit_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

/// The power of ten of the last digit that is needed to write the value.
fn last_digit(value: f64) -> i32 {
    let text = format!("{value:e}");
    let digits = text.split_once('e').map_or(text.as_str(), |(digits, _)| digits);
    first_digit(value) - digits.split_once('.').map_or(0, |(_, behind)| behind.len() as i32)
}

/// The value without digits below that power of ten, but with its first.
fn rounded(value: f64, power: i32) -> f64 {
    let digits = first_digit(value).saturating_sub(power).max(0) as usize;
    format!("{value:.digits$e}").parse().unwrap_or(value)
}

/// How many values a space has; none where a number may be any between its ends.
fn count(space: &Space) -> Option<usize> {
    match (space, scale(space)) {
        (Space::Float { step: None, low, high, .. }, _) => (low == high).then_some(1),
        (_, Some(scale)) => Some(scale.steps().saturating_add(1)),
        (space, None) => Some(choices(space)),
    }
}

/// How many points there are; none where a number may be any between its ends.
pub(super) fn size(problem: &Problem) -> Option<usize> {
    problem.branches.iter().try_fold(0_usize, |size, branch| {
        let mut counts = branch.dimensions.iter().map(|d| count(&d.space));
        Some(size.saturating_add(counts.try_fold(1_usize, |size, count| Some(size.saturating_mul(count?)))?))
    })
}

/// The value of that number, in order.
fn nth(space: &Space, at: usize) -> f64 {
    match scale(space) {
        Some(scale) => scale.value(scale.at(scale.ends.0 + at as f64 * scale.step.unwrap_or(0.0))),
        None => at as f64,
    }
}

/// The combination of that number: algorithm after algorithm, the last parameter moving fastest. A space without steps
/// has its least value alone.
pub(super) fn on_grid(problem: &Problem, number: usize) -> Option<Point> {
    let mut left = number;
    for (branch, of) in problem.branches.iter().enumerate() {
        let counts: Vec<usize> = of.dimensions.iter().map(|d| count(&d.space).unwrap_or(1)).collect();
        let size = counts.iter().fold(1_usize, |size, count| size.saturating_mul(*count));
        if left >= size {
            left -= size;
            continue;
        }
        let mut values = vec![0.0; counts.len()];
        for (at, count) in counts.iter().enumerate().rev() {
            values[at] = nth(&of.dimensions[at].space, left % count);
            left /= count;
        }
        return Some(Point { branch, values });
    }
    None
}
