//! How transforms name columns: checked lists, lookups that name what is missing, and selections by kind.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::data::{Categories, Column, Kind, Table, Values};
use crate::error::{Error, Result, suggest};
use crate::yaml::{Located, Node, Value};

/// Ties a prediction to its raw row, so no transform drops or changes it.
pub const ROW_ID: &str = "row_id";

/// A list of column names as a parameter.
pub type Names = Located<Vec<Located<String>>>;

/// Checks a list: at least one name, none twice.
///
/// # Errors
/// Exit code 2 at the list or at the name that stands twice.
pub fn check_list(names: &Names) -> Result<()> {
    if names.is_empty() {
        return Err(names.error("expected at least one column"));
    }
    for (at, name) in names.iter().enumerate() {
        if names[..at].iter().any(|n| n.value == name.value) {
            return Err(name.error(format!("column `{}` is listed twice", name.value)));
        }
    }
    Ok(())
}

/// Refuses `row_id` where a transform would drop or change the column.
///
/// # Errors
/// Exit code 2 at the name.
pub fn refuse_row_id(name: &Located<String>) -> Result<()> {
    if name.value == ROW_ID {
        return Err(name.error(format!("`{ROW_ID}` stays as it is: it ties each prediction to its row")));
    }
    Ok(())
}

/// Finds every name of a list among `columns`.
///
/// # Errors
/// Exit code 2 at the first name not found, with a did-you-mean.
pub fn find_all(names: &[Located<String>], columns: &[String]) -> Result<()> {
    names.iter().try_for_each(|name| name.find("column", columns).map(|_| ()))
}

/// Adds the name of a new column to those that exist.
///
/// # Errors
/// Exit code 2 at `place` where the name is taken.
pub fn add_new<T>(name: &str, columns: &mut Vec<String>, place: &Located<T>) -> Result<()> {
    if columns.iter().any(|c| c == name) {
        return Err(place
            .error(format!("a column `{name}` exists already"))
            .hint("give the new column another `name`"));
    }
    columns.push(name.to_owned());
    Ok(())
}

/// The error for a table that lacks a column.
pub fn missing(name: &str, table: &Table) -> Error {
    Error::data(format!("column `{name}` not found")).maybe_hint(suggest(name, "columns", &table.names()))
}

/// A column that must be in the table.
///
/// # Errors
/// Exit code 3 naming the column.
pub fn require<'t>(table: &'t Table, name: &str) -> Result<&'t Column> {
    table.column(name).ok_or_else(|| missing(name, table))
}

/// A column that must be in the table, to change it in place.
///
/// # Errors
/// Exit code 3 naming the column.
pub fn require_mut<'t>(table: &'t mut Table, name: &str) -> Result<&'t mut Column> {
    match table.index(name) {
        Some(_) => table.column_mut(name).ok_or_else(|| Error::data(format!("column `{name}` not found"))),
        None => Err(missing(name, table)),
    }
}

/// The error for a column of a kind the transform cannot take; `takes` says which it takes.
pub fn wrong_kind(name: &Located<String>, kind: Kind, takes: &str) -> Error {
    name.error(format!("column `{}` has kind {}, expected {takes}", name.value, kind.name()))
}

/// The error for a column that a learned step names and that is no feature any more.
fn gone(name: &Located<String>, table: &Table) -> Error {
    let left = table.names().join(", ");
    name.error(format!("column `{}` is gone at this step", name.value))
        .hint(format!("a step above has made features of it, or taken it away; columns left: {left}"))
}

/// A number as its level text: the shortest that reads back the same.
pub fn number_text(value: f64) -> String {
    // Negative zero equals zero, so it is the same level.
    if value == 0.0 { "0".to_owned() } else { value.to_string() }
}

/// A column's values as levels by text; dates as seconds.
pub fn as_levels(column: &Column) -> Cow<'_, Categories> {
    match &column.values {
        Values::Category(categories) => Cow::Borrowed(categories),
        Values::Text(texts) => Cow::Owned(texts.iter().collect()),
        Values::Number(numbers) => {
            let texts: Vec<Option<String>> = numbers.iter().map(|x| (!x.is_nan()).then(|| number_text(*x))).collect();
            Cow::Owned(texts.iter().map(Option::as_deref).collect())
        }
        Values::Date(dates) => {
            let texts: Vec<Option<String>> = dates.iter().map(|d| d.map(|d| d.to_string())).collect();
            Cow::Owned(texts.iter().map(Option::as_deref).collect())
        }
    }
}

/// Which columns a learned transform works on.
#[derive(Debug, Clone)]
pub enum Selection {
    /// All columns of a group that the transform can take.
    Group(Group),
    /// These and no others.
    List(Names),
}

