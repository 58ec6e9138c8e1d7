//! `svm`: support vector machines, linear ones (LIBLINEAR's way) and those of kernels (LIBSVM's way).
//!
//! Our own, since the libraries miss what is promised. On 4000 rows of 10 numbers with an RBF kernel and a busy
//! machine, scikit-learn took 0.5 s, linfa-svm 7.5 s and smartcore 50 s and more, each to the same decisions within
//! .02. Neither takes row weights or sparse rows, and linfa's kernels take the system's `exp`.

mod descent;
mod kernel;
mod linear;
mod model;
mod platt;
mod smo;
mod temperature;
#[cfg(test)]
mod tests;
mod train;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Entry, Estimator, FitContext, FittedModel, MUCH, Task, checks};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "svm",
    version: 3,
    summary: "support vector machines, linear as scikit-learn's LinearSVC and LinearSVR, or with a kernel as its SVC and \
              SVR, on at most 10,000 rows; several classes one against the rest; probabilities by Platt scaling, \
              of several classes by temperature scaling",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: true,
    schema: yaml::schema::<Svm>,
    build: |params| {
        let svm: Svm = params.to()?;
        svm.check(params)?;
        Ok(Box::new(Svm { at: params.get("loss").cloned(), ..svm }))
    },
    load: model::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Svm {
    /// The shape of what parts the classes or follows the values. Kernels need 4 bytes for each pair of training rows,
    /// 400 MB for the 10,000 rows they take at most.
    kernel: Kind,
    /// Inverse strength of the penalty: minimises c * loss summed over the rows + ||w||² / 2. The intercept is
    /// penalised with a linear kernel, as in LIBLINEAR, and as there, class weights weigh each of several classes
    /// against the rest, which counts 1.
    #[schemars(extend("exclusiveMinimum" = 0))]
    c: f64,
    /// What a row on the wrong side, or too far off, costs. Kernels take `hinge` and `epsilon_insensitive` alone.
    /// Where none is given, `squared_hinge` for classes, `hinge` with kernels, and `epsilon_insensitive` for numbers.
    loss: Option<Loss>,
    /// For numbers: errors up to this cost nothing, in standard deviations of the target, which is scaled to a mean of 0
    /// and a deviation of 1.
    #[schemars(range(min = 0.0))]
    epsilon: f64,
    /// Of `rbf` and `poly`. Where none is given, 1 / (features * variance of all values), as scikit-learn's `scale`.
    #[schemars(extend("exclusiveMinimum" = 0))]
    gamma: Option<f64>,
    /// Of `poly`.
    #[schemars(range(min = 1, max = 20))]
    degree: u32,
    /// Of `poly`.
    coef0: f64,
    /// Stop once the conditions of the optimum are met this closely.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    tolerance: f64,
    /// Stop here at the latest: rounds over all rows, or with a kernel as many steps as rounds times rows.
    #[schemars(range(min = 1, max = 1_000_000))]
    max_iterations: usize,
    #[serde(skip)]
    #[schemars(skip)]
    at: Option<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// A plane.
    #[default]
    Linear,
    /// exp(-gamma ||x - y||²).
    Rbf,
    /// (gamma x·y + coef0)^degree.
    Poly,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Loss {
    /// For classes: how far a row is from the right side of the margin.
    Hinge,
    /// For classes: the square of that.
    SquaredHinge,
    /// For numbers: how much the error is above `epsilon`.
    EpsilonInsensitive,
    /// For numbers: the square of that.
    SquaredEpsilonInsensitive,
}

impl Default for Svm {
    fn default() -> Self {
        Self {
            kernel: Kind::Linear,
            c: 1.0,
            loss: None,
            epsilon: 0.1,
            gamma: None,
            degree: 3,
            coef0: 0.0,
            tolerance: 1e-3,
            max_iterations: 1000,
            at: None,
        }
    }
}

impl Svm {
    fn check(&self, params: &Node) -> Result<()> {
        let above_0 = |value: f64, limit: f64| value > 0.0 && value < limit;
        checks::param(params, "c", above_0(self.c, 1e30), "a number above 0")?;
        checks::param(params, "epsilon", (0.0..1e30).contains(&self.epsilon), "a number, 0 or more")?;
        let gamma = self.gamma.is_none_or(|gamma| above_0(gamma, 1e30));
        checks::param(params, "gamma", gamma, "a number above 0, or null")?;
        checks::param(params, "degree", (1..=20).contains(&self.degree), "a number from 1 to 20")?;
        checks::param(params, "coef0", self.coef0.abs() < 1e30, "a number")?;
        checks::param(params, "tolerance", above_0(self.tolerance, 1.0), "a number above 0, below 1")?;
        let iterations = (1..=1_000_000).contains(&self.max_iterations);
        checks::param(params, "max_iterations", iterations, "a number from 1 to 1000000")?;
        let squared = matches!(self.loss, Some(Loss::SquaredHinge | Loss::SquaredEpsilonInsensitive));
        let expected = "`hinge` or `epsilon_insensitive`, which kernels take";
        checks::param(params, "loss", self.kernel == Kind::Linear || !squared, expected)
    }

    /// Whether the loss is squared, once it is one for such a target.
    fn is_squared(&self, y: &Target) -> Result<bool> {
        let fitting = match (y, self.loss) {
            (Target::Classes { .. }, None) => return Ok(self.kernel == Kind::Linear),
            (Target::Values(_), None) => return Ok(false),
            (Target::Classes { .. }, Some(loss @ (Loss::Hinge | Loss::SquaredHinge))) => {
                return Ok(loss == Loss::SquaredHinge);
            }
            (Target::Values(_), Some(loss @ (Loss::EpsilonInsensitive | Loss::SquaredEpsilonInsensitive))) => {
                return Ok(loss == Loss::SquaredEpsilonInsensitive);
            }
            (Target::Classes { .. }, _) => "`hinge` or `squared_hinge`",
            (Target::Values(_), _) => "`epsilon_insensitive` or `squared_epsilon_insensitive`",
        };
        let node = self.at.clone().unwrap_or_else(Node::empty);
        Err(node.error(format!("{} does not fit the target", node.describe())).hint(format!("use {fitting}")))
    }
}

impl Estimator for Svm {
    fn is_parallel(&self, bytes: usize, target: &Target) -> bool {
        // Without a kernel, the machines of several classes are fitted side by side.
        self.kernel != Kind::Linear || bytes >= MUCH && matches!(target, Target::Classes { classes: 3.., .. })
    }

    fn is_linear(&self) -> bool {
        self.kernel == Kind::Linear
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let squared = self.is_squared(y)?;
        checks::all_finite("svm", x)?;
        if let Target::Classes { codes, .. } = y
            && codes.iter().all(|code| Some(code) == codes.first())
        {
            return Err(Error::data("`svm` cannot be fitted: all training rows are of one class"));
        }
        let too_large = || {
            Error::data("`svm` cannot be fitted: the values are too large")
                .hint("add a `scale` step to `features.learned`")
        };
        let solver = train::Solver::new(self, squared, x, context.seed)?;
        if !solver.is_bearable() {
            return Err(too_large());
        }
        let bounds = (0..x.rows).map(|row| self.c * weights.map_or(1.0, |w| w[row])).collect();
        let job = train::Job { svm: self, x, weights, bounds, solver, context };
        let model = match y {
            Target::Classes { codes, classes } => job.classes(codes, *classes, &train::HeldOut::new(y, context)),
            Target::Values(values) => job.values(values),
        };
        if !model.is_finite() {
            return Err(too_large());
        }
        Ok(Box::new(model))
    }
}
