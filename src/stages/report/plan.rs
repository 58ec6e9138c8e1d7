//! Which figures there are, from the configs alone: dvc.yaml lists every one by name.

use super::super::Context;
use crate::config::{TaskName, Topic};
use crate::data::Task;
use crate::error::Result;
use crate::models;

/// A figure of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What it shows.
    pub subject: Subject,
    /// What it is called in file names, such as `confusion-matrix-xgb`.
    pub name: String,
}

/// What a figure shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// All models.
    Models(Topic),
    /// One model: its algorithm.
    Model(Topic, String),
    /// Columns in random order.
    PermutationImportance,
    /// Models of ever more rows.
    LearningCurve,
}

impl Planned {
    /// Its files.
    pub fn paths(&self, ctx: &Context) -> Vec<String> {
        let formats = ctx.config.report.figures.formats.value.iter();
        formats.map(|format| ctx.config.names().figure(&self.name, format.ending())).collect()
    }
}

/// All figures in the order of a report.
pub fn figures(ctx: &Context) -> Vec<Planned> {
    let config = ctx.config;
    let topics = match &config.report.figures.topics {
        Some(topics) => topics.value.clone(),
        None => {
            let texts = config.features.learned.iter().any(|step| step.get("vectorize").is_some());
            let all = Topic::of_target(&config.main.target).iter().copied();
            all.filter(|topic| texts || !topic.needs_terms()).collect()
        }
    };
    let mut all: Vec<Planned> = topics.iter().flat_map(|topic| of_topic(ctx, *topic)).collect();
    let own = |subject, name: &str| Planned { subject, name: name.to_owned() };
    if config.evaluate.permutation_importance.is_some() && !topics.is_empty() {
        all.push(own(Subject::PermutationImportance, "permutation-importance"));
    }
    if config.report.learning_curve.is_some() {
        all.push(own(Subject::LearningCurve, "learning-curve"));
    }
    all
}

fn of_topic(ctx: &Context, topic: Topic) -> Vec<Planned> {
    let named = |algorithm: &'_ crate::config::Algorithm| {
        // What cannot be built is refused where it is trained.
        let of_trees = models::find(&algorithm.name).is_ok_and(|entry| entry.grows_trees(&algorithm.params));
        Some((algorithm.name.as_str()?.to_owned(), of_trees))
    };
    let algorithms: Vec<(String, bool)> = ctx.config.train.algorithms.iter().filter_map(named).collect();
    let algorithms: Vec<(&str, bool)> = algorithms.iter().map(|(name, trees)| (name.as_str(), *trees)).collect();
    let planned = |(name, algorithm): (String, Option<&str>)| match algorithm {
        Some(algorithm) => Planned { subject: Subject::Model(topic, algorithm.to_owned()), name },
        None => Planned { subject: Subject::Models(topic), name },
    };
    topic.figures(&algorithms).into_iter().map(planned).collect()
}

/// Refuses topics that the task does not have.
///
/// # Errors
/// Exit code 2, where they stand.
pub fn check(ctx: &Context, task: Task) -> Result<()> {
    let Some(topics) = &ctx.config.report.figures.topics else { return Ok(()) };
    let able = Topic::of(match task {
        Task::Binary => TaskName::Binary,
        Task::Multiclass => TaskName::Multiclass,
        Task::Regression => TaskName::Regression,
    });
    match topics.value.iter().find(|topic| !able.contains(topic)) {
        None => Ok(()),
        Some(wrong) => {
            let names: Vec<String> = able.iter().map(|topic| topic.key()).collect();
            let task = task.name();
            Err(topics
                .error(format!("a {task} target has no figure `{}`", wrong.key()))
                .hint(format!("its figures: {}", names.join(", "))))
        }
    }
}
