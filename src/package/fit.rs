//! Training: learned transforms and model, on training rows and on each fold of them.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::info::{Info, Input, Provenance};
use super::out_of_fold::{OutOfFold, ThresholdRule};
use super::weights::ClassWeight;
use super::{ModelPackage, build_fixes, decode_target, extremes, folds};
use crate::data::{Kind, PART, Profile, ROW_ID, Schema, Scores, Table, Target, Values, schema};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::models::{self, Estimator, FitContext, FittedModel};
use crate::transforms::{Features, FittedTransform, Transform};
use crate::yaml::Node;

/// What helps where a value is too large.
const TOO_LARGE: &str =
    "mark it as missing under `clean.missing`, or put a `clip_outliers` step before the others in `features.learned`";

/// A learned transform as configured.
pub struct LearnedStep {
    /// As in the registry.
    pub name: String,
    /// As in the config.
    pub params: Node,
    /// Built from the two.
    pub transform: Box<dyn Transform>,
}

/// All that training needs beside the data.
pub struct FitOptions<'a> {
    /// The algorithm.
    pub algorithm: &'static models::Entry,
    /// Its parameters.
    pub params: &'a Node,
    /// Learned transforms in order.
    pub learned: &'a [LearnedStep],
    /// Columns that are no features.
    pub drop: &'a [String],
    /// Dataset name.
    pub dataset: &'a str,
    /// Model version.
    pub version: u32,
    /// Folds for out-of-fold predictions.
    pub folds: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Class weights.
    pub class_weight: &'a ClassWeight,
    /// How the threshold is set.
    pub threshold: &'a ThresholdRule,
    /// Threads; never change the result.
    pub threads: usize,
    /// Who hears of progress.
    pub observer: &'a dyn Observer,
}

/// Fits one algorithm on the training table.
///
/// # Errors
/// Exit code 2 for parameters that cannot work, 3 for data that cannot be learned from.
pub fn fit(table: &Table, schema: &Schema, options: &FitOptions) -> Result<ModelPackage> {
    let spec = schema.target()?;
    let target = decode_target(crate::data::schema::require(table, &spec.column, "the training rows")?, spec)?;
    let train = as_numbers(table);
    let (profile, provenance) = (Profile::of(&train), provenance(&train, &target, options.seed));
    let inputs = input_columns(train, spec, options.drop)?;
    let names: Vec<String> = inputs.names().into_iter().map(str::to_owned).collect();
    for step in options.learned {
        step.transform.check(&names)?;
    }
    let fold_of = folds(&target, options.folds, options.seed)?;
    let job = Job {
        estimator: (options.algorithm.build)(options.params)?,
        inputs: &inputs,
        target: &target,
        fold_of: &fold_of,
        spec,
        options,
        progress: Progress::new(options),
    };
    let row_name = |row: usize| match table.column(ROW_ID).map(|column| &column.values) {
        Some(Values::Text(ids)) => format!("{ROW_ID} {}", ids.get(row).unwrap_or_default()),
        _ => format!("row {}", row + 1),
    };
    let run = job.run();
    let (full, scores) = run.map_err(|error| extremes::explain(error, &inputs, &row_name, TOO_LARGE))?;
    let out_of_fold = OutOfFold { target: &target, fold_of: &fold_of, folds: options.folds, scores };
    let threshold = out_of_fold.threshold(options.threshold)?;
    let info = Info {
        algorithm: options.algorithm.name.to_owned(),
        params: options.params.to_json(),
        dataset: options.dataset.to_owned(),
        version: options.version,
        target: spec.clone(),
        threshold,
        threshold_rule: threshold.map(|_| options.threshold.describe()).unwrap_or_default(),
        out_of_fold: out_of_fold.metrics(threshold)?,
        provenance,
        inputs: describe_inputs(&inputs),
        features: full.features,
        learned: options.learned.iter().map(|s| recipe_step(&s.name, &s.params)).collect(),
        recipe: recipe_of(schema, &inputs)?,
        profile,
        scores: out_of_fold.histogram(),
    };
    let learned = options.learned.iter().map(|s| s.name.clone()).zip(full.learned).collect();
    Ok(ModelPackage { fixes: build_fixes(&info)?, info, learned, model: full.model })
}

fn recipe_step(name: &str, params: &Node) -> schema::RecipeStep {
    schema::RecipeStep { name: name.to_owned(), params: params.to_json() }
}

