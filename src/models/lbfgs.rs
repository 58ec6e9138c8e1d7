//! Minimises a smooth convex function plus an L1 penalty: OWL-QN (Andrew and Gao 2007), which without the
//! penalty is L-BFGS (Nocedal 1980).

use std::collections::VecDeque;

use super::vectors::{add_scaled, dot, length};

/// Steps remembered of how the gradient changed.
const MEMORY: usize = 10;
/// Share of the fall that the slope promises, which a step must bring.
const SUFFICIENT: f64 = 1e-4;
/// A rise below this share of the value may be rounding, and does not stop a step.
const ROUNDING: f64 = 1e-14;
/// Steps tried along one direction.
const TRIALS: usize = 40;

/// What is asked of a search.
pub struct Search<'a> {
    /// The smooth part: its value, and its gradient into the second slice.
    pub smooth: &'a dyn Fn(&[f64], &mut [f64]) -> f64,
    /// Strength of the L1 penalty on each parameter; 0 for none.
    pub l1: &'a [f64],
    /// Stop once the gradient is no longer than this.
    pub tolerance: f64,
    /// Stop here at the latest.
    pub max_iterations: u64,
}

/// Where a search ended.
pub struct Minimum {
    /// The parameters.
    pub at: Vec<f64>,
    /// Length of the gradient there.
    pub gradient: f64,
}

/// A point with what is known of it.
struct Point {
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Search<'_> {
    /// Searches from 0, where the penalty has its kink and the features have no say.
    pub fn run(&self) -> Minimum {
        let mut here = self.point(vec![0.0; self.l1.len()]);
        let mut history = History::default();
        let mut slope = self.slope(&here);
        for _ in 0..self.max_iterations {
            // A value that is no number has no slope: NaN ends the search too.
            if length(&slope).partial_cmp(&self.tolerance) != Some(std::cmp::Ordering::Greater) {
                break;
            }
            let Some(next) = self.step(&here, &slope, &history).or_else(|| {
                // Where what is remembered misleads, the slope itself may still lead down.
                history.steps.clear();
                self.step(&here, &slope, &history)
            }) else {
                break;
            };
            history.push(&here, &next);
            here = next;
            slope = self.slope(&here);
        }
        Minimum { gradient: length(&slope), at: here.at }
    }

    fn point(&self, at: Vec<f64>) -> Point {
        let mut gradient = vec![0.0; at.len()];
        let value = (self.smooth)(&at, &mut gradient);
        let penalty: f64 = self.l1.iter().zip(&at).map(|(l1, w)| l1 * w.abs()).sum();
        Point { at, value: value + penalty, gradient }
    }

    /// The gradient with the penalty: at a kink the slope of the side that falls, or 0 where neither does.
    fn slope(&self, point: &Point) -> Vec<f64> {
        let of = |((gradient, w), l1): ((&f64, &f64), &f64)| match w.partial_cmp(&0.0) {
            Some(std::cmp::Ordering::Greater) => gradient + l1,
            Some(std::cmp::Ordering::Less) => gradient - l1,
            _ if gradient + l1 < 0.0 => gradient + l1,
            _ if gradient - l1 > 0.0 => gradient - l1,
            _ if gradient.is_nan() => f64::NAN,
            _ => 0.0,
        };
        point.gradient.iter().zip(&point.at).zip(self.l1).map(of).collect()
    }

    /// The next point, or none where no step along the direction falls enough.
    fn step(&self, here: &Point, slope: &[f64], history: &History) -> Option<Point> {
        let mut direction = history.times(slope);
        for ((direction, slope), l1) in direction.iter_mut().zip(slope).zip(self.l1) {
            // With a penalty only along the slope of each parameter; without one the direction as it is.
            if *l1 > 0.0 && *direction * slope <= 0.0 {
                *direction = 0.0;
            }
        }
        let mut size = 1.0;
        for _ in 0..TRIALS {
            let next = self.point(self.moved(&here.at, slope, &direction, size));
            let promised: f64 = slope.iter().zip(&next.at).zip(&here.at).map(|((s, to), from)| s * (to - from)).sum();
            if next.value <= here.value + SUFFICIENT * promised + ROUNDING * here.value.abs() {
                return (next.at != here.at).then_some(next);
            }
            // The lowest point of the parabola through both values and the slope.
            let bend = next.value - here.value - promised;
            let lowest = if bend.is_finite() && bend > 0.0 { -promised / (2.0 * bend) } else { 0.1 };
            size *= lowest.clamp(0.1, 0.5);
        }
        None
    }

