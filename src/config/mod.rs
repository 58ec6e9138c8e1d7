//! The validated contents of `configs/*.yaml`, one file here for each file there.
//!
//! Every YAML file has one root key, its own name. Unknown keys and wrong types are refused where they
//! stand. Steps and algorithms stay located [`Node`]s: which of them exist, and what they take, is known
//! to the rooms that own them.

mod access;
mod clean;
mod columns;
mod entries;
mod evaluate;
mod explore;
mod features;
mod lang;
mod layout;
mod logging;
mod main;
mod plots;
mod predict;
mod report;
mod serve;
mod slices;
mod source;
mod split;
mod target;
mod topics;
mod train;
mod tune;
mod validation;

pub use access::{Access, Network, Rate, Rates, Scope, Token, WebOrigin};
pub use clean::{Clean, ColumnType, Decimal};
pub use columns::ColumnNote;
pub use entries::{Entries, Text};
pub use evaluate::{Evaluate, Gate};
pub use explore::{Explore, ExploreData};
pub use features::Features;
pub use lang::Lang;
pub use layout::{FileFormat, Layout};
pub use logging::{Format, Level, Logging};
pub use main::{Main, is_date};
pub use plots::Plot;
pub use predict::Predict;
pub use report::{FigureFormat, LearningCurve, Report};
pub use serve::{By, CHAMPION, LogFormat, Predictions, Route, Serve, is_model_name};
pub use slices::{Bins, Slice};
pub use source::{Origin, Part, Source};
pub use split::{Leaks, Method, Split};
pub use target::{Target, TaskName};
pub use topics::Topic;
pub use train::{Algorithm, CLASS_WEIGHT, ClassWeight, Costs, Threshold, Train};
pub use tune::{Pruning, Sampler, Space, Spaces, Tune};
pub use validation::{Calibration, Sampling, Validation, ValidationMethod};

use std::path::{Component, Path};

use schemars::Schema;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result, suggest};
use crate::project::{Names, Project};
use crate::yaml::{self, Node};

/// Names of the config files, in the order of the stages; each is also the file's root key.
pub const FILES: [&str; 12] = [
    "config", "clean", "features", "explore", "split", "train", "tune", "evaluate", "report", "predict", "serve",
    "logging",
];

