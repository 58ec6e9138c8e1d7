//! Raw rows to typed columns, block by block, so that the texts are never in memory as a whole.

use super::super::rows;
use crate::data::artifact::RawRows;
use crate::data::schema::{TypedColumn, Typing};
use crate::data::{Categories, Column, Kind, PART, ROW_ID, Strings, Table, Tally, Tidy, TypeChoices, Typed, Values};
use crate::error::Result;

/// The columns of the raw rows, by what they are for.
pub struct RawColumns {
    /// Row id and, where there is one, the part.
    pub keys: Table,
    /// The typed inputs.
    pub inputs: Table,
    /// The target as found, tidy, before any map.
    pub target: Categories,
}

/// Positions of the raw columns that become inputs: neither row id, nor part, nor target.
fn inputs(raw: &RawRows, target: &str) -> Vec<usize> {
    let names = raw.names();
    (0..names.len()).filter(|at| !matches!(names[*at], ROW_ID | PART) && names[*at] != target).collect()
}

/// Decides the kinds of all inputs from all rows; returns warnings.
///
/// # Errors
/// Exit code 1 where the rows cannot be read.
pub fn decide(raw: &RawRows, typing: &mut Typing, choices: &TypeChoices, target: &str) -> Result<Vec<String>> {
    let (inputs, all) = (inputs(raw, target), raw.names());
    let names: Vec<&str> = inputs.iter().map(|at| all[*at]).collect();
    let mut tallies = tally(raw, typing, &inputs, &names, false)?;
    // A column that begins with numbers and goes on with texts is rare, and counted again.
    let chosen = |name: &str| choices.kinds.contains_key(name) || choices.formats.contains_key(name);
    if tallies.iter().zip(&names).any(|(tally, name)| !tally.is_enough() && !chosen(name)) {
        tallies = tally(raw, typing, &inputs, &names, true)?;
    }
    Ok(typing.settle(&names, &tallies, choices))
}

fn tally(raw: &RawRows, typing: &Typing, inputs: &[usize], names: &[&str], texts: bool) -> Result<Vec<Tally>> {
    let tidies: Vec<Tidy> = names.iter().map(|name| Tidy::new(typing, name)).collect();
    let start = || -> Vec<Tally> { inputs.iter().map(|_| Tally::new(texts)).collect() };
    let mut tallies = start();
    raw.fold(
        start,
        |block, record| {
            for ((tally, tidy), at) in block.iter_mut().zip(&tidies).zip(inputs) {
                tally.see(tidy, record.get(*at));
            }
        },
        |block| {
            tallies.iter_mut().zip(block).for_each(|(tally, later)| tally.join(later));
            Ok(())
        },
    )?;
    Ok(tallies)
}

/// Rows being typed.
struct Block<'a> {
    ids: Strings,
    part: Typed<'a>,
    inputs: Vec<Typed<'a>>,
    target: Typed<'a>,
}

/// Makes typed columns of all rows.
///
/// # Errors
/// Exit code 3 for values that do not fit the kind of their column, named with row and column.
pub fn apply(raw: &RawRows, typing: &Typing, target: &str) -> Result<RawColumns> {
    let names = raw.names();
    let inputs = inputs(raw, target);
    let place = |name: &str| names.iter().position(|n| *n == name);
    let (id, part, target_at) = (place(ROW_ID), place(PART), place(target));
    let level = |name: &str| TypedColumn { name: name.to_owned(), kind: Kind::Category, format: None, required: true };
    let (plain, part_column, target_column) = (Typing::default(), level(PART), level(target));
    let start = |rows: usize| Block {
        ids: Strings::with_capacity(rows, rows * 7),
        part: Typed::new(&plain, &part_column, 0),
        inputs: typing.columns.iter().map(|column| Typed::new(typing, column, rows)).collect(),
        target: Typed::new(typing, &target_column, rows),
    };
    let mut all = start(raw.rows());
    raw.fold(
        || start(0),
        |block, record| {
            block.ids.push(id.and_then(|at| record.get(at)));
            part.into_iter().for_each(|at| block.part.push(record.get(at)));
            block.inputs.iter_mut().zip(&inputs).for_each(|(column, at)| column.push(record.get(*at)));
            block.target.push(target_at.and_then(|at| record.get(at)));
        },
        |block| {
            all.ids.append(&block.ids);
            all.part.join(block.part);
            all.inputs.iter_mut().zip(block.inputs).for_each(|(column, later)| column.join(later));
            all.target.join(block.target);
            Ok(())
        },
    )?;
    let ids = Column { kind: Kind::Id, ..Column::text(ROW_ID, all.ids) };
    let mut keys = Table::new(vec![ids]);
    let (inputs, parts, target) = {
        let name = rows::namer(&keys);
        let inputs = all.inputs.into_iter().map(|column| column.finish(&name)).collect::<Result<Vec<_>>>()?;
        (inputs, all.part.finish(&name)?, levels(all.target.finish(&name)?, &Tidy::new(typing, target)))
    };
    if part.is_some() {
        keys.set(parts);
    }
    Ok(RawColumns { keys, inputs: Table::new(inputs), target })
}

/// The levels of the target, numbers with a decimal point.
fn levels(column: Column, tidy: &Tidy) -> Categories {
    match column.values {
        Values::Category(mut found) => {
            found.levels.iter_mut().for_each(|level| *level = tidy.canonical(level).into_owned());
            found
        }
        _ => Categories::default(),
    }
}
