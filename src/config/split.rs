//! configs/split.yaml: which rows are held out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Main, Part, Problems};
use crate::yaml::Located;

/// How the rows are divided.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Split {
    /// The way of dividing.
    pub method: Located<Method>,
    /// Share of the rows held out, between 0 and 1.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub test_size: Located<f64>,
    /// The column of `group` and `time`.
    pub column: Option<Located<String>>,
    /// Its own seed; the project's where none is given.
    pub seed: Option<u64>,
    /// What happens where a feature alone predicts the target, or has nearly one value a row as an id has.
    pub leaks: Leaks,
    /// Columns that may look like leaks: they are known at prediction time.
    pub accept_leaks: Vec<Located<String>>,
}

/// What is done about features that look like leaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Leaks {
    /// They are told.
    #[default]
    Warn,
    /// They are told, and nothing is written.
    Error,
    /// They are not looked for.
    Off,
}

/// Ways of dividing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By chance.
    Random,
    /// By chance, with the same share of each class on both sides.
    Stratified,
    /// Whole groups to one side.
    Group,
    /// The latest rows are held out.
    Time,
    /// The parts of the sources.
    Given,
}

impl Default for Split {
    fn default() -> Self {
        Self {
            method: Located::new(Method::Stratified),
            test_size: Located::new(0.2),
            column: None,
            seed: None,
            leaks: Leaks::default(),
            accept_leaks: Vec::new(),
        }
    }
}

impl Split {
    pub(super) fn validate(&self, problems: &mut Problems, main: &Main) {
        problems.check(self.test_size.value > 0.0 && self.test_size.value < 1.0, || {
            self.test_size.error(format!("`{}` is not between 0 and 1", self.test_size.value))
        });
        match (self.method.value, &self.column) {
            (Method::Group | Method::Time, None) => problems.push(
                self.method
                    .error("this method needs a `column`")
                    .hint("name the column that holds the groups or the dates, such as `column: customer`"),
            ),
            (Method::Random | Method::Stratified | Method::Given, Some(column)) => {
                problems.push(column.error("only `group` and `time` take a `column`"));
            }
            _ => {}
        }
        let has = |part| main.sources.iter().any(|s| s.part == Some(part));
        problems.check(self.method.value != Method::Given || (has(Part::Train) && has(Part::Test)), || {
            self.method
                .error("`given` needs sources with `part: train` and `part: test`")
                .hint("give the sources in configs/config.yaml their parts, or choose another method")
        });
    }
}
