//! Linear machines by dual coordinate descent (Hsieh et al. 2008; Ho and Lin 2012), as in LIBLINEAR.
//!
//! The intercept is the coefficient of a feature that is always 1, and penalised as the others are.

use super::train::{Decision, Goal, Problem};
use crate::data::SplitMix64;
use crate::models::lanes::Vectors;
use crate::models::vectors::dot;

/// Steps shorter than this are not taken.
const SHORTEST: f64 = 1e-12;

/// How a linear machine is fitted.
pub struct Linear {
    /// The rows.
    pub vectors: Vectors,
    /// Whether the loss is squared.
    pub squared: bool,
    /// When to stop.
    pub tolerance: f64,
    /// When to stop at the latest.
    pub max_iterations: usize,
    /// Of the order in which rows are taken.
    pub seed: u64,
}

/// What a fit holds: the plane, and what is the same for every pass over a row.
struct State<'a> {
    of: &'a Linear,
    problem: &'a Problem<'a>,
    plane: Decision,
    /// Each row's dual variable.
    duals: Vec<f64>,
    /// Each row's squared length with the 1, and what a squared loss adds.
    squares: Vec<f64>,
    /// Rows still looked at, as positions in the problem; those that have settled at a bound lie behind `active`.
    order: Vec<usize>,
    active: usize,
}

/// Whether a row needs a step, may rest, or neither.
enum Verdict {
    Step(f64),
    Settled,
    Stay,
}

impl Linear {
    /// What a squared loss adds to the curvature, and the bound of the dual variable.
    fn curvature(&self, bound: f64) -> (f64, f64) {
        if self.squared { (0.5 / bound, f64::INFINITY) } else { (0.0, bound) }
    }

    /// The plane for a problem.
    pub fn fit(&self, problem: &Problem) -> Decision {
        let squares =
            problem.rows.iter().map(|row| self.vectors.square(*row) + 1.0 + self.curvature(problem.bounds[*row]).0);
        let (dense, sparse) = self.vectors.widths();
        let duals = problem.rows.iter().map(|row| problem.from.map_or(0.0, |duals| duals[*row]));
        let terms = vec![0.0; dense + sparse];
        let mut state = State {
            of: self,
            problem,
            plane: Decision { terms, intercept: 0.0, duals: Vec::new(), converged: false },
            duals: duals.collect(),
            squares: squares.collect(),
            order: (0..problem.rows.len()).collect(),
            active: problem.rows.len(),
        };
        state.begin();
        state.plane.converged = match problem.goal {
            Goal::Signs(signs) => state.part(signs),
            Goal::Values { values, epsilon } => state.follow(values, epsilon),
        };
        let mut all = vec![0.0; self.vectors.rows()];
        problem.rows.iter().zip(&state.duals).for_each(|(row, dual)| all[*row] = *dual);
        Decision { duals: all, ..state.plane }
    }

    /// The decision for a row; the terms are those of the dense features, then of the sparse ones.
    pub fn decide(&self, plane: &Decision, row: usize) -> f64 {
        let (dense, sparse) = plane.terms.split_at(self.vectors.widths().0);
        let (indices, values) = self.vectors.sparse(row);
        // Four sums side by side: one would wait for each addition before the next.
        let (fours, last) = indices.as_chunks::<4>();
        let (four_values, last_values) = values.as_chunks::<4>();
        let mut sums = [0.0; 4];
        for (indices, values) in fours.iter().zip(four_values) {
            sums.iter_mut().zip(indices.iter().zip(values)).for_each(|(sum, (at, v))| *sum += sparse[*at as usize] * v);
        }
        let rest: f64 = last.iter().zip(last_values).map(|(at, v)| sparse[*at as usize] * v).sum();
        plane.intercept + dot(dense, self.vectors.dense(row)) + (sums.iter().sum::<f64>() + rest)
    }

    /// Moves the plane along a row.
    fn add(&self, plane: &mut Decision, row: usize, step: f64) {
        let (dense, sparse) = plane.terms.split_at_mut(self.vectors.widths().0);
        let (indices, values) = self.vectors.sparse(row);
        dense.iter_mut().zip(self.vectors.dense(row)).for_each(|(w, v)| *w += step * v);
        indices.iter().zip(values).for_each(|(at, v)| sparse[*at as usize] += step * v);
        plane.intercept += step;
    }
}

