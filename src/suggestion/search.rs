//! Forward selection: screen, try, keep the best, and once more.

use std::collections::BTreeSet;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use super::candidate::{Candidate, learned};
use super::gain::Gain;
use super::pairs::pairs;
use super::proposal::{Handling, Proposal};
use super::residuals::{Residuals, bar};
use super::sources::Sources;
use crate::data::schema::RecipeStep;
use crate::data::{Column, PART, ROW_ID, Schema, Scores, Table, Target};
use crate::error::{Error, Result};
use crate::metrics::Metric;
use crate::models::Estimator;
use crate::package::{self, CrossValidation, FitOptions, FoldMetrics, LearnedStep};

/// Candidates tried before the best of them is taken.
const ROUND: usize = 8;
/// Candidates made of the same columns that are tried between two that stay.
const ALIKE: usize = 3;
/// Relative difference of associations that is rounding.
const SAME: f64 = 1e-9;
/// Learned steps that new ones go in front of: what is encoded as numbers is to be scaled.
const LATE: [&str; 2] = ["scale", "encode"];

/// A search, ready to run.
pub struct Search<'a> {
    /// The training rows.
    pub table: &'a Table,
    /// Their schema.
    pub schema: &'a Schema,
    /// The settings of all fits.
    pub options: &'a FitOptions<'a>,
    /// The algorithm that columns are tried with.
    pub model: package::Candidate<'a>,
    /// What they are to raise.
    pub metric: &'static Metric,
    /// Columns that nothing is made of, beside the target and keys.
    pub excluded: &'a BTreeSet<String>,
    /// Whether all models of the project take missing values.
    pub takes_missing: bool,
    /// Columns that may stay.
    pub columns: usize,
    /// Candidates that may be tried.
    pub trials: usize,
    /// Standard errors that a gain must be worth.
    pub standard_errors: f64,
    /// Hears how it goes.
    pub heard: &'a dyn Fn(&Heard),
}

/// How a search goes.
pub enum Heard<'h> {
    /// The score of the features as they are.
    Start(&'h FoldMetrics),
    /// A round begins.
    Round {
        /// Candidates that were held against the residuals.
        candidates: usize,
        /// Those of them beyond chance.
        promising: usize,
    },
    /// A candidate was tried.
    Tried(&'h Trial),
    /// The candidates that stay so far.
    Kept(&'h [Candidate]),
}

/// One candidate that was tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What was tried.
    pub candidate: Candidate,
    /// How much it has to do with the residuals, in standard deviations of chance.
    pub association: f64,
    /// The metric with it; none where it is undefined or the fit failed.
    pub metrics: Option<FoldMetrics>,
    /// What it gains over the columns that stayed before.
    pub gain: Option<Gain>,
    /// What came of it.
    pub verdict: Verdict,
    /// Why it could not be tried.
    pub error: Option<String>,
}

/// What comes of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It stays.
    Kept,
    /// It gains, and another gained more.
    Beaten,
    /// It gains nothing, or not more than chance may.
    Rejected,
    /// It could not be tried.
    Failed,
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// No further candidate is beyond chance.
    Candidates,
    /// As many columns stay as may.
    Columns,
    /// All trials are used up.
    Trials,
    /// The time is over.
    Time,
}

/// What a search found.
pub struct Found {
    /// The metric of the features as they were.
    pub before: FoldMetrics,
    /// The metric with all that stay.
    pub after: FoldMetrics,
    /// Those that stay, in the order of their steps.
    pub kept: Vec<Candidate>,
    /// All trials in order; a candidate may stand there once a round.
    pub trials: Vec<Trial>,
    /// Candidates that were held against the residuals of the features as they were.
    pub candidates: usize,
    /// Why it ended.
    pub ending: Ending,
}

/// The features with some candidates: how they score.
struct Fit {
    metrics: FoldMetrics,
    scores: Vec<Scores>,
}

