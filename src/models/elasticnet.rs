//! `elasticnet`: least squares with an L1 and an L2 penalty, through linfa-elasticnet's coordinate descent.
//!
//! It descends column by column with plain dot products, so its bits do not depend on the CPU.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_elasticnet::ElasticNet as Solver;
use ndarray::{Array1, Array2, ShapeBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

use super::linear_model::{LinearModel, Link};
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, least_squares, linear_model};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "elasticnet",
    version: 1,
    summary: "least squares with an L1 and an L2 penalty, as scikit-learn's ElasticNet",
    tasks: &[Task::Regression],
    takes_weights: false,
    takes_missing: false,
    schema: yaml::schema::<ElasticNet>,
    build: |params| {
        let net: ElasticNet = params.to()?;
        net.check(params)?;
        Ok(Box::new(net))
    },
    load: linear_model::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ElasticNet {
    /// Strength of the penalty: minimises ||y - Xw||² / (2 rows) + alpha l1_ratio |w| + alpha (1 - l1_ratio) ||w||² /
    /// 2.
    #[schemars(extend("exclusiveMinimum" = 0))]
    alpha: f64,
    /// Share of the L1 penalty, which makes coefficients 0; 1 is the lasso.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    l1_ratio: f64,
    /// Stop once the duality gap is smaller than this times ||y - mean||².
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    tolerance: f64,
    /// Stop here at the latest.
    #[schemars(range(min = 2, max = 1_000_000))]
    max_iterations: u32,
}

impl Default for ElasticNet {
    /// scikit-learn's alpha of 1 leaves next to nothing of scaled features and a target of unit size.
    fn default() -> Self {
        Self { alpha: 0.1, l1_ratio: 0.5, tolerance: 1e-4, max_iterations: 1000 }
    }
}

impl ElasticNet {
    /// Without an L1 penalty the duality gap says nothing, so 0 is left to `ridge` and `linear`.
    fn check(&self, params: &Node) -> Result<()> {
        let above_0 = |value: f64, limit: f64| value > 0.0 && value < limit;
        checks::param(params, "alpha", above_0(self.alpha, 1e30), "a number above 0 (0 is `linear`)")?;
        let l1_ratio = self.l1_ratio > 0.0 && self.l1_ratio <= 1.0;
        checks::param(params, "l1_ratio", l1_ratio, "a number above 0, up to 1 (0 is `ridge`)")?;
        checks::param(params, "tolerance", above_0(self.tolerance, 1.0), "a number above 0, below 1")?;
        let iterations = (2..=1_000_000).contains(&self.max_iterations);
        checks::param(params, "max_iterations", iterations, "a number from 2 to 1000000")
    }

    /// Coefficients of centred columns for a centred target, and what is to be said about them.
    fn solve(&self, columns: &[Vec<f64>], y: Vec<f64>) -> Result<(Vec<f64>, Option<String>)> {
        let size: f64 = y.iter().map(|v| v * v).sum();
        if size == 0.0 {
            return Ok((vec![0.0; columns.len()], None));
        }
        let failed =
            || Error::failure("`elasticnet` cannot be fitted").hint("add a `scale` step to `features.learned`");
        let shape = (y.len(), columns.len());
        let design = Array2::from_shape_vec(shape.f(), columns.concat()).map_err(|e| failed().because(e))?;
        // linfa takes the mean from the target alone, not from the features: both are centred already.
        let fitted = Solver::params()
            .penalty(self.alpha)
            .l1_ratio(self.l1_ratio)
            .tolerance(self.tolerance)
            .max_iterations(self.max_iterations)
            .with_intercept(false)
            .fit(&DatasetBase::new(design, Array1::from_vec(y)))
            .map_err(|e| failed().because(e))?;
        let coefficients = fitted.hyperplane().to_vec();
        if coefficients.iter().any(|w| !w.is_finite()) {
            return Err(failed());
        }
        let note = (fitted.duality_gap() > self.tolerance * size).then(|| {
            "`elasticnet` stopped before converging (scale the features, or raise `max_iterations`)".to_owned()
        });
        Ok((coefficients, note))
    }
}

impl Estimator for ElasticNet {
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let y = checks::values("elasticnet", y)?;
        checks::no_weights("elasticnet", weights)?;
        checks::all_finite("elasticnet", x)?;
        (context.progress)(0, 1);
        let mut columns = least_squares::dense_columns(x);
        let means: Vec<f64> = columns.iter_mut().map(|column| centre(column)).collect();
        let mut y = y.to_vec();
        let mean = centre(&mut y);
        let (coefficients, note) = self.solve(&columns, y)?;
        let intercept = coefficients.iter().zip(&means).fold(mean, |sum, (w, mean)| sum - w * mean);
        (context.progress)(1, 1);
        Ok(Box::new(LinearModel {
            name: "elasticnet".to_owned(),
            link: Link::Identity,
            intercepts: vec![intercept],
            coefficients,
            notes: note.into_iter().collect(),
        }))
    }
}

