//! A table of any file with its columns typed, for a look at it that makes no project.

use super::decide::{Study, decide_kinds, labels_of, read, study, target_column};
use super::reading::Tables;
use super::target::{self, Wish};
use super::{Request, findings::Marker};
use crate::data::{Column, Strings, Table, TargetSpec, Task, number};
use crate::error::Result;
use crate::event::Observer;

/// A table with typed columns.
pub struct TypedTable {
    /// Its columns, the target last.
    pub table: Table,
    /// What is predicted, where that was asked for.
    pub target: Option<TargetSpec>,
    /// Texts that were taken for missing values.
    pub markers: Vec<Marker>,
}

/// Reads the table of a request and types it as a new project of it would; without a target all columns are alike.
///
/// # Errors
/// Exit code 2 for a target that is not there, 3 for a table that cannot be read or a target that cannot be learned.
pub fn read_typed(request: &Request, observer: &dyn Observer) -> Result<TypedTable> {
    let Tables { mut table, train, sources, delimiter, .. } = read(request, observer)?;
    let name = request.target.is_some().then(|| target_column(request, &table, &sources)).transpose()?;
    let at = name.as_deref().and_then(|name| table.index(name));
    let Study { mut typing, found, mut choices, .. } = study(&table, at, delimiter);
    let labels = at.zip(name.as_deref()).map(|(at, name)| {
        let choice = choices.remove(at);
        let wish = Wish { column: name, task: request.task, positive: request.positive.as_deref() };
        let column = table.remove(name);
        let (labels, _) = column.map(|column| labels_of(&column, &mut typing, choice.nulls, &wish)).unwrap_or_default();
        target::decide(&labels, train, &wish).map(|decided| (decided, labels))
    });
    let labels = labels.transpose()?;
    decide_kinds(&mut typing, &table, &choices)?;
    let mut typed = typing.apply(&table, &|row| format!("row {}", row + 1))?;
    let target = labels.map(|(decided, labels)| {
        let spec = specification(&decided);
        typed.set(column_of(&spec, &labels));
        spec
    });
    Ok(TypedTable { table: typed, target, markers: found })
}

/// Classes in the order of text, the positive one of two last.
fn specification(decided: &super::Target) -> TargetSpec {
    let mut classes: Vec<String> = decided.classes.iter().map(|(label, _)| label.clone()).collect();
    classes.sort_by_key(|class| (Some(class) == decided.positive.as_ref(), class.clone()));
    TargetSpec { column: decided.column.clone(), task: decided.task, classes, map: Vec::new() }
}

fn column_of(spec: &TargetSpec, labels: &Strings) -> Column {
    match spec.task {
        Task::Regression => {
            let values = labels.iter().map(|label| label.and_then(number).unwrap_or(f64::NAN)).collect();
            Column::number(spec.column.clone(), values)
        }
        Task::Binary | Task::Multiclass => Column::category(spec.column.clone(), labels.iter()),
    }
}
