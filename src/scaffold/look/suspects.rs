//! Columns that give the answer away, that number the rows or that say nothing.

use super::derived::{self, Derived};
use super::findings::{Column, Comment, Role, Target};
use crate::data::{Column as Values, Kind, Strings, Table, Target as Answers, Task, number};
use crate::error::Result;
use crate::exploration::{self, Finding};

/// The seed of a new project.
const SEED: u64 = 42;

/// Marks what is dropped, and lists what is to be decided.
///
/// # Errors
/// Those of the steps that derive columns.
pub fn mark(
    columns: &mut [Column],
    typed: &Table,
    (labels, train): (&Strings, usize),
    target: &Target,
    decide: &mut Vec<Comment>,
) -> Result<()> {
    let rows: Vec<usize> = (0..train).filter(|row| labels.get(*row).is_some()).collect();
    let Some(answers) = answers(labels, &rows, target) else { return Ok(()) };
    let chosen;
    let table = match rows.len() == typed.rows() {
        true => typed,
        false => {
            chosen = typed.select_rows(&rows);
            &chosen
        }
    };
    let values: Vec<&Values> = table.columns().iter().collect();
    let flags = exploration::suspects(&values, &answers, SEED);
    let keeps_one = |columns: &[Column], but: &str| {
        columns.iter().any(|c| c.name != but && !matches!(c.role, Role::Id | Role::Constant))
    };
    for flag in flags {
        let others = keeps_one(columns, &flag.column);
        let Some(column) = columns.iter_mut().find(|c| c.name == flag.column) else { continue };
        match &flag.finding {
            Finding::Constant => column.role = Role::Constant,
            Finding::Leak { metric, score } => decide.push(leak(&flag.column, metric, *score)),
            Finding::IdLike { .. } if column.role == Role::Id => {}
            // Among dates and texts it is no wonder; what would be the last feature stays.
            Finding::IdLike { .. } if matches!(column.role, Role::Date | Role::Text) || !others => {}
            // What was written down has a reason of its own.
            Finding::IdLike { .. } if column.pinned.is_some() => {}
            Finding::IdLike { .. } if !typed.column(&flag.column).is_none_or(exploration::is_key) => {
                decide.push(Comment {
                    column: Some(flag.column.clone()),
                    text: "a value of its own in every row: is it a key, and no quantity?".to_owned(),
                    drop: vec![flag.column.clone()],
                });
            }
            Finding::IdLike { .. } => {
                (column.kind, column.role) = (Kind::Id, Role::Id);
                column.pinned = Some("nearly one value a row".to_owned());
            }
        }
    }
    mark_derived(&derived::of(columns, &target.column), table, &answers, decide)
}

/// What is derived of a column that gives the answer away goes with it; of other columns it is looked at by itself.
fn mark_derived(derived: &[Derived], table: &Table, answers: &Answers, decide: &mut Vec<Comment>) -> Result<()> {
    for made in derived {
        if let Some(comment) = decide.iter_mut().find(|c| c.drop.contains(&made.column)) {
            comment.drop.extend(made.names.iter().cloned());
            continue;
        }
        let values = made.values(table)?;
        for flag in exploration::suspects(&values.iter().collect::<Vec<_>>(), answers, SEED) {
            if let Finding::Leak { metric, score } = &flag.finding {
                decide.push(leak(&flag.column, metric, *score));
            }
        }
    }
    Ok(())
}

fn leak(column: &str, metric: &str, score: f64) -> Comment {
    Comment {
        column: Some(column.to_owned()),
        text: format!("{metric} {score:.3} alone: is it known when a prediction is made?"),
        drop: vec![column.to_owned()],
    }
}

/// The target of the rows; none for labels that are no numbers where numbers are wanted.
fn answers(labels: &Strings, rows: &[usize], target: &Target) -> Option<Answers> {
    let texts = rows.iter().filter_map(|row| labels.get(*row));
    if target.task == Task::Regression {
        return texts.map(number).collect::<Option<Vec<f64>>>().map(Answers::Values);
    }
    // The positive class of two stands last, as in the model.
    let mut classes: Vec<&str> = target.classes.iter().map(|(label, _)| label.as_str()).collect();
    classes.sort_by_key(|class| (Some(*class) == target.positive.as_deref(), *class));
    let codes = texts.map(|text| classes.iter().position(|class| *class == text).map(|at| at as u32));
    Some(Answers::Classes { codes: codes.collect::<Option<Vec<u32>>>()?, classes: classes.len() })
}
