//! From rows of text to decisions: one look at every column, then at all of them together.

use std::collections::HashSet;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::classes;
use super::columns::{Choice, Reading};
use super::findings::{Column, Duplicates, Findings, Marker, Role, Source, Split, Target};
use super::reading::{self, Tables};
use super::survey::{Survey, survey};
use super::target::{self, Wish};
use super::{Placement, Request, dates, markers, names, suspects};
use crate::data::schema::Typing;
use crate::data::{Kind, Strings, Table, Task, Tidy, TypeChoices, Values};
use crate::error::{Error, Result, suggest};
use crate::event::Observer;
use crate::scaffold::place;

/// Levels up to which a category becomes a feature a level.
const FEW_LEVELS: usize = 30;

/// Looks at the whole table.
///
/// # Errors
/// Exit code 2 for a wish that does not fit, 3 for a table that nothing can be learned from.
pub fn look(request: &Request, observer: &dyn Observer) -> Result<Findings> {
    let Tables { mut table, train, sources, delimiter, comments: mut decide } = read(request, observer)?;
    reading::refuse_own_names(&table, &request.data)?;
    let name = target_column(request, &table, &sources)?;
    let at = table.index(&name).unwrap_or_default();
    let Study { mut typing, found, mut choices, distinct, decimal } = study(&table, Some(at), delimiter);
    let duplicates = count_duplicates(&table);
    let wish = Wish { column: &name, task: request.task, positive: request.positive.as_deref() };
    let Choice { nulls, .. } = choices.remove(at);
    let (labels, nulls) =
        table.remove(&name).map(|column| labels_of(&column, &mut typing, nulls, &wish)).unwrap_or_default();
    let mut target = Target { nulls, ..target::decide(&labels, train, &wish)? };
    if let Some(test) = &request.test {
        target::check_test(&target, &labels, train, &test.display().to_string())?;
    }
    decide.extend(decimal.comment());
    decide.extend(choices.iter().flat_map(|choice| choice.comments.clone()));
    let mut columns = decide_kinds(&mut typing, &table, &choices)?;
    for (column, (distinct, more)) in
        columns.iter_mut().zip(distinct.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, d)| d))
    {
        (column.distinct, column.more) = (*distinct, *more);
    }
    let typed = typing.apply(&table, &|row| format!("row {}", row + 1))?;
    let rows = table.rows();
    drop(table);
    for (column, values) in columns.iter_mut().zip(typed.columns()) {
        column.missing = (0..rows).filter(|row| values.is_null(*row)).count();
        column.role = role_of(column);
        if let Values::Date(moments) = &values.values {
            column.parts = dates::parts(moments);
        }
    }
    suspects::mark(&mut columns, &typed, (&labels, train), &target, &mut decide)?;
    refuse_without_features(&columns, &typed)?;
    let (split, duplicates) = settle_rows(&mut target, &labels, train, rows, duplicates, &columns, &wish)?;
    let dataset = dataset_name(request)?;
    if request.placement == Placement::InPlace {
        place::refuse_outputs(&sources, &dataset, &request.date)?;
    }
    Ok(Findings {
        dataset,
        date: request.date.clone(),
        sources,
        rows,
        columns,
        target,
        decimal_comma: typing.decimal_comma,
        markers: found,
        duplicates,
        split,
        decide,
        git: std::path::absolute(&request.folder).is_ok_and(|f| f.ancestors().any(|p| p.join(".git").exists())),
    })
}

/// What the columns hold, as found before any type is decided.
pub(super) struct Study {
    /// How texts are read.
    pub typing: Typing,
    /// Texts that mean missing.
    pub found: Vec<Marker>,
    /// What is written down of each column.
    pub choices: Vec<Choice>,
    /// Distinct values of each column, and whether there are more than were counted.
    distinct: Vec<(usize, bool)>,
    decimal: markers::Decimal,
}

/// Studies all columns; that of the target, where there is one, has no texts that mean missing elsewhere.
pub(super) fn study(table: &Table, target: Option<usize>, delimiter: Option<u8>) -> Study {
    let target = target.unwrap_or(usize::MAX);
    let mut typing = Typing { trim: true, ..Typing::default() };
    let columns = survey(table);
    let mut found = markers::found(&columns, target);
    typing.missing = found.iter().map(|m| m.text.clone()).collect();
    let decimal = markers::decimal(&columns, &typing.missing, delimiter);
    typing.decimal_comma = decimal.comma;
    let reading = Reading {
        tidy: Tidy::new(&typing, ""),
        markers: typing.missing.clone(),
        day_first: typing.decimal_comma || delimiter == Some(b';'),
    };
    let mut choices: Vec<Choice> = columns.par_iter().map(|column| reading.choose(column)).collect();
    share_nulls(&columns, target, &mut choices, &mut found);
    let distinct = |(column, choice): (&Survey, &Choice)| {
        let null = found.iter().map(|m| &m.text).chain(&choice.nulls).filter(|text| column.count(text) > 0).count();
        (column.values.len() - null, column.more)
    };
    let distinct = columns.iter().zip(&choices).map(distinct).collect();
    typing.missing = found.iter().map(|m| m.text.clone()).collect();
    Study { typing, found, choices, distinct, decimal }
}

