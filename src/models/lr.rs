//! `lr`: logistic regression.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::linear_model::{LinearModel, Link};
use super::logistic::{Problem, Solution};
use super::moments::moments;
use super::{Entry, Estimator, FitContext, FittedModel, MUCH, Task, checks, linear_model, lr_linfa};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "lr",
    version: 3,
    summary: "logistic regression with an L2, an L1, both or no penalty, as scikit-learn's LogisticRegression",
    tasks: &[Task::Binary, Task::Multiclass],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: true,
    schema: yaml::schema::<Lr>,
    build: |params| {
        let lr: Lr = params.to()?;
        lr.check(params)?;
        Ok(Box::new(lr))
    },
    load: linear_model::load,
};

#[derive(Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Solver {
    /// The project's own L-BFGS: every penalty, weights, sparse features as they are.
    Lbfgs,
    /// linfa-logistic: the penalty `l2`, no weights, one-hot columns made dense.
    Linfa,
}

#[derive(Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Penalty {
    /// ||w||² / 2.
    L2,
    /// |w|, which makes coefficients 0.
    L1,
    /// l1_ratio |w| + (1 - l1_ratio) ||w||² / 2.
    Elasticnet,
    /// No penalty.
    None,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Lr {
    /// What is kept small beside the log loss. The intercept is free.
    penalty: Penalty,
    /// Inverse strength of the penalty: minimises c * log loss summed over the (weighted) rows + penalty.
    #[schemars(extend("exclusiveMinimum" = 0))]
    c: f64,
    /// With `elasticnet` alone: share of the L1 penalty, from 0 to 1; 0.5 where none is given.
    l1_ratio: Option<f64>,
    /// What finds the coefficients.
    solver: Solver,
    /// Stop once the gradient of the mean log loss is shorter than this, with features at a common scale (`linfa`: as they
    /// are); or once the penalty alone makes sure that what is minimised cannot fall by more than the square of 100
    /// times this, and 0.0001 at the most, of itself.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    tolerance: f64,
    /// Stop here at the latest.
    #[schemars(range(min = 1, max = 100_000))]
    max_iterations: u64,
}

impl Default for Lr {
    fn default() -> Self {
        Self {
            penalty: Penalty::L2,
            c: 1.0,
            l1_ratio: None,
            solver: Solver::Lbfgs,
            tolerance: 1e-4,
            max_iterations: 500,
        }
    }
}

impl Lr {
    fn check(&self, params: &Node) -> Result<()> {
        checks::param(params, "c", self.c > 0.0 && self.c < 1e30, "a number above 0")?;
        let free = self.penalty == Penalty::None;
        checks::param(params, "c", !free || self.c == 1.0, "1 where `penalty` is `none`")?;
        let ratio = self.l1_ratio.is_none_or(|ratio| (0.0..=1.0).contains(&ratio));
        checks::param(params, "l1_ratio", ratio, "a number from 0 to 1, or null")?;
        let ratio = self.l1_ratio.is_none() || self.penalty == Penalty::Elasticnet;
        checks::param(params, "l1_ratio", ratio, "null unless `penalty` is `elasticnet`")?;
        checks::param(params, "tolerance", self.tolerance > 0.0 && self.tolerance < 1.0, "a number above 0, below 1")?;
        let iterations = (1..=100_000).contains(&self.max_iterations);
        checks::param(params, "max_iterations", iterations, "a number from 1 to 100000")?;
        let able = self.solver == Solver::Lbfgs || self.penalty == Penalty::L2;
        checks::param(params, "penalty", able, "`l2` where `solver` is `linfa`")
            .map_err(|error| error.hint("leave out `solver`: `lbfgs` takes every penalty"))
    }

    /// Strengths of the L1 and the L2 penalty. scikit-learn minimises c times the log loss + penalty, the
    /// solvers the log loss + a penalty 1 / c as strong.
    fn strengths(&self) -> (f64, f64) {
        let l1 = match self.penalty {
            Penalty::None => return (0.0, 0.0),
            Penalty::L2 => 0.0,
            Penalty::L1 => 1.0,
            Penalty::Elasticnet => self.l1_ratio.unwrap_or(0.5),
        };
        (l1 / self.c, (1.0 - l1) / self.c)
    }

