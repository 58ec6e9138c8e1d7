//! Ways of dividing rows.

use std::collections::BTreeMap;

use super::super::{Context, Report, rows};
use crate::config::Method;
use crate::data::{Column, PART, SplitMix64, Table, Target, Values};
use crate::error::{Error, Result};

/// Which rows are held out.
pub(super) fn hold_out(ctx: &Context, table: &Table, target: &Target, report: &mut Report) -> Result<Vec<bool>> {
    let config = &ctx.config.split;
    let size = config.test_size.value;
    let mut random = SplitMix64::new(ctx.config.split_seed());
    let column = || -> Result<&Column> {
        let name = config.column.as_ref().ok_or_else(|| Error::usage("`split.column` is missing"))?;
        let at = name.find("column", &table.names())?;
        Ok(&table.columns()[at])
    };
    match (config.method.value, target) {
        (Method::Given, _) => {
            if table.column(PART).is_none() {
                return Err(config
                    .method
                    .error("the data has no parts")
                    .hint("run `mlops ingest` again, or choose another method"));
            }
            Ok(rows::in_test_part(table))
        }
        (Method::Stratified, Target::Classes { codes, classes }) => Ok(stratified(codes, *classes, size, &mut random)),
        (Method::Stratified, Target::Values(_)) => {
            report.notes.push("the target is a number, so rows are split at random".to_owned());
            Ok(stratified(&vec![0; table.rows()], 1, size, &mut random))
        }
        (Method::Random, _) => Ok(stratified(&vec![0; table.rows()], 1, size, &mut random)),
        (Method::Group, _) => Ok(grouped(column()?, size, &mut random)),
        (Method::Time, _) => latest(column()?, size),
    }
}

/// Shuffles each class and holds out its share; what rounding leaves over goes to the classes with the largest remainder.
fn stratified(codes: &[u32], classes: usize, size: f64, random: &mut SplitMix64) -> Vec<bool> {
    let mut groups = vec![Vec::new(); classes];
    for (row, code) in codes.iter().enumerate() {
        groups[*code as usize].push(row);
    }
    let wanted: Vec<f64> = groups.iter().map(|g| g.len() as f64 * size).collect();
    let mut counts: Vec<usize> = wanted.iter().map(|w| w.floor() as usize).collect();
    let total = (codes.len() as f64 * size).round() as usize;
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_by(|a, b| wanted[*b].fract().total_cmp(&wanted[*a].fract()).then(a.cmp(b)));
    for class in order.into_iter().take(total.saturating_sub(counts.iter().sum())) {
        counts[class] += 1;
    }
    let mut held_out = vec![false; codes.len()];
    for (mut group, count) in groups.into_iter().zip(counts) {
        random.shuffle(&mut group);
        group.into_iter().take(count).for_each(|row| held_out[row] = true);
    }
    held_out
}

/// A text that is the same for rows of the same group; nulls are a group of their own.
fn group_keys(column: &Column) -> Vec<String> {
    (0..column.len())
        .map(|row| match &column.values {
            Values::Number(v) => v[row].to_string(),
            Values::Category(v) => v.get(row).map_or_else(String::new, |t| format!("={t}")),
            Values::Text(v) => v.get(row).map_or_else(String::new, |t| format!("={t}")),
            Values::Date(v) => v[row].map_or_else(String::new, |t| t.to_string()),
        })
        .collect()
}

/// Whole groups, in random order, until the share is reached as nearly as they allow.
fn grouped(column: &Column, size: f64, random: &mut SplitMix64) -> Vec<bool> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, key) in group_keys(column).into_iter().enumerate() {
        groups.entry(key).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    random.shuffle(&mut groups);
    let wanted = (column.len() as f64 * size).round() as usize;
    let mut held_out = vec![false; column.len()];
    let mut taken = 0;
    for group in groups {
        let after = taken + group.len();
        if after <= wanted || (taken == 0 && after < column.len()) || after - wanted < wanted.saturating_sub(taken) {
            taken = after;
            group.into_iter().for_each(|row| held_out[row] = true);
        }
    }
    held_out
}

/// The latest rows; rows of the same moment stay on one side.
fn latest(column: &Column, size: f64) -> Result<Vec<bool>> {
    let moments: Vec<f64> = match &column.values {
        Values::Date(values) => values.iter().map(|v| v.map_or(f64::NAN, |s| s as f64)).collect(),
        Values::Number(values) => values.clone(),
        _ => {
            return Err(Error::usage(format!("`split.column`: `{}` is of kind {}", column.name, column.kind.name()))
                .hint("a split by time needs a date or a number"));
        }
    };
    if moments.iter().any(|m| m.is_nan()) {
        return Err(Error::data(format!("column `{}` has missing values, so its rows have no order", column.name))
            .hint("drop them with a `drop_missing` step in configs/clean.yaml"));
    }
    let mut sorted = moments.clone();
    sorted.sort_by(f64::total_cmp);
    let first = sorted.len() - ((sorted.len() as f64 * size).round() as usize).clamp(1, sorted.len());
    let from = sorted[first];
    Ok(moments.iter().map(|m| *m >= from).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn stratified_keeps_shares_and_total() {
        let codes: Vec<u32> = (0..101).map(|i| u32::from(i % 10 == 0)).collect();
        let held_out = stratified(&codes, 2, 0.2, &mut SplitMix64::new(1));
        assert_eq!(held_out.iter().filter(|h| **h).count(), 20);
        assert_eq!((0..101).filter(|r| held_out[*r] && codes[*r] == 1).count(), 2);
    }

    #[test]
    fn groups_and_moments_stay_together() {
        let groups = Column::category("g", (0..60).map(|i| Some(["a", "b", "c", "d", "e", "f"][i % 6])));
        let held_out = grouped(&groups, 0.3, &mut SplitMix64::new(3));
        for group in 0..6 {
            let sides: HashSet<bool> = (0..60).filter(|r| r % 6 == group).map(|r| held_out[r]).collect();
            assert_eq!(sides.len(), 1);
        }
        assert_eq!(held_out.iter().filter(|h| **h).count(), 20);
        let moments = Column::number("t", vec![3.0, 1.0, 2.0, 3.0, 0.0]);
        assert_eq!(latest(&moments, 0.2).unwrap(), [true, false, false, true, false]);
    }
}
