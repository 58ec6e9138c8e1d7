//! One model that is served: what answers now, and how another takes its place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::counts::Counts;
use super::model::{Model, Notes};
use super::source::{Source, Stamp};
use crate::error::{Error, Result};
use crate::fs::Stat;
use crate::package::ModelPackage;
use crate::serving::contract::{Policy, Rows, read_records};

/// A model by its name.
pub struct Slot {
    /// Its name in paths.
    pub name: String,
    source: Source,
    notes: Arc<Notes>,
    /// Fields that every model of it must have.
    needed: Vec<String>,
    current: RwLock<Arc<Model>>,
    /// Held by whoever loads.
    seen: Mutex<Seen>,
    counts: Mutex<Vec<Arc<Counts>>>,
    /// Models that took the place of another.
    pub reloads: AtomicU64,
    /// Files that were refused.
    pub failures: AtomicU64,
}

/// What was looked at last, whether it could be loaded or not.
struct Seen {
    stamp: Option<Stamp>,
    /// The naming file, where it could not be followed.
    failed: Option<Option<Stat>>,
}

/// What became of a model file.
pub enum Outcome {
    /// It is the one that is served.
    Unchanged,
    /// It is served from now on.
    Loaded(Arc<Model>),
    /// It is refused, and the one before goes on.
    Refused(Error),
}

impl Slot {
    /// Loads a model.
    ///
    /// # Errors
    /// Those of its file.
    pub fn open(name: String, source: Source, notes: Arc<Notes>) -> Result<Self> {
        let stamp = source.look(None)?;
        let counts = Mutex::default();
        let model = load(&name, &source, &stamp, &counts)?.described(&notes);
        Ok(Self {
            name,
            source,
            notes,
            needed: Vec::new(),
            current: RwLock::new(Arc::new(model)),
            seen: Mutex::new(Seen { stamp: Some(stamp), failed: None }),
            counts,
            reloads: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        })
    }

    /// Of these fields, those that the model has must be in every one that takes its place.
    pub fn need(&mut self, fields: &[String]) {
        let model = self.model();
        self.needed = fields.iter().filter(|name| model.contract.has(name)).cloned().collect();
    }

    /// The model that answers now. Whoever has it keeps it, whatever takes its place.
    pub fn model(&self) -> Arc<Model> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Its file, as it was looked at last.
    pub fn shown(&self) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.stamp.as_ref().map_or_else(String::new, |stamp| stamp.shown.clone())
    }

    /// What was counted, of every version.
    pub fn counts(&self) -> Vec<Arc<Counts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads the file if it changed, or in any case where `always`.
    pub fn reload(&self, always: bool) -> Outcome {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = match self.source.look(seen.stamp.as_ref().filter(|_| !always)) {
            Ok(stamp) => stamp,
            Err(error) => {
                let naming = Some(self.source.naming());
                let known = seen.failed == naming && !always;
                seen.failed = naming;
                return if known { Outcome::Unchanged } else { self.refused(error) };
            }
        };
        seen.failed = None;
        if !always && seen.stamp.as_ref() == Some(&stamp) {
            return Outcome::Unchanged;
        }
        let loaded = load(&self.name, &self.source, &stamp, &self.counts)
            .and_then(checked)
            .and_then(|model| self.fitting(model));
        let loaded = loaded.map(|model| model.described(&self.notes));
        seen.stamp = Some(stamp);
        match loaded {
            Err(error) => self.refused(error),
            Ok(model) => {
                let model = Arc::new(model);
                let before = std::mem::replace(
                    &mut *self.current.write().unwrap_or_else(PoisonError::into_inner),
                    Arc::clone(&model),
                );
                self.reloads.fetch_add(1, Ordering::Relaxed);
                tracing::info!(name = %self.name, model = %model.name, "loaded in place of `{}`", before.name);
                Outcome::Loaded(model)
            }
        }
    }

    /// Refuses a model that answers another question, or that would be logged otherwise than was asked for.
    fn fitting(&self, model: Model) -> Result<Model> {
        let question = |model: &Model| (model.package.info.target.column.clone(), model.package.info.task());
        let (asked, found) = (question(&self.model()), question(&model));
        if asked != found {
            return Err(Error::data(format!(
                "it predicts `{}` ({}), and `{}` is served for `{}` ({})",
                found.0,
                found.1.name(),
                self.name,
                asked.0,
                asked.1.name()
            ))
            .hint("start the server anew with it, or serve it under another name"));
        }
        match self.needed.iter().find(|name| !model.contract.has(name)) {
            Some(name) => Err(Error::data(format!("it has no field `{name}`, which the log of predictions redacts"))
                .hint(
                    "under another name the field would be written: change `serve.predictions.redact` and start anew",
                )),
            None => Ok(model),
        }
    }

    fn refused(&self, error: Error) -> Outcome {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let cause = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
        tracing::warn!(name = %self.name, "the new model file is refused, the one before goes on: {error}{cause}");
        Outcome::Refused(error)
    }
}

/// A model is called as the user calls it; where a file names it, by the file that it names.
fn load(name: &str, source: &Source, stamp: &Stamp, counts: &Mutex<Vec<Arc<Counts>>>) -> Result<Model> {
    let package = ModelPackage::load(&stamp.path, &stamp.shown)?;
    let called = match source {
        Source::File { .. } => name,
        Source::Named { .. } => Path::new(&stamp.shown).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name),
    };
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let known = counts.iter().find(|counts| counts.are_of(called, &package.info)).cloned();
    let counts = known.unwrap_or_else(|| {
        let new = Arc::new(Counts::new(called, &package.info));
        // Of other classes, it is another model all the same, and its counts begin anew.
        counts.retain(|before| (&before.model, &before.version) != (&new.model, &new.version));
        counts.push(Arc::clone(&new));
        new
    });
    Ok(Model::new(package, called, counts))
}

/// Refuses a model that fails at its own example.
fn checked(model: Model) -> Result<Model> {
    let failed = |what: String| Error::failure(format!("the model fails at its own example: {what}"));
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let mut rows = Rows::new(&model.contract, Policy::Lenient, 1);
        let read = read_records(&model.documents.example, &mut rows);
        read.and_then(|_| model.score(rows, false)).map(|_| ()).map_err(|refusal| refusal.message)
    }));
    match answer {
        Ok(Ok(())) => Ok(model),
        Ok(Err(message)) => Err(failed(message)),
        Err(_) => Err(failed("it panics".to_owned())),
    }
}
