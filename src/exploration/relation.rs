//! What columns say about the target.

use super::association::{NumberPair, eta_squared};
use super::coded::{Coded, NULL};
use super::contingency::Contingency;
use super::correlations::Member;
use super::histogram::NO_BIN;
use super::number_summary::number_summary;
use super::summary::{Level, Outcomes, Relation, TargetSummary};
use crate::data::{Column, Kind, NULL_CODE, Target, TargetSpec, Task, Values};
use crate::metrics::Ranking;

/// Classes told with their rows.
const TOLD: usize = 50;
/// Classes that bins and levels are split by; of more, the last stands for all others.
const SHOWN: usize = 8;
/// The code of the positive class of two.
const POSITIVE: u32 = 2;

/// The target of the rows, as codes.
pub struct Goal<'a> {
    spec: &'a TargetSpec,
    /// Classes in their order, or numbers in theirs; null where the target is missing.
    pub coded: Coded,
    /// Which of the shown classes each code is.
    shown: Vec<u32>,
    /// Names of the shown classes.
    names: Vec<String>,
}

impl<'a> Goal<'a> {
    /// Reads a target column; a label that is no class is null.
    pub fn of(column: &Column, spec: &'a TargetSpec) -> Self {
        let coded = match (&column.values, spec.task) {
            (Values::Category(values), Task::Binary | Task::Multiclass) => {
                let place = |level: &String| spec.classes.iter().position(|class| class == level);
                let codes: Vec<u32> =
                    values.levels.iter().map(|level| place(level).map_or(NULL, |at| at as u32 + 1)).collect();
                let code = |code: &u32| if *code == NULL_CODE { NULL } else { codes[*code as usize] };
                classes(values.codes.iter().map(code).collect(), spec)
            }
            (Values::Number(values), Task::Regression) => Coded::ordered(values),
            (_, Task::Regression) => Coded::ordered(&vec![f64::NAN; column.len()]),
            _ => classes(vec![NULL; column.len()], spec),
        };
        let mut goal = Self { spec, coded, shown: Vec::new(), names: Vec::new() };
        goal.choose_shown();
        goal
    }

    /// All classes where they are few, else the most frequent and the others as one.
    fn choose_shown(&mut self) {
        if !self.is_classes() {
            return;
        }
        let mut order: Vec<usize> = (1..self.coded.counts.len()).collect();
        if order.len() > SHOWN {
            order.sort_by_key(|code| (std::cmp::Reverse(self.coded.counts[*code]), *code));
            order.truncate(SHOWN - 1);
            order.sort_unstable();
        }
        let others = order.len() as u32;
        self.shown = vec![others; self.coded.counts.len()];
        order.iter().zip(0..).for_each(|(code, place)| self.shown[*code] = place);
        self.names = order.iter().filter_map(|code| self.spec.classes.get(code - 1)).map(|c| shorten(c)).collect();
        if order.len() + 1 < self.coded.counts.len() {
            self.names.push(String::new());
        }
    }

    /// Whether it has classes.
    pub fn is_classes(&self) -> bool {
        self.spec.task != Task::Regression
    }

    /// Its column.
    pub fn column(&self) -> &str {
        &self.spec.column
    }

