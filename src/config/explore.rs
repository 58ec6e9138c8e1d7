//! configs/explore.yaml: what is looked at before any model is trained.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problems;
use super::report::FigureFormat;
use crate::yaml::Located;

/// What `explore` looks at, and how much it tells.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Explore {
    /// The rows that are looked at, before they are split.
    pub data: ExploreData,
    /// Columns that are looked at, beside the target; all of them where none is named.
    pub columns: Option<Vec<Located<String>>>,
    /// Bins of a histogram, at the most.
    #[schemars(range(min = 2, max = 200))]
    pub bins: Located<usize>,
    /// Levels told of a column, at the most: the most frequent ones.
    #[schemars(range(min = 1, max = 100))]
    pub top_levels: Located<usize>,
    /// Columns compared with one another, at the most: those that say most about the target.
    #[schemars(range(min = 2, max = 100))]
    pub correlated: Located<usize>,
    /// Columns that have a card on the page, at the most; the table of the page has them all.
    #[schemars(range(min = 0, max = 300))]
    pub cards: Located<usize>,
    /// Formats of the figures; dvc.yaml must list their files (`mlops validate --fix`).
    pub formats: Located<Vec<FigureFormat>>,
}

/// The rows before they are split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExploreData {
    /// Typed rows, with every column that cleaning leaves.
    #[default]
    Clean,
    /// The same with derived columns.
    Features,
}

impl Default for Explore {
    fn default() -> Self {
        Self {
            data: ExploreData::default(),
            columns: None,
            bins: Located::new(30),
            top_levels: Located::new(10),
            correlated: Located::new(30),
            cards: Located::new(100),
            formats: Located::new(vec![FigureFormat::Png]),
        }
    }
}

impl Explore {
    pub(super) fn validate(&self, problems: &mut Problems) {
        let mut within = |number: &Located<usize>, least: usize, most: usize| {
            problems.check((least..=most).contains(&number.value), || {
                number.error(format!("expected a number from {least} to {most}, found `{}`", number.value))
            });
        };
        within(&self.bins, 2, 200);
        within(&self.top_levels, 1, 100);
        within(&self.correlated, 2, 100);
        within(&self.cards, 0, 300);
        let formats = &self.formats.value;
        problems.check((1..formats.len()).all(|at| !formats[..at].contains(&formats[at])), || {
            self.formats.error("a format is named twice")
        });
        let columns = self.columns.as_deref().unwrap_or_default();
        let twice = columns.iter().enumerate().find(|(at, one)| columns[..*at].iter().any(|c| c.value == one.value));
        if let Some((_, column)) = twice {
            problems.push(column.error(format!("column `{}` is named twice", column.value)));
        }
    }
}
