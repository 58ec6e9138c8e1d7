//! Test rows told apart by a column.

use super::super::Context;
use super::{Evaluated, Test, defined};
use crate::config::Bins;
use crate::data::{Column, Kind, Table, Values, dates, quantile};
use crate::error::{Result, suggest};
use crate::metrics::HEADLINE;
use crate::package;
use crate::package::evaluation::Slice;
use crate::visualization::significant;

/// Levels told of a column, those with the most rows; the others are one.
const MOST_LEVELS: usize = 30;
/// The levels of rows without a value, and of all levels beyond these.
const MISSING: &str = "(missing)";
const OTHERS: &str = "(others)";

/// The rows of a level or bin.
pub struct Part {
    column: String,
    level: String,
    rows: Vec<usize>,
    small: bool,
}

/// Those that the config asks for; without rows there is none.
///
/// # Errors
/// Exit code 2 for a column that the test rows do not have.
pub fn of(ctx: &Context, test: &Table) -> Result<Vec<Part>> {
    let mut out = Vec::new();
    for wanted in &ctx.config.evaluate.slices {
        let name = &wanted.value.column;
        let column = test.column(name).ok_or_else(|| {
            wanted.error(format!("the test rows have no column `{name}`")).maybe_hint(suggest(
                name,
                "columns",
                &test.names(),
            ))
        })?;
        let bins = &wanted.value.bins;
        let is_binned = matches!(column.kind, Kind::Number | Kind::Integer | Kind::Date);
        if !is_binned && bins.value != Bins::default() {
            let message =
                format!("`bins` are of numbers and dates, and column `{name}` has kind {}", column.kind.name());
            return Err(bins.error(message).hint("its levels are told one by one; leave `bins` out"));
        }
        for (level, rows) in levels(bins, column) {
            let small = rows.len() < ctx.config.evaluate.min_rows.value;
            out.push(Part { column: name.clone(), level, rows, small });
        }
    }
    Ok(out)
}

/// The main metrics of each part.
///
/// # Errors
/// Exit code 1 where scores and rows do not fit together.
pub fn metrics(one: &Evaluated, test: &Test, parts: &[Part]) -> Result<Vec<Slice>> {
    let metrics = |part: &Part| {
        let (target, scores) = (test.target.select(&part.rows), one.scores.select(&part.rows));
        let all = package::all_metrics(&target, &scores, &one.package.info.decision)?;
        let mut metrics = defined(&all);
        metrics.retain(|name, _| HEADLINE.contains(&name.as_str()));
        let (column, level) = (part.column.clone(), part.level.clone());
        Ok(Slice { column, level, rows: part.rows.len() as u64, small: part.small, metrics })
    };
    parts.iter().map(metrics).collect()
}

fn levels(bins: &Bins, column: &Column) -> Vec<(String, Vec<usize>)> {
    let numbers = match (&column.values, column.kind) {
        (Values::Number(values), Kind::Bool) => {
            let name = |value: &f64| (!value.is_nan()).then_some(if *value == 0.0 { "false" } else { "true" });
            return by_text(values.iter().map(name));
        }
        (Values::Number(values), _) => values.clone(),
        (Values::Date(values), _) => values.iter().map(|v| v.map_or(f64::NAN, |seconds| seconds as f64)).collect(),
        (Values::Category(values), _) => return by_text(values.iter()),
        (Values::Text(values), _) => return by_text(values.iter()),
    };
    let shown = |edge: f64| match (column.kind, bins) {
        (Kind::Date, _) => dates::format_iso(edge as i64),
        // Quantiles have digits without end.
        (_, Bins::Count(_)) => significant(edge),
        (_, Bins::Edges(_)) => format!("{edge}"),
    };
    by_number(&numbers, bins, &shown)
}

