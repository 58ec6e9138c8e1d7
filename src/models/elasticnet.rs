//! `elasticnet`: least squares with an L1 and an L2 penalty.

use schemars::JsonSchema;
use serde::Deserialize;

use super::coordinate_descent::CoordinateDescent;
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, linear_model};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "elasticnet",
    version: 3,
    summary: "least squares with an L1 and an L2 penalty, as scikit-learn's ElasticNet; at most 2,000 features",
    tasks: &[Task::Regression],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: false,
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
    /// Share of the L1 penalty, which makes coefficients 0; 1 is `lasso`.
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
        let l1_ratio = self.l1_ratio > 0.0 && self.l1_ratio <= 1.0;
        checks::param(params, "l1_ratio", l1_ratio, "a number above 0, up to 1 (0 is `ridge`)")?;
        self.descent().check(params)
    }

    fn descent(&self) -> CoordinateDescent {
        let Self { alpha, l1_ratio, tolerance, max_iterations } = *self;
        CoordinateDescent { name: "elasticnet", alpha, l1_ratio, tolerance, max_iterations }
    }
}

impl Estimator for ElasticNet {
    fn is_linear(&self) -> bool {
        true
    }
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        self.descent().fit(x, y, weights, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Block;
    use crate::models::linear_model::LinearModel;
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
        let names: Vec<String> = (0..4).map(|at| format!("f{at}")).collect();
        (Matrix { rows: 40, names: names.into(), blocks: vec![Block::Dense(columns)] }, Target::Values(y))
    }

    fn build(params: &str) -> Result<Box<dyn Estimator>> {
        (ENTRY.build)(&parse(params, "train.yaml").unwrap())
    }

    fn fit(params: &str) -> (LinearModel, Vec<String>) {
        let (x, y) = sample();
        let context = FitContext::of(1, 1);
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
