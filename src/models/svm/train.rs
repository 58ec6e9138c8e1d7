//! Fitting: one machine for two classes or for numbers, one a class for several, and their probabilities.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::kernel::{self, Kernel, KernelMatrix};
use super::linear::Linear;
use super::model::{Answer, Machine, Rule};
use super::platt::Platt;
use super::temperature::{Temperature, Unseen};
use super::{Kind, Svm, smo};
use crate::data::{Block, Matrix, SplitMix64, Target};
use crate::error::Result;
use crate::models::FitContext;
use crate::models::lanes::Vectors;
use crate::models::linear_model::{LinearModel, Link};
use crate::models::moments::moments;
use crate::models::stopping::originals;
use crate::models::weighted::mean;

/// Folds, from which the decisions come that probabilities are fitted on.
const FOLDS: usize = 5;
/// So many rows are enough for the one or two numbers of a probability; no further fold is held out.
const ENOUGH: usize = 4000;

/// What a machine is to do.
#[derive(Clone, Copy)]
pub enum Goal<'a> {
    /// Part the rows: +1 or -1 for each of all rows.
    Signs(&'a [f64]),
    /// Follow a value of each of all rows.
    Values {
        /// The values.
        values: &'a [f64],
        /// Errors that cost nothing.
        epsilon: f64,
    },
}

/// What one machine is fitted on.
pub struct Problem<'a> {
    /// The rows it sees.
    pub rows: &'a [usize],
    /// What it is to do.
    pub goal: Goal<'a>,
    /// What an error costs, for each of all rows.
    pub bounds: &'a [f64],
    /// Dual variables of all rows, to begin at; 0 where none are given, and with a kernel.
    pub from: Option<&'a [f64]>,
}

/// What a machine decides by: a term for each feature, or for each training row with a kernel.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Of the dense features, then of the sparse ones; or of all training rows.
    pub terms: Vec<f64>,
    /// The decision where all else is 0.
    pub intercept: f64,
    /// The dual variable of each of all rows, without a kernel.
    pub duals: Vec<f64>,
    /// Whether the fit came to an end by itself.
    pub converged: bool,
}

/// How machines are fitted.
pub enum Solver {
    /// Without a kernel.
    Linear(Linear),
    /// With one.
    Kernel {
        /// The kernel.
        kernel: Kernel,
        /// The training rows.
        vectors: Vectors,
        /// The kernel of each pair of them.
        matrix: KernelMatrix,
    },
}

impl Solver {
    /// For the rows of a matrix.
    ///
    /// # Errors
    /// Exit code 2 for more rows than a kernel takes.
    pub fn new(svm: &Svm, squared: bool, x: &Matrix, seed: u64) -> Result<Self> {
        let gamma = || svm.gamma.unwrap_or_else(|| kernel::scale(x));
        let kernel = match svm.kernel {
            Kind::Linear => {
                let (tolerance, max_iterations) = (svm.tolerance, svm.max_iterations);
                let vectors = Vectors::new(x);
                return Ok(Self::Linear(Linear { vectors, squared, tolerance, max_iterations, seed }));
            }
            Kind::Rbf => Kernel::Rbf { gamma: gamma() },
            Kind::Poly => Kernel::Poly { gamma: gamma(), degree: svm.degree, coef0: svm.coef0 },
        };
        let vectors = Vectors::new(x);
        let matrix = KernelMatrix::new(kernel, x, &vectors)?;
        Ok(Self::Kernel { kernel, vectors, matrix })
    }

    /// Whether the square of every row is a number: steps of a machine are divided by it, and would all be 0.
    pub fn is_bearable(&self) -> bool {
        let (Self::Linear(Linear { vectors, .. }) | Self::Kernel { vectors, .. }) = self;
        (0..vectors.rows()).all(|row| vectors.square(row).is_finite())
    }

    /// The decision for a training row.
    fn decide(&self, decision: &Decision, row: usize) -> f64 {
        match self {
            Self::Linear(linear) => linear.decide(decision, row),
            Self::Kernel { matrix, .. } => {
                let terms = decision.terms.iter().zip(matrix.row(row)).filter(|(term, _)| **term != 0.0);
                terms.fold(decision.intercept, |sum, (term, kernel)| sum + term * f64::from(*kernel))
            }
        }
    }

