//! The fits of one training: on all rows, and on those of each fold.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fit::{FitOptions, Rows};
use super::validation::{Fold, Kin};
use super::{ClassWeight, weights};
use crate::data::{Matrix, Scores, Target};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::models::{Estimator, FitContext, FittedModel};
use crate::transforms::{self, Features, FittedTransform};

/// One algorithm of a job.
pub(super) struct Learner<'a> {
    /// What it is called in the log.
    pub(super) name: &'a str,
    pub(super) estimator: &'a dyn Estimator,
    pub(super) class_weight: ClassWeight,
}

/// Of each learner, one fit on all training rows and one per fold.
pub(super) struct Job<'a> {
    learners: &'a [Learner<'a>],
    rows: &'a Rows,
    options: &'a FitOptions<'a>,
    progress: Progress<'a>,
    /// What all rows teach, then what each fold does.
    lessons: Vec<Shared>,
    /// Fits at work at once.
    at_once: usize,
    /// What stays of the lesson of all rows.
    whole: Mutex<Option<Whole>>,
}

/// The transforms, fitted on all rows, and the names of the features they make.
struct Whole {
    learned: Vec<Box<dyn FittedTransform>>,
    features: Vec<String>,
}

/// What all fits give.
pub(super) struct Fits {
    /// The transforms, fitted on all rows.
    pub(super) learned: Vec<Box<dyn FittedTransform>>,
    /// Names of the features.
    pub(super) features: Vec<String>,
    /// Of each learner, the model of all rows.
    pub(super) models: Vec<Box<dyn FittedModel>>,
    /// Of each learner, by fold the scores of the rows that it is tried on.
    pub(super) scores: Vec<Vec<Scores>>,
}

/// A lesson that the learners have in common: the first that comes to it makes it, the last one drops it.
struct Shared {
    lesson: Mutex<Option<Arc<Made>>>,
    learners: AtomicUsize,
}

/// A lesson and, of a fold, the rows to be scored.
struct Made {
    lesson: Lesson,
    trial: Option<Matrix>,
}

/// What an algorithm learns from: some of the rows, after the transforms have learned from them.
pub(super) struct Lesson {
    pub(super) learned: Vec<Box<dyn FittedTransform>>,
    pub(super) matrix: Matrix,
    target: Target,
    weights: Option<Vec<f64>>,
    /// Of each row the one that it was drawn from, where some are left out or drawn again.
    copies: Option<Vec<usize>>,
    /// What its rows have in common.
    kin: Kin,
}

impl Rows {
    /// Draws the sample of `rows` and fits the transforms on it.
    pub(super) fn lesson(&self, rows: &[usize], options: &FitOptions) -> Result<Lesson> {
        let (rows, is_sampled) = self.sample(rows, options)?;
        let mut lesson = self.without_features(&rows, is_sampled);
        let all = rows.len() == self.target.len() && rows.iter().enumerate().all(|(at, row)| at == *row);
        let mut features = Features::new(if all { self.inputs.clone() } else { self.inputs.select_rows(&rows) });
        let copies = lesson.copies.as_deref();
        let context = transforms::FitContext { target: &lesson.target, seed: options.seed, copies };
        for step in options.learned {
            let (fitted, next) = step.transform.fit(features, &context)?;
            lesson.learned.push(fitted);
            features = next;
        }
        lesson.matrix = features.into_matrix()?;
        if lesson.matrix.width() == 0 {
            return Err(Error::data("no feature is left after the learned transforms")
                .hint("every column is constant; use other columns"));
        }
        Ok(lesson)
    }

    /// The rows that `options` draw of these, and whether they draw any.
    fn sample(&self, rows: &[usize], options: &FitOptions) -> Result<(Vec<usize>, bool)> {
        let sampled = options.sampling.rows(&self.target.select(rows), &self.spec.classes, options.seed)?;
        Ok(match sampled {
            Some(sampled) => (sampled.into_iter().map(|at| rows[at]).collect(), true),
            None => (rows.to_vec(), false),
        })
    }