    /// The target as one of the columns that are compared.
    pub fn member(&self) -> Option<Member<'_>> {
        let kind = if self.is_classes() { Kind::Category } else { Kind::Number };
        let member = Member::of(&self.spec.column, kind, &self.coded)?;
        Some(Member { is_number: self.spec.task != Task::Multiclass, ..member })
    }

    /// As what learns takes it, with the rows that have one.
    pub fn labelled(&self) -> (Target, Vec<usize>) {
        let rows: Vec<usize> = (0..self.coded.codes.len()).filter(|row| self.coded.codes[*row] != NULL).collect();
        let codes = rows.iter().map(|row| self.coded.codes[*row]);
        let target = match self.is_classes() {
            true => Target::Classes { codes: codes.map(|code| code - 1).collect(), classes: self.spec.classes.len() },
            false => Target::Values(codes.map(|code| self.coded.values[code as usize]).collect()),
        };
        (target, rows)
    }

    /// Sums it up.
    pub fn summary(&self, bins: usize) -> TargetSummary {
        let mut classes: Vec<usize> = if self.is_classes() { (1..self.coded.counts.len()).collect() } else { vec![] };
        let distinct = classes.len() as u64;
        if classes.len() > TOLD {
            classes.sort_by_key(|code| (std::cmp::Reverse(self.coded.counts[*code]), *code));
            classes.truncate(TOLD);
        }
        let level = |code: &usize| {
            Some(Level { level: shorten(self.spec.classes.get(code - 1)?), rows: self.coded.counts[*code] })
        };
        let numbers = if self.is_classes() { None } else { number_summary(&self.coded, bins).map(|(found, _)| found) };
        TargetSummary {
            column: self.spec.column.clone(),
            task: self.spec.task,
            missing: self.coded.missing(),
            classes: classes.iter().filter_map(level).collect(),
            distinct,
            shown: self.names.clone(),
            numbers,
        }
    }

    /// The target in each of `groups` groups of codes; rows of codes in none do not count.
    pub fn outcomes(&self, codes: &[u32], group_of_code: &[u32], groups: usize) -> Outcomes {
        let both = codes.iter().zip(&self.coded.codes).filter_map(|(code, target)| {
            let group = group_of_code[*code as usize];
            (group != NO_BIN && *target != NULL).then_some((group as usize, *target as usize))
        });
        if self.is_classes() {
            let mut counts = vec![vec![0; self.names.len()]; groups];
            both.for_each(|(group, class)| counts[group][self.shown[class] as usize] += 1);
            return Outcomes::Classes(counts);
        }
        let mut sums = vec![(0.0, 0.0); groups];
        for (group, code) in both {
            let (rows, sum) = &mut sums[group];
            (*rows, *sum) = (*rows + 1.0, *sum + self.coded.values[code]);
        }
        let mean = |(rows, sum): (f64, f64)| Some(sum / rows).filter(|mean: &f64| mean.is_finite());
        Outcomes::Means(sums.into_iter().map(mean).collect())
    }

    /// What a column says about it; `is_number` tells whether its values have an order.
    pub fn relation(&self, column: &Coded, is_number: bool) -> Relation {
        let mut relation = Relation::default();
        let groups = (column.codes.as_slice(), column.counts.len());
        let target = (self.coded.codes.as_slice(), self.coded.counts.len());
        match (is_number, self.spec.task) {
            (true, Task::Binary) => relation.roc_auc = roc_auc(column, &self.coded),
            (true, Task::Multiclass) => relation.eta_squared = eta_squared(column, target.0, target.1),
            (true, Task::Regression) => {
                let pair = NumberPair::of(column, &self.coded);
                (relation.pearson, relation.spearman) = (pair.pearson(), pair.spearman());
            }
            (false, Task::Regression) => relation.eta_squared = eta_squared(&self.coded, groups.0, groups.1),
            (false, _) => relation.cramers_v = Contingency::of(groups, target).cramers_v(),
        }
        let (codes, levels) = column.binned();
        let (answers, classes) = if self.is_classes() { (target.0.to_vec(), target.1) } else { self.coded.binned() };
        let table = Contingency::of((&codes, levels), (&answers, classes));
        relation.mutual_information = table.mutual_information();
        relation.explained = if column.missing() == 0 {
            table.explained()
        } else {
            // That a value is missing tells something too, and what is told of few rows is little.
            let with_missing: Vec<u32> = codes.iter().map(|code| code + 1).collect();
            Contingency::of((&with_missing, levels + 1), (&answers, classes)).explained()
        };
        relation
    }
}

/// Codes of classes; of two, as the numbers 0 and 1 too.
fn classes(codes: Vec<u32>, spec: &TargetSpec) -> Coded {
    let mut counts = vec![0; spec.classes.len() + 1];
    codes.iter().for_each(|code| counts[*code as usize] += 1);
    let values = if spec.classes.len() == 2 { vec![f64::NAN, 0.0, 1.0] } else { Vec::new() };
    Coded { codes, counts, values }
}

fn roc_auc(column: &Coded, target: &Coded) -> Option<f64> {
    let table = Contingency::of((&column.codes, column.counts.len()), (&target.codes, target.counts.len()));
    let mut groups: Vec<(f64, u64, u64)> = Vec::new();
    for cells in table.cells.chunk_by(|a, b| a.0 == b.0) {
        let rows =
            |positive: bool| cells.iter().filter(|cell| (cell.1 == POSITIVE) == positive).map(|cell| cell.2).sum();
        let value = column.values[cells.first()?.0 as usize];
        groups.push((value, rows(true), rows(false)));
    }
    Ranking::of_groups(groups.into_iter()).ok()?.roc_auc()
}

/// A level as it is told.
pub fn shorten(level: &str) -> String {
    const TOLD: usize = 100;
    match level.char_indices().nth(TOLD) {
        Some((at, _)) => format!("{}…", &level[..at]),
        None => level.to_owned(),
    }
}