    /// Several decisions as what a model holds.
    fn rule(self, x: &Matrix, decisions: &[Decision]) -> Rule {
        let intercepts = decisions.iter().map(|decision| decision.intercept).collect();
        let terms = |at: usize| decisions.iter().map(move |decision| decision.terms[at]);
        match self {
            Self::Linear(_) => Rule::Plane(LinearModel {
                intercepts,
                coefficients: places(x).into_iter().flat_map(terms).collect(),
                ..LinearModel::new("svm", Link::Identity, &moments(x, None))
            }),
            Self::Kernel { kernel, vectors, .. } => {
                let support: Vec<usize> = (0..x.rows).filter(|row| terms(*row).any(|term| term != 0.0)).collect();
                let coefficients = support.iter().flat_map(|row| terms(*row)).collect();
                Rule::Kernel { kernel, vectors: vectors.select(&support), intercepts, coefficients }
            }
        }
    }
}

/// Where each feature's term is: the dense ones come first.
fn places(x: &Matrix) -> Vec<usize> {
    let is_dense = |block: &Block| matches!(block, Block::Dense(_));
    let mut sparse: usize = x.blocks.iter().filter(|block| is_dense(block)).map(Block::width).sum();
    let mut dense = 0;
    let mut places = Vec::with_capacity(x.width());
    for block in &x.blocks {
        let next = if is_dense(block) { &mut dense } else { &mut sparse };
        places.extend(*next..*next + block.width());
        *next += block.width();
    }
    places
}

/// One fit of the algorithm.
pub struct Job<'a> {
    /// Its parameters.
    pub svm: &'a Svm,
    /// The training rows.
    pub x: &'a Matrix,
    /// Their weights.
    pub weights: Option<&'a [f64]>,
    /// What an error in each of them costs.
    pub bounds: Vec<f64>,
    /// How machines are fitted.
    pub solver: Solver,
    /// Seed and progress.
    pub context: &'a FitContext<'a>,
}