/// The schema of what stands under the root key of each file, in the order of [`FILES`].
///
/// Steps, algorithms and names of metrics are as open here as they are to the types.
pub fn schemas() -> [(&'static str, Schema); 12] {
    [
        ("config", yaml::schema::<Main>()),
        ("clean", yaml::schema::<Clean>()),
        ("features", yaml::schema::<Features>()),
        ("explore", yaml::schema::<Explore>()),
        ("split", yaml::schema::<Split>()),
        ("train", yaml::schema::<Train>()),
        ("tune", yaml::schema::<Tune>()),
        ("evaluate", yaml::schema::<Evaluate>()),
        ("report", yaml::schema::<Report>()),
        ("predict", yaml::schema::<Predict>()),
        ("serve", yaml::schema::<Serve>()),
        ("logging", yaml::schema::<Logging>()),
    ]
}

/// All configs of a project.
#[derive(Debug, Clone)]
pub struct Config {
    /// config.yaml: what the project is about.
    pub main: Main,
    /// clean.yaml
    pub clean: Clean,
    /// features.yaml
    pub features: Features,
    /// explore.yaml
    pub explore: Explore,
    /// split.yaml
    pub split: Split,
    /// train.yaml
    pub train: Train,
    /// tune.yaml
    pub tune: Tune,
    /// evaluate.yaml
    pub evaluate: Evaluate,
    /// report.yaml
    pub report: Report,
    /// predict.yaml
    pub predict: Predict,
    /// serve.yaml
    pub serve: Serve,
    /// logging.yaml
    pub logging: Logging,
    nodes: Vec<(&'static str, Node)>,
}

impl Config {
    /// Reads and checks all configs.
    ///
    /// # Errors
    /// Exit code 2: the first of the problems that [`Config::check`] finds.
    pub fn load(project: &Project) -> Result<Self> {
        Self::check(project).map_err(first_of)
    }

    /// Reads and checks all configs, and tells every problem of every file.
    ///
    /// # Errors
    /// All problems, in the order of the files; never none.
    pub fn check(project: &Project) -> Result<Self, Vec<Error>> {
        Self::check_with(project, &[])
    }

    /// logging.yaml alone, for what begins before there is need of the others.
    ///
    /// # Errors
    /// Exit code 2, where it stands.
    pub fn logging(project: &Project) -> Result<Logging> {
        read(project, "logging", None)?.to()
    }

    /// serve.yaml alone, where no champion and so no other file is needed.
    ///
    /// # Errors
    /// Exit code 2, where it stands.
    pub fn serve(project: &Project) -> Result<Serve> {
        let serve: Serve = read(project, "serve", None)?.to()?;
        let mut problems = Problems::default();
        serve.validate(&mut problems);
        if problems.0.is_empty() { Ok(serve) } else { Err(first_of(problems.0)) }
    }

    /// config.yaml alone, for who serves a model and asks what its columns mean.
    ///
    /// # Errors
    /// Exit code 2, where it stands.
    pub fn main(project: &Project) -> Result<Main> {
        read(project, "config", None)?.to()
    }

    /// [`Config::check`] as if the files named in `replaced` had the given text.
    ///
    /// # Errors
    /// All problems, in the order of the files; never none.
    pub fn check_with(project: &Project, replaced: &[(&str, String)]) -> Result<Self, Vec<Error>> {
        let mut problems = Problems::default();
        let nodes: Vec<(&'static str, Node)> = FILES
            .iter()
            .map(|name| {
                let text = replaced.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
                (*name, problems.take(read(project, name, text)).unwrap_or_else(Node::empty))
            })
            .collect();
        if !problems.0.is_empty() {
            return Err(problems.0);
        }
        Self::from_nodes(nodes)
    }

    fn from_nodes(nodes: Vec<(&'static str, Node)>) -> Result<Self, Vec<Error>> {
        let mut problems = Problems::default();
        let main = problems.typed(&nodes, "config");
        let clean = problems.typed(&nodes, "clean");
        let features = problems.typed(&nodes, "features");
        let explore = problems.typed(&nodes, "explore");
        let split = problems.typed(&nodes, "split");
        let train = problems.typed(&nodes, "train");
        let tune = problems.typed(&nodes, "tune");
        let evaluate = problems.typed(&nodes, "evaluate");
        let report = problems.typed(&nodes, "report");
        let predict = problems.typed(&nodes, "predict");
        let serve = problems.typed(&nodes, "serve");
        let logging = problems.typed(&nodes, "logging");
        match (main, clean, features, explore, split, train, tune, evaluate, report, predict, serve, logging) {
            (
                Some(main),
                Some(clean),
                Some(features),
                Some(explore),
                Some(split),
                Some(train),
                Some(tune),
                Some(evaluate),
                Some(report),
                Some(predict),
                Some(serve),
                Some(logging),
            ) => {
                let config = Self {
                    main,
                    clean,
                    features,
                    explore,
                    split,
                    train,
                    tune,
                    evaluate,
                    report,
                    predict,
                    serve,
                    logging,
                    nodes,
                };
                config.validate(&mut problems);
                if problems.0.is_empty() { Ok(config) } else { Err(problems.0) }
            }
            _ => Err(problems.0),
        }
    }

    /// What types alone cannot say and no data is needed for.
    fn validate(&self, problems: &mut Problems) {
        self.main.validate(problems);
        self.clean.validate(problems);
        self.explore.validate(problems);
        self.split.validate(problems, &self.main);
        self.train.validate(problems, &self.main);
        self.tune.validate(problems);
        self.evaluate.validate(problems);
        self.report.validate(problems);
        self.predict.validate(problems);
        self.serve.validate(problems);
    }

    /// What artifact names are made of.
    pub fn names(&self) -> Names {
        Names {
            dataset: self.main.dataset.value.clone(),
            date: self.main.date.value.clone(),
            version: self.main.version.value,
        }
    }

    /// The contents of each file below its root key, as written; an empty mapping where there is no file.
    pub fn nodes(&self) -> &[(&'static str, Node)] {
        &self.nodes
    }

    /// The algorithm of that name in train.yaml.
    ///
    /// # Errors
    /// Exit code 2 with a did-you-mean.
    pub fn algorithm(&self, name: &str) -> Result<&Algorithm> {
        let algorithms = &self.train.algorithms;
        algorithms.iter().find(|a| a.name.as_str() == Some(name)).ok_or_else(|| {
            let names: Vec<&str> = algorithms.iter().filter_map(|a| a.name.as_str()).collect();
            Error::usage(format!("algorithm `{name}` not found in `{}`", shown("train"))).maybe_hint(suggest(
                name,
                "algorithms",
                &names,
            ))
        })
    }

    /// The seed of the split: its own, or the project's.
    pub fn split_seed(&self) -> u64 {
        self.split.seed.unwrap_or(self.main.seed)
    }

    /// The seed of the search: its own, or that of training.
    pub fn tune_seed(&self) -> u64 {
        self.tune.seed.unwrap_or_else(|| self.train_seed())
    }

    /// The seed of training and folds: its own, or the project's.
    pub fn train_seed(&self) -> u64 {
        self.train.seed.unwrap_or(self.main.seed)
    }
}

/// A config file's path relative to the project folder.
pub fn shown(name: &str) -> String {
    format!("configs/{name}.yaml")
}

/// One error for several: the first, and how to see the others.
fn first_of(problems: Vec<Error>) -> Error {
    let more = problems.len().saturating_sub(1);
    let first = problems.into_iter().next().unwrap_or_else(|| Error::usage("the configuration is not valid"));
    match more {
        0 => first,
        _ => first.maybe_hint(Some(format!("{more} more in the configs: `mlops validate` shows all"))),
    }
}

/// Reads what stands under the root key of one file.
fn read(project: &Project, name: &str, text: Option<&str>) -> Result<Node> {
    let shown = shown(name);
    let path = project.path(&shown);
    let root = match text {
        Some(text) => yaml::parse(text, &shown)?,
        None if name != "config" && !path.exists() => return Ok(Node::empty()),
        None => yaml::read(&path, &shown)?,
    };
    let Some(entries) = root.as_mapping() else {
        return Err(root.error(format!("expected the root key `{name}:`, found {}", root.describe())));
    };
    match entries {
        [(key, value)] if key.as_str() == Some(name) => Ok(value.clone()),
        [(key, _), ..] => {
            let stray = entries.iter().map(|(key, _)| key).find(|key| key.as_str() != Some(name)).unwrap_or(key);
            Err(stray
                .error(format!("expected one root key `{name}:` in this file"))
                .hint(format!("each config file has its own name as its root key; indent everything below `{name}:`")))
        }
        [] => Err(root.error(format!("expected the root key `{name}:`"))),
    }
}

/// Problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Error>);

impl Problems {
    fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|e| self.0.push(e)).ok()
    }

    fn typed<T: DeserializeOwned>(&mut self, nodes: &[(&'static str, Node)], name: &str) -> Option<T> {
        let node = nodes.iter().find(|(file, _)| *file == name).map(|(_, node)| node)?;
        self.take(node.to())
    }

    fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    fn check(&mut self, good: bool, error: impl FnOnce() -> Error) {
        if !good {
            self.0.push(error());
        }
    }
}

/// Whether a path stays inside the project folder.
pub(crate) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Whether a word may stand in a file name: lower case letters, digits, `-` and `_`.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests;
