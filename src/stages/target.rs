//! The target: from raw text to labels or numbers, and what kind of task it makes.

use super::{Context, Report};
use crate::config::TaskName;
use crate::data::schema::TargetSpec;
use crate::data::{Categories, Column, Kind, NULL_CODE, Table, Task, Values, number, schema};
use crate::error::{Error, Result};

/// More distinct whole numbers than this are taken as a quantity, not as classes.
const MOST_CLASSES_OF_NUMBERS: usize = 20;
/// Unmapped values listed in an error.
const LISTED: usize = 5;

/// The target column as labels, before rows go.
pub struct Labels {
    /// Category column of labels; null where missing.
    pub column: Column,
    /// Rows without a target.
    pub missing: Vec<bool>,
    /// From raw text to label.
    pub map: Vec<(String, String)>,
}

/// Maps the values of the target column, as found, to labels.
///
/// # Errors
/// Exit code 3 for values the map has no place for.
pub fn settle(ctx: &Context, found: Categories, name: &dyn Fn(usize) -> String, report: &mut Report) -> Result<Labels> {
    let config = &ctx.config.main.target;
    let map = config.map.clone();
    let spec =
        TargetSpec { column: config.column.value.clone(), task: Task::Binary, classes: Vec::new(), map: map.clone() };
    let label_of: Vec<Option<String>> = found.levels.iter().map(|text| spec.label(text)).collect();
    let labels: Vec<Option<&str>> =
        found.codes.iter().map(|code| label_of.get(*code as usize).and_then(Option::as_deref)).collect();
    let missing: Vec<bool> = labels.iter().map(Option::is_none).collect();
    let unmapped: Vec<usize> =
        (0..labels.len()).filter(|row| labels[*row].is_none() && found.codes[*row] != NULL_CODE).collect();
    if !unmapped.is_empty() {
        let listed: Vec<String> = unmapped
            .iter()
            .take(LISTED)
            .map(|row| format!("`{}` in {}", found.get(*row).unwrap_or_default(), name(*row)))
            .collect();
        return Err(Error::data(format!(
            "target `{}`: {} values have no place in `target.map`: {}",
            config.column.value,
            unmapped.len(),
            listed.join(", ")
        ))
        .hint("add them to `config.target.map`, or mark them as missing under `clean.values`"));
    }
    if missing.iter().all(|m| *m) {
        return Err(Error::data(format!("target `{}` has no value at all", config.column.value)));
    }
    if !map.is_empty() {
        report.notes.push(format!("target `{}` mapped by {} rules", config.column.value, map.len()));
    }
    let column = Column::category(config.column.value.clone(), labels.iter().copied());
    Ok(Labels { column, missing, map })
}

/// Decides task and classes from the labelled rows.
///
/// # Errors
/// Exit code 2 where the configured task does not fit, 3 for a single class or a target that is no number.
pub fn specify(ctx: &Context, table: &Table, map: Vec<(String, String)>, report: &mut Report) -> Result<TargetSpec> {
    let config = &ctx.config.main.target;
    let column = schema::require(table, &config.column, "the clean data")?;
    let mut labels = schema::Field::of(column).levels;
    let numeric = labels.iter().all(|l| number(l).is_some());
    let whole = numeric && labels.iter().all(|l| number(l).is_some_and(|v| v.fract() == 0.0));
    let task = match config.task {
        Some(TaskName::Regression) => Task::Regression,
        Some(TaskName::Binary) => Task::Binary,
        Some(TaskName::Multiclass) => Task::Multiclass,
        None if map.is_empty() && numeric && (!whole || labels.len() > MOST_CLASSES_OF_NUMBERS) => Task::Regression,
        None if labels.len() <= 2 => Task::Binary,
        None => Task::Multiclass,
    };
    let name = &config.column.value;
    if task == Task::Regression {
        if let Some(odd) = labels.iter().find(|label| number(label).is_none()) {
            return Err(no_number(name, odd));
        }
        if labels.len() < 2 {
            return Err(Error::data(format!("target `{name}` has the same value in every row")));
        }
        report.notes.push(format!("target `{name}`: regression"));
        return Ok(TargetSpec { column: name.clone(), task, classes: Vec::new(), map });
    }
    sort_labels(&mut labels, numeric);
    if labels.len() < 2 {
        return Err(Error::data(format!("target `{name}` has one class, `{}`", labels.join("")))
            .hint("a model needs rows of at least two classes; is `config.target` right?"));
    }
    if (labels.len() == 2) != (task == Task::Binary) {
        return Err(config.column.error(format!(
            "{} classes ({}) do not make the task that `target.task` says",
            labels.len(),
            class_counts(column, &labels)
        )));
    }
    put_positive_last(ctx, &mut labels)?;
    report.notes.push(format!("target `{name}`: {}", class_counts(column, &labels)));
    Ok(TargetSpec { column: name.clone(), task, classes: labels, map })
}

fn no_number(target: &str, odd: &str) -> Error {
    let error = Error::data(format!("target `{target}` holds `{odd}`, which is no number as regression needs"));
    let comma = odd.contains(',') && number(&odd.replace(',', ".")).is_some();
    error.hint(if comma {
        "set `decimal: \",\"` in configs/clean.yaml if numbers are written so".to_owned()
    } else {
        let (target, odd) = (crate::yaml::edit::quote(target), serde_json::Value::from(odd));
        format!("if it means missing: `values: {{{target}: {{{odd}: null}}}}` in configs/clean.yaml")
    })
}

/// Numbers by value, texts by text.
fn sort_labels(labels: &mut [String], numeric: bool) {
    if numeric {
        labels.sort_by(|a, b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)).then_with(|| a.cmp(b)));
    } else {
        labels.sort();
    }
}

fn put_positive_last(ctx: &Context, labels: &mut Vec<String>) -> Result<()> {
    let Some(positive) = &ctx.config.main.target.positive else { return Ok(()) };
    let at = labels.iter().position(|l| *l == positive.value.0).ok_or_else(|| {
        positive
            .error(format!("no row has the positive class `{}`", positive.value.0))
            .maybe_hint(crate::error::suggest(&positive.value.0, "classes", labels))
    })?;
    let label = labels.remove(at);
    labels.push(label);
    Ok(())
}

fn class_counts(column: &Column, labels: &[String]) -> String {
    const SHOWN: usize = 6;
    let Values::Category(values) = &column.values else { return String::new() };
    let mut shown: Vec<String> = labels
        .iter()
        .take(SHOWN)
        .map(|label| {
            let code = values.levels.iter().position(|l| l == label).map(|c| c as u32);
            let count = values.codes.iter().filter(|c| Some(**c) == code).count();
            format!("{label} {count}")
        })
        .collect();
    if labels.len() > SHOWN {
        shown.push(format!("and {} classes more", labels.len() - SHOWN));
    }
    shown.join(", ")
}

/// The table with its target stored as the task wants it: numbers for regression, labels else.
pub fn as_kind(mut table: Table, spec: &TargetSpec) -> Table {
    if spec.task == Task::Regression
        && let Some(column) = table.column_mut(&spec.column)
        && let Values::Category(labels) = &column.values
    {
        let values = labels.iter().map(|l| l.and_then(number).unwrap_or(f64::NAN)).collect();
        column.values = Values::Number(values);
        column.kind = Kind::Number;
    }
    table
}