impl Job<'_> {
    /// Machines for classes: class 1 against class 0, or each of several against the rest.
    pub fn classes(self, codes: &[u32], classes: usize, held_out: &HeldOut) -> Machine {
        let unit = mean(&self.weights.map_or_else(|| vec![1.0; codes.len()], |w| w.to_vec()), None);
        let weight = |row: &usize| self.weights.map_or(1.0, |weights| weights[*row]) / unit;
        let weights: Vec<f64> = held_out.rows.iter().map(weight).collect();
        let wanted: Vec<u32> = if classes == 2 { vec![1] } else { (0..classes as u32).collect() };
        let (done, total) = (AtomicUsize::new(0), wanted.len() * (held_out.folds + 1));
        (self.context.progress)(0, total);
        let tick = || (self.context.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        let one = |class: &u32| {
            let signs: Vec<f64> = codes.iter().map(|code| if code == class { 1.0 } else { -1.0 }).collect();
            if signs.iter().all(|sign| *sign < 0.0) {
                let terms = vec![0.0; self.terms()];
                return (Decision { terms, intercept: 0.0, duals: Vec::new(), converged: true }, None);
            }
            let all: Vec<usize> = (0..codes.len()).collect();
            let bounds = self.bounds_of(*class, codes, classes);
            let fit = |rows: &[usize], from| self.fit(rows, Goal::Signs(&signs), &bounds, from);
            let decision = fit(&all, None);
            tick();
            let unseen = self.held_out(&signs, held_out, &|rows| {
                let decision = fit(rows, Some(decision.duals.as_slice()).filter(|duals| !duals.is_empty()));
                tick();
                decision
            });
            (Decision { duals: Vec::new(), ..decision }, Some(unseen))
        };
        let fitted: Vec<(Decision, Option<Vec<f64>>)> = wanted.par_iter().map(one).collect();
        let (decisions, unseen): (Vec<Decision>, Vec<Option<Vec<f64>>>) = fitted.into_iter().unzip();
        let codes: Vec<u32> = held_out.rows.iter().map(|row| codes[*row]).collect();
        let answer = match unseen.as_slice() {
            [Some(unseen)] => {
                let signs: Vec<f64> = codes.iter().map(|code| if *code == 1 { 1.0 } else { -1.0 }).collect();
                Answer::Binary { platt: Platt::fit(unseen, &signs, &weights) }
            }
            unseen => Answer::Multiclass {
                temperature: Temperature::fit(&Unseen::new(unseen, &codes, &weights)),
                present: unseen.iter().map(Option::is_some).collect(),
            },
        };
        self.machine(&decisions, answer)
    }

    /// A machine for numbers.
    pub fn values(self, values: &[f64]) -> Machine {
        (self.context.progress)(0, 1);
        let centre = mean(values, self.weights);
        let squares: Vec<f64> = values.iter().map(|v| (v - centre) * (v - centre)).collect();
        let deviation = mean(&squares, self.weights).sqrt();
        let scale = if deviation > 0.0 { deviation } else { 1.0 };
        let units: Vec<f64> = values.iter().map(|v| (v - centre) / scale).collect();
        let all: Vec<usize> = (0..values.len()).collect();
        let decision = self.fit(&all, Goal::Values { values: &units, epsilon: self.svm.epsilon }, &self.bounds, None);
        (self.context.progress)(1, 1);
        self.machine(&[decision], Answer::Value { mean: centre, scale })
    }

    /// What an error costs the machine of a class. With class weights, one of several classes is weighed against the
    /// rest, which is not, as LIBLINEAR has it: with all rows weighed, frequent classes would lose where they are
    /// told from one another.
    fn bounds_of(&self, class: u32, codes: &[u32], classes: usize) -> Cow<'_, [f64]> {
        let Some(weights) = self.context.class_weights.filter(|_| classes > 2) else { return (&self.bounds).into() };
        let of = |(bound, code): (&f64, &u32)| if *code == class { *bound } else { bound / weights[*code as usize] };
        self.bounds.iter().zip(codes).map(of).collect()
    }

    fn fit(&self, rows: &[usize], goal: Goal, bounds: &[f64], from: Option<&[f64]>) -> Decision {
        let problem = Problem { rows, goal, bounds, from };
        match &self.solver {
            Solver::Linear(linear) => linear.fit(&problem),
            Solver::Kernel { matrix, .. } => smo::fit(matrix, &problem, self.svm.tolerance, self.svm.max_iterations),
        }
    }

    /// Number of terms of a decision.
    fn terms(&self) -> usize {
        if self.svm.kernel == Kind::Linear { self.x.width() } else { self.x.rows }
    }

    /// For each row held out the decision of a machine that `fit` makes of rows without it; where these are of one class
    /// only, its sign.
    fn held_out(&self, signs: &[f64], held_out: &HeldOut, fit: &(dyn Fn(&[usize]) -> Decision + Sync)) -> Vec<f64> {
        let of_fold = |fold: usize| {
            let seen: Vec<usize> = (0..signs.len()).filter(|row| held_out.fold_of[*row] != fold).collect();
            let only = seen.first().map(|row| signs[*row]).filter(|sign| seen.iter().all(|row| signs[*row] == *sign));
            (only.is_none().then(|| fit(&seen)), only.unwrap_or_default())
        };
        let machines: Vec<(Option<Decision>, f64)> = (0..held_out.folds).into_par_iter().map(of_fold).collect();
        let decide = |row: &usize| match &machines[held_out.fold_of[*row]] {
            (Some(decision), _) => self.solver.decide(decision, *row),
            (None, sign) => *sign,
        };
        held_out.rows.iter().map(decide).collect()
    }

    fn machine(self, decisions: &[Decision], answer: Answer) -> Machine {
        let notes = if decisions.iter().all(|decision| decision.converged) {
            Vec::new()
        } else {
            vec!["`svm` stopped before converging (scale the features, or raise `max_iterations`)".to_owned()]
        };
        Machine { rule: self.solver.rule(self.x, decisions), answer, notes }
    }
}

/// The rows that probabilities are fitted on.
pub struct HeldOut {
    /// Fold of each training row.
    fold_of: Vec<usize>,
    /// So many of the folds, from the first, are held out one after the other.
    folds: usize,
    /// The rows of these, rising.
    rows: Vec<usize>,
}

impl HeldOut {
    /// The rows of each class in random order are dealt out to the folds, each with its copies, for a machine that knows
    /// one of them has seen them all.
    pub fn new(y: &Target, context: &FitContext) -> Self {
        let mut random = SplitMix64::new(context.seed);
        let (mut fold_of, mut dealt) = (vec![0; y.len()], 0);
        for mut of_class in originals(y, context.copies) {
            random.shuffle(&mut of_class);
            for row in of_class {
                row.iter().for_each(|copy| fold_of[*copy] = dealt % FOLDS);
                dealt += 1;
            }
        }
        let folds = (FOLDS * ENOUGH).div_ceil(dealt.max(1)).min(FOLDS);
        let rows = (0..fold_of.len()).filter(|row| fold_of[*row] < folds).collect();
        Self { fold_of, folds, rows }
    }
}
