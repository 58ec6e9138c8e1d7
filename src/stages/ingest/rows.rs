//! Rows of all sources below one another, with their row ids first and their parts second.

use std::collections::VecDeque;

use super::super::{Context, Report};
use crate::config::Source;
use crate::data::sources::Batches;
use crate::data::{Column, PART, ROW_ID, Table};
use crate::error::{Error, Result};

/// Files of one source that are told one by one.
const TOLD: usize = 6;

/// The rows on their way to the raw dataset; one file is open at a time.
pub struct Rows<'a> {
    ctx: &'a Context<'a>,
    waiting: VecDeque<Piece<'a>>,
    open: Option<Open<'a>>,
    /// Columns of the first source, and its name.
    names: Vec<String>,
    first: String,
    has_parts: bool,
    rows: usize,
    notes: Vec<String>,
}

/// A file of a source, or a source that is none.
struct Piece<'a> {
    source: &'a Source,
    name: String,
    /// Whether its source has so many that they are not told one by one.
    is_one_of_many: bool,
}

struct Open<'a> {
    piece: Piece<'a>,
    batches: Box<dyn Batches + 'a>,
    /// Where each of the table's columns stands in the batches.
    places: Vec<usize>,
    rows: usize,
}

impl<'a> Rows<'a> {
    /// Lists all files and opens the first.
    pub fn open(ctx: &'a Context<'a>) -> Result<Self> {
        let sources = &ctx.config.main.sources.value;
        let mut rows = Self {
            ctx,
            waiting: VecDeque::new(),
            open: None,
            names: Vec::new(),
            first: String::new(),
            has_parts: sources.iter().any(|source| source.part.is_some()),
            rows: 0,
            notes: Vec::new(),
        };
        for source in sources {
            let names = super::pieces(ctx, source, &mut rows.notes)?;
            let is_one_of_many = names.len() > TOLD;
            if is_one_of_many {
                rows.notes.push(format!("{}: {} files", source.name().value, names.len()));
            }
            rows.check_once(source, &names)?;
            rows.waiting.extend(names.into_iter().map(|name| Piece { source, name, is_one_of_many }));
        }
        let Some(first) = rows.waiting.pop_front() else { return Err(Error::usage("no source")) };
        rows.open_piece(first)?;
        Ok(rows)
    }

    /// Column names of the raw dataset.
    pub fn names(&self) -> Vec<String> {
        let keys = [Some(ROW_ID), self.has_parts.then_some(PART)];
        keys.into_iter().flatten().map(str::to_owned).chain(self.names.iter().cloned()).collect()
    }

    /// The next rows of any source.
    ///
    /// # Errors
    /// Exit code 3 where a source has no rows, or other columns than the first.
    pub fn next(&mut self) -> Result<Option<Table>> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(piece) = self.waiting.pop_front() else { return Ok(None) };
                self.open_piece(piece)?;
                continue;
            };
            if let Some(batch) = open.batches.next()? {
                open.rows += batch.rows();
                return Ok(Some(self.with_keys(batch)));
            }
            self.close()?;
        }
    }

    /// Puts what was found into the report.
    pub fn tell(self, report: &mut Report) {
        report.notes.extend(self.notes);
    }

    /// Refuses a file that an earlier source has given already: its rows would be on both sides of a split.
    fn check_once(&self, source: &Source, names: &[String]) -> Result<()> {
        let is_there =
            |name: &&String| self.waiting.iter().any(|p| p.name == **name && !p.source.is_another_member(source));
        match names.iter().find(is_there) {
            Some(name) if source.is_of_files() => Err(source
                .name()
                .error(format!("`{name}` is a file of two sources"))
                .hint("write the patterns so that each file belongs to one source")),
            _ => Ok(()),
        }
    }

    fn open_piece(&mut self, piece: Piece<'a>) -> Result<()> {
        let batches = super::open(self.ctx, piece.source, &piece.name)?;
        if batches.names().is_empty() {
            return Err(Error::data(format!("`{}` has no rows", piece.name)).hint("check that it is the right file"));
        }
        if self.names.is_empty() {
            if let Some(own) = batches.names().iter().find(|name| *name == ROW_ID || *name == PART) {
                return Err(Error::data(format!("`{}` has a column `{own}`, which mlops adds itself", piece.name))
                    .hint("rename it with `names:` in configs/config.yaml"));
            }
            self.names = batches.names().to_vec();
            self.first.clone_from(&piece.name);
        }
        let place = |name: &String| batches.names().iter().position(|other| other == name);
        let places: Option<Vec<usize>> = self.names.iter().map(place).collect();
        let places = places
            .filter(|places| places.len() == batches.names().len())
            .ok_or_else(|| self.differs(batches.names(), &piece.name))?;
        self.open = Some(Open { piece, batches, places, rows: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Some(Open { piece, batches, rows, .. }) = self.open.take() else { return Ok(()) };
        let name = &piece.name;
        if rows == 0 {
            return Err(
                Error::data(format!("`{name}` has a header and no rows")).hint("check that it is the right file")
            );
        }
        let found: String = batches.notes().iter().map(|note| format!("; {note}")).collect();
        if !piece.is_one_of_many || !found.is_empty() {
            let part = piece.source.part.map(|p| format!(" as {} part", super::side(p).name())).unwrap_or_default();
            self.notes.push(format!("{name}: {rows} rows, {} columns{part}{found}", batches.names().len()));
        }
        Ok(())
    }

    fn differs(&self, names: &[String], shown: &str) -> Error {
        let missing = self.names.iter().find(|name| !names.contains(name));
        let added = names.iter().find(|name| !self.names.contains(name));
        let what = match (missing, added) {
            (Some(missing), Some(added)) => format!("`{added}`, and no `{missing}`"),
            (Some(missing), None) => format!("no `{missing}`"),
            (None, _) => format!("also `{}`", added.map(String::as_str).unwrap_or_default()),
        };
        Error::data(format!("`{shown}` has other columns than `{}`: {what}", self.first))
            .hint(format!("expected: {}", self.names.join(", ")))
    }

    /// The batch in the table's order of columns, behind row ids and parts.
    fn with_keys(&mut self, batch: Table) -> Table {
        let Some(open) = &self.open else { return batch };
        let rows = batch.rows();
        let ids = (self.rows + 1..=self.rows + rows).map(|id| Some(id.to_string())).collect();
        self.rows += rows;
        let mut columns = vec![Column::text(ROW_ID, ids)];
        if self.has_parts {
            let part = open.piece.source.part.map(|part| super::side(part).name());
            columns.push(Column::text(PART, (0..rows).map(|_| part).collect()));
        }
        let mut found: Vec<Option<Column>> = batch.into_columns().into_iter().map(Some).collect();
        columns.extend(open.places.iter().filter_map(|place| found.get_mut(*place)?.take()));
        Table::new(columns)
    }
}
