//! Columns of equal length.

use super::column::{Column, NULL_CODE, Values};

/// What transforms and models see, for a million rows or one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// A table of columns of equal length.
    pub fn new(columns: Vec<Column>) -> Self {
        let rows = columns.first().map_or(0, Column::len);
        debug_assert!(columns.iter().all(|c| c.len() == rows));
        Self { columns, rows }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that the values of all rows take.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.values.bytes()).sum()
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns in order, owned.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// Column names in order.
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// Position of a column.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// A column by name, to change its values in place; their number must stay.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|c| c.name == name)
    }

    /// Adds a column at the end, or replaces the one of its name in its place.
    pub fn set(&mut self, column: Column) {
        debug_assert!(self.columns.is_empty() || column.len() == self.rows);
        self.rows = column.len();
        match self.index(&column.name) {
            Some(at) => self.columns[at] = column,
            None => self.columns.push(column),
        }
    }

    /// Takes a column out.
    pub fn remove(&mut self, name: &str) -> Option<Column> {
        self.index(name).map(|at| self.columns.remove(at))
    }

    /// Puts a column first.
    pub fn insert_first(&mut self, column: Column) {
        debug_assert!(self.columns.is_empty() || column.len() == self.rows);
        self.rows = column.len();
        self.columns.insert(0, column);
    }

    /// Turns empty texts and levels into nulls, since a CSV cannot tell them apart.
    pub fn empty_texts_to_null(&mut self) {
        for column in &mut self.columns {
            match &mut column.values {
                Values::Category(values) => {
                    let Some(empty) = values.levels.iter().position(String::is_empty) else { continue };
                    for code in values.codes.iter_mut().filter(|code| **code == empty as u32) {
                        *code = NULL_CODE;
                    }
                    *values = values.iter().collect();
                }
                Values::Text(values) if values.iter().any(|v| v == Some("")) => {
                    *values = values.iter().map(|v| v.filter(|t| !t.is_empty())).collect();
                }
                _ => {}
            }
        }
    }

    /// The rows at `rows`, in that order.
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        Self { columns: self.columns.iter().map(|c| c.select(rows)).collect(), rows: rows.len() }
    }

    /// Keeps the rows where `keep` is true, one column after the other.
    pub fn retain_rows(&mut self, keep: &[bool]) {
        self.columns.iter_mut().for_each(|c| c.values.retain(keep));
        self.rows = keep.iter().filter(|k| **k).count();
    }

    /// The rows where `keep` is true.
    pub fn filter(&self, keep: &[bool]) -> Self {
        let rows: Vec<usize> = keep.iter().enumerate().filter(|(_, k)| **k).map(|(row, _)| row).collect();
        self.select_rows(&rows)
    }
}
