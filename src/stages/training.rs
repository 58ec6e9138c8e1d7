//! What every fit of the project's models goes by, as the configs say it.

use super::{Context, steps};
use crate::config::{self, Algorithm, Costs, Threshold};
use crate::data::{Schema, Table, Task, artifact};
use crate::error::{Error, Result, suggest};
use crate::metrics;
use crate::models::{self, Entry};
use crate::package::{self, Calibration, Cap, FitOptions, LearnedStep, Sampling, ThresholdRule, Validation};
use crate::project::Side;
use crate::transforms::Phase;
use crate::yaml::{Located, Node};

/// The training rows, and the settings of all fits on them.
pub struct Training {
    /// The rows.
    pub table: Table,
    /// Their schema.
    pub schema: Schema,
    /// What is learned.
    pub task: Task,
    learned: Vec<LearnedStep>,
    drop: Vec<String>,
    dataset: String,
    validation: Validation,
    sample_weight: Option<String>,
    sampling: Sampling,
    calibration: Option<Calibration>,
    threshold: ThresholdRule,
}

impl Training {
    /// Reads the training rows and what the configs say of fits.
    ///
    /// # Errors
    /// Exit code 2 for settings that do not fit the rows, 3 for rows that cannot be read.
    pub fn read(ctx: &Context) -> Result<Self> {
        let config = &ctx.config.train;
        let learned = steps::build_learned(&ctx.config.features.learned)?;
        let (table, schema) = artifact::read(ctx.project, &ctx.config.names().split(Side::Train))?;
        let task = schema.target()?.task;
        if let Some(name) = &config.sample_weight {
            name.find("column", &table.names())?;
        }
        Ok(Self {
            learned,
            drop: ctx.config.features.drop.iter().map(|d| d.value.clone()).collect(),
            dataset: ctx.config.main.dataset.value.clone(),
            validation: validation(ctx, &table)?,
            sample_weight: config.sample_weight.as_ref().map(|name| name.value.clone()),
            sampling: sampling(&config.sampling),
            calibration: config.calibration.as_ref().map(|method| match method.value {
                config::Calibration::Platt => Calibration::Platt,
                config::Calibration::Isotonic => Calibration::Isotonic,
            }),
            threshold: threshold_rule(&config.threshold, &schema.target()?.classes)?,
            table,
            schema,
            task,
        })
    }

    /// Checks that the rows have the columns that features.yaml derives by now.
    ///
    /// # Errors
    /// Exit code 3 where they were made by other steps.
    pub fn check_derived(&self, ctx: &Context) -> Result<()> {
        let built = steps::build(&ctx.config.features.derive, &[Phase::ColumnFix])?;
        if built.iter().map(|step| &step.recipe).eq(&self.schema.recipe()?.derive) {
            return Ok(());
        }
        Err(Error::data("the training rows were made before `features.derive` was changed")
            .hint("make them anew with `mlops run-all --to split`"))
    }

    /// The settings for the package.
    pub fn options<'a>(&'a self, ctx: &Context<'a>) -> FitOptions<'a> {
        FitOptions {
            learned: &self.learned,
            drop: &self.drop,
            dataset: &self.dataset,
            version: ctx.config.main.version.value,
            validation: &self.validation,
            seed: ctx.config.train_seed(),
            sample_weight: self.sample_weight.as_deref(),
            sampling: &self.sampling,
            calibration: self.calibration,
            threshold: &self.threshold,
            threads: ctx.threads,
            observer: ctx.observer,
        }
    }
}

fn validation(ctx: &Context, table: &crate::data::Table) -> Result<Validation> {
    use config::ValidationMethod;
    let config = &ctx.config.train.validation;
    let column = match &config.column {
        Some(name) => table.columns()[name.find("column", &table.names())?].name.clone(),
        None => String::new(),
    };
    let method = match config.method.value {
        ValidationMethod::KFold => package::Method::KFold,
        ValidationMethod::Stratified => package::Method::Stratified,
        ValidationMethod::Group => package::Method::Group(column),
        ValidationMethod::Time => package::Method::Time(column),
        ValidationMethod::Predefined => package::Method::Predefined(column),
    };
    Ok(Validation { method, folds: ctx.config.train.folds.value, repeats: config.repeats.value })
}