/// The labels of the target, and the texts of it that mean missing: those among the numbers of a quantity. Among
/// classes they are classes of their own.
pub(super) fn labels_of(
    column: &crate::data::Column,
    typing: &mut Typing,
    nulls: Vec<String>,
    wish: &Wish,
) -> (Strings, Vec<String>) {
    if !nulls.is_empty() {
        typing.values.insert(column.name.clone(), nulls.iter().map(|text| (text.clone(), None)).collect());
        let labels = typing.target_texts(column);
        if target::is_quantity(&labels, wish) {
            return (labels, nulls);
        }
        typing.values.remove(&column.name);
    }
    (typing.target_texts(column), Vec::new())
}

/// The table. Where its texts are numbers with a decimal comma, so are those that stand beside them in JSON: seen only
/// where both are written alike.
pub(super) fn read(request: &Request, observer: &dyn Observer) -> Result<Tables> {
    let tables = reading::read(request, false, observer)?;
    let has_numbers = tables.sources.iter().any(|source| source.has_numbers);
    if !has_numbers || !markers::may_be_comma(&survey(&tables.table), tables.delimiter) {
        return Ok(tables);
    }
    drop(tables);
    let tables = reading::read(request, true, observer)?;
    if markers::decimal(&survey(&tables.table), &[], tables.delimiter).comma {
        return Ok(tables);
    }
    drop(tables);
    reading::read(request, false, observer)
}

fn dataset_name(request: &Request) -> Result<String> {
    match &request.name {
        None => Ok(names::dataset(&request.data)),
        Some(name) if crate::config::is_name(name) => Ok(name.clone()),
        Some(name) => Err(Error::usage(format!("`--name {name}` cannot stand in file names"))
            .hint(format!("use lower case letters, digits, `-` and `_`, such as `{}`", names::dataset(name.as_ref())))),
    }
}

/// The target as it is called in the table; `15` means `column_15` where the file names no columns.
pub(super) fn target_column(request: &Request, table: &Table, sources: &[Source]) -> Result<String> {
    let names = table.names();
    let Some(wanted) = &request.target else {
        return Err(Error::usage("no target: `--target COLUMN` says which column is to be predicted")
            .hint(format!("columns: {}", names.join(", "))));
    };
    if names.contains(&wanted.as_str()) {
        return Ok(wanted.clone());
    }
    let numbered = format!("column_{wanted}");
    if names.contains(&numbered.as_str()) {
        return Ok(numbered);
    }
    let error = Error::data(format!("column `{wanted}` not found in `{}`", request.data.display()));
    let nameless = sources.first().is_some_and(|s| !s.first_rows.is_empty());
    Err(if nameless {
        let first = sources.first().and_then(|s| s.first_rows.first()).map(|row| row.join(", ")).unwrap_or_default();
        error.hint(format!(
            "the file looks as if it had no header, so its columns are column_1 to column_{} (such as `--target {}`); \
             if its first line names them: `--header`; first row: {first}",
            names.len(),
            names.len()
        ))
    } else {
        error.maybe_hint(suggest(wanted, "columns", &names))
    })
}

/// Texts that mean missing in one column mean it everywhere, unless they are a value of another column.
fn share_nulls(columns: &[Survey], target: usize, choices: &mut [Choice], found: &mut Vec<Marker>) {
    let mut texts: Vec<String> =
        choices.iter().flat_map(|c| c.nulls.iter()).filter(|t| markers::is_word(t)).cloned().collect();
    texts.sort();
    texts.dedup();
    for text in texts {
        let in_use =
            columns.iter().zip(choices.iter()).enumerate().any(|(at, (column, choice))| {
                column.count(&text) > 0 && (at == target || !choice.nulls.contains(&text))
            });
        if !in_use {
            let rows = columns.iter().map(|c| (c.name.to_owned(), c.count(&text))).filter(|(_, rows)| *rows > 0);
            found.push(Marker { text: text.clone(), columns: rows.collect() });
            choices.iter_mut().for_each(|choice| choice.nulls.retain(|t| *t != text));
        }
    }
}

/// The kinds that are written down or follow from the rows.
pub(super) fn decide_kinds(typing: &mut Typing, inputs: &Table, choices: &[Choice]) -> Result<Vec<Column>> {
    let names = inputs.names();
    let mut wanted = TypeChoices::default();
    for (name, choice) in names.iter().zip(choices) {
        let nulls = choice.nulls.iter().map(|text| (text.clone(), None)).collect::<Vec<_>>();
        if !nulls.is_empty() {
            typing.values.insert((*name).to_owned(), nulls);
        }
        wanted.kinds.extend(choice.kind.map(|kind| ((*name).to_owned(), kind)));
        wanted.formats.extend(choice.format.clone().map(|format| ((*name).to_owned(), format)));
    }
    typing.decide(inputs, &wanted);
    let column = |(typed, choice): (&crate::data::schema::TypedColumn, &Choice)| Column {
        name: typed.name.clone(),
        kind: typed.kind,
        role: Role::Number,
        missing: 0,
        distinct: 0,
        more: false,
        format: choice.format.clone(),
        pinned: choice.why.clone().or((typed.kind == Kind::Id).then(|| "nearly one value a row".to_owned())),
        parts: Vec::new(),
        nulls: choice.nulls.clone(),
    };
    Ok(typing.columns.iter().zip(choices).map(column).collect())
}

