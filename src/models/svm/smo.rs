//! Sequential minimal optimisation as in LIBSVM: two dual variables a step, chosen by second order information
//! (Fan, Chen and Lin 2005, "working set selection 2").

use super::kernel::KernelMatrix;
use super::train::{Decision, Goal, Problem};

/// The least curvature of a step.
const TAU: f64 = 1e-12;

/// One of the dual variables, as far as it does not change.
struct Variable {
    row: usize,
    /// +1 or -1.
    sign: f64,
    bound: f64,
    /// Kernel of the row with itself.
    own: f64,
}

/// Minimises ½ Σ s s' K(r, r') a a' + Σ p a, where Σ s a = 0 and each a is from 0 to its bound.
struct Dual<'a> {
    matrix: &'a KernelMatrix,
    variables: Vec<Variable>,
    alphas: Vec<f64>,
    gradient: Vec<f64>,
}

/// The machine for a problem.
pub fn fit(matrix: &KernelMatrix, problem: &Problem, tolerance: f64, max_iterations: usize) -> Decision {
    let mut dual = Dual::new(matrix, problem);
    let most = max_iterations.saturating_mul(problem.rows.len());
    let converged = (0..most).any(|_| match dual.pair(tolerance) {
        Some((i, j)) => {
            dual.step(i, j);
            false
        }
        None => true,
    });
    dual.decision(converged)
}

impl<'a> Dual<'a> {
    fn new(matrix: &'a KernelMatrix, problem: &Problem) -> Self {
        let variable = |row: usize, sign| Variable { row, sign, bound: problem.bounds[row], own: matrix.at(row, row) };
        let rows = || problem.rows.iter().copied();
        let (variables, gradient): (Vec<Variable>, Vec<f64>) = match problem.goal {
            Goal::Signs(signs) => rows().map(|row| (variable(row, signs[row]), -1.0)).unzip(),
            Goal::Values { values, epsilon } => {
                let above = rows().map(|row| (variable(row, 1.0), epsilon - values[row]));
                above.chain(rows().map(|row| (variable(row, -1.0), epsilon + values[row]))).unzip()
            }
        };
        Self { matrix, alphas: vec![0.0; variables.len()], variables, gradient }
    }

    /// The two that break the conditions of the optimum most, unless they hold up to `tolerance`.
    fn pair(&self, tolerance: f64) -> Option<(usize, usize)> {
        let all = || self.variables.iter().zip(&self.alphas).zip(&self.gradient).enumerate();
        let (mut most, mut first) = (f64::NEG_INFINITY, None);
        for (at, ((variable, alpha), gradient)) in all() {
            let rises = if variable.sign > 0.0 { *alpha < variable.bound } else { *alpha > 0.0 };
            let gain = -variable.sign * gradient;
            if rises && gain > most {
                (most, first) = (gain, Some(at));
            }
        }
        let first = first?;
        let (kernels, own) = (self.matrix.row(self.variables[first].row), self.variables[first].own);
        let (mut least, mut best, mut second) = (f64::INFINITY, 0.0, None);
        for (at, ((variable, alpha), gradient)) in all() {
            let falls = if variable.sign > 0.0 { *alpha > 0.0 } else { *alpha < variable.bound };
            if !falls {
                continue;
            }
            let gain = -variable.sign * gradient;
            least = least.min(gain);
            let apart = most - gain;
            if apart > 0.0 {
                let curvature = (own + variable.own - 2.0 * f64::from(kernels[variable.row])).max(TAU);
                let decrease = apart * apart / curvature;
                if decrease > best {
                    (best, second) = (decrease, Some(at));
                }
            }
        }
        if most - least < tolerance { None } else { Some((first, second?)) }
    }

    /// The best values of two variables, the others as they are.
    fn step(&mut self, i: usize, j: usize) {
        let (a, b) = (&self.variables[i], &self.variables[j]);
        let (before_i, before_j) = (self.alphas[i], self.alphas[j]);
        let (kernels_i, kernels_j) = (self.matrix.row(a.row), self.matrix.row(b.row));
        let curvature = (a.own + b.own - 2.0 * f64::from(kernels_i[b.row])).max(TAU);
        // Σ s a stays: as `i` moves along its sign by some length, `j` moves against its own by the same.
        let wanted = (b.sign * self.gradient[j] - a.sign * self.gradient[i]) / curvature;
        let room_i = if a.sign > 0.0 { a.bound - before_i } else { before_i };
        let room_j = if b.sign > 0.0 { before_j } else { b.bound - before_j };
        let length = wanted.min(room_i).min(room_j);
        // A bound is met exactly, not up to a rounding.
        let moved = |before: f64, sign: f64, bound: f64, at_end: bool| match (at_end, sign > 0.0) {
            (true, true) => bound,
            (true, false) => 0.0,
            (false, _) => (before + sign * length).clamp(0.0, bound),
        };
        let after_i = moved(before_i, a.sign, a.bound, length == room_i);
        let after_j = moved(before_j, -b.sign, b.bound, length == room_j);
        (self.alphas[i], self.alphas[j]) = (after_i, after_j);
        let (step_i, step_j) = (a.sign * (after_i - before_i), b.sign * (after_j - before_j));
        for (gradient, variable) in self.gradient.iter_mut().zip(&self.variables) {
            let change = step_i * f64::from(kernels_i[variable.row]) + step_j * f64::from(kernels_j[variable.row]);
            *gradient += variable.sign * change;
        }
    }

    /// What decides: the mean of what the variables between their bounds ask for, or the middle of what is allowed.
    fn intercept(&self) -> f64 {
        let (mut low, mut high, mut sum, mut count) = (f64::NEG_INFINITY, f64::INFINITY, 0.0, 0.0);
        for ((variable, alpha), gradient) in self.variables.iter().zip(&self.alphas).zip(&self.gradient) {
            let asked = -variable.sign * gradient;
            let (at_zero, at_bound) = (*alpha <= 0.0, *alpha >= variable.bound);
            if !at_zero && !at_bound {
                sum += asked;
                count += 1.0;
            } else if at_zero == (variable.sign > 0.0) {
                low = low.max(asked);
            } else {
                high = high.min(asked);
            }
        }
        if count > 0.0 { sum / count } else { (low + high) / 2.0 }
    }

    fn decision(&self, converged: bool) -> Decision {
        let mut terms = vec![0.0; self.matrix.row(0).len()];
        for (variable, alpha) in self.variables.iter().zip(&self.alphas) {
            terms[variable.row] += variable.sign * alpha;
        }
        Decision { terms, intercept: self.intercept(), duals: Vec::new(), converged }
    }
}
