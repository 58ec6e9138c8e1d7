//! The project folder: where it is, its standard folders and the names of its artifacts.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A project's root and the naming rule of its artifacts. All paths it gives are relative to the root
/// as they stand in dvc.yaml; [`Project::path`] makes them openable.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
}

/// The parts of artifact names that come from config.yaml.
#[derive(Debug, Clone)]
pub struct Names {
    /// Dataset name.
    pub dataset: String,
    /// Snapshot date, YYYYMMDD.
    pub date: String,
    /// Model version.
    pub version: u32,
}

/// The folders of a project, as Cookiecutter Data Science has them.
pub const FOLDERS: &[&str] =
    &["data/external", "data/raw", "data/interim", "data/processed", "models", "reports/figures", "reports/metrics"];

/// What to do where there is no project.
const ELSEWHERE: &str = "go to the project folder, name it with `-C DIR`, or make one of a table: `mlops init DIR --data FILE --target COLUMN`";

/// One side of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Rows to learn from.
    Train,
    /// Rows held out.
    Test,
}

impl Side {
    /// Its name in file names and in the `part` column.
    pub fn name(self) -> &'static str {
        match self {
            Side::Train => "train",
            Side::Test => "test",
        }
    }
}

impl Project {
    /// The project at `folder` or the nearest folder above it that has `configs/config.yaml`.
    ///
    /// # Errors
    /// Exit code 2 where there is none.
    pub fn discover(folder: &Path) -> Result<Self> {
        let start = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        if !start.is_dir() {
            return Err(Error::usage(format!("`{}` is not a folder", folder.display())));
        }
        start
            .ancestors()
            .find(|p| p.join("configs/config.yaml").is_file())
            .map(|root| Self { root: root.to_path_buf() })
            .ok_or_else(|| {
                Error::usage(format!("no project in `{}` or above: `configs/config.yaml` not found", folder.display()))
                    .hint(ELSEWHERE)
            })
    }

    /// The project at `folder` or the nearest folder above it that has a dvc.yaml or configs, for what reads
    /// the pipeline and no config.
    ///
    /// # Errors
    /// Exit code 2 where there is none.
    pub fn with_pipeline(folder: &Path) -> Result<Self> {
        let start = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        if !start.is_dir() {
            return Err(Error::usage(format!("`{}` is not a folder", folder.display())));
        }
        match start.ancestors().find(|p| p.join("dvc.yaml").is_file() || p.join("configs/config.yaml").is_file()) {
            Some(root) => Ok(Self { root: root.to_path_buf() }),
            None => Err(Error::usage(format!("no project in `{}` or above: `dvc.yaml` not found", folder.display()))
                .hint(ELSEWHERE)),
        }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a path relative to the root lies.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }
}

impl Names {
    /// `data/raw/<dataset>_raw_<date>.csv`
    pub fn raw(&self) -> String {
        format!("data/raw/{}_raw_{}.csv", self.dataset, self.date)
    }
    /// `data/interim/<dataset>_interim_<date>.csv`
    pub fn clean(&self) -> String {
        format!("data/interim/{}_interim_{}.csv", self.dataset, self.date)
    }
    /// `data/interim/<dataset>-features_interim_<date>.csv`
    pub fn features(&self) -> String {
        format!("data/interim/{}-features_interim_{}.csv", self.dataset, self.date)
    }
    /// `data/processed/<dataset>-train_processed_<date>.csv`, and `-test_`
    pub fn split(&self, side: Side) -> String {
        format!("data/processed/{}-{}_processed_{}.csv", self.dataset, side.name(), self.date)
    }
    /// `models/<algorithm>_<dataset>_v<N>.bin`
    pub fn model(&self, algorithm: &str) -> String {
        format!("models/{algorithm}_{}_v{}.bin", self.dataset, self.version)
    }
    /// `models/champion.json`
    pub fn champion(&self) -> String {
        "models/champion.json".to_owned()
    }
    /// `reports/metrics/<algorithm>_<dataset>_v<N>.json`: the metrics of one model, for `dvc metrics show`
    pub fn metrics(&self, algorithm: &str) -> String {
        format!("reports/metrics/{algorithm}_{}_v{}.json", self.dataset, self.version)
    }
    /// `reports/metrics/evaluation_<dataset>_v<N>.json`: everything measured, of all models
    pub fn evaluation(&self) -> String {
        format!("reports/metrics/evaluation_{}_v{}.json", self.dataset, self.version)
    }
    /// `reports/metrics/explore_<dataset>_<date>.json`: everything that `explore` finds
    pub fn exploration(&self) -> String {
        format!("reports/metrics/explore_{}_{}.json", self.dataset, self.date)
    }
    /// `reports/explore.html`
    pub fn explore_page(&self) -> String {
        "reports/explore.html".to_owned()
    }
    /// `reports/plots/<plot>/<algorithm>_<dataset>_v<N>.csv`: a curve of one model, for `dvc plots`
    pub fn plot(&self, plot: &str, algorithm: &str) -> String {
        format!("reports/plots/{plot}/{algorithm}_{}_v{}.csv", self.dataset, self.version)
    }
    /// `reports/figures/<topic>_<dataset>_<date>.<ending>`
    pub fn figure(&self, topic: &str, ending: &str) -> String {
        format!("reports/figures/{topic}_{}_{}.{ending}", self.dataset, self.date)
    }
    /// `reports/report.html`: the page of the project
    pub fn report(&self) -> String {
        "reports/report.html".to_owned()
    }
    /// `models/<algorithm>_<dataset>_v<N>.md`: the card of a model
    pub fn model_card(&self, algorithm: &str) -> String {
        format!("models/{algorithm}_{}_v{}.md", self.dataset, self.version)
    }
    /// `reports/metrics/leaderboard_<dataset>_v<N>.csv`
    pub fn leaderboard(&self) -> String {
        format!("reports/metrics/leaderboard_{}_v{}.csv", self.dataset, self.version)
    }
    /// `reports/metrics/test-predictions_<dataset>_v<N>.csv`: the champion on the test rows
    pub fn test_predictions(&self) -> String {
        format!("reports/metrics/test-predictions_{}_v{}.csv", self.dataset, self.version)
    }
    /// `reports/tuning/tuning_<dataset>_v<N>.json`: what a search has found
    pub fn tuning(&self) -> String {
        format!("reports/tuning/tuning_{}_v{}.json", self.dataset, self.version)
    }
    /// `reports/tuning/trials_<dataset>_v<N>.jsonl`: every trial of a search, as it ended
    pub fn trials(&self) -> String {
        format!("reports/tuning/trials_{}_v{}.jsonl", self.dataset, self.version)
    }
    /// `data/processed/<dataset>-predictions_processed_<date>.csv`
    pub fn predictions(&self) -> String {
        format!("data/processed/{}-predictions_processed_{}.csv", self.dataset, self.date)
    }
    /// Everything that the stages before `predict` write.
    pub fn of_other_stages(&self, algorithms: &[&str]) -> Vec<String> {
        let mut files =
            vec![self.raw(), self.clean(), self.features(), self.split(Side::Train), self.split(Side::Test)];
        files.extend(files.clone().iter().map(|csv| schema_of(csv)));
        files.extend(algorithms.iter().flat_map(|algorithm| [self.model(algorithm), self.metrics(algorithm)]));
        files.extend([self.champion(), self.evaluation(), self.leaderboard(), self.test_predictions()]);
        files
    }
}

/// The schema beside a dataset artifact: `<file>.schema.json`.
pub fn schema_of(csv: &str) -> String {
    format!("{csv}.schema.json")
}
