//! What new rows may hold, column by column: what a form offers, a schema says and a request is checked by.

use std::collections::HashSet;

use super::ModelPackage;
use crate::data::schema::TypedColumn;
use crate::data::{Cell, Column, ColumnProfile, Kind, Strings, Table, Tidy, Values, dates};

/// A raw column.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name and kind.
    pub column: TypedColumn,
    /// Whether a value may be missing: where training rows lacked some, or something fills the gap.
    pub nullable: bool,
    /// The least and the greatest of the training rows; none where they are not known in the column's own units.
    pub range: Option<(f64, f64)>,
    /// The texts known, in order; empty where any text will do.
    pub levels: Vec<String>,
    /// A raw text of a usual row.
    pub example: Option<String>,
    known: HashSet<String>,
    /// Whether it holds numbers, and typing leaves every number as it is.
    plain: bool,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// Nothing stands there.
    Missing,
    /// It is of another kind.
    Kind,
    /// It is a text that training never saw.
    Level,
    /// It is beyond what training saw.
    Range,
}

impl Field {
    /// A raw text as typing reads it, and what is wrong with it.
    pub fn look<'t>(&self, tidy: &Tidy<'t>, text: Option<&'t str>) -> (Cell<'t>, Option<Violation>) {
        let cell = Cell::of(tidy, &self.column, text);
        let violation = self.violation(&cell);
        (cell, violation)
    }

    /// What [`Field::look`] finds in the text of a finite number; none where that depends on how it is written.
    pub fn look_at(&self, number: f64) -> Option<(Cell<'static>, Option<Violation>)> {
        let cell = self.plain.then(|| Cell::of_number(self.column.kind, number))?;
        let violation = self.violation(&cell);
        Some((cell, violation))
    }

    fn violation(&self, cell: &Cell) -> Option<Violation> {
        match cell {
            Cell::Missing if self.nullable => None,
            Cell::Missing => Some(Violation::Missing),
            Cell::Unreadable => Some(Violation::Kind),
            Cell::Text(text) if self.known.is_empty() || self.known.contains(*text) => None,
            Cell::Text(_) => Some(Violation::Level),
            Cell::Number(number) => self.beyond(*number),
            Cell::Date(seconds) => self.beyond(*seconds as f64),
        }
    }

    fn beyond(&self, number: f64) -> Option<Violation> {
        let (least, greatest) = self.range?;
        (number < least || number > greatest).then_some(Violation::Range)
    }

    /// What may stand there, in words.
    pub fn expected(&self) -> String {
        const SHOWN: usize = 12;
        let mut expected = self.column.expected();
        if !self.levels.is_empty() {
            let shown: Vec<String> = self.levels.iter().take(SHOWN).map(|level| format!("`{level}`")).collect();
            let more = self.levels.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            expected = format!("one of {}{more}", shown.join(", "));
        } else if let Some((least, greatest)) = self.range {
            expected = format!("{expected} from {} to {}", self.shown(least), self.shown(greatest));
        }
        if self.nullable { format!("{expected}, or null") } else { expected }
    }

    /// A number of the range as JSON writes it, or the text of a date.
    pub fn shown(&self, number: f64) -> String {
        self.text(number, false)
    }

    /// A number as the column's raw texts have it.
    fn text(&self, number: f64, decimal_comma: bool) -> String {
        match (self.column.kind, &self.column.format) {
            (Kind::Date, Some(format)) => dates::format(number as i64, format),
            (Kind::Date, None) => dates::format_iso(number as i64),
            (Kind::Bool, _) => (number >= 0.5).to_string(),
            _ if decimal_comma => number.to_string().replace('.', ","),
            _ => number.to_string(),
        }
    }
}

impl ModelPackage {
    /// The raw columns that new rows have, in their order.
    pub fn fields(&self) -> Vec<Field> {
        let typing = &self.info.recipe.typing;
        let mut fields: Vec<Field> = typing.columns.iter().map(|column| self.field(column)).collect();
        let probes = Probes::run(self, &fields);
        let without_words: Vec<bool> =
            (0..fields.len()).map(|at| fields[at].column.kind == Kind::Text && self.may_lack(&fields, at)).collect();
        for (at, field) in fields.iter_mut().enumerate() {
            field.nullable =
                field.nullable || without_words[at] || probes.as_ref().is_none_or(|probes| probes.fills(at));
            if !probes.as_ref().is_some_and(|probes| probes.keeps(at)) {
                field.range = None;
                if self.listed(&field.column.name).is_none() {
                    field.levels.clear();
                }
            }
            field.known = field.levels.iter().cloned().collect();
        }
        fields
    }

    /// Whether a usual row that lacks this text alone has all other features: it is a text without words then.
    fn may_lack(&self, fields: &[Field], at: usize) -> bool {
        let column = |(place, field): (usize, &Field)| {
            let example = field.example.as_deref();
            let texts: Strings = [example, example.filter(|_| place != at)].into_iter().collect();
            Column::text(field.column.name.as_str(), texts)
        };
        let texts = Table::new(fields.iter().enumerate().map(column).collect());
        let Ok(features) = self.features(&texts, &|_| String::new()) else { return false };
        let others = self.info.inputs.iter().filter(|input| input.name != fields[at].column.name);
        let mut others = others.filter_map(|input| features.column(&input.name));
        others.all(|column| column.is_null(0) || !column.is_null(1))
    }