impl State<'_> {
    /// The plane of the dual variables.
    fn begin(&mut self) {
        for (row, dual) in self.problem.rows.iter().zip(&self.duals).filter(|(_, dual)| **dual != 0.0) {
            let sign = if let Goal::Signs(signs) = self.problem.goal { signs[*row] } else { 1.0 };
            self.of.add(&mut self.plane, *row, sign * dual);
        }
    }

    /// One pass over the active rows in random order; `visit` says what each needs.
    fn pass(&mut self, random: &mut SplitMix64, mut visit: impl FnMut(&Self, usize) -> Verdict) {
        random.shuffle(&mut self.order[..self.active]);
        let mut place = 0;
        while place < self.active {
            let at = self.order[place];
            match visit(self, at) {
                Verdict::Settled => {
                    self.active -= 1;
                    self.order.swap(place, self.active);
                    continue;
                }
                Verdict::Step(step) if step != 0.0 => {
                    self.of.add(&mut self.plane, self.problem.rows[at], step);
                }
                _ => {}
            }
            place += 1;
        }
    }

    /// Wakes the rows that have settled; whether there were any.
    fn wake(&mut self) -> bool {
        let slept = self.active < self.order.len();
        self.active = self.order.len();
        slept
    }

    /// Parts the rows by sign: Hsieh et al., algorithm 3. Whether it converged.
    fn part(&mut self, signs: &[f64]) -> bool {
        let mut random = SplitMix64::new(self.of.seed);
        // The greatest and the least projected gradient of the pass before: beyond them, a row at its bound rests.
        let mut range = (f64::NEG_INFINITY, f64::INFINITY);
        for _ in 0..self.of.max_iterations {
            let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
            let mut duals = std::mem::take(&mut self.duals);
            self.pass(&mut random, |state, at| {
                let row = state.problem.rows[at];
                let (curvature, bound) = state.of.curvature(state.problem.bounds[row]);
                let (sign, dual) = (signs[row], &mut duals[at]);
                let gradient = sign * state.of.decide(&state.plane, row) - 1.0 + curvature * *dual;
                let (low, high) = (*dual == 0.0, *dual >= bound);
                if (low && gradient > range.1) || (high && gradient < range.0) {
                    return Verdict::Settled;
                }
                let projected = if (low && gradient > 0.0) || (high && gradient < 0.0) { 0.0 } else { gradient };
                (least, greatest) = (least.min(projected), greatest.max(projected));
                if projected.abs() <= SHORTEST {
                    return Verdict::Stay;
                }
                let before = *dual;
                *dual = (before - gradient / state.squares[at]).clamp(0.0, bound);
                Verdict::Step((*dual - before) * sign)
            });
            self.duals = duals;
            if greatest - least <= self.of.tolerance {
                if !self.wake() {
                    return true;
                }
                range = (f64::NEG_INFINITY, f64::INFINITY);
            } else {
                range.0 = if least >= 0.0 { f64::NEG_INFINITY } else { least };
                range.1 = if greatest <= 0.0 { f64::INFINITY } else { greatest };
            }
        }
        false
    }

    /// Follows values up to `epsilon`: Ho and Lin, algorithm 4. Whether it converged.
    fn follow(&mut self, values: &[f64], epsilon: f64) -> bool {
        let mut random = SplitMix64::new(self.of.seed);
        let (mut limit, mut first) = (f64::INFINITY, None);
        for _ in 0..self.of.max_iterations {
            let (mut worst, mut total) = (0.0f64, 0.0);
            let mut duals = std::mem::take(&mut self.duals);
            self.pass(&mut random, |state, at| {
                let row = state.problem.rows[at];
                let (curvature, bound) = state.of.curvature(state.problem.bounds[row]);
                let (dual, square) = (&mut duals[at], state.squares[at]);
                let gradient = state.of.decide(&state.plane, row) - values[row] + curvature * *dual;
                let (up, down) = (gradient + epsilon, gradient - epsilon);
                let Some(violation) = violation(*dual, bound, up, down, limit) else { return Verdict::Settled };
                worst = worst.max(violation);
                total += violation;
                let newton = if up < square * *dual {
                    -up / square
                } else if down > square * *dual {
                    -down / square
                } else {
                    -*dual
                };
                if newton.abs() < SHORTEST {
                    return Verdict::Stay;
                }
                let before = *dual;
                *dual = (before + newton).clamp(-bound, bound);
                Verdict::Step(*dual - before)
            });
            self.duals = duals;
            if total <= self.of.tolerance * *first.get_or_insert(total) {
                if !self.wake() {
                    return true;
                }
                limit = f64::INFINITY;
            } else {
                limit = worst;
            }
        }
        false
    }
}

/// How far a row is from the optimum's conditions; none for one that has settled.
fn violation(dual: f64, bound: f64, up: f64, down: f64, limit: f64) -> Option<f64> {
    if dual == 0.0 {
        let settled = up > limit && down < -limit;
        return (!settled).then(|| (-up).max(down).max(0.0));
    }
    if dual >= bound {
        return (up >= -limit).then(|| up.max(0.0));
    }
    if dual <= -bound {
        return (down <= limit).then(|| (-down).max(0.0));
    }
    Some(if dual > 0.0 { up.abs() } else { down.abs() })
}
