//! Training: learned transforms and model, on training rows and on each fold of them.

use super::decision::ThresholdRule;
use super::info::{Info, Input, Provenance};
use super::job::{Fits, Job, Learner};
use super::out_of_fold::OutOfFold;
use super::validation::{Fold, Kin};
use super::weights::{ClassWeight, sample_weights};
use super::{Calibration, ModelPackage, Sampling, Validation, blending, build_fixes, decode_target, extremes};
use crate::data::{Column, Kind, PART, Profile, ROW_ID, Schema, Scores, Table, Target, Values, schema};
use crate::error::{Error, Result};
use crate::event::Observer;
use crate::models::{self, Estimator, FittedModel};
use crate::transforms::Transform;
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

/// What is fitted.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// The algorithm.
    pub algorithm: &'static models::Entry,
    /// Its parameters.
    pub params: &'a Node,
    /// Class weights.
    pub class_weight: &'a ClassWeight,
}

/// All that training needs beside the data and the algorithm.
pub struct FitOptions<'a> {
    /// Learned transforms in order.
    pub learned: &'a [LearnedStep],
    /// Columns that are no features.
    pub drop: &'a [String],
    /// Dataset name.
    pub dataset: &'a str,
    /// Model version.
    pub version: u32,
    /// Folds for out-of-fold predictions.
    pub validation: &'a Validation,
    /// Seed of everything random.
    pub seed: u64,
    /// The column that holds how much each row counts; no feature then.
    pub sample_weight: Option<&'a str>,
    /// Rows left out or drawn again.
    pub sampling: &'a Sampling,
    /// What is done to scores, learned out of fold.
    pub calibration: Option<Calibration>,
    /// How the threshold is set.
    pub threshold: &'a ThresholdRule,
    /// Threads; never change the result.
    pub threads: usize,
    /// Who hears of progress.
    pub observer: &'a dyn Observer,
}

/// The training table taken apart.
pub(super) struct Rows {
    pub(super) spec: schema::TargetSpec,
    pub(super) target: Target,
    pub(super) weights: Option<Vec<f64>>,
    pub(super) folds: Vec<Fold>,
    pub(super) kin: Kin,
    pub(super) inputs: Table,
    profile: Profile,
}

impl Rows {
    pub(super) fn of(table: &Table, schema: &Schema, options: &FitOptions) -> Result<Self> {
        let spec = schema.target()?;
        let target = decode_target(schema::require(table, &spec.column, "the training rows")?, spec)?;
        let table = as_numbers(table);
        let profile = Profile::of(&table);
        let weights = options.sample_weight.map(|name| sample_weights(&table, name)).transpose()?;
        let folds = options.validation.folds(&table, &target, options.seed)?;
        let kin = options.validation.kin(&table)?;
        let texts: Vec<&str> = options.learned.iter().flat_map(|step| step.transform.reads_text()).collect();
        let inputs = input_columns(table, spec, &no_features(options), &texts)?;
        let names: Vec<String> = inputs.names().into_iter().map(str::to_owned).collect();
        for step in options.learned {
            step.transform.check(&names)?;
        }
        Ok(Self { spec: spec.clone(), target, weights, folds, kin, inputs, profile })
    }

    /// What is told of a fit on the rows of `table` that fails for the size of some value.
    pub(super) fn explain(&self, error: Error, table: &Table) -> Error {
        let row_name = |row: usize| match table.column(ROW_ID).map(|column| &column.values) {
            Some(Values::Text(ids)) => format!("{ROW_ID} {}", ids.get(row).unwrap_or_default()),
            _ => format!("row {}", row + 1),
        };
        extremes::explain(error, &self.inputs, &row_name, TOO_LARGE)
    }
}

/// Fits one algorithm on the training table.
///
/// # Errors
/// Exit code 2 for parameters that cannot work, 3 for data that cannot be learned from.
pub fn fit(table: &Table, schema: &Schema, candidate: &Candidate, options: &FitOptions) -> Result<ModelPackage> {
    let rows = Rows::of(table, schema, options)?;
    let provenance = provenance(table, &rows.target, options.seed);
    let estimator = (candidate.algorithm.build)(candidate.params)?;
    let trained = train(candidate, estimator.as_ref(), &rows, options);
    let (Fits { learned, features, .. }, model, scores) = trained.map_err(|error| rows.explain(error, table))?;
    let mut out_of_fold = OutOfFold::new(&rows.target, &rows.folds, scores);
    let calibrator = options.calibration.map(|method| out_of_fold.calibrate(method)).transpose()?;
    let decision = out_of_fold.decision(options.threshold, &rows.spec.classes)?;
    let info = Info {
        algorithm: candidate.algorithm.name.to_owned(),
        params: candidate.params.to_json(),
        dataset: options.dataset.to_owned(),
        version: options.version,
        target: rows.spec.clone(),
        out_of_fold: out_of_fold.metrics(&decision)?,
        decision,
        provenance,
        inputs: describe_inputs(&rows.inputs),
        features,
        learned: options.learned.iter().map(|s| recipe_step(&s.name, &s.params)).collect(),
        recipe: recipe_of(schema, &rows.inputs)?,
        profile: rows.profile,
        scores: out_of_fold.histogram(),
    };
    let learned = options.learned.iter().map(|s| s.name.clone()).zip(learned).collect();
    Ok(ModelPackage { fixes: build_fixes(&info)?, info, learned, model, calibrator })
}