    /// What who reads no features learns from.
    fn without_features(&self, rows: &[usize], is_sampled: bool) -> Lesson {
        Lesson {
            learned: Vec::new(),
            matrix: Matrix { rows: rows.len(), ..Matrix::default() },
            target: self.target.select(rows),
            weights: self.weights.as_ref().map(|weights| rows.iter().map(|row| weights[*row]).collect()),
            copies: is_sampled.then(|| rows.to_vec()),
            kin: self.kin.select(rows),
        }
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
        class_weight: &ClassWeight,
        classes: &[String],
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        let class_weights = class_weight.classes(&self.target, classes)?;
        let weights = weights::rows(&self.target, self.weights.clone(), class_weights.as_deref());
        let (copies, hold_out) = (self.copies.as_deref(), self.kin.hold_out());
        let context = FitContext { copies, hold_out, class_weights: class_weights.as_deref(), ..*context };
        estimator.fit(&self.matrix, &self.target, weights.as_deref(), &context)
    }
}

impl<'a> Job<'a> {
    /// The fits of these learners; `name` is what they are together.
    pub(super) fn new(name: &str, learners: &'a [Learner], rows: &'a Rows, options: &'a FitOptions<'a>) -> Self {
        let rounds = rows.folds.len() + 1;
        let progress = Progress::new(name, options, rounds * learners.len());
        let lessons = (0..rounds).map(|_| Shared::new(learners.len())).collect();
        let bytes = rows.inputs.bytes();
        let is_parallel = |learner: &Learner| learner.estimator.is_parallel(bytes, &rows.target);
        let at_once =
            if learners.iter().all(is_parallel) { 1 } else { options.threads.clamp(1, rounds * learners.len()) };
        Self { learners, rows, options, progress, lessons, at_once, whole: Mutex::default() }
    }

    /// The fits on all rows, and of each fold the scores of the rows it is tried on.
    ///
    /// The fits are independent of one another, so they share the threads and the order does not matter. Those of one
    /// fold follow one another, so that few lessons are held at a time.
    pub(super) fn run(&self) -> Result<Fits> {
        let fits = in_parallel(self.tasks(), self.at_once, &|task| match task / self.learners.len() {
            0 => self.fit_all(task).map(Part::Full),
            _ => self.fit_fold(task).map(Part::Fold),
        })?;
        self.progress.finish();
        let (mut models, mut scores) = (Vec::new(), vec![Vec::new(); self.learners.len()]);
        for (task, part) in fits.into_iter().enumerate() {
            match part {
                Part::Full(model) => models.push(model),
                Part::Fold(of_fold) => scores[task % self.learners.len()].push(of_fold),
            }
        }
        let whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Whole { learned, features } = whole.ok_or_else(|| Error::failure("training gave no model"))?;
        Ok(Fits { learned, features, models, scores })
    }

    fn tasks(&self) -> usize {
        self.lessons.len() * self.learners.len()
    }

    fn fit_all(&self, task: usize) -> Result<Box<dyn FittedModel>> {
        let make = || {
            let all: Vec<usize> = (0..self.rows.target.len()).collect();
            Ok(Made { lesson: self.rows.lesson(&all, self.options)?, trial: None })
        };
        let made = self.lessons[0].get(&make)?;
        let model = self.fit(task, &made.lesson)?;
        // The matrix is large, and no fold needs it.
        if let Some(Made { lesson: Lesson { learned, matrix, .. }, .. }) = self.lessons[0].end(made) {
            let whole = Whole { learned, features: matrix.names.to_vec() };
            *self.whole.lock().unwrap_or_else(PoisonError::into_inner) = Some(whole);
        }
        Ok(model)
    }