/// Takes the mean out of a column and returns it; a column of one value becomes 0 without rounding.
fn centre(column: &mut [f64]) -> f64 {
    let first = column.first().copied().unwrap_or(0.0);
    let shifted = column.iter().map(|v| v - first).sum::<f64>() / column.len() as f64;
    let mean = first + shifted;
    column.iter_mut().for_each(|v| *v = (*v - first) - shifted);
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Block;
    use crate::yaml::parse;

    /// Three features of different sizes, a constant one, and a target made of the first two.
    fn sample() -> (Matrix, Target) {
        let column = |f: fn(usize) -> f64| (0..40).map(f).collect::<Vec<f64>>();
        let columns = vec![
            column(|i| (i * 7 % 11) as f64),
            column(|i| (i * 5 % 13) as f64 * 100.0 + 1000.0),
            column(|i| (i * 3 % 7) as f64 / 10.0),
            column(|_| 5.0),
        ];
        let y = (0..40).map(|i| 2.0 * columns[0][i] - 0.01 * columns[1][i] + (i % 4) as f64 + 50.0).collect();
        let names = (0..4).map(|at| format!("f{at}")).collect();
        (Matrix { rows: 40, names, blocks: vec![Block::Dense(columns)] }, Target::Values(y))
    }

    fn build(params: &str) -> Result<Box<dyn Estimator>> {
        (ENTRY.build)(&parse(params, "train.yaml").unwrap())
    }

    fn fit(params: &str) -> (LinearModel, Vec<String>) {
        let (x, y) = sample();
        let context = FitContext { seed: 1, threads: 1, progress: &|_, _| {}, copies: None };
        let model = build(params).unwrap().fit(&x, &y, None, &context).unwrap();
        (crate::codec::decode(&model.encode().unwrap()).unwrap(), model.notes())
    }

    #[test]
    fn coefficients_are_those_of_scikit_learn() {
        // scikit-learn 1.9: ElasticNet(alpha, l1_ratio=…, tol=1e-14, max_iter=100000) on the sample.
        for (alpha, l1_ratio, intercept, expected) in [
            (1.0, 0.5, 51.49257657190022, [1.8480645104489613, -0.009511231766351718, 0.0, 0.0]),
            (0.1, 0.9, 51.1237125785506, [1.978631246824064, -0.009694511277610174, 0.0, 0.0]),
            (0.5, 1.0, 51.23021585069714, [1.9398252311709527, -0.00963806515338199, 0.0, 0.0]),
            (1000.0, 0.5, 51.30878065511919, [0.0, -0.0035071171325673127, 0.0, 0.0]),
        ] {
            let (model, notes) =
                fit(&format!("{{alpha: {alpha}, l1_ratio: {l1_ratio}, tolerance: 1.0e-14, max_iterations: 100000}}"));
            let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-9 * (1.0 + expected.abs());
            assert!(close(model.intercepts[0], intercept), "{alpha} {l1_ratio}: {:?}", model.intercepts);
            let same = model.coefficients.iter().zip(expected).all(|(found, expected)| close(*found, expected));
            assert!(same && model.coefficients.len() == 4, "{alpha} {l1_ratio}: {:?}", model.coefficients);
            assert!(notes.is_empty(), "{notes:?}");
        }
    }

    #[test]
    fn what_it_cannot_do_is_refused() {
        for (params, expected) in [
            ("{alpha: 0}", "expected a number above 0 (0 is `linear`), found the integer `0`"),
            ("{l1_ratio: 0.0}", "expected a number above 0, up to 1 (0 is `ridge`)"),
            ("{l1_ratio: 1.5}", "expected a number above 0, up to 1 (0 is `ridge`)"),
            ("{max_iterations: 1}", "expected a number from 2 to 1000000"),
            ("{alhpa: 1}", "unknown key"),
        ] {
            let message = build(params).err().unwrap().message().to_owned();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_fit_that_did_not_converge_says_so() {
        let (_, notes) = fit("{alpha: 0.001, l1_ratio: 0.5, tolerance: 1.0e-14, max_iterations: 2}");
        assert!(notes.len() == 1 && notes[0].contains("stopped before converging"), "{notes:?}");
    }
}