    fn solve(&self, problem: &Problem) -> Result<Solution> {
        let solution = match self.solver {
            Solver::Lbfgs => problem.solve(),
            Solver::Linfa => lr_linfa::solve(problem)?,
        };
        if solution.intercepts.iter().chain(&solution.coefficients).all(|v| v.is_finite()) {
            return Ok(solution);
        }
        Err(Error::failure("`lr` cannot be fitted: its coefficients are no numbers")
            .hint("add a `scale` step to `features.learned`"))
    }

    /// Says so where the fit stopped before its gradient was as short as asked for.
    fn convergence(&self, gradient: f64) -> Option<String> {
        let help = match self.solver {
            Solver::Lbfgs => "raise `max_iterations`, or lower `c`",
            Solver::Linfa => "scale the features, or raise `max_iterations`",
        };
        (gradient > self.tolerance).then(|| {
            format!(
                "`lr` stopped before converging: gradient {gradient:.1e} per row, tolerance {:.1e} ({help})",
                self.tolerance
            )
        })
    }
}

impl Estimator for Lr {
    fn is_parallel(&self, bytes: usize, _: &Target) -> bool {
        self.solver == Solver::Lbfgs && bytes >= MUCH
    }

    fn is_linear(&self) -> bool {
        true
    }
    fn check_weights(&self) -> Result<()> {
        match self.solver {
            Solver::Lbfgs => Ok(()),
            Solver::Linfa => checks::no_weights("lr", Some(&[]))
                .map_err(|error| error.hint("leave out the weights, or `solver: linfa`: `lbfgs` takes them")),
        }
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let Target::Classes { codes, classes } = y else { return Err(checks::wrong_task("lr")) };
        if weights.is_some() {
            self.check_weights()?;
        }
        checks::all_finite("lr", x)?;
        let present = Present::new(codes, *classes);
        if present.classes.len() < 2 {
            return Err(Error::data("`lr` cannot be fitted: all training rows are of one class"));
        }
        (context.progress)(0, 1);
        let moments = moments(x, weights);
        let (l1, l2) = self.strengths();
        let solution = self.solve(&Problem {
            x,
            moments: &moments,
            codes: &present.codes,
            outputs: if *classes == 2 { 1 } else { present.classes.len() },
            weights,
            l1,
            l2,
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
            threads: context.threads,
        })?;
        let notes = self.convergence(solution.gradient).into_iter().collect();
        let (link, solution) = match classes {
            2 => (Link::Logistic, solution),
            _ => (Link::Softmax, present.expand(solution, *classes)),
        };
        (context.progress)(1, 1);
        Ok(Box::new(LinearModel {
            intercepts: solution.intercepts,
            coefficients: solution.coefficients,
            notes,
            ..LinearModel::new("lr", link, &moments)
        }))
    }
}

/// The classes that have rows.
struct Present {
    classes: Vec<usize>,
    /// Code of each row among them.
    codes: Vec<u32>,
}

impl Present {
    fn new(codes: &[u32], classes: usize) -> Self {
        let mut seen = vec![false; classes];
        codes.iter().for_each(|code| seen[*code as usize] = true);
        let present: Vec<usize> = (0..classes).filter(|class| seen[*class]).collect();
        let mut place = vec![0; classes];
        present.iter().enumerate().for_each(|(at, class)| place[*class] = at as u32);
        Self { classes: present, codes: codes.iter().map(|code| place[*code as usize]).collect() }
    }

