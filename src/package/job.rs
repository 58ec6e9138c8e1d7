//! The fits of one training: on all rows, and on those of each fold.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::fit::FitOptions;
use super::validation::Fold;
use crate::data::{Scores, Table, Target, schema};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::models::{Estimator, FitContext, FittedModel};
use crate::transforms::{Features, FittedTransform};

/// One fit on all training rows and one per fold.
pub(super) struct Job<'a> {
    estimator: Box<dyn Estimator>,
    inputs: &'a Table,
    target: &'a Target,
    weights: Option<&'a [f64]>,
    folds: &'a [Fold],
    spec: &'a schema::TargetSpec,
    options: &'a FitOptions<'a>,
    progress: Progress<'a>,
}

/// What one fit gives.
pub(super) struct Fitted {
    pub(super) learned: Vec<Box<dyn FittedTransform>>,
    pub(super) model: Box<dyn FittedModel>,
    pub(super) features: Vec<String>,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        estimator: Box<dyn Estimator>,
        inputs: &'a Table,
        target: &'a Target,
        weights: Option<&'a [f64]>,
        folds: &'a [Fold],
        spec: &'a schema::TargetSpec,
        options: &'a FitOptions<'a>,
    ) -> Self {
        let progress = Progress::new(options, folds.len());
        Self { estimator, inputs, target, weights, folds, spec, options, progress }
    }

    /// The fit on all rows, and of each fold the scores of the rows it is tried on.
    ///
    /// The fits are independent of one another, so they share the threads and the order does not matter.
    pub(super) fn run(&self) -> Result<(Fitted, Vec<Scores>)> {
        let at_once = if self.estimator.is_parallel() { 1 } else { self.options.threads };
        let fits = in_parallel(self.folds.len() + 1, at_once, &|task| match task {
            0 => self.fit_all().map(Part::Full),
            _ => self.fit_fold(task).map(Part::Fold),
        })?;
        self.progress.finish();
        let (mut full, mut scores) = (None, Vec::with_capacity(self.folds.len()));
        for part in fits {
            match part {
                Part::Full(fitted) => full = Some(fitted),
                Part::Fold(of_fold) => scores.push(of_fold),
            }
        }
        Ok((full.ok_or_else(|| Error::failure("training gave no model"))?, scores))
    }

    fn fit_all(&self) -> Result<Fitted> {
        let all: Vec<usize> = (0..self.target.len()).collect();
        self.fit_rows(&all, 0)
    }

    fn fit_fold(&self, task: usize) -> Result<Scores> {
        let Fold { train, test } = &self.folds[task - 1];
        if let Some(answer) = only_class(&self.target.select(train)) {
            self.progress.at(task, 1, 1);
            return Ok(Scores { width: answer.len(), values: answer.repeat(test.len()) });
        }
        let fitted = self.fit_rows(train, task)?;
        let mut features = Features::new(self.inputs.select_rows(test));
        for learned in &fitted.learned {
            features = learned.apply(features)?;
        }
        fitted.model.predict(&features.into_matrix()?)
    }

    fn fit_rows(&self, rows: &[usize], task: usize) -> Result<Fitted> {
        let options = self.options;
        let sampled = options.sampling.rows(&self.target.select(rows), &self.spec.classes, options.seed)?;
        let is_sampled = sampled.is_some();
        let rows: Vec<usize> = match sampled {
            Some(sampled) => sampled.into_iter().map(|at| rows[at]).collect(),
            None => rows.to_vec(),
        };
        let target = &self.target.select(&rows);
        let all = rows.len() == self.target.len() && rows.iter().enumerate().all(|(at, row)| at == *row);
        let mut features = Features::new(if all { self.inputs.clone() } else { self.inputs.select_rows(&rows) });
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
        let weights = self.weights.map(|weights| rows.iter().map(|row| weights[*row]).collect::<Vec<f64>>());
        let weights = options.class_weight.rows(target, weights, &self.spec.classes)?;
        let context = FitContext {
            seed: options.seed,
            threads: (options.threads / (self.folds.len() + 1)).max(1),
            progress: &|done, total| self.progress.at(task, done, total),
            copies: is_sampled.then_some(&rows),
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

/// The results of `tasks` tasks, at most `at_once` of them at a time.
///
/// Threads of their own and not those of the pool: a task of the pool that waits for parts of its fit would begin the
/// next fit meanwhile, on the same stack, and so on down to the end of it.
fn in_parallel<T: Send>(tasks: usize, at_once: usize, work: &(dyn Fn(usize) -> Result<T> + Sync)) -> Result<Vec<T>> {
    if at_once.min(tasks) <= 1 {
        return (0..tasks).map(work).collect();
    }
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (results, received) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(tasks) {
            let (results, next, failed) = (results.clone(), &next, &failed);
            scope.spawn(move || {
                while !failed.load(Ordering::Relaxed) {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    if task >= tasks {
                        break;
                    }
                    let result = work(task);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    // The other end outlives all threads.
                    results.send((task, result)).ok();
                }
            });
        }
    });
    drop(results);
    let mut found: Vec<(usize, Result<T>)> = received.into_iter().collect();
    // Of several failures the first task's is told.
    found.sort_by_key(|(task, _)| *task);
    found.into_iter().map(|(_, result)| result).collect()
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
    fn new(options: &FitOptions<'a>, folds: usize) -> Self {
        let done = (0..=folds).map(|_| AtomicU64::new(0)).collect();
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