    /// `size` down the direction; a parameter with a penalty does not cross 0 in one step.
    fn moved(&self, at: &[f64], slope: &[f64], direction: &[f64], size: f64) -> Vec<f64> {
        let of = |(((w, slope), direction), l1): (((&f64, &f64), &f64), &f64)| {
            let moved = w - size * direction;
            let side = if *w == 0.0 { -slope } else { *w };
            if *l1 > 0.0 && moved * side <= 0.0 { 0.0 } else { moved }
        };
        at.iter().zip(slope).zip(direction).zip(self.l1).map(of).collect()
    }
}

/// How parameters moved and the gradient changed in the last steps.
#[derive(Default)]
struct History {
    steps: VecDeque<Step>,
}

struct Step {
    moved: Vec<f64>,
    change: Vec<f64>,
    /// One over the product of the two.
    inverse: f64,
}

impl History {
    fn push(&mut self, from: &Point, to: &Point) {
        let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let (moved, change) = (less(&to.at, &from.at), less(&to.gradient, &from.gradient));
        let product = dot(&moved, &change);
        // Only what curves upwards keeps the estimate positive.
        if product > f64::EPSILON * dot(&change, &change) {
            self.steps.push_back(Step { moved, change, inverse: 1.0 / product });
            if self.steps.len() > MEMORY {
                self.steps.pop_front();
            }
        }
    }

    /// The estimated inverse of the second derivatives times a slope, by the two loops.
    fn times(&self, slope: &[f64]) -> Vec<f64> {
        let mut out = slope.to_vec();
        let mut shares = Vec::with_capacity(self.steps.len());
        for step in self.steps.iter().rev() {
            let share = step.inverse * dot(&step.moved, &out);
            add_scaled(&mut out, -share, &step.change);
            shares.push(share);
        }
        if let Some(last) = self.steps.back() {
            let scale = 1.0 / (last.inverse * dot(&last.change, &last.change));
            out.iter_mut().for_each(|v| *v *= scale);
        }
        for (step, share) in self.steps.iter().zip(shares.iter().rev()) {
            let back = step.inverse * dot(&step.change, &out);
            add_scaled(&mut out, share - back, &step.moved);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A valley that bends: (w0 - 1)² / 2 + 50 (w1 - 2)² + (w0 + w1 - w2)⁴.
    fn valley(w: &[f64], gradient: &mut [f64]) -> f64 {
        let rest = w[0] + w[1] - w[2];
        let cube = 4.0 * rest.powi(3);
        gradient.copy_from_slice(&[w[0] - 1.0 + cube, 100.0 * (w[1] - 2.0) + cube, -cube]);
        (w[0] - 1.0).powi(2) / 2.0 + 50.0 * (w[1] - 2.0).powi(2) + rest.powi(4)
    }

    #[test]
    fn without_a_penalty_the_gradient_vanishes() {
        let search = Search { smooth: &valley, l1: &[0.0; 3], tolerance: 1e-10, max_iterations: 500 };
        let found = search.run();
        assert!(found.gradient <= 1e-10, "{}", found.gradient);
        assert!((found.at[0] - 1.0).abs() < 1e-8 && (found.at[1] - 2.0).abs() < 1e-8, "{:?}", found.at);
    }

    /// (w - a)² / 2 + l1 |w| is least at a drawn towards 0 by l1.
    #[test]
    fn the_penalty_draws_towards_zero_and_holds_there() {
        let goals = [3.0, -3.0, 0.5, -0.5, 2.0];
        let smooth = |w: &[f64], gradient: &mut [f64]| {
            gradient.iter_mut().zip(w.iter().zip(goals)).for_each(|(g, (w, goal))| *g = w - goal);
            dot(gradient, gradient) / 2.0
        };
        let search = Search { smooth: &smooth, l1: &[1.0, 1.0, 1.0, 1.0, 0.0], tolerance: 1e-12, max_iterations: 100 };
        let found = search.run();
        assert!(found.at.iter().zip([2.0, -2.0, 0.0, 0.0, 2.0]).all(|(w, e)| (w - e).abs() < 1e-12), "{:?}", found.at);
        assert_eq!((found.at[2], found.at[3]), (0.0, 0.0));
    }

    #[test]
    fn what_is_no_number_ends_the_search() {
        let smooth = |_: &[f64], gradient: &mut [f64]| {
            gradient.fill(f64::NAN);
            f64::NAN
        };
        let search = Search { smooth: &smooth, l1: &[1.0], tolerance: 1e-3, max_iterations: 10 };
        assert!(search.run().gradient.is_nan());
    }
}
