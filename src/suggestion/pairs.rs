//! What can be made of two columns.

use serde_json::json;

use super::candidate::Family;
use super::proposal::{Proposal, step};
use super::residuals::Residuals;
use super::sources::{Sources, counts, has_missing};
use crate::data::{Column, Kind, Values};
use crate::transforms::column_in_expression as quoted;

/// Columns of numbers, of categories and of dates that pairs are made of.
const NUMBERS: usize = 24;
const CATEGORIES: usize = 12;
const DATES: usize = 6;
/// Levels that a pair of categories may have.
const LEVELS: usize = 2_000;

/// Adds what can be made of two columns. Where there are many, pairs are made of those that have most to do with the
/// target on their own.
pub fn pairs(proposal: &mut Proposal, sources: &Sources, target: &Residuals) {
    let numbers: Vec<&Column> = sources.numbers.iter().chain(&sources.flags).copied().collect();
    of_two(&foremost(&numbers, NUMBERS, target), |a, b| of_numbers(proposal, a, b));
    of_two(&foremost(&sources.categories, CATEGORIES, target), |a, b| of_categories(proposal, a, b));
    of_two(&foremost(&sources.dates, DATES, target), |a, b| {
        let value = format!("({} - {}) / 86400", quoted(&b.name), quoted(&a.name));
        let may_miss = has_missing(a) || has_missing(b);
        proposal.expression(Family::Days, &[a, b], &format!("days_{}_to_{}", a.name, b.name), value, may_miss);
    });
}

fn of_numbers(proposal: &mut Proposal, a: &Column, b: &Column) {
    let ((x, y), (s, t)) = ((&a.name, &b.name), (quoted(&a.name), quoted(&b.name)));
    let pair = [a, b];
    let gaps = has_missing(a) || has_missing(b);
    if gaps && proposal.handling.fill {
        proposal.expression(Family::Product, &pair, &format!("{x}_x_{y}"), format!("{s} * {t}"), gaps);
    } else {
        let name = proposal.free(format!("{x}_x_{y}"));
        let params = json!({"columns": [x, y], "name": name});
        proposal.number(Family::Product, &pair, name, step("interaction", params));
    }
    // What is true or false has no size to compare.
    if a.kind == Kind::Bool || b.kind == Kind::Bool {
        return;
    }
    proposal.expression(Family::Ratio, &pair, &format!("{x}_per_{y}"), format!("{s} / {t}"), true);
    proposal.expression(Family::Ratio, &pair, &format!("{y}_per_{x}"), format!("{t} / {s}"), true);
    if proposal.handling.linear && !gaps {
        return;
    }
    proposal.expression(Family::Difference, &pair, &format!("{x}_minus_{y}"), format!("{s} - {t}"), gaps);
    proposal.expression(Family::Sum, &pair, &format!("{x}_plus_{y}"), format!("{s} + {t}"), gaps);
}

fn of_categories(proposal: &mut Proposal, a: &Column, b: &Column) {
    let levels = joint_levels(a, b);
    if levels > LEVELS.min(a.len() / 10) || levels <= counts(a).len().max(counts(b).len()) {
        return;
    }
    let name = proposal.free(format!("{}_x_{}", a.name, b.name));
    let params = json!({"columns": [a.name, b.name], "name": name});
    proposal.category(Family::Pair, &[a, b], name, step("interaction", params), levels);
}

/// Pairs of levels that occur.
fn joint_levels(a: &Column, b: &Column) -> usize {
    let (Values::Category(x), Values::Category(y)) = (&a.values, &b.values) else { return 0 };
    let known = |code: &u32, levels: &[String]| (*code as usize) < levels.len();
    let pairs = x.codes.iter().zip(&y.codes).filter(|(i, j)| known(i, &x.levels) && known(j, &y.levels));
    pairs.collect::<std::collections::BTreeSet<_>>().len()
}

fn of_two(columns: &[&Column], mut make: impl FnMut(&Column, &Column)) {
    for (at, a) in columns.iter().enumerate() {
        columns[at + 1..].iter().for_each(|b| make(a, b));
    }
}

/// The columns that have most to do with the target, in the order of the table.
fn foremost<'t>(columns: &[&'t Column], most: usize, target: &Residuals) -> Vec<&'t Column> {
    if columns.len() <= most {
        return columns.to_vec();
    }
    let strength = |column: &Column| target.association(&column.select(&target.rows)).unwrap_or(f64::NEG_INFINITY);
    let mut ranked: Vec<(usize, f64)> = columns.iter().map(|column| strength(column)).enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(most);
    ranked.sort_by_key(|(at, _)| *at);
    ranked.into_iter().map(|(at, _)| columns[at]).collect()
}
