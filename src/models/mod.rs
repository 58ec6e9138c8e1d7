//! The registry of algorithms. One file per algorithm; its line in [`REGISTRY`] is all that makes it
//! known to config checking, help, packages and did-you-mean.
//!
//! Missing values: a NaN of a dense block is missing; what a sparse block leaves out is zero to the
//! linear models and missing to the trees. Which algorithms take missing values at all, and sample
//! weights, their entries say.

mod averaging;
mod baseline;
mod blend;
mod boosting;
mod checks;
mod columns;
mod contributions;
mod coordinate_descent;
mod design;
mod dt;
mod elasticnet;
mod ensemble;
mod exchange;
mod exp;
#[cfg(test)]
mod golden;
mod knn;
mod lanes;
mod lasso;
mod lbfgs;
mod least_squares;
mod likelihood;
mod linear;
mod linear_model;
mod logistic;
mod loss;
mod lr;
mod lr_linfa;
mod moments;
mod nb;
mod newton;
mod rf;
mod ridge;
mod rows;
mod stacking;
mod stopping;
mod svm;
#[cfg(test)]
mod tests;
mod trees;
mod vectors;
mod voting;
mod weighted;
mod xgb;

use std::fmt;

use schemars::Schema;

pub use crate::data::Task;
use crate::data::{Matrix, Scores, Target};
use crate::error::{Result, suggest};
use crate::yaml::Node;
pub use blend::{Answers, Blend, Combiner, Member};
pub use contributions::{Contributions, RawScore};
pub use exchange::{Imported, import as import_xgboost, names as xgboost_names};
pub use rows::narrow;

/// Every algorithm; where scores tie, the earlier one is preferred.
pub static REGISTRY: &[Entry] = &[
    baseline::ENTRY,
    lr::ENTRY,
    linear::ENTRY,
    ridge::ENTRY,
    lasso::ENTRY,
    elasticnet::ENTRY,
    nb::ENTRY,
    knn::ENTRY,
    svm::ENTRY,
    dt::ENTRY,
    rf::ENTRY,
    xgb::ENTRY,
    voting::ENTRY,
    stacking::ENTRY,
];

/// A registered algorithm.
pub struct Entry {
    /// Short name, as in `models/<name>_<dataset>_v<N>.bin`.
    pub name: &'static str,
    /// Version of the bytes its state is encoded in.
    pub version: u32,
    /// One line for help.
    pub summary: &'static str,
    /// The tasks it can do.
    pub tasks: &'static [Task],
    /// Whether it takes sample weights, and so class weights.
    pub takes_weights: bool,
    /// Whether it takes missing values.
    pub takes_missing: bool,
    /// Whether it takes sparse features, such as words, as they are; others make them dense, so far as memory bears it.
    pub takes_sparse: bool,
    /// The schema of its parameters, for docs and editors.
    pub schema: fn() -> Schema,
    /// Checks the parameters and builds the estimator.
    pub build: fn(&Node) -> Result<Box<dyn Estimator>>,
    /// Reads a fitted model back.
    pub load: fn(&[u8]) -> Result<Box<dyn FittedModel>>,
}

impl Entry {
    /// Whether its models are made of trees; never with parameters that it does not take.
    pub fn grows_trees(&self, params: &Node) -> bool {
        (self.build)(params).is_ok_and(|estimator| estimator.grows_trees())
    }

    /// Whether it is made of other algorithms.
    pub fn is_ensemble(&self) -> bool {
        (self.build)(&Node::empty()).is_ok_and(|estimator| estimator.blend().is_some())
    }
}

/// Bytes of rows from which on what is done for one fit keeps threads busy, where it is shared among them at all.
const MUCH: usize = 4 << 20;

/// What a fit is given beside the data.
pub struct FitContext<'a> {
    /// Seed of everything random.
    pub seed: u64,
    /// Threads it may use; never changes the result.
    pub threads: usize,
    /// Called with (done, total) rounds, from any thread.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Where rows were drawn again, the number of each row's original: copies of a row have the same.
    pub copies: Option<&'a [usize]>,
    /// Which rows it may hold out of what it learns from.
    pub hold_out: HoldOut<'a>,
    /// Of each class the factor that the weights of its rows hold already, for who tells a class from all others.
    pub class_weights: Option<&'a [f64]>,
}

impl FitContext<'_> {
    /// Nobody hears of progress, no row is drawn again, any may be held out, and no class is weighed.
    pub fn of(seed: u64, threads: usize) -> Self {
        let (copies, class_weights) = (None, None);
        Self { seed, threads, progress: &|_, _| {}, copies, hold_out: HoldOut::Any, class_weights }
    }
}

