//! One look at a whole table: every column by itself, against the target, and against the others.

use rayon::prelude::*;

use super::bins::by_level;
use super::coded::{Coded, level_names};
use super::correlations::{Member, correlations};
use super::duplicates::count_duplicates;
use super::insights::insights;
use super::level_summary::level_summary;
use super::number_summary::number_summary;
use super::relation::Goal;
use super::summary::{ColumnSummary, Exploration, LevelSummary, NumberSummary, Relation, TextSummary};
use super::{Finding, Flag, identity, missing, suspects};
use crate::data::{Column, Kind, PART, ROW_ID, Strings, Table, TargetSpec, Values};

/// Patterns of nulls told.
const PATTERNS: usize = 12;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExploreOptions {
    /// Bins of a histogram, at the most.
    pub bins: usize,
    /// Levels told of a column, at the most.
    pub top_levels: usize,
    /// Columns compared with one another, at the most.
    pub correlated: usize,
    /// Seed of the halves that leaks are looked for with.
    pub seed: u64,
}

/// A column with its codes, which the comparison with others needs.
struct Looked {
    summary: ColumnSummary,
    coded: Option<Coded>,
}

/// Looks at every column but row keys; `target` is what is to be predicted, where that is known.
///
/// Deterministic whatever the number of threads: columns and pairs are looked at side by side, each by one thread.
pub fn explore(table: &Table, target: Option<&TargetSpec>, options: &ExploreOptions) -> Exploration {
    let target_column = target.and_then(|spec| table.column(&spec.column));
    let goal = target.zip(target_column).map(|(spec, column)| Goal::of(column, spec));
    let is_key = |column: &Column| column.name == ROW_ID || column.name == PART;
    let all: Vec<&Column> = table.columns().iter().filter(|column| !is_key(column)).collect();
    let is_target = |column: &Column| goal.as_ref().is_some_and(|goal| goal.column() == column.name);
    let columns: Vec<&Column> = all.iter().copied().filter(|column| !is_target(column)).collect();
    let looked: Vec<Looked> = columns.par_iter().map(|column| look(column, goal.as_ref(), options)).collect();
    let (missing_patterns, other_patterns) = missing::patterns(&all, table.rows(), PATTERNS);
    let (members, left_out) = members(&looked, goal.as_ref(), options.correlated);
    let mut found = Exploration {
        rows: table.rows() as u64,
        complete_rows: missing::complete_rows(&all, table.rows()),
        duplicate_rows: count_duplicates(table),
        missing_cells: looked.iter().map(|one| one.summary.missing).sum(),
        target: goal.as_ref().map(|goal| goal.summary(options.bins)),
        findings: Vec::new(),
        columns: Vec::new(),
        missing_patterns,
        other_patterns,
        correlations: correlations(&members, left_out),
    };
    found.missing_cells += found.target.as_ref().map_or(0, |target| target.missing);
    found.columns = looked.into_iter().map(|one| one.summary).collect();
    found.findings = insights(&found, &flags(&columns, goal.as_ref(), options.seed));
    found
}

/// Columns that look like leaks or ids, or have one value.
fn flags(columns: &[&Column], goal: Option<&Goal>, seed: u64) -> Vec<Flag> {
    let Some(goal) = goal else {
        let flag = |column: &&Column| {
            let constant = identity::is_constant(column).then_some(Finding::Constant);
            let finding = constant.or_else(|| identity::id_like(column))?;
            Some(Flag { column: column.name.clone(), finding })
        };
        return columns.par_iter().filter_map(flag).collect();
    };
    let (target, rows) = goal.labelled();
    if rows.len() == goal.coded.codes.len() {
        return suspects(columns, &target, seed);
    }
    let labelled: Vec<Column> = columns.par_iter().map(|column| column.select(&rows)).collect();
    suspects(&labelled.iter().collect::<Vec<_>>(), &target, seed)
}

fn look(column: &Column, goal: Option<&Goal>, options: &ExploreOptions) -> Looked {
    match (&column.values, column.kind) {
        (Values::Text(texts), kind) => Looked { summary: of_texts(column, texts, kind, options), coded: None },
        (_, Kind::Bool) => {
            let coded = Coded::of(column);
            let name = |code: usize| if coded.values[code] == 0.0 { "false" } else { "true" }.to_owned();
            let (levels, place) = level_summary(&coded, &name, options.top_levels);
            with_levels(column, coded, levels, &place, goal)
        }
        (Values::Category(_), _) => {
            let coded = Coded::of(column);
            let names = level_names(column).unwrap_or_default();
            let name = |code: usize| names.get(code - 1).cloned().unwrap_or_default();
            let (levels, place) = level_summary(&coded, &name, options.top_levels);
            with_levels(column, coded, levels, &place, goal)
        }
        _ => of_numbers(column, goal, options),
    }
}