/// The rows of each fold, which are the same whatever is derived.
struct Dealt {
    target: Target,
    trial_rows: Vec<Vec<usize>>,
}

impl Search<'_> {
    /// Tries candidates until none is left that promises more, or a bound is reached.
    ///
    /// # Errors
    /// Those of the fit on the features as they are.
    pub fn run(&self, deadline: Option<Instant>) -> Result<Found> {
        let estimator = (self.model.algorithm.build)(self.model.params)?;
        let (first, dealt) = self.with(&[], None, |folds| {
            let trial_rows = (0..folds.folds()).map(|fold| folds.trial_rows(fold).to_vec()).collect();
            Ok((self.scored(folds, estimator.as_ref())?, Dealt { target: folds.target().clone(), trial_rows }))
        })?;
        if first.metrics.mean.is_none() {
            return Err(Error::failure(format!("`{}` is undefined in every fold", self.metric.name))
                .hint("choose another with `--metric`"));
        }
        (self.heard)(&Heard::Start(&first.metrics));
        let candidates = self.propose(&dealt.target);
        let mut run =
            Run { search: self, estimator, dealt, candidates, last: first, deadline, state: State::default() };
        let before = run.last.metrics.clone();
        let ending = run.all_rounds()?;
        let State { kept, trials, screened, .. } = run.state;
        let kept = kept.into_iter().map(|at| run.candidates[at].clone()).collect();
        let after = run.last.metrics;
        Ok(Found { before, after, kept, trials, candidates: screened, ending })
    }

    fn propose(&self, target: &Target) -> Vec<Candidate> {
        let mut excluded = self.excluded.clone();
        excluded.extend(self.schema.target.iter().map(|spec| spec.column.clone()));
        let sources = Sources::of(self.table, &excluded);
        let handling = self.handling(target);
        let mut taken: BTreeSet<String> = self.table.names().into_iter().map(str::to_owned).collect();
        taken.extend([ROW_ID.to_owned(), PART.to_owned()]);
        taken.extend(self.schema.recipe.iter().flat_map(|recipe| recipe.typing.columns.iter().map(|c| c.name.clone())));
        let mut proposal = Proposal::new(&handling, taken);
        proposal.singles(&sources);
        pairs(&mut proposal, &sources, &Residuals::of_mean(target));
        proposal.found
    }

    /// Finds out how the learned steps take a new column, by one.
    fn handling(&self, target: &Target) -> Handling {
        let mut name = "new".to_owned();
        while self.table.column(&name).is_some() {
            name.push('_');
        }
        let rows = 0..self.table.rows();
        let with = |column: Column| {
            let mut table = self.table.clone();
            table.set(column);
            CrossValidation::new(&table, self.schema, self.options)
        };
        let gaps = rows.clone().map(|row| if row % 3 == 0 { f64::NAN } else { (row % 7) as f64 }).collect();
        let fill = !self.takes_missing
            && with(Column::number(name.clone(), gaps)).is_ok_and(|folds| folds.is_missing_somewhere(&name));
        let levels = rows.map(|row| Some(if row % 2 == 0 { "a" } else { "b" }));
        let encoded = with(Column::category(name, levels)).is_ok();
        let named = self.options.learned.iter().filter_map(|step| step.params.get("columns")?.as_sequence());
        let named = named.flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let classes = if let Target::Classes { classes, .. } = target { *classes } else { 1 };
        let model = &self.model;
        let linear = (model.algorithm.build)(model.params).is_ok_and(|estimator| estimator.is_linear());
        Handling { fill, encoded, named, classes, linear }
    }

    /// Does something with the folds of the training rows with some candidates and perhaps one more.
    fn with<T>(
        &self,
        kept: &[&Candidate],
        one: Option<&Candidate>,
        work: impl FnOnce(&CrossValidation) -> Result<T>,
    ) -> Result<T> {
        let mut table = self.table.clone();
        let all: Vec<&Candidate> = kept.iter().copied().chain(one).collect();
        for candidate in all.iter().filter(|candidate| candidate.derive.is_some()) {
            table.set(candidate.column(self.table)?);
        }
        let new: Vec<&RecipeStep> = all.iter().filter_map(|candidate| candidate.learned.as_ref()).collect();
        if new.is_empty() {
            return work(&CrossValidation::new(&table, self.schema, self.options)?);
        }
        let written = |step: &LearnedStep| RecipeStep { name: step.name.clone(), params: step.params.to_json() };
        let mut steps: Vec<RecipeStep> = self.options.learned.iter().map(written).collect();
        let at = learned_at(self.options.learned);
        steps.splice(at..at, new.into_iter().cloned());
        let steps: Vec<LearnedStep> = steps.iter().map(learned).collect::<Result<_>>()?;
        let options = FitOptions { learned: &steps, ..*self.options };
        work(&CrossValidation::new(&table, self.schema, &options)?)
    }

    fn scored(&self, folds: &CrossValidation, estimator: &dyn Estimator) -> Result<Fit> {
        let scores = folds.all_scores(estimator, &self.model, self.options.threads)?;
        Ok(Fit { metrics: folds.measure(self.metric, scores.clone())?, scores })
    }
}