    fn fit_fold(&self, task: usize) -> Result<Scores> {
        let at = task / self.learners.len();
        let fold = &self.rows.folds[at - 1];
        if let Some(scores) = certain(&self.rows.target, fold) {
            self.progress.at(task, 1, 1);
            return Ok(scores);
        }
        let make = || {
            if !self.learners.iter().any(|learner| learner.estimator.reads_features()) {
                let (rows, is_sampled) = self.rows.sample(&fold.train, self.options)?;
                let lesson = self.rows.without_features(&rows, is_sampled);
                return Ok(Made { lesson, trial: Some(Matrix { rows: fold.test.len(), ..Matrix::default() }) });
            }
            let lesson = self.rows.lesson(&fold.train, self.options)?;
            let trial = self.rows.trial(fold, &lesson.learned)?;
            Ok(Made { lesson, trial: Some(trial) })
        };
        let made = self.lessons[at].get(&make)?;
        let model = self.fit(task, &made.lesson)?;
        let scores = made.trial.as_ref().map(|trial| model.predict(trial)).transpose()?;
        self.lessons[at].end(made);
        scores.ok_or_else(|| Error::failure("a fold has no rows to be tried on"))
    }

    fn fit(&self, task: usize, lesson: &Lesson) -> Result<Box<dyn FittedModel>> {
        let learner = &self.learners[task % self.learners.len()];
        let (algorithm, rows, features) = (learner.name, lesson.matrix.rows, lesson.matrix.width());
        tracing::info!(algorithm, task, rows, features, "fit begins");
        let context = FitContext {
            progress: &|done, total| self.progress.at(task, done, total),
            ..FitContext::of(self.options.seed, (self.options.threads / self.at_once).max(1))
        };
        let model = lesson.fit(learner.estimator, &learner.class_weight, &self.rows.spec.classes, &context)?;
        tracing::info!(algorithm, task, "fit ended");
        Ok(model)
    }
}

impl Shared {
    fn new(learners: usize) -> Self {
        Self { lesson: Mutex::new(None), learners: AtomicUsize::new(learners) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Made>>> {
        self.lesson.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lesson; others that come for it wait until it is made.
    fn get(&self, make: &dyn Fn() -> Result<Made>) -> Result<Arc<Made>> {
        let mut lesson = self.lock();
        if let Some(made) = lesson.as_ref() {
            return Ok(Arc::clone(made));
        }
        Ok(Arc::clone(lesson.insert(Arc::new(make()?))))
    }

    /// One learner is done with it; the last one gets it.
    fn end(&self, made: Arc<Made>) -> Option<Made> {
        drop(made);
        let last = self.learners.fetch_sub(1, Ordering::AcqRel) == 1;
        if last { self.lock().take().and_then(Arc::into_inner) } else { None }
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
/// next fit meanwhile, on the same stack, and so on down to the end of it. A thread of the pool that comes here does the
/// tasks itself: those that it would wait for might wait for the pool.
pub(super) fn in_parallel<T: Send>(
    tasks: usize,
    at_once: usize,
    work: &(dyn Fn(usize) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    if at_once.min(tasks) <= 1 || rayon::current_thread_index().is_some() {
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
    Full(Box<dyn FittedModel>),
    Fold(Scores),
}

/// Progress of all fits together, in thousandths of a fit.
struct Progress<'a> {
    task: String,
    done: Vec<AtomicU64>,
    observer: &'a dyn Observer,
}

impl<'a> Progress<'a> {
    fn new(name: &str, options: &FitOptions<'a>, fits: usize) -> Self {
        let done = (0..fits).map(|_| AtomicU64::new(0)).collect();
        Self { task: format!("train {name}"), done, observer: options.observer }
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

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn tasks_that_need_the_pool_end_on_its_threads_too() {
        let work = |task: usize| Ok((0..1000).into_par_iter().map(|i| i * task).sum::<usize>());
        let expected: Vec<usize> = (0..8).map(|task| 499_500 * task).collect();
        assert_eq!(in_parallel(8, 4, &work).unwrap(), expected);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let all: Vec<Vec<usize>> =
            pool.install(|| (0..8).into_par_iter().map(|_| in_parallel(8, 4, &work).unwrap()).collect());
        assert!(all.iter().all(|found| *found == expected));
    }
}
