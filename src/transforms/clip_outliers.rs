//! `clip_outliers`: pulls far-off numbers in to bounds learned from the training rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{Group, Selection, require, require_mut};
use super::statistics::{present, quantile};
use super::{Entry, Features, FitContext, FittedTransform, Phase, Step, Transform};
use crate::codec;
use crate::data::{Kind, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "clip_outliers",
    version: 1,
    summary: "pulls far-off numbers in to bounds learned from the training rows; null stays null",
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
    /// How the bounds are found.
    #[serde(default)]
    method: Method,
    /// With `iqr` alone; 1.5 where none is given.
    #[schemars(range(min = 0.0))]
    factor: Option<Located<f64>>,
    /// With `quantile` alone: share below the lower bound; 0.01 where none is given.
    #[schemars(range(min = 0.0, max = 1.0))]
    lower: Option<Located<f64>>,
    /// With `quantile` alone: share below the upper bound, not below `lower`; 0.99 where none is given.
    #[schemars(range(min = 0.0, max = 1.0))]
    upper: Option<Located<f64>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// `factor` times the interquartile range beyond the quartiles.
    #[default]
    Iqr,
    /// Two quantiles, `lower` and `upper`.
    Quantile,
}

/// The checked rule for the bounds.
enum Rule {
    Iqr { factor: f64 },
    Quantile { lower: f64, upper: f64 },
}

struct ClipOutliers {
    columns: Selection,
    rule: Rule,
}

#[derive(Serialize, Deserialize)]
struct Fitted {
    columns: Vec<Bounds>,
}

#[derive(Serialize, Deserialize)]
struct Bounds {
    column: String,
    low: f64,
    high: f64,
}

fn build(node: &Node) -> Result<Step> {
    let Params { columns, method, factor, lower, upper } = node.to()?;
    let rule = match method {
        Method::Iqr => {
            if let Some(other) = lower.or(upper) {
                return Err(other.error("this goes with `method: quantile` only"));
            }
            if let Some(factor) = factor.as_ref().filter(|f| !f.is_finite() || f.value < 0.0) {
                return Err(factor.error("expected a number that is not negative"));
            }
            Rule::Iqr { factor: factor.map_or(1.5, |f| f.value) }
        }
        Method::Quantile => {
            if let Some(factor) = factor {
                return Err(factor.error("this goes with `method: iqr` only"));
            }
            for share in lower.iter().chain(&upper) {
                if !(0.0..=1.0).contains(&share.value) {
                    return Err(share.error("expected a share from 0 to 1"));
                }
            }
            let (low, high) = (lower.as_ref().map_or(0.01, |s| s.value), upper.as_ref().map_or(0.99, |s| s.value));
            if let (true, Some(share)) = (low > high, upper.or(lower)) {
                return Err(share.error(format!("`upper` {high} is below `lower` {low}")));
            }
            Rule::Quantile { lower: low, upper: high }
        }
    };
    let columns = Selection::read(columns.as_ref(), Group::Numeric)?;
    Ok(Step::Learned(Box::new(ClipOutliers { columns, rule })))
}

impl Rule {
    /// The bounds for a column's values; none for no values.
    fn bounds(&self, mut values: Vec<f64>) -> Option<(f64, f64)> {
        match self {
            Rule::Iqr { factor } => {
                let (first, third) = (quantile(&mut values, 0.25)?, quantile(&mut values, 0.75)?);
                let reach = factor * (third - first);
                Some((first - reach, third + reach))
            }
            Rule::Quantile { lower, upper } => Some((quantile(&mut values, *lower)?, quantile(&mut values, *upper)?)),
        }
    }
}

impl Transform for ClipOutliers {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.columns.check(columns)
    }

    fn fit(&self, features: Features, _: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)> {
        let mut columns = Vec::new();
        for column in self.columns.resolve(&features.table, Kind::is_numeric, "a numeric one")? {
            if let Values::Number(numbers) = &require(&features.table, &column)?.values
                && let Some((low, high)) = self.rule.bounds(present(numbers))
            {
                columns.push(Bounds { column, low, high });
            }
        }
        let fitted = Fitted { columns };
        let features = fitted.apply(features)?;
        Ok((Box::new(fitted), features))
    }
}

impl FittedTransform for Fitted {
    fn apply(&self, mut features: Features) -> Result<Features> {
        for Bounds { column, low, high } in &self.columns {
            let column = require_mut(&mut features.table, column)?;
            if let Values::Number(numbers) = &mut column.values {
                for x in numbers.iter_mut().filter(|x| !x.is_nan()) {
                    *x = x.max(*low).min(*high);
                }
                if low.fract() != 0.0 || high.fract() != 0.0 {
                    column.kind = Kind::Number;
                }
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

    fn clip(params: &str) -> Result<Vec<f64>> {
        let Step::Learned(step) = build(&parse(params, "f.yaml")?)? else { panic!() };
        let x = Column::number("x", vec![3.0, 1.0, f64::NAN, 4.0, 1.0, 5.0, 90.0, 2.0, -60.0]);
        let context = FitContext { target: &Target::Values(vec![0.0; 9]), seed: 1, copies: None };
        let features = step.fit(Features::new(Table::new(vec![x])), &context)?.1;
        let Values::Number(values) = &features.table.columns()[0].values else { panic!() };
        Ok(values.iter().copied().filter(|x| !x.is_nan()).collect())
    }

    #[test]
    fn far_off_values_stop_at_the_bounds() {
        // Quartiles 1 and 4.25.
        let expected = [3.0, 1.0, 4.0, 1.0, 5.0, 9.125, 2.0, -3.875];
        assert_eq!(clip("{}").unwrap(), expected);
        let expected = [3.0, 1.0, 4.0, 1.0, 4.25, 4.25, 2.0, 1.0];
        assert_eq!(clip("{method: quantile, lower: 0.25, upper: 0.75}").unwrap(), expected);
    }

    #[test]
    fn parameters_of_the_other_method_are_refused() {
        for (params, expected) in [
            ("{lower: 0.1}", "f.yaml:1:9: `lower`: this goes with `method: quantile` only"),
            ("{method: quantile, factor: 2}", "f.yaml:1:28: `factor`: this goes with `method: iqr` only"),
            ("{method: quantile, upper: 99}", "f.yaml:1:27: `upper`: expected a share from 0 to 1"),
            ("{method: quantile, lower: 0.9, upper: 0.1}", "f.yaml:1:39: `upper`: `upper` 0.1 is below `lower` 0.9"),
            ("{factor: -1}", "f.yaml:1:10: `factor`: expected a number that is not negative"),
        ] {
            assert_eq!(clip(params).unwrap_err().message(), expected);
        }
    }
}
