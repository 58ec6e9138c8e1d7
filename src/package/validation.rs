//! Cross-validation: which rows each fold learns from, and on which it is tried.

use std::collections::BTreeMap;

use crate::data::{Column, SplitMix64, Table, Target, Values};
use crate::error::{Error, Result};
use crate::models::HoldOut;

/// How the training rows are dealt into folds.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// The way of dealing.
    pub method: Method,
    /// Number of folds; `predefined` counts its own.
    pub folds: usize,
    /// How often all is dealt anew, by `kfold` and `stratified`; at least 1.
    pub repeats: usize,
}

/// Ways of dealing rows into folds.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// Shuffled.
    KFold,
    /// Shuffled within each class; a number has none, so its rows are shuffled all together.
    Stratified,
    /// Rows of the same value of this column stay together.
    Group(String),
    /// Each fold learns from the rows before those it is tried on, by this column; as scikit-learn's `TimeSeriesSplit`.
    Time(String),
    /// This column says the fold of each row; rows without one are always learned from.
    Predefined(String),
}

/// One fold, both sides in the order of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows that are learned from.
    pub train: Vec<usize>,
    /// Rows that are scored.
    pub test: Vec<usize>,
}

/// What rows have in common that a fit must not tear apart either, where it holds some of its rows out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kin {
    /// Nothing.
    None,
    /// The number of each row's group.
    Groups(Vec<usize>),
    /// The place of each row in time, the same for rows of the same moment.
    Moments(Vec<usize>),
}

impl Kin {
    /// Of some rows, in their order.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let of = |values: &[usize]| rows.iter().map(|row| values[*row]).collect();
        match self {
            Kin::None => Kin::None,
            Kin::Groups(groups) => Kin::Groups(of(groups)),
            Kin::Moments(moments) => Kin::Moments(of(moments)),
        }
    }

    /// As fits take it.
    pub(super) fn hold_out(&self) -> HoldOut<'_> {
        match self {
            Kin::None => HoldOut::Any,
            Kin::Groups(groups) => HoldOut::Groups(groups),
            Kin::Moments(moments) => HoldOut::Latest(moments),
        }
    }
}

impl Validation {
    /// As scikit-learn's `StratifiedKFold` for classes and `KFold` for numbers, shuffled.
    pub fn usual(folds: usize) -> Self {
        Self { method: Method::Stratified, folds, repeats: 1 }
    }

    /// How many folds there will be, as far as that can be told without the rows.
    pub fn count(&self) -> usize {
        self.folds * self.repeats
    }

    /// Deals the rows of `table`, whose target is `target`.
    ///
    /// A class of a single row is left to the fits that see it, as scikit-learn does; no fold can tell how well it is
    /// learned. Where the rows that a fold learns from are all of one class, it answers with that class.
    ///
    /// # Errors
    /// Exit code 2 for a column that is not there or cannot serve, 3 where rows, groups or moments are fewer than
    /// the folds want, or a class has no row.
    pub fn folds(&self, table: &Table, target: &Target, seed: u64) -> Result<Vec<Fold>> {
        if target.len() < self.folds {
            return Err(Error::data(format!("{} training rows cannot make {} folds", target.len(), self.folds))
                .hint("lower `train.folds` or use more data"));
        }
        let classes = classes(target);
        if classes.iter().any(Vec::is_empty) {
            return Err(Error::data("a class has no training row, so nothing can learn it")
                .hint("drop the class, merge it with another under `config.target.map`, or use more data"));
        }
        match &self.method {
            Method::Time(name) => expanding(&moments(column(table, name)?)?, self.folds),
            Method::Group(name) => {
                let groups = groups(column(table, name)?);
                Ok(of_rows(&self.by_group(&groups, name, target.len())?, self.folds))
            }
            Method::Predefined(name) => predefined(column(table, name)?),
            Method::KFold => Ok(self.repeated(&[(0..target.len()).collect()], target.len(), seed)),
            Method::Stratified => Ok(self.repeated(&classes, target.len(), seed)),
        }
    }