    /// The solution for all classes; those without rows never win.
    fn expand(&self, found: Solution, classes: usize) -> Solution {
        let outputs = self.classes.len();
        let mut intercepts = vec![f64::NEG_INFINITY; classes];
        let mut coefficients = vec![0.0; found.coefficients.len() / outputs * classes];
        for (at, class) in self.classes.iter().enumerate() {
            intercepts[*class] = found.intercepts[at];
            for (feature, of_feature) in found.coefficients.chunks_exact(outputs).enumerate() {
                coefficients[feature * classes + class] = of_feature[at];
            }
        }
        Solution { intercepts, coefficients, gradient: found.gradient }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::data::{Block, SparseBlock};
    use crate::yaml::parse;

    fn build(params: &str) -> Result<Box<dyn Estimator>> {
        (ENTRY.build)(&parse(params, "train.yaml").unwrap())
    }

    /// A wave, a category of three levels, and a class of two or three that follows both; enough rows for
    /// several parts of the sums.
    fn sample(rows: usize, classes: usize) -> (Matrix, Target, Vec<f64>) {
        let wave: Vec<f64> = (0..rows).map(|row| (row * 37 % 101) as f64 / 50.0 - 1.0).collect();
        let indices: Vec<u32> = (0..rows).map(|row| (row * 7 % 23 % 3) as u32).collect();
        let code = |row: usize| {
            let value = wave[row] + f64::from(indices[row]) + (row * 29 % 31) as f64 / 10.0;
            ((value > 2.0) as u32 + (value > 3.0) as u32).min(classes as u32 - 1)
        };
        let y = Target::Classes { codes: (0..rows).map(code).collect(), classes };
        let weights = (0..rows).map(|row| 0.3 + (row % 5) as f64).collect();
        let sparse = SparseBlock { width: 3, starts: (0..=rows).collect(), values: vec![1.0; rows], indices };
        let blocks = vec![Block::Dense(vec![wave]), Block::Sparse(sparse)];
        (Matrix { rows, names: (0..4).map(|at| format!("f{at}")).collect(), blocks }, y, weights)
    }

    fn context(threads: usize) -> FitContext<'static> {
        FitContext::of(1, threads)
    }

    #[test]
    fn the_parts_of_many_rows_add_up_to_the_same_bytes_at_any_number_of_threads() {
        for (classes, params) in [(2, "{}"), (3, "{penalty: elasticnet}")] {
            let (x, y, weights) = sample(20_000, classes);
            let fit = |threads| build(params).unwrap().fit(&x, &y, Some(&weights), &context(threads)).unwrap();
            let first = fit(1).encode().unwrap();
            for threads in [1, 2, 8] {
                assert!(fit(threads).encode().unwrap() == first, "{classes} classes at {threads} threads");
            }
        }
    }

    #[test]
    fn what_it_cannot_do_is_refused() {
        for (params, expected) in [
            ("{c: 0}", "expected a number above 0, found the integer `0`"),
            ("{penalty: none, c: 2}", "expected 1 where `penalty` is `none`, found the integer `2`"),
            ("{l1_ratio: 0.5}", "expected null unless `penalty` is `elasticnet`"),
            ("{penalty: elasticnet, l1_ratio: 1.5}", "expected a number from 0 to 1, or null"),
            ("{penalty: l1, solver: linfa}", "expected `l2` where `solver` is `linfa`, found the text `l1`"),
            ("{penalty: l3}", "l3"),
        ] {
            let message = build(params).err().unwrap().message().to_owned();
            assert!(message.contains(expected), "{params}: {message}");
        }
        let (x, y, weights) = sample(100, 2);
        let error = build("{solver: linfa}").unwrap().fit(&x, &y, Some(&weights), &context(1)).err().unwrap();
        assert!(error.message().contains("takes no sample or class weights"), "{error:?}");
        assert!(error.hint_text().unwrap().contains("`lbfgs` takes them"), "{error:?}");
    }

    #[test]
    fn a_fit_that_did_not_converge_says_so() {
        let (x, y, _) = sample(500, 3);
        for solver in ["lbfgs", "linfa"] {
            let params = format!("{{solver: {solver}, max_iterations: 2, tolerance: 1.0e-9}}");
            let notes = build(&params).unwrap().fit(&x, &y, None, &context(1)).unwrap().notes();
            assert!(notes.len() == 1 && notes[0].contains("stopped before converging"), "{solver}: {notes:?}");
        }
    }

