//! split: labelled rows to a training and a test side.

mod methods;
mod shared;
mod suspects;

use std::collections::HashSet;

use super::{Context, Report};
use crate::config::Method;
use crate::data::{Schema, Target, TargetSpec, artifact};
use crate::error::{Error, Result};
use crate::package::decode_target;
use crate::project::{Side, schema_of};

/// Divides the feature rows and writes both sides, each in the order of the rows.
///
/// # Errors
/// Exit code 2 for a method that does not fit the columns, 3 where a side or a class in it would be empty, or where
/// columns look like leaks and `split.leaks` is `error`; nothing is written then.
pub fn split(ctx: &Context) -> Result<Report> {
    let names = ctx.config.names();
    let (table, schema) = artifact::read(ctx.project, &names.features())?;
    let spec = schema.target()?;
    let mut report = Report { stage: "split".into(), rows_in: Some(table.rows() as u64), ..Report::default() };
    let target = decode_target(crate::data::schema::require(&table, &spec.column, "the feature rows")?, spec)?;
    let held_out = methods::hold_out(ctx, &table, &target, &mut report)?;
    let side_of = |test: bool| -> Vec<usize> { (0..table.rows()).filter(|row| held_out[*row] == test).collect() };
    let (train, test) = (side_of(false), side_of(true));
    check_sides(&target, spec, &train, &test, hint_of(ctx))?;
    report.notes.push(format!(
        "train {} rows, test {} rows{}",
        train.len(),
        test.len(),
        shares(&target, &train, &test)
    ));
    let shared = shared::count_shared(&table, &held_out);
    if shared > 0 {
        report.warnings.push(format!(
            "{shared} of {} test rows stand in the training rows too, value for value; \
             scores on them are too good (`drop_duplicates` in configs/clean.yaml drops them)",
            test.len()
        ));
    }
    let known = target.select(&train);
    let (train, test) = (table.select_rows(&train), table.select_rows(&test));
    suspects::tell_flags(ctx, &train, spec, &known, &mut report)?;
    suspects::tell_drift(ctx, &train, &test, spec, &mut report);
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

/// What to do where a side lacks rows.
fn hint_of(ctx: &Context) -> &'static str {
    match ctx.config.split.method.value {
        Method::Given => {
            "the parts of the sources in configs/config.yaml are the sides: change those, or `split.method`"
        }
        _ => "change `split.test_size` or `split.method`, or use more data",
    }
}

fn check_sides(target: &Target, spec: &TargetSpec, train: &[usize], test: &[usize], hint: &str) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;

    #[test]
    fn a_class_missing_on_one_side_is_refused() {
        let target = Target::Classes { codes: vec![0, 0, 1], classes: 2 };
        let spec = TargetSpec {
            column: "y".into(),
            task: Task::Binary,
            classes: vec!["no".into(), "yes".into()],
            map: vec![],
        };
        let error = check_sides(&target, &spec, &[0, 2], &[1], "").unwrap_err();
        assert_eq!(error.message(), "the test side would have no row of the class `yes`");
    }
}
