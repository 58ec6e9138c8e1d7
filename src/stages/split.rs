//! split: labelled rows to a training and a test side.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Context, Report, rows};
use crate::config::Method;
use crate::data::{Column, Kind, PART, ROW_ID, Schema, SplitMix64, Table, Target, TargetSpec, Values, artifact};
use crate::error::{Error, Result};
use crate::package::decode_target;
use crate::project::{Side, schema_of};

/// Divides the feature rows and writes both sides, each in the order of the rows.
///
/// # Errors
/// Exit code 2 for a method that does not fit the columns, 3 where a side or a class in it would be empty.
pub fn split(ctx: &Context) -> Result<Report> {
    let names = ctx.config.names();
    let (table, schema) = artifact::read(ctx.project, &names.features())?;
    let spec = schema.target()?;
    let mut report = Report { stage: "split".into(), rows_in: Some(table.rows() as u64), ..Report::default() };
    let target = decode_target(crate::data::schema::require(&table, &spec.column, "the feature rows")?, spec)?;
    let held_out = hold_out(ctx, &table, &target, &mut report)?;
    let side_of = |test: bool| -> Vec<usize> { (0..table.rows()).filter(|row| held_out[*row] == test).collect() };
    let (train, test) = (side_of(false), side_of(true));
    check_sides(&target, spec, &train, &test)?;
    report.notes.push(format!(
        "train {} rows, test {} rows{}",
        train.len(),
        test.len(),
        shares(&target, &train, &test)
    ));
    let (train, test) = (table.select_rows(&train), table.select_rows(&test));
    let shared = count_shared(&train, &test);
    if shared > 0 {
        report.warnings.push(format!(
            "{shared} of {} test rows stand in the training rows too, value for value; \
             scores on them are too good (`drop_duplicates` in configs/clean.yaml drops them)",
            test.rows()
        ));
    }
    for (side, table) in [(Side::Train, train), (Side::Test, test)] {
        let csv = names.split(side);
        let next =
            Schema { target: schema.target.clone(), recipe: schema.recipe.clone(), ..Schema::of(&table, schema.phase) };
        artifact::write(ctx.project, &csv, &table, next)?;
        report.outputs.extend([csv.clone(), schema_of(&csv)]);
    }
    report.rows_out = Some(table.rows() as u64);
    Ok(report)
}

/// Which rows are held out.
fn hold_out(ctx: &Context, table: &Table, target: &Target, report: &mut Report) -> Result<Vec<bool>> {
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

fn check_sides(target: &Target, spec: &TargetSpec, train: &[usize], test: &[usize]) -> Result<()> {
    let hint = "change `split.test_size` or `split.method`, or use more data";
    for (side, rows) in [("training", train), ("test", test)] {
        if rows.is_empty() {
            return Err(Error::data(format!("the {side} side would have no rows")).hint(hint));
        }
        let Target::Classes { codes, .. } = target else { continue };
        let present: HashSet<u32> = rows.iter().map(|row| codes[*row]).collect();
        if let Some(at) = (0..spec.classes.len()).find(|class| !present.contains(&(*class as u32))) {
            return Err(Error::data(format!("the {side} side would have no row of the class `{}`", spec.classes[at]))
                .hint(hint));
        }
    }
    Ok(())
}

/// The share of the positive class on both sides.
fn shares(target: &Target, train: &[usize], test: &[usize]) -> String {
    let Target::Classes { codes, classes: 2 } = target else { return String::new() };
    let share = |rows: &[usize]| 100.0 * rows.iter().filter(|r| codes[**r] == 1).count() as f64 / rows.len() as f64;
    format!(" ({:.1} % and {:.1} % positive)", share(train), share(test))
}

/// Test rows whose every value, target included, stands in a training row; keys and ids are left aside.
fn count_shared(train: &Table, test: &Table) -> usize {
    let (seen, asked) = (row_hashes(train), row_hashes(test));
    let mut rows_of: HashMap<u128, ()> = HashMap::with_capacity(seen.len());
    for hash in seen {
        rows_of.insert(hash, ());
    }
    asked.into_iter().filter(|hash| rows_of.contains_key(hash)).count()
}

/// 128 bits a row: two different rows with the same hash are not to be expected in any table.
fn row_hashes(table: &Table) -> Vec<u128> {
    use xxhash_rust::xxh3::Xxh3;
    let mut hashes = vec![Xxh3::new(); table.rows()];
    for column in table.columns().iter().filter(|c| c.name != ROW_ID && c.name != PART && c.kind != Kind::Id) {
        for (row, hash) in hashes.iter_mut().enumerate() {
            match &column.values {
                Values::Number(v) => hash.update(&v[row].to_bits().to_le_bytes()),
                Values::Date(v) => hash.update(&v[row].unwrap_or(i64::MIN).to_le_bytes()),
                Values::Category(v) => hash.update(v.get(row).unwrap_or_default().as_bytes()),
                Values::Text(v) => hash.update(v.get(row).unwrap_or_default().as_bytes()),
            }
            hash.update(&[u8::from(column.is_null(row)), 0xff]);
        }
    }
    hashes.iter().map(Xxh3::digest128).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;

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

    #[test]
    fn shared_rows_are_counted() {
        let table = |ids: &[&str], x: &[f64]| {
            let ids = Column { kind: Kind::Id, ..Column::text(ROW_ID, ids.iter().map(|i| Some(*i)).collect()) };
            Table::new(vec![ids, Column::number("x", x.to_vec())])
        };
        let train = table(&["1", "2"], &[1.0, f64::NAN]);
        assert_eq!(count_shared(&train, &table(&["3", "4", "5"], &[1.0, 2.0, f64::NAN])), 2);
    }

    #[test]
    fn a_class_missing_on_one_side_is_refused() {
        let target = Target::Classes { codes: vec![0, 0, 1], classes: 2 };
        let spec = TargetSpec {
            column: "y".into(),
            task: Task::Binary,
            classes: vec!["no".into(), "yes".into()],
            map: vec![],
        };
        let error = check_sides(&target, &spec, &[0, 2], &[1]).unwrap_err();
        assert_eq!(error.message(), "the test side would have no row of the class `yes`");
    }
}
