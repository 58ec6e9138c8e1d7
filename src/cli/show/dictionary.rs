//! The data dictionary: what columns are and mean, as a table of Markdown.

use super::markdown::{code, table};
use crate::config::Config;
use crate::data::schema::Field;
use crate::data::{ColumnProfile, Kind, PART, Profile, ROW_ID, Schema, Table, dates};
use crate::package::{Info, is_feature_kind};

/// Levels listed.
const LISTED: usize = 8;

/// One column.
struct Line<'a> {
    name: &'a str,
    kind: Kind,
    missing: f64,
    levels: &'a [String],
    profile: Option<&'a ColumnProfile>,
    role: &'static str,
}

/// The columns of a dataset.
pub fn of_dataset(config: &Config, table: &Table, schema: &Schema) -> String {
    let profile = Profile::of(table);
    let lines = schema.columns.iter().map(|field| Line {
        name: &field.name,
        kind: field.kind,
        missing: field.missing as f64 / schema.rows.max(1) as f64,
        levels: &field.levels,
        profile: find(&profile, &field.name),
        role: role(config, schema, field),
    });
    of(config, &lines.collect::<Vec<_>>())
}

/// The columns a model asks for.
pub fn of_model(config: &Config, info: &Info) -> String {
    let lines = info.inputs.iter().map(|input| {
        let profile = find(&info.profile, &input.name);
        let missing = profile.map_or(0.0, |p| p.missing);
        Line { name: &input.name, kind: input.kind, missing, levels: &input.levels, profile, role: "feature" }
    });
    of(config, &lines.collect::<Vec<_>>())
}

fn find<'p>(profile: &'p Profile, name: &str) -> Option<&'p ColumnProfile> {
    profile.columns.iter().find(|column| column.name == name)
}

fn of(config: &Config, lines: &[Line]) -> String {
    let notes = &config.main.columns;
    let has_units = lines.iter().any(|line| notes.value(line.name).is_some_and(|note| note.unit.is_some()));
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let note = notes.value(line.name);
            let unit = note.and_then(|n| n.unit.clone()).unwrap_or_default();
            let mut cells = vec![
                code(line.name),
                line.kind.name().to_owned(),
                note.map(|n| n.description.clone()).unwrap_or_default(),
            ];
            cells.extend(has_units.then_some(unit));
            cells.extend([share(line.missing), values(line), line.role.to_owned()]);
            cells
        })
        .collect();
    let mut title = vec!["column", "kind", "description"];
    title.extend(has_units.then_some("unit"));
    title.extend(["missing", "values", "role"]);
    table(&title, &rows)
}

/// What becomes of a column.
fn role(config: &Config, schema: &Schema, field: &Field) -> &'static str {
    let target = schema.target.as_ref().map_or(&config.main.target.column.value, |target| &target.column);
    if field.name == *target {
        "target"
    } else if field.name == ROW_ID || field.kind == Kind::Id {
        "id"
    } else if field.name == PART {
        "part"
    } else if config.features.drop.iter().any(|name| name.value == field.name) {
        "dropped"
    } else if schema.target.is_none() || is_feature_kind(field.kind) {
        // Before `clean` everything is text still.
        "feature"
    } else {
        "carried along"
    }
}

fn share(missing: f64) -> String {
    let percent = missing * 100.0;
    if missing > 0.0 && percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

/// Levels, or the least and the greatest value.
fn values(line: &Line) -> String {
    if !line.levels.is_empty() {
        let mut list = line.levels.iter().take(LISTED).map(|level| code(level)).collect::<Vec<_>>().join(", ");
        if line.levels.len() > LISTED {
            list.push_str(&format!(", … ({} in all)", line.levels.len()));
        }
        return list;
    }
    let Some((Some(min), Some(max))) = line.profile.map(|p| (p.min, p.max)) else { return String::new() };
    match line.kind {
        Kind::Bool => "false, true".to_owned(),
        Kind::Date => format!("{} to {}", dates::format_iso(min as i64), dates::format_iso(max as i64)),
        _ => format!("{min} to {max}"),
    }
}