    fn field(&self, column: &TypedColumn) -> Field {
        let profile = self.info.profile.columns.iter().find(|profile| profile.name == column.name);
        let alike = profile.filter(|profile| is_alike(profile.kind, column.kind));
        let listed = self.listed(&column.name);
        let seen = || {
            let input = self.info.inputs.iter().find(|input| input.name == column.name);
            let input = input.filter(|_| alike.is_some() && column.kind == Kind::Category);
            input.map(|input| input.levels.clone()).unwrap_or_default()
        };
        let levels = listed.unwrap_or_else(seen);
        // False and true are all there is.
        let range = alike.filter(|_| column.kind != Kind::Bool).and_then(|profile| profile.min.zip(profile.max));
        let mut field = Field {
            column: column.clone(),
            nullable: !column.required || profile.is_none_or(|profile| profile.missing > 0.0),
            range,
            levels,
            example: None,
            known: HashSet::new(),
            plain: matches!(column.kind, Kind::Number | Kind::Integer)
                && Tidy::new(&self.info.recipe.typing, &column.name).keeps_numbers(),
        };
        field.example = self.example(&field, alike);
        field
    }

    /// A value of a usual row: the median, or the most frequent level; of free text a word.
    fn example(&self, field: &Field, profile: Option<&ColumnProfile>) -> Option<String> {
        // The turn of the millennium, where no date is known.
        const DAY: f64 = 86_400.0;
        let middle = profile.and_then(|profile| profile.quantiles.get(profile.quantiles.len() / 2).copied());
        let number = match field.column.kind {
            Kind::Id => return None,
            Kind::Category | Kind::Text => {
                let frequent = profile.and_then(|profile| profile.levels.first()).map(|(level, _)| level);
                // No free text of the training rows is kept; any will do.
                return Some(frequent.or(field.levels.first()).map_or("text", String::as_str).to_owned());
            }
            Kind::Date => (middle.unwrap_or(10_957.0 * DAY) / DAY).floor() * DAY,
            Kind::Integer => middle.unwrap_or(0.0).round(),
            Kind::Number | Kind::Bool => middle.unwrap_or(0.0),
        };
        Some(field.text(number, self.info.recipe.typing.decimal_comma))
    }

    /// The texts that a column fix knows of a column, where it loses all others.
    fn listed(&self, column: &str) -> Option<Vec<String>> {
        let taken = self.fixes.iter().filter_map(|fix| fix.takes()).find(|(name, _)| *name == column);
        taken.map(|(_, texts)| texts.into_iter().map(str::to_owned).collect())
    }
}

/// Whether a training column of the one kind can tell what a raw one of the other may hold; whole numbers and bools
/// are numbers by then.
fn is_alike(trained: Kind, raw: Kind) -> bool {
    trained == raw || (trained.is_numeric() && raw.is_numeric())
}

/// Some rows before and after the column fixes, which tell what these do to each column: a row of examples, of least
/// and of greatest numbers, and one of nothing.
struct Probes {
    typed: Table,
    features: Table,
}

impl Probes {
    fn run(package: &ModelPackage, fields: &[Field]) -> Option<Self> {
        let comma = package.info.recipe.typing.decimal_comma;
        let bound = |field: &Field, of: fn((f64, f64)) -> f64| {
            field.range.map(of).map(|number| field.text(number, comma)).or_else(|| field.example.clone())
        };
        let column = |field: &Field| {
            let texts: Strings =
                [field.example.clone(), bound(field, |range| range.0), bound(field, |range| range.1), None]
                    .into_iter()
                    .collect();
            Column::text(field.column.name.as_str(), texts)
        };
        let texts = Table::new(fields.iter().map(column).collect());
        let name = |_: usize| String::new();
        let typed = package.info.recipe.typing.apply(&texts, &name).ok()?;
        Some(Self { typed, features: package.features(&texts, &name).ok()? })
    }

    /// Whether the fixes leave the column as it is; one that they take away has nothing to say.
    fn keeps(&self, at: usize) -> bool {
        let Some(before) = self.typed.columns().get(at) else { return false };
        let Some(after) = self.features.column(&before.name) else { return false };
        (0..before.len() - 1).all(|row| is_same(before, after, row))
    }

    /// Whether a value stands in the end where there was none.
    fn fills(&self, at: usize) -> bool {
        let Some(before) = self.typed.columns().get(at) else { return true };
        self.features.column(&before.name).is_none_or(|after| !after.is_null(after.len() - 1))
    }
}

fn is_same(before: &Column, after: &Column, row: usize) -> bool {
    match (&before.values, &after.values) {
        (Values::Number(a), Values::Number(b)) => a[row].to_bits() == b[row].to_bits(),
        (Values::Category(a), Values::Category(b)) => a.get(row) == b.get(row),
        (Values::Text(a), Values::Text(b)) => a.get(row) == b.get(row),
        (Values::Date(a), Values::Date(b)) => a[row] == b[row],
        _ => false,
    }
}
