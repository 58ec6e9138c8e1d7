//! The smoothed mean of the target per level: `(sum + weight * prior) / (count + weight)`, after
//! Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", 2001.
//!
//! Training rows are encoded out of fold, from the rows of the other folds alone, so that no row's own
//! target reaches its features; new rows by the statistics of all training rows.

use serde::{Deserialize, Serialize};

use super::levels::{Lookup, count};
use crate::data::{Categories, Column, SplitMix64, Table, Target};
use crate::error::{Error, Result};
use crate::transforms::columns::{as_levels, missing, require};
use crate::transforms::{Features, FitContext};

/// Keeps these folds apart from others drawn from the same seed.
const STREAM: u64 = 0x7461_7267_6574_656E;

pub struct Smoothing {
    /// Weight of the prior, in rows.
    pub weight: f64,
    /// At least 2.
    pub folds: usize,
}

#[derive(Serialize, Deserialize)]
pub struct TargetMeans {
    /// Mean over all training rows, one an output.
    prior: Vec<f64>,
    columns: Vec<MeansColumn>,
}

#[derive(Serialize, Deserialize)]
struct MeansColumn {
    column: String,
    /// Sorted by text.
    levels: Vec<String>,
    /// Per level and at last for null, one an output.
    means: Vec<Vec<f64>>,
}

/// Sums of the outputs and counts of rows, per group.
struct Sums {
    outputs: usize,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl TargetMeans {
    /// Learns from the training rows and encodes them out of fold.
    pub fn fit(
        mut features: Features,
        names: &[String],
        smoothing: &Smoothing,
        context: &FitContext,
    ) -> Result<(Self, Features)> {
        let target = context.target;
        let outputs = outputs(target);
        let folds = Folds::new(features.rows, smoothing.folds, context);
        let every_row = vec![0; features.rows];
        let overall = Sums::of(target, &every_row, 1);
        let prior = overall.mean(0, 0.0, &vec![0.0; outputs]);
        // One set of statistics per fold, from the rows of the others.
        let fold_priors: Vec<Vec<f64>> = {
            let by_fold = Sums::of(target, &folds.of_row, folds.count);
            (0..folds.count).map(|fold| by_fold.others(fold, folds.count, 1).mean(0, 0.0, &prior)).collect()
        };
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let (column, encoded) = {
                let categories = as_levels(require(&features.table, name)?);
                let levels: Vec<String> = count(&categories).levels.into_iter().map(|(level, _)| level).collect();
                let groups = groups(&categories, &levels);
                let width = levels.len() + 1;
                let full = Sums::of(target, &groups, width);
                let means = (0..width).map(|group| full.mean(group, smoothing.weight, &prior)).collect();
                let means_of_row = folds.means(target, &groups, width, smoothing.weight, &fold_priors);
                let encoded =
                    in_columns(name, outputs, features.rows, |row| &means_of_row[folds.of_row[row]][groups[row]]);
                (MeansColumn { column: name.clone(), levels, means }, encoded)
            };
            columns.push(column);
            replace(&mut features.table, name, encoded)?;
        }
        Ok((Self { prior, columns }, features))
    }

    /// The encoded columns, each with the one that it comes from.
    pub fn origins(&self) -> Vec<(String, String)> {
        let outputs = self.prior.len();
        let of_column = |column: &MeansColumn| {
            let column = column.column.clone();
            (0..outputs).map(move |output| (encoded_name(&column, outputs, output), column.clone()))
        };
        self.columns.iter().flat_map(of_column).collect()
    }

    pub fn apply(&self, mut features: Features) -> Result<Features> {
        for MeansColumn { column, levels, means } in &self.columns {
            let encoded = {
                let categories = as_levels(require(&features.table, column)?);
                let prior = &self.prior;
                let null = means.last().unwrap_or(prior);
                let lookup =
                    Lookup::new(&categories, levels, |known| known.and_then(|at| means.get(at)).unwrap_or(prior), null);
                in_columns(column, prior.len(), features.rows, |row| lookup.get(categories.codes[row]))
            };
            replace(&mut features.table, column, encoded)?;
        }
        Ok(features)
    }
}

/// Values per row: P(class 1) for two classes, one a class for more, the value in regression.
fn outputs(target: &Target) -> usize {
    match target {
        Target::Classes { classes, .. } if *classes > 2 => *classes,
        _ => 1,
    }
}

/// Position of each row's level among the sorted ones; nulls come last.
fn groups(categories: &Categories, levels: &[String]) -> Vec<usize> {
    let lookup = Lookup::new(categories, levels, |known| known.unwrap_or(levels.len()), levels.len());
    categories.codes.iter().map(|code| lookup.get(*code)).collect()
}

