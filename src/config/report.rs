//! configs/report.yaml: which figures are drawn, and of how many rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problems;
use super::topics::Topic;
use crate::yaml::Located;

/// Rows that are explained, at the most.
const MOST_ROWS: usize = 10_000;
/// Sizes and folds of a learning curve, at the most.
const MOST_SIZES: usize = 20;

/// The figures of models in `reports/figures/`; dvc.yaml must list them (`mlops validate --fix`).
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// What is drawn.
    pub figures: Figures,
    /// Test rows, drawn at random, whose scores are explained; fewer by large models.
    #[schemars(range(min = 1, max = 10_000))]
    pub shap_rows: Located<usize>,
    /// Seed of the rows drawn.
    pub seed: u64,
    /// How models get better with more rows; null, since every size takes another training of every algorithm.
    pub learning_curve: Option<LearningCurve>,
}

impl Default for Report {
    fn default() -> Self {
        Self { figures: Figures::default(), shap_rows: Located::new(500), seed: 42, learning_curve: None }
    }
}

/// Which figures, and in which files.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// What is drawn; null is all that the task has, as far as `config.target` tells it by `task`, `positive` or `map`.
    pub topics: Option<Located<Vec<Topic>>>,
    /// A file of each figure and format.
    #[schemars(length(min = 1))]
    pub formats: Located<Vec<FigureFormat>>,
}

impl Default for Figures {
    fn default() -> Self {
        Self { topics: None, formats: Located::new(vec![FigureFormat::Png]) }
    }
}

/// A format of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FigureFormat {
    /// Pixels, twice as fine as on a screen.
    Png,
    /// Lines, of any size.
    Svg,
}

impl FigureFormat {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

/// Models of ever more of the training rows.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LearningCurve {
    /// Shares of the training rows.
    #[schemars(length(min = 2, max = 20))]
    pub shares: Located<Vec<f64>>,
    /// The metric; `evaluate.select` where none is given.
    pub metric: Option<Located<String>>,
}

impl Default for LearningCurve {
    fn default() -> Self {
        Self { shares: Located::new(vec![0.1, 0.25, 0.5, 0.75, 1.0]), metric: None }
    }
}

impl Report {
    pub(super) fn validate(&self, problems: &mut Problems) {
        let rows = &self.shap_rows;
        problems.check((1..=MOST_ROWS).contains(&rows.value), || {
            rows.error(format!("expected a number from 1 to {MOST_ROWS}, found `{}`", rows.value))
        });
        let formats = &self.figures.formats;
        problems.check(!formats.value.is_empty(), || {
            formats.error("no format").hint("name one, such as `[png]`, or no topics: `topics: []`")
        });
        problems.check(!has_twice(&formats.value), || formats.error("a format is named twice"));
        if let Some(topics) = &self.figures.topics {
            problems.check(!has_twice(&topics.value), || topics.error("a topic is named twice"));
        }
        if let Some(curve) = &self.learning_curve {
            let shares = &curve.shares;
            let rising = shares.value.windows(2).all(|pair| pair[0] < pair[1]);
            let inside = shares.value.iter().all(|share| *share > 0.0 && *share <= 1.0);
            let good = rising && inside && (2..=MOST_SIZES).contains(&shares.value.len());
            problems.check(good, || {
                shares
                    .error(format!("expected 2 to {MOST_SIZES} growing shares, above 0 and up to 1"))
                    .hint("write them such as `[0.1, 0.25, 0.5, 1.0]`")
            });
        }
    }
}

fn has_twice<T: PartialEq>(items: &[T]) -> bool {
    (1..items.len()).any(|at| items[..at].contains(&items[at]))
}
