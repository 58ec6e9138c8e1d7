//! `encode`: turns categories into numbers.

mod levels;
mod onehot;
mod ordinal;
mod target;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{Group, Selection};
use super::{Entry, Features, FitContext, FittedTransform, Phase, Step, Transform};
use crate::codec;
use crate::data::{Column, Kind};
use crate::error::{Error, Result};
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "encode",
    version: 1,
    summary: "turns categories into numbers; levels are compared by text, and unknown ones are accepted",
    phases: &[Phase::Learned],
    schema: yaml::schema::<Params>,
    build,
    load: Some(|bytes| Ok(Box::new(codec::decode::<Fitted>(bytes)?))),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The columns to encode; `all` means all categories. A number is a level by its text.
    #[schemars(with = "Option<Selection>", extend("default" = "categorical"))]
    columns: Option<Node>,
    /// Which numbers stand for a level.
    #[serde(default)]
    method: MethodName,
    /// With `onehot` alone: rarer levels are grouped as `<column>=other`; 1 where none is given.
    #[schemars(range(min = 1))]
    min_count: Option<Located<usize>>,
    /// With `onehot` alone: all but the most frequent are grouped too; no limit where none is given.
    #[schemars(range(min = 1))]
    max_levels: Option<Located<usize>>,
    /// With `target` alone: weight of the overall mean, in rows; 10 where none is given.
    #[schemars(range(min = 0.0))]
    smoothing: Option<Located<f64>>,
    /// With `target` alone: folds that encode each other; 5 where none is given.
    #[schemars(range(min = 2))]
    folds: Option<Located<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MethodName {
    /// A feature `<column>=<level>` a level, and `<column>=missing` where training has nulls; an unknown level
    /// counts as `other` where there is one, else none is set.
    #[default]
    Onehot,
    /// Positions of the sorted levels, unknown and null missing.
    Ordinal,
    /// The smoothed mean of the target per level (out of fold for the training rows), the overall mean for an
    /// unknown one, and one column `<column>:<class index>` a class where there are more than two.
    Target,
}

/// A method with its checked parameters.
enum Method {
    OneHot(onehot::Grouping),
    Ordinal,
    Target(target::Smoothing),
}

struct Encode {
    columns: Selection,
    method: Method,
}

#[derive(Serialize, Deserialize)]
enum Fitted {
    OneHot(onehot::OneHot),
    Ordinal(ordinal::Ordinal),
    Target(target::TargetMeans),
}

fn build(node: &Node) -> Result<Step> {
    let Params { columns, method, min_count, max_levels, smoothing, folds } = node.to()?;
    let refuse = |present: Option<Error>| present.map_or(Ok(()), Err);
    let only = |count: &Located<usize>, method: &str| count.error(format!("this goes with `method: {method}` only"));
    if method != MethodName::Onehot {
        refuse(min_count.as_ref().or(max_levels.as_ref()).map(|c| only(c, "onehot")))?;
    }
    if method != MethodName::Target {
        refuse(folds.as_ref().map(|c| only(c, "target")))?;
        refuse(smoothing.as_ref().map(|s| s.error("this goes with `method: target` only")))?;
    }
    for (count, least) in [(&min_count, 1), (&max_levels, 1), (&folds, 2)] {
        refuse(count.as_ref().filter(|c| c.value < least).map(|c| c.error(format!("expected {least} or more"))))?;
    }
    refuse(smoothing.as_ref().filter(|s| !s.is_finite() || s.value < 0.0).map(|s| s.error("expected 0 or more")))?;
    let method = match method {
        MethodName::Onehot => Method::OneHot(onehot::Grouping {
            min_count: min_count.map_or(1, |c| c.value),
            max_levels: max_levels.map(|c| c.value),
        }),
        MethodName::Ordinal => Method::Ordinal,
        MethodName::Target => Method::Target(target::Smoothing {
            weight: smoothing.map_or(10.0, |s| s.value),
            folds: folds.map_or(5, |f| f.value),
        }),
    };
    let columns = Selection::read(columns.as_ref(), Group::Categorical)?;
    Ok(Step::Learned(Box::new(Encode { columns, method })))
}

impl Encode {
    /// `all` means all that must be encoded; numbers only where they are asked for.
    fn accepts(&self, kind: Kind) -> bool {
        match &self.columns {
            Selection::Group(Group::Numeric) => kind.is_numeric(),
            Selection::Group(_) => kind == Kind::Category,
            Selection::List(_) => kind.is_numeric() || matches!(kind, Kind::Category | Kind::Text),
        }
    }
}

impl Transform for Encode {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.columns.check(columns)
    }

    fn reads_text(&self) -> Vec<&str> {
        match &self.columns {
            Selection::Group(_) => Vec::new(),
            Selection::List(names) => names.iter().map(|name| name.value.as_str()).collect(),
        }
    }

    fn fit(&self, features: Features, context: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)> {
        let names =
            self.columns.resolve(&features.table, |kind| self.accepts(kind), "a category, text or numeric one")?;
        let (fitted, features) = match &self.method {
            Method::OneHot(grouping) => {
                let onehot = onehot::OneHot::fit(&features.table, &names, grouping)?;
                let features = onehot.apply(features)?;
                (Fitted::OneHot(onehot), features)
            }
            Method::Ordinal => {
                let ordinal = ordinal::Ordinal::fit(&features.table, &names)?;
                let features = ordinal.apply(features)?;
                (Fitted::Ordinal(ordinal), features)
            }
            Method::Target(smoothing) => {
                let (means, features) = target::TargetMeans::fit(features, &names, smoothing, context)?;
                (Fitted::Target(means), features)
            }
        };
        Ok((Box::new(fitted), features))
    }
}

impl FittedTransform for Fitted {
    fn apply(&self, features: Features) -> Result<Features> {
        match self {
            Fitted::OneHot(onehot) => onehot.apply(features),
            Fitted::Ordinal(ordinal) => ordinal.apply(features),
            Fitted::Target(means) => means.apply(features),
        }
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }

    fn origins(&self) -> Vec<(String, String)> {
        match self {
            Fitted::OneHot(onehot) => onehot.origins(),
            Fitted::Ordinal(_) => Vec::new(),
            Fitted::Target(means) => means.origins(),
        }
    }
}

/// Takes a column out of the features to encode it.
///
/// # Errors
/// Exit code 3 where there is none of that name.
fn take(features: &mut Features, name: &str) -> Result<Column> {
    match features.table.remove(name) {
        Some(column) => Ok(column),
        None => Err(super::columns::missing(name, &features.table)),
    }
}

#[cfg(test)]
mod tests;