/// A group of columns by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Number, integer and bool.
    Numeric,
    /// Category.
    Categorical,
    /// Every column.
    All,
}

impl Group {
    fn contains(self, kind: Kind) -> bool {
        match self {
            Group::Numeric => kind.is_numeric(),
            Group::Categorical => kind == Kind::Category,
            Group::All => true,
        }
    }
}

/// As [`Selection::read`] takes it.
impl JsonSchema for Selection {
    fn schema_name() -> Cow<'static, str> {
        "Selection".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names = json_schema!({"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true});
        json_schema!({"anyOf": [generator.subschema_for::<Group>(), names, {"type": "null"}]})
    }
}

impl Selection {
    /// Reads `numeric`, `categorical`, `all` or a list of names; `default` where nothing is given.
    ///
    /// # Errors
    /// Exit code 2 pointing at what is neither.
    pub fn read(node: Option<&Node>, default: Group) -> Result<Self> {
        match node {
            None => Ok(Selection::Group(default)),
            Some(node) if matches!(node.value, Value::Null) => Ok(Selection::Group(default)),
            Some(node) if matches!(node.value, Value::Sequence(_)) => {
                let names = node.to::<Names>()?;
                check_list(&names)?;
                Ok(Selection::List(names))
            }
            Some(node) => {
                let hint = "write `numeric`, `categorical`, `all` or a list such as `[age, plan]`";
                node.to::<Group>().map(Selection::Group).map_err(|e| e.hint(hint))
            }
        }
    }

    /// Checks that listed names exist.
    ///
    /// # Errors
    /// Exit code 2 at the first name not found, with a did-you-mean.
    pub fn check(&self, columns: &[String]) -> Result<()> {
        match self {
            Selection::Group(_) => Ok(()),
            Selection::List(names) => find_all(names, columns),
        }
    }

    /// The selected columns in table order (a list: in its own order) of a kind that `accepts`; `takes`
    /// describes those kinds.
    ///
    /// # Errors
    /// Exit code 2 at a listed name that is no feature any more or has another kind.
    pub fn resolve(&self, table: &Table, accepts: impl Fn(Kind) -> bool, takes: &str) -> Result<Vec<String>> {
        match self {
            Selection::Group(group) => Ok(table
                .columns()
                .iter()
                .filter(|c| group.contains(c.kind) && accepts(c.kind))
                .map(|c| c.name.clone())
                .collect()),
            Selection::List(names) => names
                .iter()
                .map(|name| match table.column(name) {
                    // That it was there is checked before anything is fitted.
                    None => Err(gone(name, table)),
                    Some(column) if accepts(column.kind) => Ok(name.value.clone()),
                    Some(column) => Err(wrong_kind(name, column.kind, takes)),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn table() -> Table {
        Table::new(vec![
            Column::number("age", vec![1.0]),
            Column::category("plan", [Some("a")]),
            Column { kind: Kind::Bool, ..Column::number("paid", vec![1.0]) },
        ])
    }

    fn resolve(text: &str) -> Result<Vec<String>> {
        let node = parse(text, "f.yaml")?;
        Selection::read(node.get("columns"), Group::All)?.resolve(&table(), Kind::is_numeric, "a numeric one")
    }

    #[test]
    fn groups_and_lists_give_columns_the_transform_takes() {
        for (text, expected) in [
            ("columns: numeric", vec!["age", "paid"]),
            ("columns: all", vec!["age", "paid"]),
            ("columns: categorical", vec![]),
            ("columns: [paid, age]", vec!["paid", "age"]),
            ("{}", vec!["age", "paid"]),
        ] {
            assert_eq!(resolve(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_selected_is_refused_in_its_place() {
        for (text, expected) in [
            ("columns: number", "f.yaml:1:10: `columns`: unknown value `number`"),
            ("columns: []", "f.yaml:1:10: `columns`: expected at least one column"),
            ("columns: [age, gone]", "f.yaml:1:16: `columns[1]`: column `gone` is gone at this step"),
            ("columns: [age, age]", "f.yaml:1:16: `columns[1]`: column `age` is listed twice"),
            ("columns: [plan]", "f.yaml:1:11: `columns[0]`: column `plan` has kind category, expected a numeric one"),
        ] {
            assert_eq!(resolve(text).unwrap_err().message(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_as_levels_are_short_texts() {
        let column = Column::number("x", vec![1.0, -0.0, 0.5, f64::NAN, 0.0]);
        let levels = as_levels(&column);
        assert_eq!(levels.iter().collect::<Vec<_>>(), [Some("1"), Some("0"), Some("0.5"), None, Some("0")]);
    }
}
