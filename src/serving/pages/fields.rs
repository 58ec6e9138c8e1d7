//! The fields of a model, in words and for the script.

use serde::Serialize;

use super::super::models::Model;
use crate::data::Kind;
use crate::package::Field;
use crate::visualization::Lang;
use crate::visualization::explore::kind as kind_name;
use crate::visualization::page::{Cell, Table, clip};

/// Levels that are choices of a list; more are searched by typing.
pub const CHOICES: usize = 40;
/// Levels that a table lists, and characters of each.
const LISTED: usize = 12;
const LONGEST: usize = 40;

/// A field as the script knows it.
#[derive(Serialize)]
pub struct Known<'a> {
    name: &'a str,
    kind: &'static str,
    /// Its kind in words.
    expected: String,
    required: bool,
    nullable: bool,
    /// Least and greatest value in words.
    range: Option<(String, String)>,
}

impl<'a> Known<'a> {
    /// Of a field.
    pub fn of(field: &'a Field, lang: Lang) -> Self {
        Self {
            name: &field.column.name,
            kind: field.column.kind.name(),
            expected: expected(field, lang),
            required: field.column.required,
            nullable: field.nullable,
            range: range(field, lang),
        }
    }
}

/// The kind of a field in words, with the way its dates are written.
pub fn expected(field: &Field, lang: Lang) -> String {
    let kind = kind_name(field.column.kind, lang);
    match &field.column.format {
        Some(format) if field.column.kind == Kind::Date => format!("{kind} ({format})"),
        _ => kind.to_owned(),
    }
}

/// The least and the greatest value, where they are known.
pub fn range(field: &Field, lang: Lang) -> Option<(String, String)> {
    let shown = |number: f64| match field.column.kind {
        Kind::Date | Kind::Bool => field.shown(number),
        // What may be a year has no marks between its digits.
        _ if number.fract() == 0.0 && number.abs() < 10_000.0 => field.shown(number).replace('-', "−"),
        _ => lang.plain(number),
    };
    field.range.map(|(least, greatest)| (shown(least), shown(greatest)))
}

/// What may stand in a field besides its kind, in a few words.
pub fn hint(field: &Field, lang: Lang) -> String {
    let mut parts = match (field.levels.len(), lang) {
        _ if field.column.kind == Kind::Bool => Vec::new(),
        (0, _) => vec![expected(field, lang)],
        // The list itself shows them.
        (1..=CHOICES, _) => Vec::new(),
        (all, Lang::En) => vec![format!("one of {}: type to search", lang.count(all as u64))],
        (all, Lang::Es) => vec![format!("uno de {}: escriba para buscar", lang.count(all as u64))],
    };
    parts.extend(range(field, lang).filter(|_| field.column.kind != Kind::Bool).map(|(least, greatest)| match lang {
        Lang::En => format!("{least} to {greatest}"),
        Lang::Es => format!("de {least} a {greatest}"),
    }));
    if field.nullable {
        parts.push(lang.pick("may be left empty", "puede quedar vacío").to_owned());
    }
    parts.join(" · ")
}

/// What a field means and is measured in, where that is known.
pub fn meaning(model: &Model, field: &Field) -> Option<String> {
    let note = model.notes.get(&field.column.name)?;
    let unit = note.unit.as_deref().map(|unit| format!("({unit})"));
    let told: Vec<String> = [Some(note.description.clone()), unit].into_iter().flatten().collect();
    Some(told.join(" ").trim().to_owned()).filter(|text| !text.is_empty())
}

/// All fields as a table.
pub fn table(model: &Model, lang: Lang) -> Table {
    let caption = lang.pick("What the model asks for", "Lo que pide el modelo");
    let has_meanings = model.contract.required().any(|field| meaning(model, field).is_some());
    let mut table = Table::new(lang, caption).column(lang.pick("field", "campo")).column(lang.pick("kind", "tipo"));
    if has_meanings {
        table = table.column(lang.pick("meaning", "significado"));
    }
    let mut table = table
        .column(lang.pick("values", "valores"))
        .column(lang.pick("may be empty", "puede quedar vacío"))
        .column(lang.pick("usual value", "valor usual"))
        .sortable();
    let yes = |is: bool| if is { lang.pick("yes", "sí") } else { lang.pick("no", "no") };
    for field in model.contract.required() {
        let mut cells = vec![Cell::code(&field.column.name), Cell::text(&expected(field, lang))];
        cells.extend(has_meanings.then(|| Cell::text(&meaning(model, field).unwrap_or_default())));
        cells.extend([
            Cell::text(&values(field, lang)),
            Cell::text(yes(field.nullable)),
            field.example.as_deref().map_or_else(Cell::none, Cell::code),
        ]);
        table.row(cells);
    }
    table
}

/// Levels or range in words.
pub fn values(field: &Field, lang: Lang) -> String {
    if field.levels.is_empty() {
        return match range(field, lang) {
            Some((least, greatest)) => format!("{least} {} {greatest}", lang.pick("to", "a")),
            None => String::new(),
        };
    }
    let mut shown: Vec<String> = field.levels.iter().take(LISTED).map(|level| clip(level, LONGEST)).collect();
    if field.levels.len() > LISTED {
        let all = lang.count(field.levels.len() as u64);
        shown.push(format!("… ({all} {})", lang.pick("in all", "en total")));
    }
    shown.join(", ")
}
