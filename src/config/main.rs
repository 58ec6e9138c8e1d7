//! configs/config.yaml: which data, which target, which snapshot and version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::ColumnNote;
use super::entries::Entries;
use super::lang::Lang;
use super::source::{self, Source};
use super::target::Target;
use super::{Problems, is_name};
use crate::yaml::Located;

/// What the project is about.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Main {
    /// Dataset name, as it stands in file names: lower case letters, digits, `-` and `_`.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub dataset: Located<String>,
    /// Date of the snapshot, YYYYMMDD, quoted.
    #[schemars(regex(pattern = r"^[0-9]{8}$"))]
    pub date: Located<String>,
    /// Model version, from 1.
    #[schemars(range(min = 1))]
    pub version: Located<u32>,
    /// Seed of everything random that has no seed of its own.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Where the rows come from.
    #[schemars(length(min = 1))]
    pub sources: Located<Vec<Source>>,
    /// What is predicted.
    pub target: Target,
    /// The language of figures, pages and model cards.
    #[serde(default)]
    pub lang: Lang,
    /// Column → what it means, or `{description, unit}`; for reports, model cards and `mlops show --md`, nothing is
    /// computed from it.
    #[serde(default)]
    pub columns: Entries<ColumnNote>,
}

fn default_seed() -> u64 {
    42
}

impl Main {
    pub(super) fn validate(&self, problems: &mut Problems) {
        problems.check(is_name(&self.dataset), || {
            self.dataset
                .error(format!("`{}` cannot stand in file names", self.dataset.value))
                .hint("use lower case letters, digits, `-` and `_`")
        });
        problems.check(is_date(&self.date), || {
            self.date.error(format!("`{}` is not a date", self.date.value)).hint("write it as \"YYYYMMDD\", quoted")
        });
        problems.check(self.version.value >= 1, || self.version.error("the version starts at 1"));
        problems.check(!self.sources.is_empty(), || {
            self.sources.error("no source").hint("name one, such as `- file: data/external/churn.csv`")
        });
        for source in &self.sources.value {
            source.validate(problems);
        }
        source::check_files(&self.sources, problems);
        let parts = self.sources.iter().filter(|s| s.part.is_some()).count();
        problems.check(parts == 0 || parts == self.sources.len(), || {
            self.sources.error("some sources have a `part` and some have none").hint("give each its `part`, or none")
        });
        self.target.validate(problems);
    }
}

/// Whether a text is a real day, written YYYYMMDD.
pub fn is_date(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u32>().ok()).unwrap_or(0);
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    year >= 1 && (1..=days).contains(&day)
}
