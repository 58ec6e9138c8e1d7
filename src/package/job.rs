//! The fits of one training: on all rows, and on those of each fold.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::fit::{Candidate, FitOptions, Rows};
use super::validation::Fold;
use crate::data::{Matrix, Scores, Target};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::models::{Estimator, FitContext, FittedModel};
use crate::transforms::{self, Features, FittedTransform};

/// One fit on all training rows and one per fold.
pub(super) struct Job<'a> {
    estimator: Box<dyn Estimator>,
    rows: &'a Rows,
    candidate: Candidate<'a>,
    options: &'a FitOptions<'a>,
    progress: Progress<'a>,
}

/// What one fit gives.
pub(super) struct Fitted {
    pub(super) learned: Vec<Box<dyn FittedTransform>>,
    pub(super) model: Box<dyn FittedModel>,
    pub(super) features: Vec<String>,
}

/// What an algorithm learns from: some of the rows, after the transforms have learned from them.
pub(super) struct Lesson {
    pub(super) learned: Vec<Box<dyn FittedTransform>>,
    pub(super) matrix: Matrix,
    target: Target,
    weights: Option<Vec<f64>>,
    /// Of each row the one that it was drawn from, where some are left out or drawn again.
    copies: Option<Vec<usize>>,
}

impl Rows {
    /// Draws the sample of `rows` and fits the transforms on it.
    pub(super) fn lesson(&self, rows: &[usize], options: &FitOptions) -> Result<Lesson> {
        let sampled = options.sampling.rows(&self.target.select(rows), &self.spec.classes, options.seed)?;
        let is_sampled = sampled.is_some();
        let rows: Vec<usize> = match sampled {
            Some(sampled) => sampled.into_iter().map(|at| rows[at]).collect(),
            None => rows.to_vec(),
        };
        let target = self.target.select(&rows);
        let all = rows.len() == self.target.len() && rows.iter().enumerate().all(|(at, row)| at == *row);
        let mut features = Features::new(if all { self.inputs.clone() } else { self.inputs.select_rows(&rows) });
        let copies = is_sampled.then_some(rows.as_slice());
        let context = transforms::FitContext { target: &target, seed: options.seed, copies };
        let mut learned = Vec::with_capacity(options.learned.len());
        for step in options.learned {
            let (fitted, next) = step.transform.fit(features, &context)?;
            learned.push(fitted);
            features = next;
        }
        let matrix = features.into_matrix()?;
        if matrix.width() == 0 {
            return Err(Error::data("no feature is left after the learned transforms")
                .hint("every column is constant; use other columns"));
        }
        let weights = self.weights.as_ref().map(|weights| rows.iter().map(|row| weights[*row]).collect());
        Ok(Lesson { learned, matrix, target, weights, copies: is_sampled.then_some(rows) })
    }

    /// The rows that a fold is tried on, as the model of its lesson takes them.
    pub(super) fn trial(&self, fold: &Fold, learned: &[Box<dyn FittedTransform>]) -> Result<Matrix> {
        let mut features = Features::new(self.inputs.select_rows(&fold.test));
        for learned in learned {
            features = learned.apply(features)?;
        }
        features.into_matrix()
    }
}

impl Lesson {
    /// Fits the model; `classes` are the labels that class weights go by.
    pub(super) fn fit(
        &self,
        estimator: &dyn Estimator,
        candidate: &Candidate,
        classes: &[String],
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        let weights = candidate.class_weight.rows(&self.target, self.weights.clone(), classes)?;
        let context = FitContext { copies: self.copies.as_deref(), ..*context };
        estimator.fit(&self.matrix, &self.target, weights.as_deref(), &context)
    }
}

impl<'a> Job<'a> {
    pub(super) fn new(
        estimator: Box<dyn Estimator>,
        rows: &'a Rows,
        candidate: Candidate<'a>,
        options: &'a FitOptions<'a>,
    ) -> Self {
        let progress = Progress::new(candidate.algorithm.name, options, rows.folds.len());
        Self { estimator, rows, candidate, options, progress }
    }

    /// The fit on all rows, and of each fold the scores of the rows it is tried on.
    ///
    /// The fits are independent of one another, so they share the threads and the order does not matter.
    pub(super) fn run(&self) -> Result<(Fitted, Vec<Scores>)> {
        let at_once = if self.estimator.is_parallel() { 1 } else { self.options.threads };
        let fits = in_parallel(self.rows.folds.len() + 1, at_once, &|task| match task {
            0 => self.fit_all().map(Part::Full),
            _ => self.fit_fold(task).map(Part::Fold),
        })?;
        self.progress.finish();
        let (mut full, mut scores) = (None, Vec::with_capacity(self.rows.folds.len()));
        for part in fits {
            match part {
                Part::Full(fitted) => full = Some(fitted),
                Part::Fold(of_fold) => scores.push(of_fold),
            }
        }
        Ok((full.ok_or_else(|| Error::failure("training gave no model"))?, scores))
    }

    fn fit_all(&self) -> Result<Fitted> {
        let all: Vec<usize> = (0..self.rows.target.len()).collect();
        self.fit_rows(&all, 0)
    }

    fn fit_fold(&self, task: usize) -> Result<Scores> {
        let fold = &self.rows.folds[task - 1];
        if let Some(scores) = certain(&self.rows.target, fold) {
            self.progress.at(task, 1, 1);
            return Ok(scores);
        }
        let fitted = self.fit_rows(&fold.train, task)?;
        fitted.model.predict(&self.rows.trial(fold, &fitted.learned)?)
    }

    fn fit_rows(&self, rows: &[usize], task: usize) -> Result<Fitted> {
        let lesson = self.rows.lesson(rows, self.options)?;
        let algorithm = self.candidate.algorithm.name;
        let (rows, features) = (lesson.matrix.rows, lesson.matrix.width());
        tracing::info!(algorithm, task, rows, features, "fit begins");
        let context = FitContext {
            seed: self.options.seed,
            threads: (self.options.threads / (self.rows.folds.len() + 1)).max(1),
            progress: &|done, total| self.progress.at(task, done, total),
            copies: None,
        };
        let model = lesson.fit(self.estimator.as_ref(), &self.candidate, &self.rows.spec.classes, &context)?;
        tracing::info!(algorithm, task, "fit ended");
        Ok(Fitted { learned: lesson.learned, model, features: lesson.matrix.names })
    }
}

/// Where all rows that a fold learns from are of one class there is nothing to learn: the answer is that class, for
/// sure.
pub(super) fn certain(target: &Target, fold: &Fold) -> Option<Scores> {
    let Target::Classes { codes, classes } = target.select(&fold.train) else { return None };
    let first = codes.first()?;
    let answer: Vec<f64> = (0..classes).map(|class| f64::from(u8::from(class == *first as usize))).collect();
    let values = || Scores { width: answer.len(), values: answer.repeat(fold.test.len()) };
    codes.iter().all(|code| code == first).then(values)
}

/// The results of `tasks` tasks, at most `at_once` of them at a time.
///
/// Threads of their own and not those of the pool: a task of the pool that waits for parts of its fit would begin the
/// next fit meanwhile, on the same stack, and so on down to the end of it.
pub(super) fn in_parallel<T: Send>(
    tasks: usize,
    at_once: usize,
    work: &(dyn Fn(usize) -> Result<T> + Sync),
) -> Result<Vec<T>> {
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
    fn new(algorithm: &str, options: &FitOptions<'a>, folds: usize) -> Self {
        let done = (0..=folds).map(|_| AtomicU64::new(0)).collect();
        Self { task: format!("train {algorithm}"), done, observer: options.observer }
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