fn with_levels(column: &Column, coded: Coded, mut levels: LevelSummary, place: &[u32], goal: Option<&Goal>) -> Looked {
    let groups = levels.top.len() + usize::from(levels.other_rows > 0);
    levels.outcomes = goal.map(|goal| goal.outcomes(&coded.codes, place, groups));
    let relation = goal.map(|goal| goal.relation(&coded, false));
    let summary = ColumnSummary { levels: Some(levels), ..summary(column, &coded, relation) };
    Looked { summary, coded: Some(coded) }
}

fn of_numbers(column: &Column, goal: Option<&Goal>, options: &ExploreOptions) -> Looked {
    let coded = Coded::of(column);
    let numbers = number_summary(&coded, options.bins).map(|(mut numbers, bin_of_code)| {
        let bins = numbers.histogram.counts.len();
        numbers.histogram.outcomes = goal.map(|goal| goal.outcomes(&coded.codes, &bin_of_code, bins));
        numbers
    });
    let relation = goal.map(|goal| goal.relation(&coded, true));
    let summary = ColumnSummary { numbers, ..summary(column, &coded, relation) };
    Looked { summary, coded: Some(coded) }
}

fn summary(column: &Column, coded: &Coded, relation: Option<Relation>) -> ColumnSummary {
    let rows = column.len().max(1) as f64;
    let most = coded.counts.iter().skip(1).max().copied().unwrap_or(0);
    ColumnSummary {
        name: column.name.clone(),
        kind: column.kind,
        missing: coded.missing(),
        missing_share: coded.missing() as f64 / rows,
        distinct: coded.distinct(),
        most_frequent_share: (most > 0).then(|| most as f64 / coded.present() as f64),
        numbers: None,
        levels: None,
        texts: None,
        relation,
    }
}

/// Of texts and ids, no value is told: lengths of the former, distinct values of both.
fn of_texts(column: &Column, texts: &Strings, kind: Kind, options: &ExploreOptions) -> ColumnSummary {
    let missing = texts.iter().filter(Option::is_none).count();
    let lengths = |length: &dyn Fn(&str) -> usize| -> Option<NumberSummary> {
        let lengths: Vec<f64> = texts.iter().flatten().map(|text| length(text) as f64).collect();
        number_summary(&Coded::ordered(&lengths), options.bins).map(|(numbers, _)| numbers)
    };
    let characters = lengths(&|text| text.chars().count()).filter(|_| kind == Kind::Text);
    let words = lengths(&|text| text.split_whitespace().count()).filter(|_| kind == Kind::Text);
    ColumnSummary {
        name: column.name.clone(),
        kind,
        missing: missing as u64,
        missing_share: missing as f64 / column.len().max(1) as f64,
        distinct: by_level(column).levels as u64 - 1,
        most_frequent_share: None,
        numbers: None,
        levels: None,
        texts: characters.zip(words).map(|(characters, words)| TextSummary { characters, words }),
        relation: None,
    }
}

/// The columns to compare, in their order and the target last: where there are too many, those that say most about the
/// target. And how many are left out.
fn members<'a>(looked: &'a [Looked], goal: Option<&'a Goal>, most: usize) -> (Vec<Member<'a>>, u64) {
    let member = |one: &'a Looked| {
        let explained = one.summary.relation.as_ref().and_then(|relation| relation.explained);
        let member = Member::of(&one.summary.name, one.summary.kind, one.coded.as_ref()?)?;
        Some((explained.unwrap_or(0.0), member))
    };
    let mut fitting: Vec<(usize, (f64, Member))> = looked.iter().filter_map(member).enumerate().collect();
    let left_out = fitting.len().saturating_sub(most) as u64;
    // A stable sort: among equal ones the first columns stay.
    fitting.sort_by(|(_, (a, _)), (_, (b, _))| b.total_cmp(a));
    fitting.truncate(most);
    fitting.sort_by_key(|(at, _)| *at);
    let mut members: Vec<Member> = fitting.into_iter().map(|(_, (_, member))| member).collect();
    members.extend(goal.and_then(Goal::member));
    (members, left_out)
}
