//! What is counted of one version of a model.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::data::{Scores, Task};
use crate::package::{Answer, Info};
use crate::serving::metrics::Histogram;

/// Counts of a model and version; loaded again, it goes on with them.
pub struct Counts {
    /// What the model is called.
    pub model: String,
    /// Its version.
    pub version: String,
    /// Rows answered.
    pub rows: AtomicU64,
    /// Rows by class; empty for numbers.
    pub classes: Vec<(String, AtomicU64)>,
    /// Rows answered for the log alone.
    pub shadow_rows: AtomicU64,
    /// From a body to its answer.
    pub latency: Histogram,
}

impl Counts {
    /// None yet.
    pub fn new(model: &str, info: &Info) -> Self {
        let classes = classes(info).iter().map(|class| (class.clone(), AtomicU64::new(0))).collect();
        Self {
            model: model.to_owned(),
            version: info.version.to_string(),
            rows: AtomicU64::new(0),
            classes,
            shadow_rows: AtomicU64::new(0),
            latency: Histogram::default(),
        }
    }

    /// Whether they are of that model.
    pub fn are_of(&self, model: &str, info: &Info) -> bool {
        self.model == model
            && self.version == info.version.to_string()
            && self.classes.iter().map(|(class, _)| class).eq(classes(info))
    }

    /// Rows that were answered.
    pub fn answered(&self, info: &Info, scores: &Scores) {
        self.rows.fetch_add(scores.rows() as u64, Ordering::Relaxed);
        for row in 0..scores.rows() {
            if let Answer::Class(_, class) = info.answer(scores.row(row))
                && let Some((_, count)) = self.classes.get(class)
            {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn classes(info: &Info) -> &[String] {
    if info.task() == Task::Regression { &[] } else { &info.target.classes }
}