/// Where learned steps of candidates stand among those of the project.
pub fn learned_at(learned: &[LearnedStep]) -> usize {
    learned.iter().position(|step| LATE.contains(&step.name.as_str())).unwrap_or(learned.len())
}

/// A search at work.
struct Run<'a> {
    search: &'a Search<'a>,
    estimator: Box<dyn Estimator>,
    dealt: Dealt,
    candidates: Vec<Candidate>,
    /// With all that stay.
    last: Fit,
    deadline: Option<Instant>,
    state: State,
}

#[derive(Default)]
struct State {
    kept: Vec<usize>,
    /// Those that are not tried again.
    closed: BTreeSet<usize>,
    trials: Vec<Trial>,
    screened: usize,
}

impl Run<'_> {
    fn all_rounds(&mut self) -> Result<Ending> {
        loop {
            if self.state.kept.len() >= self.search.columns {
                return Ok(Ending::Columns);
            }
            let promising = self.screen();
            let ending = self.round(&promising)?;
            if let Some(ending) = ending {
                return Ok(ending);
            }
        }
    }

    /// Candidates beyond chance, the most promising first, few of them alike.
    fn screen(&mut self) -> Vec<(usize, f64)> {
        let rows = self.dealt.trial_rows.iter().cloned().zip(&self.last.scores).collect::<Vec<_>>();
        let residuals = Residuals::of(&self.dealt.target, &rows);
        let table = self.search.table.select_rows(&residuals.rows);
        let open: Vec<usize> = (0..self.candidates.len()).filter(|at| !self.state.closed.contains(at)).collect();
        let known = |column: &Column| table.columns().iter().any(|other| other.values == column.values);
        let association = |at: &usize| {
            let candidate = &self.candidates[*at];
            let column = candidate.column(&table).ok()?;
            // What stands there already is not proposed under another name.
            (candidate.derive.is_none() || !known(&column)).then(|| residuals.association(&column)).flatten()
        };
        let found: Vec<Option<f64>> = open.par_iter().map(association).collect();
        let measured = found.iter().flatten().count();
        let bar = bar(measured);
        let mut ranked: Vec<(usize, f64)> =
            open.into_iter().zip(found).filter_map(|(at, z)| Some((at, z.filter(|z| *z > bar)?))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let promising = self.unlike(ranked);
        if self.state.kept.is_empty() {
            self.state.screened = measured;
        }
        (self.search.heard)(&Heard::Round { candidates: measured, promising: promising.len() });
        promising
    }

    /// Of candidates of the same columns the first few, and one of each family; of a family those that sort the rows in
    /// different ways, which shows in what they have to do with the residuals.
    fn unlike(&self, ranked: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
        let mut chosen: Vec<(usize, f64)> = Vec::new();
        for (at, association) in ranked {
            let candidate = &self.candidates[at];
            let is_same = |(other, z): &(usize, f64)| {
                self.candidates[*other].family == candidate.family && (z - association).abs() <= SAME * association
            };
            if chosen.iter().any(is_same) {
                continue;
            }
            let alike = chosen.iter().map(|(at, _)| &self.candidates[*at]).filter(|c| c.sources == candidate.sources);
            let families: Vec<_> = alike.map(|c| c.family).collect();
            if families.len() < ALIKE && !families.contains(&candidate.family) {
                chosen.push((at, association));
            }
        }
        chosen
    }

    /// Tries candidates until some of them gain, and keeps the best of these; says whether that was the last round.
    fn round(&mut self, promising: &[(usize, f64)]) -> Result<Option<Ending>> {
        let mut best: Option<(usize, usize, Fit)> = None;
        let mut ending = None;
        for (number, (at, association)) in promising.iter().enumerate() {
            if number % ROUND == 0 && best.is_some() {
                break;
            }
            ending = self.bound();
            if ending.is_some() {
                break;
            }
            let fit = self.attempt(*at, *association);
            let place = self.state.trials.len() - 1;
            let gain = |place: usize| self.state.trials[place].gain.as_ref().map_or(f64::NEG_INFINITY, |g| g.mean);
            if let Some(fit) = fit
                && best.as_ref().is_none_or(|(_, best, _)| gain(place) > gain(*best))
            {
                best = Some((*at, place, fit));
            }
        }
        match best {
            Some((at, place, fit)) => {
                self.keep(at, place, fit);
                Ok(ending)
            }
            None => Ok(Some(ending.unwrap_or(Ending::Candidates))),
        }
    }

    fn bound(&self) -> Option<Ending> {
        if self.state.trials.len() >= self.search.trials {
            return Some(Ending::Trials);
        }
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline).then_some(Ending::Time)
    }

    /// Tries a candidate; gives its fit where it gains enough.
    fn attempt(&mut self, at: usize, association: f64) -> Option<Fit> {
        let search = self.search;
        let kept: Vec<&Candidate> = self.state.kept.iter().map(|at| &self.candidates[*at]).collect();
        let work = |folds: &CrossValidation| search.scored(folds, self.estimator.as_ref());
        let fitted = search.with(&kept, Some(&self.candidates[at]), work);
        let candidate = self.candidates[at].clone();
        let mut trial =
            Trial { candidate, association, metrics: None, gain: None, verdict: Verdict::Failed, error: None };
        let mut gained = None;
        match fitted {
            Ok(fit) => {
                trial.gain = Gain::of(search.metric, &self.last.metrics, &fit.metrics);
                trial.metrics = Some(fit.metrics.clone());
                let is_enough =
                    trial.gain.as_ref().is_some_and(|gain| gain.is_beyond(search.standard_errors, &self.last.metrics));
                trial.verdict = if is_enough { Verdict::Beaten } else { Verdict::Rejected };
                gained = is_enough.then_some(fit);
            }
            Err(error) => trial.error = Some(error.message().to_owned()),
        }
        if gained.is_none() {
            self.state.closed.insert(at);
        }
        (search.heard)(&Heard::Tried(&trial));
        self.state.trials.push(trial);
        gained
    }

    fn keep(&mut self, at: usize, place: usize, fit: Fit) {
        self.state.trials[place].verdict = Verdict::Kept;
        self.state.closed.insert(at);
        // A category is encoded in one way.
        if self.candidates[at].derive.is_none() {
            let name = self.candidates[at].name.clone();
            let others = self.candidates.iter().enumerate().filter(|(_, c)| c.derive.is_none() && c.name == name);
            self.state.closed.extend(others.map(|(at, _)| at));
        }
        self.state.kept.push(at);
        self.last = fit;
        let kept: Vec<Candidate> = self.state.kept.iter().map(|at| self.candidates[*at].clone()).collect();
        (self.search.heard)(&Heard::Kept(&kept));
    }
}