    /// Whatever stops the search.
    #[test]
    fn the_loss_is_as_near_its_least_as_the_tolerance_says() {
        let (x, y, weights) = sample(2_000, 3);
        let Target::Classes { codes, .. } = &y else { unreachable!() };
        let loss = |params: &str| {
            let model = build(params).unwrap().fit(&x, &y, Some(&weights), &context(1)).unwrap();
            assert!(model.notes().is_empty(), "{params}: {:?}", model.notes());
            let scores = model.predict(&x).unwrap();
            let of_row = |(row, code): (usize, &u32)| -weights[row] * scores.row(row)[*code as usize].ln();
            let model: LinearModel = codec::decode(&model.encode().unwrap()).unwrap();
            let squares: f64 = model.coefficients.iter().map(|w| w * w).sum();
            codes.iter().enumerate().map(of_row).sum::<f64>() + squares / 2.0
        };
        let least = loss("{tolerance: 1.0e-9}");
        for (params, most) in [("{}", 1e-4), ("{tolerance: 0.1}", 1e-1), ("{tolerance: 1.0e-5}", 1e-6)] {
            let off = loss(params) / least - 1.0;
            assert!((-1e-12..=most).contains(&off), "{params}: {off:e} above the least loss");
        }
        assert!(loss("{tolerance: 0.1}") / least - 1.0 > 1e-9, "a loose tolerance saves nothing");
    }

    /// The sum of two features that nearly coincide tells nothing, their difference all: a direction along which the loss
    /// is so flat that its gradient is short far from the least.
    #[test]
    fn features_that_nearly_coincide_are_told_apart() {
        let one: Vec<f64> = (0..20_000).map(|row| f64::from(row * 37 % 101) / 50.0 - 1.0).collect();
        let apart: Vec<f64> = (0..20_000).map(|row| f64::from(row * 29 % 31) / 15.0 - 1.0).collect();
        let y = Target::Classes { codes: apart.iter().map(|apart| u32::from(*apart > 0.0)).collect(), classes: 2 };
        let two = one.iter().zip(&apart).map(|(one, apart)| one + 0.02 * apart).collect();
        let x =
            Matrix { rows: 20_000, names: vec![String::new(); 2].into(), blocks: vec![Block::Dense(vec![one, two])] };
        let loss = |params: &str| {
            let scores = build(params).unwrap().fit(&x, &y, None, &context(2)).unwrap().predict(&x).unwrap();
            let Target::Classes { codes, .. } = &y else { unreachable!() };
            codes.iter().enumerate().map(|(row, code)| -scores.row(row)[*code as usize].ln()).sum::<f64>() / 2e4
        };
        for params in ["c: 1", "c: 100"] {
            let (found, least) = (loss(&format!("{{{params}}}")), loss(&format!("{{{params}, tolerance: 1.0e-9}}")));
            assert!(found < least + 0.01 && least < 0.6, "{params}: {found} {least}");
        }
    }

    /// Without a penalty nothing holds the coefficients of classes that a feature tells apart; they stay numbers.
    #[test]
    fn classes_that_a_feature_tells_apart_are_told_apart() {
        let column = (0..50).map(f64::from).collect();
        let x = Matrix { rows: 50, names: vec!["a".to_owned()].into(), blocks: vec![Block::Dense(vec![column])] };
        let y = Target::Classes { codes: (0..50).map(|row| u32::from(row > 30)).collect(), classes: 2 };
        let model = build("{penalty: none}").unwrap().fit(&x, &y, None, &context(1)).unwrap();
        let scores = model.predict(&x).unwrap().column(1);
        assert!(scores[29] < 0.01 && scores[32] > 0.99 && scores.iter().all(|p| p.is_finite()), "{scores:?}");
    }
}
