//! The registry of cleaning and feature steps. One file per transform; its line in [`REGISTRY`]
//! is all that makes it known to config checking, help, packages and did-you-mean.

mod bins;
mod clean_text;
mod clip_outliers;
mod columns;
mod date_parts;
mod drop_columns;
mod drop_constant;
mod drop_duplicates;
mod drop_missing;
mod encode;
mod expression;
mod features;
mod filter;
mod impute;
mod interaction;
mod language;
mod map_values;
mod range;
mod scale;
mod statistics;
mod text_length;
mod vectorize;

pub use expression::column as column_in_expression;
pub use features::Features;

use schemars::Schema;
use std::ops::Range;

use crate::data::{Table, Target};
use crate::error::{Result, suggest};
use crate::yaml::Node;

/// Every transform.
pub static REGISTRY: &[Entry] = &[
    drop_columns::ENTRY,
    drop_duplicates::ENTRY,
    drop_missing::ENTRY,
    range::ENTRY,
    filter::ENTRY,
    map_values::ENTRY,
    clean_text::ENTRY,
    language::ENTRY,
    expression::ENTRY,
    bins::ENTRY,
    date_parts::ENTRY,
    text_length::ENTRY,
    interaction::ENTRY,
    impute::ENTRY,
    clip_outliers::ENTRY,
    drop_constant::ENTRY,
    scale::ENTRY,
    encode::ENTRY,
    vectorize::ENTRY,
];

/// When a transform acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Labelled rows before the split; never on a given test part, never at prediction.
    RowFilter,
    /// Learns nothing, applies everywhere.
    ColumnFix,
    /// Fitted on training rows only.
    Learned,
}

/// A registered transform.
pub struct Entry {
    /// As written in the configs.
    pub name: &'static str,
    /// Version of the bytes its state is encoded in.
    pub version: u32,
    /// One line for help.
    pub summary: &'static str,
    /// The phases it can have (a `range` filters rows or fixes values, by its parameters).
    pub phases: &'static [Phase],
    /// The schema of its parameters, for docs and editors.
    pub schema: fn() -> Schema,
    /// Checks the parameters and builds the step.
    pub build: fn(&Node) -> Result<Step>,
    /// Reads a fitted state back; for learned transforms.
    pub load: Option<Load>,
}

/// Reads what [`FittedTransform::encode`] wrote.
pub type Load = fn(&[u8]) -> Result<Box<dyn FittedTransform>>;

/// A step built from its parameters.
pub enum Step {
    /// See [`Phase::RowFilter`].
    RowFilter(Box<dyn RowFilter>),
    /// See [`Phase::ColumnFix`].
    ColumnFix(Box<dyn ColumnFix>),
    /// See [`Phase::Learned`].
    Learned(Box<dyn Transform>),
}

/// Drops labelled rows.
pub trait RowFilter: Send + Sync {
    /// Checks that the columns it names exist.
    fn check(&self, columns: &[String]) -> Result<()>;
    /// Which rows stay; every other one went for the reason given.
    fn keep(&self, table: &Table) -> Result<Kept>;
}

/// What a [`RowFilter`] decided.
pub struct Kept {
    /// One flag a row.
    pub keep: Vec<bool>,
    /// Why the others went, such as `exact duplicate`.
    pub reason: String,
}

/// Changes columns row by row, the same for one row and for a table.
pub trait ColumnFix: Send + Sync {
    /// Checks that the columns it names exist, and changes `columns` as it will change the table.
    fn check(&self, columns: &mut Vec<String>) -> Result<()>;
    /// Whether all it does is to take columns away, so that it needs none of them.
    fn only_drops(&self) -> bool {
        false
    }
    /// The column that is all it makes or changes; none where it does more.
    fn makes(&self) -> Option<&str> {
        None
    }
    /// The column whose texts it takes for others, and the texts it knows; every other one would be lost.
    fn takes(&self) -> Option<(&str, Vec<&str>)> {
        None
    }
    /// Changes the table; the row count stays. Returns what is worth telling, such as counts of nulled values.
    fn apply(&self, table: &mut Table) -> Result<Vec<String>>;
}

/// Applies a fix, and takes the empty texts it may have made for nulls: between stages they are the same.
///
/// # Errors
/// Those of the fix.
pub fn apply_fix(fix: &dyn ColumnFix, table: &mut Table) -> Result<Vec<String>> {
    let notes = fix.apply(table)?;
    table.empty_texts_to_null();
    Ok(notes)
}

/// What a transform is given beside the features.
pub struct FitContext<'a> {
    /// The target of each training row.
    pub target: &'a Target,
    /// Seed of everything random.
    pub seed: u64,
    /// Where rows were drawn again, the number of each row's original: copies of a row have the same, and a transform
    /// that parts rows keeps them together.
    pub copies: Option<&'a [usize]>,
}

/// Learns from training rows.
pub trait Transform: Send + Sync {
    /// Checks that the columns it names exist.
    fn check(&self, columns: &[String]) -> Result<()>;
    /// The columns that it makes features of where they hold free text: without a step that reads it, a text is no
    /// feature.
    fn reads_text(&self) -> Vec<&str> {
        Vec::new()
    }
    /// Learns from the training rows and returns them transformed (which may differ from applying the
    /// fitted transform to them, as in out-of-fold target encoding).
    fn fit(&self, features: Features, context: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)>;
}

/// A transform that has learned.
pub trait FittedTransform: Send + Sync {
    /// Transforms rows, each independently of the others.
    fn apply(&self, features: Features) -> Result<Features>;
    /// Its learned state, which its entry's `load` reads back.
    fn encode(&self) -> Result<Vec<u8>>;
    /// The features that it makes under another name than their column's, each with that column.
    fn origins(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Whether these features are terms of texts, called `<column>:<term>`.
    fn makes_terms(&self) -> bool {
        false
    }
    /// Whether such a feature is of no term in particular, but of all that hash to it: `<column>:#<number>`.
    fn hashes_terms(&self) -> bool {
        false
    }
    /// Each time a term stands in a text of a column: its feature, and the bytes of the words that make it.
    fn terms_in(&self, _column: &str, _text: &str) -> Vec<(String, Vec<Range<usize>>)> {
        Vec::new()
    }
}

/// Finds a transform by name.
///
/// # Errors
/// Exit code 2 pointing at `name`, with a did-you-mean among the transforms of `phases`.
pub fn find(name: &Node, phases: &[Phase]) -> Result<&'static Entry> {
    let wanted = name.as_str().unwrap_or_default();
    let fitting = |e: &&Entry| e.phases.iter().any(|p| phases.contains(p));
    match REGISTRY.iter().find(|e| e.name == wanted) {
        Some(entry) if fitting(&entry) => Ok(entry),
        Some(entry) => Err(name.error(format!("`{wanted}` cannot stand here")).hint(match entry.phases {
            [Phase::Learned] => "it learns from rows, so it belongs under `features.learned`",
            _ => "it learns nothing, so it belongs under `clean.steps` or `features.derive`",
        })),
        None => {
            let names: Vec<&str> = REGISTRY.iter().filter(fitting).map(|e| e.name).collect();
            Err(name.error(format!("unknown transform `{wanted}`")).maybe_hint(suggest(wanted, "transforms", &names)))
        }
    }
}

#[cfg(test)]
mod tests;