/// The fits, the model that comes of them, and of each fold its scores.
type Trained = (Fits, Box<dyn FittedModel>, Vec<Scores>);

fn train(candidate: &Candidate, estimator: &dyn Estimator, rows: &Rows, options: &FitOptions) -> Result<Trained> {
    let name = candidate.algorithm.name;
    if let Some(blend) = estimator.blend() {
        let learners = blending::learners(blend, candidate.class_weight)?;
        let mut fits = Job::new(name, &learners, rows, options).run()?;
        let (model, scores) = blending::combine(blend, candidate.class_weight, rows, options, &mut fits)?;
        return Ok((fits, model, scores));
    }
    let learner = Learner { name, estimator, class_weight: candidate.class_weight.clone() };
    let mut fits = Job::new(name, &[learner], rows, options).run()?;
    match (fits.models.pop(), fits.scores.pop()) {
        (Some(model), Some(scores)) => Ok((fits, model, scores)),
        _ => Err(Error::failure("training gave no model")),
    }
}

/// The columns that are no features: those that the config drops, and those that say how to learn.
fn no_features(options: &FitOptions) -> Vec<String> {
    let weight = options.sample_weight.map(str::to_owned);
    let folds = match &options.validation.method {
        super::Method::Predefined(column) => Some(column.clone()),
        _ => None,
    };
    options.drop.iter().cloned().chain(weight).chain(folds).collect()
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
    leave_out_unread(&mut recipe, &names, inputs)?;
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

/// Leaves out steps that make a column which neither the model nor another step reads, such as one that says which rows
/// stay together.
fn leave_out_unread(recipe: &mut schema::Recipe, raw: &[String], inputs: &Table) -> Result<()> {
    let mut cleaning = recipe.clean.len();
    let mut steps = [std::mem::take(&mut recipe.clean), std::mem::take(&mut recipe.derive)].concat();
    for at in (0..steps.len()).rev() {
        let fix = super::fixes_of(&steps[at..=at])?;
        let Some(made) = fix.first().and_then(|fix| fix.makes()) else { continue };
        let mut columns = with_row_id(raw);
        refuse(&steps[..=at], &mut columns)?;
        columns.retain(|column| column != made);
        if inputs.column(made).is_none() && !refuse(&steps[at + 1..], &mut columns)? {
            steps.remove(at);
            cleaning -= usize::from(at < cleaning);
        }
    }
    recipe.derive = steps.split_off(cleaning);
    recipe.clean = steps;
    Ok(())
}

/// Whether a step refuses to work without the raw column `name`.
fn is_read(name: &str, raw: &[String], steps: &[schema::RecipeStep]) -> Result<bool> {
    let mut columns = with_row_id(raw);
    columns.retain(|c| c != name);
    refuse(steps, &mut columns)
}

fn with_row_id(raw: &[String]) -> Vec<String> {
    std::iter::once(ROW_ID).map(str::to_owned).chain(raw.iter().cloned()).collect()
}

/// Takes steps through a list of columns; whether one refuses to work for want of a column that is not there.
fn refuse(steps: &[schema::RecipeStep], columns: &mut Vec<String>) -> Result<bool> {
    for fix in super::fixes_of(steps)? {
        let before = columns.clone();
        if fix.check(columns).is_err() {
            // What only goes is not missed.
            *columns = before;
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

/// The columns that are features: neither key, part nor target, not dropped, and of a kind models can take or a text
/// that a learned step reads.
fn input_columns(table: Table, spec: &schema::TargetSpec, drop: &[String], texts: &[&str]) -> Result<Table> {
    let is_read = |c: &Column| c.kind == Kind::Text && texts.contains(&c.name.as_str());
    let columns: Vec<_> = table
        .into_columns()
        .into_iter()
        .filter(|c| c.name != ROW_ID && c.name != PART && c.name != spec.column)
        .filter(|c| (is_feature_kind(c.kind) || is_read(c)) && !drop.contains(&c.name))
        .collect();
    if columns.is_empty() {
        return Err(Error::data("no column is left as a feature").hint(
            "ids, dates and free text are no features as they are: derive columns from them, `vectorize` texts in \
             `features.learned`, or drop fewer columns",
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
