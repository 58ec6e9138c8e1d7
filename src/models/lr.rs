//! `lr`: logistic regression.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::linear_model::{LinearModel, Link};
use super::logistic::{Problem, Solution};
use super::moments::moments;
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, linear_model, lr_linfa};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "lr",
    version: 2,
    summary: "logistic regression with an L2, an L1 or both penalties, as scikit-learn's LogisticRegression",
    tasks: &[Task::Binary, Task::Multiclass],
    takes_weights: true,
    takes_missing: false,
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
    /// Stop once the gradient of the mean log loss is shorter than this, with features at a common scale
    /// (`linfa`: as they are).
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
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let Target::Classes { codes, classes } = y else { return Err(checks::wrong_task("lr")) };
        if self.solver == Solver::Linfa {
            checks::no_weights("lr: {solver: linfa}", weights)
                .map_err(|error| error.hint("leave out the weights, or `solver`: `lbfgs` takes them"))?;
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
            name: "lr".to_owned(),
            link,
            intercepts: solution.intercepts,
            coefficients: solution.coefficients,
            deviations: moments.iter().map(|moments| moments.deviation).collect(),
            notes,
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
