//! `scale`: brings numbers to a common scale.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{Group, Selection, require, require_mut};
use super::statistics::{mean, present, quantile};
use super::{Entry, Features, FitContext, FittedTransform, Phase, Step, Transform};
use crate::codec;
use crate::data::{Kind, Values};
use crate::error::Result;
use crate::yaml::{self, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "scale",
    version: 1,
    summary: "brings numbers to a common scale, as scikit-learn's scalers do; null stays null",
    phases: &[Phase::Learned],
    schema: yaml::schema::<Params>,
    build,
    load: Some(|bytes| Ok(Box::new(codec::decode::<Fitted>(bytes)?))),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The columns to change, the numeric ones among them.
    #[schemars(with = "Option<Selection>", extend("default" = "numeric"))]
    columns: Option<Node>,
    /// Which scale; a column of one value becomes 0.
    #[serde(default)]
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// Less the mean, over the standard deviation.
    #[default]
    Standard,
    /// From 0 to 1.
    Minmax,
    /// Less the median, over the interquartile range.
    Robust,
}

struct Scale {
    columns: Selection,
    method: Method,
}

#[derive(Serialize, Deserialize)]
struct Fitted {
    columns: Vec<Scaled>,
}

/// `(x - center) / scale`
#[derive(Serialize, Deserialize)]
struct Scaled {
    column: String,
    center: f64,
    scale: f64,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    let columns = Selection::read(params.columns.as_ref(), Group::Numeric)?;
    Ok(Step::Learned(Box::new(Scale { columns, method: params.method })))
}

impl Method {
    /// Center and scale of values without NaN; none for no values.
    fn learn(self, mut values: Vec<f64>) -> Option<(f64, f64)> {
        match self {
            Method::Standard => {
                let mean = mean(&values)?;
                let count = values.len() as f64;
                let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
                // scikit-learn's bound for a variance that is rounding error alone.
                let error =
                    count * f64::EPSILON * variance + (count * mean * f64::EPSILON) * (count * mean * f64::EPSILON);
                Some((mean, if variance <= error { 1.0 } else { variance.sqrt() }))
            }
            Method::Minmax => {
                let low = values.iter().copied().min_by(f64::total_cmp)?;
                let high = values.iter().copied().max_by(f64::total_cmp)?;
                Some((low, nonzero(high - low)))
            }
            Method::Robust => {
                let median = quantile(&mut values, 0.5)?;
                let spread = quantile(&mut values, 0.75)? - quantile(&mut values, 0.25)?;
                Some((median, nonzero(spread)))
            }
        }
    }
}

/// scikit-learn's guard against dividing by a range that is rounding error alone.
fn nonzero(scale: f64) -> f64 {
    if scale < 10.0 * f64::EPSILON { 1.0 } else { scale }
}

impl Transform for Scale {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.columns.check(columns)
    }

    fn fit(&self, features: Features, _: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)> {
        let mut columns = Vec::new();
        for column in self.columns.resolve(&features.table, Kind::is_numeric, "a numeric one")? {
            if let Values::Number(numbers) = &require(&features.table, &column)?.values {
                let (center, scale) = self.method.learn(present(numbers)).unwrap_or((0.0, 1.0));
                // Ranges beyond the largest float would turn every value into 0 or null.
                let sound = center.is_finite() && scale.is_finite();
                let (center, scale) = if sound { (center, scale) } else { (0.0, 1.0) };
                columns.push(Scaled { column, center, scale });
            }
        }
        let fitted = Fitted { columns };
        let features = fitted.apply(features)?;
        Ok((Box::new(fitted), features))
    }
}

impl FittedTransform for Fitted {
    fn apply(&self, mut features: Features) -> Result<Features> {
        for Scaled { column, center, scale } in &self.columns {
            let column = require_mut(&mut features.table, column)?;
            if let Values::Number(numbers) = &mut column.values {
                for x in numbers.iter_mut() {
                    let scaled = (*x - center) / scale;
                    *x = if scaled.is_finite() { scaled } else { f64::NAN };
                }
                column.kind = Kind::Number;
            }
        }
        Ok(features)
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, Table, Target};
    use crate::yaml::parse;

    fn scale(method: &str, values: &[f64]) -> Vec<f64> {
        let params = parse(&format!("{{method: {method}}}"), "f.yaml").unwrap();
        let Step::Learned(step) = build(&params).unwrap() else { panic!() };
        let table = Table::new(vec![Column::number("x", values.to_vec())]);
        let target = Target::Values(vec![0.0; values.len()]);
        let features =
            step.fit(Features::new(table), &FitContext { target: &target, seed: 1, copies: None }).unwrap().1;
        let Values::Number(scaled) = &features.table.columns()[0].values else { panic!() };
        scaled.clone()
    }

    #[test]
    fn scales_equal_those_of_scikit_learn() {
        // StandardScaler, MinMaxScaler and RobustScaler of scikit-learn on the same values.
        let values = [3.0, 1.5, f64::NAN, 4.0, 1.0, -5.25, 9.0, 2.0];
        for (method, expected) in [
            (
                "standard",
                [
                    0.20952425859016743,
                    -0.1730852570962252,
                    f64::NAN,
                    0.46459726904776255,
                    -0.30062176232502275,
                    -1.8948280776849922,
                    1.7399623213357378,
                    -0.04554875186742765,
                ],
            ),
            (
                "minmax",
                [
                    0.5789473684210527,
                    0.47368421052631576,
                    f64::NAN,
                    0.6491228070175439,
                    0.43859649122807015,
                    0.0,
                    1.0,
                    0.5087719298245614,
                ],
            ),
            (
                "robust",
                [
                    0.4444444444444444,
                    -0.2222222222222222,
                    f64::NAN,
                    0.8888888888888888,
                    -0.4444444444444444,
                    -3.2222222222222223,
                    3.111111111111111,
                    0.0,
                ],
            ),
        ] {
            for (found, expected) in scale(method, &values).into_iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-12 || found.is_nan() && expected.is_nan(),
                    "{method}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn a_column_of_one_value_becomes_zero() {
        for method in ["standard", "minmax", "robust"] {
            assert!(scale(method, &[0.1, 0.1, 0.1]).iter().all(|x| x.abs() < 1e-15), "{method}");
            assert!(scale(method, &[f64::NAN])[0].is_nan());
        }
    }
}