/// Whole numbers count as numbers from here on: a fraction in a test row must not change the model.
fn as_numbers(table: &Table) -> Table {
    let mut columns = table.clone().into_columns();
    for column in columns.iter_mut().filter(|c| c.kind == Kind::Integer) {
        column.kind = Kind::Number;
    }
    Table::new(columns)
}

/// The recipe with the columns that an answer needs: inputs of the model and of the steps. Ids come along
/// where new rows have them; anything else is not even read.
fn recipe_of(schema: &Schema, inputs: &Table) -> Result<schema::Recipe> {
    let mut recipe = schema.recipe()?.clone();
    let names: Vec<String> = recipe.typing.columns.iter().map(|c| c.name.clone()).collect();
    for column in &mut recipe.typing.columns {
        column.required = inputs.column(&column.name).is_some();
        if column.kind == Kind::Integer {
            column.kind = Kind::Number;
        }
    }
    let steps: Vec<_> = recipe.clean.iter().chain(&recipe.derive).cloned().collect();
    for column in recipe.typing.columns.iter_mut().filter(|c| !c.required) {
        column.required = is_read(&column.name, &names, &steps)?;
    }
    recipe.typing.columns.retain(|c| c.required || c.kind == Kind::Id);
    Ok(recipe)
}

/// Whether a step refuses to work without the raw column `name`.
fn is_read(name: &str, raw: &[String], steps: &[schema::RecipeStep]) -> Result<bool> {
    let mut columns: Vec<String> = std::iter::once(ROW_ID).map(str::to_owned).chain(raw.iter().cloned()).collect();
    columns.retain(|c| c != name);
    for fix in super::fixes_of(steps)? {
        let before = columns.clone();
        if fix.check(&mut columns).is_err() {
            // What only goes is not missed.
            columns = before;
            if !fix.only_drops() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a column of this kind can be a feature.
pub(crate) fn is_feature_kind(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Integer | Kind::Bool | Kind::Category)
}

/// The columns that are features: neither key, part nor target, of a kind models can take, not dropped.
fn input_columns(table: Table, spec: &schema::TargetSpec, drop: &[String]) -> Result<Table> {
    let columns: Vec<_> = table
        .into_columns()
        .into_iter()
        .filter(|c| c.name != ROW_ID && c.name != PART && c.name != spec.column)
        .filter(|c| is_feature_kind(c.kind) && !drop.contains(&c.name))
        .collect();
    if columns.is_empty() {
        return Err(Error::data("no column is left as a feature").hint(
            "ids, dates and free text are no features as they are: derive columns from them, or drop fewer columns",
        ));
    }
    Ok(Table::new(columns))
}

fn describe_inputs(inputs: &Table) -> Vec<Input> {
    inputs
        .columns()
        .iter()
        .map(|column| {
            let levels = crate::data::schema::Field::of(column).levels;
            Input { name: column.name.clone(), kind: column.kind, levels }
        })
        .collect()
}

fn provenance(train: &Table, target: &Target, seed: u64) -> Provenance {
    let class_counts = match target {
        Target::Values(_) => Vec::new(),
        Target::Classes { codes, classes } => {
            let mut counts = vec![0; *classes];
            for code in codes {
                counts[*code as usize] += 1;
            }
            counts
        }
    };
    Provenance { rows: train.rows() as u64, class_counts, train_data: format!("{:016x}", train.digest()), seed }
}

/// One fit on all training rows and one per fold.
struct Job<'a> {
    estimator: Box<dyn Estimator>,
    inputs: &'a Table,
    target: &'a Target,
    fold_of: &'a [usize],
    spec: &'a schema::TargetSpec,
    options: &'a FitOptions<'a>,
    progress: Progress<'a>,
}

/// What one fit gives.
struct Fitted {
    learned: Vec<Box<dyn FittedTransform>>,
    model: Box<dyn FittedModel>,
    features: Vec<String>,
}

impl Job<'_> {
    /// The fit on all rows, and each row's scores from the fold that left it out.
    ///
    /// The fits are independent of one another, so they share the threads and the order does not matter.
    fn run(&self) -> Result<(Fitted, Scores)> {
        let folds = self.options.folds;
        let fit = |task| if task == 0 { self.fit_all().map(Part::Full) } else { self.fit_fold(task).map(Part::Fold) };
        let mut parts = if self.estimator.is_parallel() {
            (0..=folds).map(fit).collect::<Result<Vec<Part>>>()?
        } else {
            (0..=folds).into_par_iter().map(fit).collect::<Result<Vec<Part>>>()?
        };
        self.progress.finish();
        let mut scores = Scores::default();
        for (fold, part) in parts.drain(1..).enumerate() {
            let Part::Fold(held_out) = part else { continue };
            if scores.width == 0 {
                scores = Scores { width: held_out.width, values: vec![f64::NAN; held_out.width * self.fold_of.len()] };
            }
            let rows = (0..self.fold_of.len()).filter(|row| self.fold_of[*row] == fold);
            for (at, row) in rows.enumerate() {
                scores.values[row * scores.width..(row + 1) * scores.width].copy_from_slice(held_out.row(at));
            }
        }
        match parts.pop() {
            Some(Part::Full(full)) => Ok((full, scores)),
            _ => Err(Error::failure("training gave no model")),
        }
    }

    fn fit_all(&self) -> Result<Fitted> {
        self.fit_rows(self.inputs.clone(), self.target, 0)
    }

    fn fit_fold(&self, task: usize) -> Result<Scores> {
        let fold = task - 1;
        let inside: Vec<usize> = (0..self.fold_of.len()).filter(|row| self.fold_of[*row] != fold).collect();
        let outside: Vec<usize> = (0..self.fold_of.len()).filter(|row| self.fold_of[*row] == fold).collect();
        let target = self.target.select(&inside);
        if let Some(answer) = only_class(&target) {
            self.progress.at(task, 1, 1);
            return Ok(Scores { width: answer.len(), values: answer.repeat(outside.len()) });
        }
        let fitted = self.fit_rows(self.inputs.select_rows(&inside), &target, task)?;
        let mut features = Features::new(self.inputs.select_rows(&outside));
        for learned in &fitted.learned {
            features = learned.apply(features)?;
        }
        fitted.model.predict(&features.into_matrix()?)
    }

    fn fit_rows(&self, inputs: Table, target: &Target, task: usize) -> Result<Fitted> {
        let options = self.options;
        let mut features = Features::new(inputs);
        let mut learned = Vec::with_capacity(options.learned.len());
        for step in options.learned {
            let (fitted, next) = step.transform.fit(features, target, options.seed)?;
            learned.push(fitted);
            features = next;
        }
        let matrix = features.into_matrix()?;
        let algorithm = options.algorithm.name;
        tracing::info!(algorithm, task, rows = matrix.rows, features = matrix.width(), "fit begins");
        if matrix.width() == 0 {
            return Err(Error::data("no feature is left after the learned transforms")
                .hint("every column is constant; use other columns"));
        }
        let weights = options.class_weight.rows(target, &self.spec.classes)?;
        let context = FitContext {
            seed: options.seed,
            threads: (options.threads / (options.folds + 1)).max(1),
            progress: &|done, total| self.progress.at(task, done, total),
        };
        let model = self.estimator.fit(&matrix, target, weights.as_deref(), &context)?;
        tracing::info!(algorithm, task, "fit ended");
        Ok(Fitted { learned, model, features: matrix.names })
    }
}