fn by_text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Vec<(String, Vec<usize>)> {
    let mut rows_of: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
    let mut missing = Vec::new();
    for (row, value) in values.enumerate() {
        match value {
            Some(text) => rows_of.entry(text).or_default().push(row),
            None => missing.push(row),
        }
    }
    let mut levels: Vec<(String, Vec<usize>)> =
        rows_of.into_iter().map(|(level, rows)| (level.to_owned(), rows)).collect();
    // A stable sort: of as many rows the smaller text comes first.
    levels.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    if levels.len() > MOST_LEVELS {
        let mut others: Vec<usize> = levels.split_off(MOST_LEVELS).into_iter().flat_map(|(_, rows)| rows).collect();
        others.sort_unstable();
        levels.push((OTHERS.to_owned(), others));
    }
    levels.extend((!missing.is_empty()).then(|| (MISSING.to_owned(), missing)));
    levels
}

fn by_number(values: &[f64], bins: &Bins, shown: &dyn Fn(f64) -> String) -> Vec<(String, Vec<usize>)> {
    let edges = match bins {
        Bins::Edges(edges) => edges.clone(),
        Bins::Count(count) => {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let shares = (1..*count).map(|at| at as f64 / *count as f64);
            let mut edges: Vec<f64> =
                if sorted.is_empty() { Vec::new() } else { shares.map(|share| quantile(&sorted, share)).collect() };
            // No row is below the least.
            edges.retain(|edge| sorted.first().is_some_and(|least| edge > least));
            edges.dedup();
            edges
        }
    };
    let mut rows_of = vec![Vec::new(); edges.len() + 1];
    let mut missing = Vec::new();
    for (row, value) in values.iter().enumerate() {
        if value.is_nan() {
            missing.push(row);
        } else {
            rows_of[edges.partition_point(|edge| edge <= value)].push(row);
        }
    }
    let name = |at: usize| match (at.checked_sub(1).map(|at| shown(edges[at])), edges.get(at).map(|edge| shown(*edge)))
    {
        (None, None) => "all".to_owned(),
        (None, Some(high)) => format!("< {high}"),
        (Some(low), None) => format!(">= {low}"),
        (Some(low), Some(high)) => format!("[{low}, {high})"),
    };
    let filled = rows_of.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty());
    let mut out: Vec<(String, Vec<usize>)> = filled.map(|(at, rows)| (name(at), rows)).collect();
    out.extend((!missing.is_empty()).then(|| (MISSING.to_owned(), missing)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[(String, Vec<usize>)]) -> Vec<(&str, &[usize])> {
        parts.iter().map(|(level, rows)| (level.as_str(), rows.as_slice())).collect()
    }

    #[test]
    fn numbers_are_parted_at_edges_and_by_rows() {
        let values = [5.0, 1.0, f64::NAN, 3.0, 3.0, 9.0];
        let text = |edge: f64| edge.to_string();
        assert_eq!(
            shown(&by_number(&values, &Bins::Edges(vec![3.0, 7.0, 100.0]), &text)),
            [("< 3", &[1][..]), ("[3, 7)", &[0, 3, 4]), ("[7, 100)", &[5]), ("(missing)", &[2])]
        );
        let halves = by_number(&values, &Bins::Count(2), &text);
        assert_eq!(shown(&halves), [("< 3", &[1][..]), (">= 3", &[0, 3, 4, 5]), ("(missing)", &[2])]);
        assert_eq!(shown(&by_number(&[2.0; 3], &Bins::Count(4), &text)), [("all", &[0, 1, 2][..])]);
        assert_eq!(shown(&by_number(&[f64::NAN], &Bins::Count(4), &text)), [("(missing)", &[0][..])]);
    }

    #[test]
    fn the_rarest_levels_are_one() {
        let many: Vec<String> = (0..40).map(|level| format!("l{level:02}")).collect();
        let rows = many.iter().chain(&many[35..]).map(|level| Some(level.as_str())).chain([None]);
        let parts = by_text(rows);
        assert_eq!((parts.len(), parts[0].0.as_str(), parts[0].1.len()), (32, "l35", 2));
        assert_eq!((parts[30].0.as_str(), parts[30].1.len(), parts[31].0.as_str()), ("(others)", 10, "(missing)"));
    }
}