    /// What ties the rows of `table` together, or sets them in an order, where the folds heed that.
    ///
    /// # Errors
    /// As of [`Validation::folds`], for the column.
    pub(super) fn kin(&self, table: &Table) -> Result<Kin> {
        match &self.method {
            Method::Group(name) => {
                let mut of_row = vec![0; table.rows()];
                for (number, rows) in groups(column(table, name)?).into_iter().enumerate() {
                    rows.into_iter().for_each(|row| of_row[row] = number);
                }
                Ok(Kin::Groups(of_row))
            }
            Method::Time(name) => {
                let moments = moments(column(table, name)?)?;
                let mut sorted = moments.clone();
                sorted.sort_by(f64::total_cmp);
                sorted.dedup();
                Ok(Kin::Moments(moments.iter().map(|at| sorted.partition_point(|other| other < at)).collect()))
            }
            Method::KFold | Method::Stratified | Method::Predefined(_) => Ok(Kin::None),
        }
    }

    /// Within a class the rows are shuffled and dealt out in turn; the deal goes on from class to class, so fold
    /// sizes differ by at most one.
    fn repeated(&self, classes: &[Vec<usize>], rows: usize, seed: u64) -> Vec<Fold> {
        let mut random = SplitMix64::new(seed);
        let mut folds = Vec::with_capacity(self.count());
        for _ in 0..self.repeats {
            let mut fold_of = vec![Some(0); rows];
            let mut next = 0;
            for class in classes {
                let mut class = class.clone();
                random.shuffle(&mut class);
                for row in class {
                    fold_of[row] = Some(next % self.folds);
                    next += 1;
                }
            }
            folds.extend(of_rows(&fold_of, self.folds));
        }
        folds
    }