/// Which rows a fit holds out for its own purposes, such as early stopping: as the folds around it have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HoldOut<'a> {
    /// Any, by chance.
    Any,
    /// Whole groups: of each row the number of its group.
    Groups(&'a [usize]),
    /// The latest: of each row its place in time, the same for rows of the same moment.
    Latest(&'a [usize]),
}

/// An algorithm with checked parameters.
pub trait Estimator: Send + Sync {
    /// Whether one fit keeps all threads busy, so that several at once would only cost memory; `bytes` is what the rows
    /// take as a table.
    fn is_parallel(&self, _bytes: usize, _target: &Target) -> bool {
        false
    }
    /// Whether its answers rest on a weighted sum of the columns, to which the sum of two columns adds nothing.
    fn is_linear(&self) -> bool {
        false
    }
    /// Whether its answers depend on features at all: else none need to be made to try it.
    fn reads_features(&self) -> bool {
        true
    }
    /// A guess by its parameters at how long a fit takes, beside others on the same rows: those of a round that take
    /// longest begin first. It never changes a result.
    fn effort(&self) -> f64 {
        1.0
    }
    /// Whether its models are made of trees.
    fn grows_trees(&self) -> bool {
        false
    }
    /// The members and how they are combined, of an ensemble of other algorithms: it is fitted member by member.
    fn blend(&self) -> Option<&Blend> {
        None
    }
    /// Refuses weights where its parameters leave no room for them, though the algorithm takes them.
    ///
    /// # Errors
    /// Exit code 2.
    fn check_weights(&self) -> Result<()> {
        Ok(())
    }
    /// Fits on `x.rows` rows; `weights` are positive, one a row.
    ///
    /// # Errors
    /// Exit code 1 when the fit fails, 2 when the algorithm cannot do what is asked (weights, missing values).
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>>;
}

/// A fitted algorithm.
pub trait FittedModel: Send + Sync {
    /// Scores each row independently of the others: one row gives the same bits as a batch.
    fn predict(&self, x: &Matrix) -> Result<Scores>;
    /// Its state, which its entry's `load` reads back.
    fn encode(&self) -> Result<Vec<u8>>;
    /// Importance per feature of the matrix, summing to 1, where the algorithm has one.
    fn importance(&self) -> Option<Vec<f64>> {
        None
    }
    /// How far each feature speaks for each class, `features * outputs`, comparable between features: up for it, down
    /// against it; of one output, for the second class of two or for more. None for an algorithm that cannot tell.
    fn leanings(&self) -> Option<Vec<f64>> {
        None
    }
    /// What each feature adds to each row's raw scores; none for an algorithm that cannot tell. A row's bits do not
    /// depend on the rows beside it.
    ///
    /// # Errors
    /// As of [`FittedModel::predict`]; exit code 3 for trees that do not tell their rows.
    fn contributions(&self, _x: &Matrix) -> Result<Option<Contributions>> {
        Ok(None)
    }
    /// What the fit found out, such as the best iteration.
    fn facts(&self) -> Vec<String> {
        Vec::new()
    }
    /// Trees as XGBoost's JSON model, its features called `names`; none for what is not made of trees.
    ///
    /// # Errors
    /// Exit code 1 for trees that cannot be written.
    fn xgboost_json(&self, _names: &[String]) -> Result<Option<String>> {
        Ok(None)
    }
    /// What about the fit deserves a second look, such as that it stopped before converging.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// The members of an ensemble of other algorithms.
    fn members(&self) -> Vec<Share> {
        Vec::new()
    }
}

/// How much a member of an ensemble counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Its name.
    pub name: String,
    /// Its algorithm.
    pub algorithm: String,
    /// Its share in the answers, all of which sum to 1; none where what combines them does not tell.
    pub share: Option<f64>,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.algorithm != self.name {
            write!(f, " ({})", self.algorithm)?;
        }
        self.share.map_or(Ok(()), |share| write!(f, " {share:.3}"))
    }
}

/// Finds an algorithm by name.
///
/// # Errors
/// Exit code 2 pointing at `name`, with a did-you-mean.
pub fn find(name: &Node) -> Result<&'static Entry> {
    let wanted = name.as_str().unwrap_or_default();
    REGISTRY.iter().find(|e| e.name == wanted).ok_or_else(|| {
        let names: Vec<&str> = REGISTRY.iter().map(|e| e.name).collect();
        name.error(format!("unknown algorithm `{wanted}`")).maybe_hint(suggest(wanted, "algorithms", &names))
    })
}