fn sampling(config: &config::Sampling) -> Sampling {
    match config {
        config::Sampling::All => Sampling::None,
        config::Sampling::Under => Sampling::Under,
        config::Sampling::Over => Sampling::Over,
        config::Sampling::Caps(caps) => Sampling::Caps(
            caps.iter().map(|(label, most)| (label.clone(), most.map_or(Cap::Others, Cap::Rows))).collect(),
        ),
    }
}

/// What train.yaml says of an algorithm; all defaults where it does not name it.
pub fn as_trained(ctx: &Context, name: &Node) -> Algorithm {
    let named = ctx.config.train.algorithms.iter().find(|algorithm| algorithm.name == *name);
    match named {
        Some(algorithm) => Algorithm { name: name.clone(), ..algorithm.clone() },
        None => Algorithm { name: name.clone(), params: Node::empty(), class_weight: None },
    }
}

/// Refuses an algorithm, or a member of one, that cannot do the task.
///
/// # Errors
/// Exit code 2 at its name, with those that can.
pub fn check_task(algorithm: &Algorithm, task: Task) -> Result<()> {
    let entry = models::find(&algorithm.name)?;
    let able = |entry: &Entry, at: &Node, is_part: bool| {
        if entry.tasks.contains(&task) {
            return Ok(());
        }
        // An ensemble can stand nowhere in an ensemble.
        let others = models::REGISTRY.iter().filter(|e| e.tasks.contains(&task) && !(is_part && e.is_ensemble()));
        Err(at
            .error(format!("`{}` cannot do a {} task", entry.name, task.name()))
            .hint(format!("algorithms that can: {}", others.map(|e| e.name).collect::<Vec<_>>().join(", "))))
    };
    able(entry, &algorithm.name, false)?;
    match (entry.build)(&algorithm.params)?.blend() {
        Some(blend) => blend.parts().try_for_each(|part| able(part.entry, &part.at, true)),
        None => Ok(()),
    }
}

/// Refuses weights of what is no class, of an algorithm or a member of one; no classes are known where none are given.
///
/// # Errors
/// Exit code 2 where the weights stand.
pub fn check_class_weights<S: AsRef<str>>(train: &config::Train, algorithm: &Algorithm, classes: &[S]) -> Result<()> {
    let check = |weight: &config::ClassWeight, error: &dyn Fn(String) -> Error| {
        let config::ClassWeight::Given(given) = weight else { return Ok(()) };
        let unknown =
            |(label, _): &&(String, f64)| !classes.is_empty() && classes.iter().all(|class| class.as_ref() != label);
        match given.iter().find(unknown) {
            None => Ok(()),
            Some((label, _)) => {
                Err(error(format!("`{label}` is no class")).maybe_hint(suggest(label, "classes", classes)))
            }
        }
    };
    match &algorithm.class_weight {
        Some((key, weight)) => check(weight, &|message| key.error(message))?,
        None => check(&train.class_weight.value, &|message| train.class_weight.error(message))?,
    }
    let estimator = (models::find(&algorithm.name)?.build)(&algorithm.params)?;
    for part in estimator.blend().iter().flat_map(|blend| blend.parts()) {
        if let Some((key, weight)) = &part.class_weight {
            check(&weight.to()?, &|message| key.error(message))?;
        }
    }
    Ok(())
}

fn threshold_rule(config: &Threshold, classes: &[String]) -> Result<ThresholdRule> {
    Ok(match config {
        Threshold::Fixed(value) => ThresholdRule::Fixed(*value),
        Threshold::Costs(costs) => {
            check_costs(costs, classes)?;
            ThresholdRule::Costs(costs.value.clone())
        }
        Threshold::Metric(name) => {
            ThresholdRule::Metric(metrics::find(name).map_err(|e| super::train::point_at(name, &e))?)
        }
    })
}

/// Refuses costs of what is no class; a number has none, and is decided without them.
///
/// # Errors
/// Exit code 2 where the costs stand.
pub fn check_costs<S: AsRef<str>>(costs: &Located<Vec<Costs>>, classes: &[S]) -> Result<()> {
    let labels =
        costs.value.iter().flat_map(|(actual, row)| std::iter::once(actual).chain(row.iter().map(|(to, _)| to)));
    let unknown = |label: &&String| !classes.is_empty() && classes.iter().all(|class| class.as_ref() != label.as_str());
    match labels.into_iter().find(unknown) {
        None => Ok(()),
        Some(label) => {
            Err(costs.error(format!("`{label}` is no class")).maybe_hint(suggest(label, "classes", classes)))
        }
    }
}