/// Where all rows are of one class there is nothing to learn: the answer is that class, for sure.
fn only_class(target: &Target) -> Option<Vec<f64>> {
    let Target::Classes { codes, classes } = target else { return None };
    let first = codes.first()?;
    let certain = (0..*classes).map(|class| f64::from(u8::from(class == *first as usize))).collect();
    codes.iter().all(|code| code == first).then_some(certain)
}

enum Part {
    Full(Fitted),
    Fold(Scores),
}

/// Progress of all fits together, in thousandths of a fit.
struct Progress<'a> {
    task: String,
    done: Vec<AtomicU64>,
    observer: &'a dyn Observer,
}

impl<'a> Progress<'a> {
    fn new(options: &FitOptions<'a>) -> Self {
        let done = (0..=options.folds).map(|_| AtomicU64::new(0)).collect();
        Self { task: format!("train {}", options.algorithm.name), done, observer: options.observer }
    }

    fn at(&self, fit: usize, done: usize, total: usize) {
        let share = (1000 * done).checked_div(total).unwrap_or(0) as u64;
        self.done[fit].store(share, Ordering::Relaxed);
        let done = self.done.iter().map(|d| d.load(Ordering::Relaxed)).sum();
        let total = 1000 * self.done.len() as u64;
        self.observer.event(Event::Progress { task: self.task.clone(), done, total });
    }

    fn finish(&self) {
        self.observer.event(Event::Finished { task: self.task.clone() });
    }
}