    /// The largest group first, each to the fold with the fewest rows, as scikit-learn's `GroupKFold`.
    fn by_group(&self, groups: &[Vec<usize>], name: &str, rows: usize) -> Result<Vec<Option<usize>>> {
        if groups.len() < self.folds {
            return Err(Error::data(format!(
                "column `{name}` has {} groups, which cannot make {} folds",
                groups.len(),
                self.folds
            ))
            .hint("lower `train.folds`"));
        }
        let mut order: Vec<&Vec<usize>> = groups.iter().collect();
        // Stable: of groups of equal size the one that begins first.
        order.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let mut sizes = vec![0; self.folds];
        let mut fold_of = vec![None; rows];
        for group in order {
            let fold = (0..self.folds).min_by_key(|fold| sizes[*fold]).unwrap_or_default();
            sizes[fold] += group.len();
            group.iter().for_each(|row| fold_of[*row] = Some(fold));
        }
        Ok(fold_of)
    }
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Column> {
    table.column(name).ok_or_else(|| {
        Error::usage(format!("`train.validation.column`: no column `{name}` in the training rows"))
            .maybe_hint(crate::error::suggest(name, "columns", &table.names()))
    })
}

fn classes(target: &Target) -> Vec<Vec<usize>> {
    match target {
        Target::Values(values) => vec![(0..values.len()).collect()],
        Target::Classes { codes, classes } => {
            let mut groups = vec![Vec::new(); *classes];
            for (row, code) in codes.iter().enumerate() {
                groups[*code as usize].push(row);
            }
            groups
        }
    }
}

/// Each row in the fold that it belongs to; rows of none are in every training side.
fn of_rows(fold_of: &[Option<usize>], folds: usize) -> Vec<Fold> {
    let rows = |wanted: &dyn Fn(&Option<usize>) -> bool| -> Vec<usize> {
        fold_of.iter().enumerate().filter(|(_, fold)| wanted(fold)).map(|(row, _)| row).collect()
    };
    (0..folds).map(|fold| Fold { train: rows(&|of| *of != Some(fold)), test: rows(&|of| *of == Some(fold)) }).collect()
}

/// What tells the groups of a column apart; none where the value is missing.
fn key(column: &Column, row: usize) -> Option<String> {
    match &column.values {
        Values::Number(values) => Some(values[row]).filter(|v| !v.is_nan()).map(|v| v.to_string()),
        Values::Category(values) => values.get(row).map(str::to_owned),
        Values::Text(values) => values.get(row).map(str::to_owned),
        Values::Date(values) => values[row].map(|moment| moment.to_string()),
    }
}

/// The rows of each group in order of its first row; a row without a value is a group of its own.
fn groups(column: &Column) -> Vec<Vec<usize>> {
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in 0..column.len() {
        match key(column, row) {
            Some(key) => {
                let group = *at.entry(key).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                });
                groups[group].push(row);
            }
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn predefined(column: &Column) -> Result<Vec<Fold>> {
    let keys: Vec<Option<String>> = (0..column.len()).map(|row| key(column, row)).collect();
    let mut names: Vec<&String> = keys.iter().flatten().collect();
    names.sort();
    names.dedup();
    // A fold a row is what an id would make.
    if names.len() < 2 || names.len() > MOST_FOLDS {
        return Err(Error::data(format!(
            "column `{}` names {} folds; 2 to {MOST_FOLDS} can be used",
            column.name,
            names.len()
        ))
        .hint(
            "it holds a number or a name of the fold of each row, and nothing for rows that are always learned from",
        ));
    }
    let fold_of: Vec<Option<usize>> =
        keys.iter().map(|key| key.as_ref().and_then(|key| names.binary_search(&key).ok())).collect();
    Ok(of_rows(&fold_of, names.len()))
}

/// More folds than anyone waits for.
const MOST_FOLDS: usize = 1000;

fn moments(column: &Column) -> Result<Vec<f64>> {
    let moments: Vec<f64> = match &column.values {
        Values::Date(values) => values.iter().map(|v| v.map_or(f64::NAN, |s| s as f64)).collect(),
        Values::Number(values) => values.clone(),
        _ => {
            return Err(Error::usage(format!(
                "`train.validation.column`: `{}` is of kind {}",
                column.name,
                column.kind.name()
            ))
            .hint("an order in time needs a date or a number"));
        }
    };
    if moments.iter().any(|moment| moment.is_nan()) {
        return Err(Error::data(format!("column `{}` has missing values, so its rows have no order", column.name))
            .hint("drop them with a `drop_missing` step in configs/clean.yaml"));
    }
    Ok(moments)
}

/// The rows in order of time in `folds + 1` blocks of equal size, the first with what is left over: each fold is tried
/// on a block and learns from all before it. Rows of the same moment are all in the earlier block, so that nothing is
/// learned from the moment that is to be foretold.
fn expanding(moments: &[f64], folds: usize) -> Result<Vec<Fold>> {
    let mut order: Vec<usize> = (0..moments.len()).collect();
    order.sort_by(|a, b| moments[*a].total_cmp(&moments[*b]));
    let size = moments.len() / (folds + 1);
    let end_of_moment = |at: usize| {
        let same = |row: &&usize| moments[**row] == moments[order[at - 1]];
        at + order[at..].iter().take_while(same).count()
    };
    let mut borders: Vec<usize> = (0..folds).rev().map(|after| moments.len() - size * (after + 1)).collect();
    borders.iter_mut().filter(|at| **at > 0).for_each(|at| *at = end_of_moment(*at));
    borders.push(moments.len());
    let sorted = |rows: &[usize]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    if size == 0 || borders.windows(2).any(|pair| pair[0] == 0 || pair[0] >= pair[1]) {
        return Err(Error::data(format!("the moments are too few for {folds} folds in order of time"))
            .hint("lower `train.folds`"));
    }
    Ok(borders
        .windows(2)
        .map(|pair| Fold { train: sorted(&order[..pair[0]]), test: sorted(&order[pair[0]..pair[1]]) })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: Vec<Column>) -> Table {
        Table::new(columns)
    }

    fn validation(method: Method, folds: usize) -> Validation {
        Validation { method, folds, repeats: 1 }
    }

    #[test]
    fn folds_are_even_in_size_and_classes() {
        let codes: Vec<u32> = (0..103).map(|i| u32::from(i % 4 == 0)).collect();
        let target = Target::Classes { codes: codes.clone(), classes: 2 };
        let none = table(vec![]);
        let usual = Validation::usual(5);
        let folds = usual.folds(&none, &target, 7).unwrap();
        for Fold { train, test } in &folds {
            let positive = test.iter().filter(|r| codes[**r] == 1).count();
            assert!((20..=21).contains(&test.len()) && (5..=6).contains(&positive), "{} {positive}", test.len());
            assert_eq!(train.len() + test.len(), 103);
        }
        assert_eq!(folds, usual.folds(&none, &target, 7).unwrap());
        assert_ne!(folds, usual.folds(&none, &target, 8).unwrap());
        assert!(usual.folds(&none, &Target::Values(vec![1.0; 3]), 1).is_err());
        let classes = |codes: &[u32], classes| {
            Validation::usual(2).folds(&none, &Target::Classes { codes: codes.to_vec(), classes }, 1)
        };
        assert!(classes(&[0, 1, 1], 3).is_err(), "a class without a row");
        assert!(classes(&[0, 0, 0, 1], 2).is_ok() && classes(&[0, 1, 2, 3], 4).is_ok());
    }

    #[test]
    fn each_repeat_deals_every_row_once_and_anew() {
        let repeated = Validation { repeats: 3, ..validation(Method::KFold, 2) };
        let folds = repeated.folds(&table(vec![]), &Target::Values(vec![0.0; 11]), 1).unwrap();
        assert_eq!(folds.len(), 6);
        for pair in folds.chunks(2) {
            assert_eq!((&pair[0].train, &pair[0].test), (&pair[1].test, &pair[1].train));
        }
        assert_ne!(folds[0], folds[2]);
    }

    #[test]
    fn groups_stay_together_and_sizes_are_as_scikit_learns() {
        // GroupKFold(3) of groups of 5, 4, 3, 2, 1 rows holds out 5, 5 and 5.
        let group = |row: usize| [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4][row * 7 % 15];
        let column = Column::number("g", (0..15).map(|row| f64::from(group(row))).collect());
        let target = Target::Values(vec![0.0; 15]);
        let method = Method::Group("g".to_owned());
        let folds = validation(method.clone(), 3).folds(&table(vec![column.clone()]), &target, 1).unwrap();
        for Fold { train, test } in &folds {
            assert_eq!(test.len(), 5);
            assert!(train.iter().all(|a| test.iter().all(|b| group(*a) != group(*b))));
        }
        let few = validation(method, 6).folds(&table(vec![column]), &target, 1).unwrap_err();
        assert!(few.to_string().contains("5 groups"), "{few}");
        let gone = validation(Method::Group("h".to_owned()), 3).folds(&table(vec![]), &target, 1).unwrap_err();
        assert!(gone.to_string().contains("no column `h`"), "{gone}");
    }

    #[test]
    fn time_folds_learn_from_the_past_alone() {
        // TimeSeriesSplit(3) of 10 rows: learns from 4, 6, 8 rows and tries 2 each.
        let backwards = Column::number("t", (0..10).map(|row| f64::from(9 - row)).collect());
        let target = Target::Values(vec![0.0; 10]);
        let time = validation(Method::Time("t".to_owned()), 3);
        let folds = time.folds(&table(vec![backwards]), &target, 1).unwrap();
        let expected = [(vec![6, 7, 8, 9], vec![4, 5]), (vec![4, 5, 6, 7, 8, 9], vec![2, 3])];
        for (fold, (train, test)) in folds.iter().zip(expected) {
            assert_eq!((&fold.train, &fold.test), (&train, &test));
        }
        assert_eq!((folds.len(), &folds[2].test), (3, &vec![0, 1]));
        let same = Column::number("t", [0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0].to_vec());
        assert!(time.folds(&table(vec![same.clone()]), &target, 1).is_err(), "a block within one moment");
        let folds = validation(time.method.clone(), 2).folds(&table(vec![same]), &target, 1).unwrap();
        assert_eq!(folds.iter().map(|f| f.test.clone()).collect::<Vec<_>>(), [vec![5, 6, 7], vec![8, 9]]);
        let never = Column::number("t", vec![1.0; 10]);
        assert!(time.folds(&table(vec![never]), &target, 1).is_err());
    }

    #[test]
    fn fits_hear_of_groups_and_moments() {
        let column = Column::category("c", [Some("b"), Some("a"), None, Some("b"), None]);
        let when = Column::number("t", vec![5.0, -1.0, 5.0, 2.5, 9.0]);
        let table = table(vec![column, when]);
        let kin = |method| validation(method, 2).kin(&table).unwrap();
        let groups = kin(Method::Group("c".to_owned()));
        assert_eq!(groups.hold_out(), HoldOut::Groups(&[0, 1, 2, 0, 3]));
        assert_eq!(groups.select(&[3, 1, 1]).hold_out(), HoldOut::Groups(&[0, 1, 1]));
        assert_eq!(kin(Method::Time("t".to_owned())).hold_out(), HoldOut::Latest(&[2, 0, 2, 1, 3]));
        assert_eq!(kin(Method::Predefined("c".to_owned())).hold_out(), HoldOut::Any);
    }

    #[test]
    fn a_column_may_name_the_folds() {
        let column = Column::category("f", [Some("b"), Some("a"), None, Some("b"), Some("a")]);
        let target = Target::Values(vec![0.0; 5]);
        let folds = validation(Method::Predefined("f".to_owned()), 2).folds(&table(vec![column]), &target, 1).unwrap();
        let a = Fold { train: vec![0, 2, 3], test: vec![1, 4] };
        let b = Fold { train: vec![1, 2, 4], test: vec![0, 3] };
        assert_eq!(folds, [a, b]);
    }
}