/// The encoded columns of `name`, from the outputs of each row.
fn in_columns<'m>(name: &str, outputs: usize, rows: usize, means: impl Fn(usize) -> &'m Vec<f64>) -> Vec<Column> {
    (0..outputs)
        .map(|output| {
            let values = (0..rows).map(|row| means(row).get(output).copied().unwrap_or(f64::NAN)).collect();
            Column::number(encoded_name(name, outputs, output), values)
        })
        .collect()
}

/// The name of an output of a column.
fn encoded_name(column: &str, outputs: usize, output: usize) -> String {
    if outputs == 1 { column.to_owned() } else { format!("{column}:{output}") }
}

/// Puts the encoded columns in the place of the one they came from.
fn replace(table: &mut Table, name: &str, encoded: Vec<Column>) -> Result<()> {
    let at = table.index(name).ok_or_else(|| missing(name, table))?;
    if let Some(taken) = encoded.iter().find(|c| c.name != name && table.index(&c.name).is_some()) {
        return Err(Error::usage(format!(
            "`encode` cannot add `{}`: a column of that name exists already",
            taken.name
        )));
    }
    let mut columns = std::mem::take(table).into_columns();
    columns.splice(at..=at, encoded);
    *table = Table::new(columns);
    Ok(())
}

impl Sums {
    /// Sums in row order over the rows of each group.
    fn of(target: &Target, groups: &[usize], width: usize) -> Self {
        let outputs = outputs(target);
        let mut this = Self { outputs, sums: vec![0.0; width * outputs], counts: vec![0.0; width] };
        groups.iter().for_each(|group| this.counts[*group] += 1.0);
        match target {
            Target::Values(values) => values.iter().zip(groups).for_each(|(y, group)| this.sums[*group] += y),
            Target::Classes { codes, .. } if outputs == 1 => {
                codes.iter().zip(groups).for_each(|(code, group)| this.sums[*group] += f64::from(*code));
            }
            Target::Classes { codes, .. } => {
                codes.iter().zip(groups).for_each(|(code, group)| this.sums[group * outputs + *code as usize] += 1.0);
            }
        }
        this
    }

    /// Of sums for `folds` times `width` groups, those of every fold but `fold`, added in fold order.
    fn others(&self, fold: usize, folds: usize, width: usize) -> Self {
        let mut this = Self { outputs: self.outputs, sums: vec![0.0; width * self.outputs], counts: vec![0.0; width] };
        // A single fold has no others and stands for itself.
        for other in (0..folds).filter(|other| *other != fold || folds == 1) {
            let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            add(&mut this.counts, &self.counts[other * width..]);
            add(&mut this.sums, &self.sums[other * width * self.outputs..]);
        }
        this
    }

    /// The smoothed means of a group; the prior for one without rows and weight.
    fn mean(&self, group: usize, weight: f64, prior: &[f64]) -> Vec<f64> {
        let count = self.counts[group] + weight;
        let sums = &self.sums[group * self.outputs..];
        let mean = |(sum, prior): (&f64, &f64)| if count > 0.0 { (sum + weight * prior) / count } else { *prior };
        sums.iter().zip(prior).map(mean).collect()
    }
}

/// Folds of equal size (to one row), drawn from a seed; copies of a row are in the same.
struct Folds {
    of_row: Vec<usize>,
    count: usize,
}

impl Folds {
    fn new(rows: usize, count: usize, context: &FitContext) -> Self {
        let mut originals: Vec<usize> = context.copies.map_or_else(|| (0..rows).collect(), <[usize]>::to_vec);
        let original_of = originals.clone();
        originals.sort_unstable();
        originals.dedup();
        let count = count.min(originals.len()).max(1);
        let mut folds: Vec<usize> = (0..originals.len()).map(|at| at % count).collect();
        SplitMix64::new(context.seed ^ STREAM).shuffle(&mut folds);
        let place = |original: &usize| originals.binary_search(original).unwrap_or_default();
        Self { of_row: original_of.iter().map(|original| folds[place(original)]).collect(), count }
    }

    /// Per fold and group, the means over the rows of the other folds.
    fn means(
        &self,
        target: &Target,
        groups: &[usize],
        width: usize,
        weight: f64,
        priors: &[Vec<f64>],
    ) -> Vec<Vec<Vec<f64>>> {
        let cells: Vec<usize> = groups.iter().zip(&self.of_row).map(|(group, fold)| fold * width + group).collect();
        let sums = Sums::of(target, &cells, self.count * width);
        priors
            .iter()
            .enumerate()
            .map(|(fold, prior)| {
                let others = sums.others(fold, self.count, width);
                (0..width).map(|group| others.mean(group, weight, prior)).collect()
            })
            .collect()
    }
}