fn role_of(column: &Column) -> Role {
    match column.kind {
        Kind::Number | Kind::Integer | Kind::Bool => Role::Number,
        Kind::Category if column.more || column.distinct > FEW_LEVELS => Role::Levels,
        Kind::Category => Role::Category,
        Kind::Date => Role::Date,
        Kind::Text => Role::Text,
        Kind::Id => Role::Id,
    }
}

fn refuse_without_features(columns: &[Column], typed: &Table) -> Result<()> {
    let some = |c: &Column| typed.column(&c.name).is_some() && !matches!(c.role, Role::Id | Role::Constant);
    if columns.iter().any(some) {
        return Ok(());
    }
    let told: Vec<String> = columns.iter().map(|c| format!("{} ({})", c.name, c.kind.name())).take(12).collect();
    Err(Error::data("no column is left to learn from: beside the target all are ids or have one value")
        .hint(format!("found: {}", if told.is_empty() { "no other column".to_owned() } else { told.join(", ") })))
}

/// Which rows repeat an earlier one.
fn count_duplicates(table: &Table) -> Vec<bool> {
    let texts: Vec<&Strings> =
        table.columns().iter().filter_map(|c| if let Values::Text(t) = &c.values { Some(t) } else { None }).collect();
    let hashes: Vec<u64> = (0..table.rows())
        .into_par_iter()
        .map_init(Vec::new, |buffer, row| {
            buffer.clear();
            for text in &texts {
                buffer.extend_from_slice(text.get(row).unwrap_or_default().trim().as_bytes());
                buffer.push(0xff);
            }
            xxh3_64(buffer)
        })
        .collect();
    let mut seen = HashSet::with_capacity(hashes.len());
    hashes.into_iter().map(|hash| !seen.insert(hash)).collect()
}

/// Duplicates and the split, which depend on one another through the rows of each class.
fn settle_rows(
    target: &mut Target,
    labels: &Strings,
    train: usize,
    rows: usize,
    duplicates: Vec<bool>,
    columns: &[Column],
    wish: &Wish,
) -> Result<(Split, Duplicates)> {
    let repeated = duplicates.iter().filter(|d| **d).count();
    let mut told = Duplicates { rows: repeated, ..Duplicates::default() };
    let test_rows = (train < rows).then_some(rows - train);
    let counts = |drop: bool| -> Vec<(String, usize)> {
        let keeps = |row: &usize| !drop || !duplicates[*row];
        let label = |row| {
            labels.get(row).map(|text| target.map.iter().find(|(from, _)| from == text).map_or(text, |(_, to)| to))
        };
        let mut counts = target.classes.clone();
        counts.iter_mut().for_each(|(_, rows)| *rows = 0);
        for text in (0..train).filter(keeps).filter_map(label) {
            if let Some((_, rows)) = counts.iter_mut().find(|(class, _)| class == text) {
                *rows += 1;
            }
        }
        counts
    };
    let split = |drop: bool| {
        let labelled = (0..train).filter(|row| labels.get(*row).is_some() && !(drop && duplicates[*row])).count();
        classes::decide(target.task, &counts(drop), labelled, test_rows)
    };
    let mut decided = split(false)?;
    if repeated > 0 {
        (told.dropped, told.why) = drops_duplicates(columns, rows);
        match split(true) {
            Ok(without) if told.dropped && without.dropped.len() == decided.dropped.len() => decided = without,
            _ if told.dropped => (told.dropped, told.why) = (false, "too few rows would be left".to_owned()),
            _ => {}
        }
    }
    if target.task == Task::Multiclass && target.classes.len() == decided.dropped.len() + 2 {
        target.classes.retain(|(class, _)| !decided.dropped.iter().any(|(dropped, _)| dropped == class));
        target::as_binary(target, wish)?;
    }
    Ok((decided, told))
}

/// Whether rows that repeat others are mistakes: so they are where a column tells nearly all rows apart.
fn drops_duplicates(columns: &[Column], rows: usize) -> (bool, String) {
    let tells = |c: &&Column| matches!(c.role, Role::Id | Role::Text) || c.more || c.distinct * 2 > rows;
    if let Some(date) = columns.iter().find(|c| c.role == Role::Date) {
        return (false, format!("`{}` is a date, and what happens may happen twice", date.name));
    }
    match columns.iter().find(tells) {
        Some(column) => (true, format!("`{}` has a value of its own in most rows", column.name)),
        None => (false, "few values make rows agree by chance".to_owned()),
    }
}
