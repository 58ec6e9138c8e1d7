//! The raw table: rows of all sources below one another, with their row ids first and their parts second.

use super::super::Context;
use crate::data::schema::Phase;
use crate::data::sources::Batches;
use crate::data::{Column, PART, ROW_ID, Schema, Strings, Table, Values, artifact};
use crate::error::{Error, Result};

/// Rows on their way to the raw dataset.
pub struct RawTable {
    /// Columns of the first source.
    names: Vec<String>,
    first: String,
    has_parts: bool,
    rows: usize,
    columns: Vec<Strings>,
}

impl RawTable {
    /// No rows yet.
    pub fn new(has_parts: bool) -> Self {
        Self { names: Vec::new(), first: String::new(), has_parts, rows: 0, columns: Vec::new() }
    }

    /// Adds all rows of a source; their number.
    ///
    /// # Errors
    /// Exit code 3 where it has no rows, or other columns than the first one.
    pub fn append(&mut self, batches: &mut dyn Batches, shown: &str, part: Option<&str>) -> Result<usize> {
        let mut places = None;
        let before = self.rows;
        while let Some(batch) = batches.next()? {
            let places = match &mut places {
                Some(places) => places,
                None => places.insert(self.places(batches.names(), shown)?),
            };
            self.push(batch, places, part);
        }
        match self.rows - before {
            0 if batches.names().is_empty() => {
                Err(Error::data(format!("`{shown}` has no rows")).hint("check that it is the right file"))
            }
            0 => {
                Err(Error::data(format!("`{shown}` has a header and no rows")).hint("check that it is the right file"))
            }
            rows => Ok(rows),
        }
    }

    /// Where each of the table's columns stands among `names`.
    fn places(&mut self, names: &[String], shown: &str) -> Result<Vec<usize>> {
        if self.names.is_empty() {
            if let Some(own) = names.iter().find(|name| *name == ROW_ID || *name == PART) {
                return Err(Error::data(format!("`{shown}` has a column `{own}`, which mlops adds itself"))
                    .hint("rename it with `names:` in configs/config.yaml"));
            }
            self.names = names.to_vec();
            self.first = shown.to_owned();
        }
        let place = |name: &String| names.iter().position(|other| other == name);
        let places: Option<Vec<usize>> = self.names.iter().map(place).collect();
        match places {
            Some(places) if names.len() == self.names.len() => Ok(places),
            _ => Err(self.differs(names, shown)),
        }
    }

    fn differs(&self, names: &[String], shown: &str) -> Error {
        let missing = self.names.iter().find(|name| !names.contains(name));
        let added = names.iter().find(|name| !self.names.contains(name));
        let what = match (missing, added) {
            (Some(missing), Some(added)) => format!("`{added}`, and not `{missing}`"),
            (Some(missing), None) => format!("no `{missing}`"),
            (None, _) => format!("a column `{}` more", added.map(String::as_str).unwrap_or_default()),
        };
        Error::data(format!("`{shown}` has other columns than `{}`: {what}", self.first))
            .hint(format!("expected: {}", self.names.join(", ")))
    }

    fn push(&mut self, batch: Table, places: &[usize], part: Option<&str>) {
        let rows = batch.rows();
        let batch = self.with_keys(batch, places, part);
        self.rows += rows;
        self.columns.resize_with(batch.columns().len(), Strings::default);
        for (all, column) in self.columns.iter_mut().zip(batch.columns()) {
            if let Values::Text(texts) = &column.values {
                texts.iter().for_each(|text| all.push(text));
            }
        }
    }

    /// The batch in the table's order of columns, behind row ids and parts.
    fn with_keys(&self, batch: Table, places: &[usize], part: Option<&str>) -> Table {
        let rows = batch.rows();
        let ids = (self.rows + 1..=self.rows + rows).map(|id| Some(id.to_string())).collect();
        let mut columns = vec![Column::text(ROW_ID, ids)];
        if self.has_parts {
            columns.push(Column::text(PART, (0..rows).map(|_| part).collect()));
        }
        let mut found: Vec<Option<Column>> = batch.into_columns().into_iter().map(Some).collect();
        columns.extend(places.iter().filter_map(|place| found.get_mut(*place)?.take()));
        Table::new(columns)
    }

    /// Writes the dataset; the number of its rows.
    pub fn write(self, ctx: &Context, csv: &str) -> Result<u64> {
        let keys = [Some(ROW_ID), self.has_parts.then_some(PART)];
        let names = keys.into_iter().flatten().chain(self.names.iter().map(String::as_str));
        let table = Table::new(names.zip(self.columns).map(|(name, texts)| Column::text(name, texts)).collect());
        artifact::write(ctx.project, csv, &table, Schema::of(&table, Phase::Raw))?;
        Ok(table.rows() as u64)
    }
}
