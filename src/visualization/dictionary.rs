//! The data dictionary: what columns are and mean.

use maud::html;

use super::Lang;
use super::markdown::{code, table, without_html};
use super::number::significant;
use super::page::{Cell, Table, clip};
use crate::config::Config;
use crate::data::schema::Field;
use crate::data::{self, ColumnProfile, Kind, PART, Profile, ROW_ID, Schema, dates};
use crate::package::{Info, is_feature_kind};

/// Levels listed.
const LISTED: usize = 8;
/// Characters of a level, and of a description, on a page.
const LONGEST: (usize, usize) = (40, 300);

/// The columns of a dataset or a model.
pub struct Dictionary {
    lang: Lang,
    entries: Vec<Entry>,
}

/// One column.
struct Entry {
    name: String,
    kind: Kind,
    description: String,
    unit: Option<String>,
    missing: f64,
    values: Values,
    role: Role,
}

/// What a column holds.
enum Values {
    /// The first levels, and the number of all.
    Levels(Vec<String>, usize),
    /// The least and the greatest value.
    Range(String, String),
    Unknown,
}

/// What becomes of a column.
#[derive(Clone, Copy)]
enum Role {
    Target,
    Id,
    Part,
    Dropped,
    Feature,
    Carried,
}

impl Role {
    fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Target => lang.pick("target", "objetivo"),
            Self::Id => lang.pick("id", "identificador"),
            Self::Part => lang.pick("part", "parte"),
            Self::Dropped => lang.pick("dropped", "descartada"),
            Self::Feature => lang.pick("feature", "variable"),
            Self::Carried => lang.pick("carried along", "acompaña"),
        }
    }
}

impl Dictionary {
    /// The columns of a dataset.
    pub fn of_dataset(config: &Config, table: &data::Table, schema: &Schema) -> Self {
        let profile = Profile::of(table);
        let entry = |field: &Field| {
            let missing = field.missing as f64 / schema.rows.max(1) as f64;
            let column = find(&profile, &field.name);
            Entry::of(config, &field.name, field.kind, missing, &field.levels, column, role(config, schema, field))
        };
        Self { lang: config.main.lang, entries: schema.columns.iter().map(entry).collect() }
    }

    /// The columns a model asks for.
    pub fn of_model(config: &Config, info: &Info) -> Self {
        let entry = |input: &crate::package::Input| {
            let column = find(&info.profile, &input.name);
            let missing = column.map_or(0.0, |column| column.missing);
            Entry::of(config, &input.name, input.kind, missing, &input.levels, column, Role::Feature)
        };
        Self { lang: config.main.lang, entries: info.inputs.iter().map(entry).collect() }
    }

    /// As a table of Markdown.
    pub fn markdown(&self) -> String {
        let row = |entry: &Entry| {
            let mut cells =
                vec![code(&entry.name), self.lang.kind(entry.kind).to_owned(), without_html(&entry.description)];
            cells.extend(self.has_units().then(|| entry.unit.clone().unwrap_or_default()));
            let values = match &entry.values {
                Values::Levels(levels, all) => {
                    let levels: Vec<String> = levels.iter().map(|level| code(level)).collect();
                    self.listed(&levels, *all)
                }
                values => self.range(values),
            };
            cells.extend([share(entry.missing), values, entry.role.name(self.lang).to_owned()]);
            cells
        };
        table(&self.titles(), &self.entries.iter().map(row).collect::<Vec<_>>())
    }

    /// As a table of a page, of at most `most` columns.
    pub fn table(&self, caption: &str, most: usize) -> Table {
        let mut table = Table::new(self.lang, caption).sortable().at_most(most);
        for title in self.titles() {
            let is_number = title == self.missing_title();
            table = if is_number { table.numbers(title) } else { table.column(title) };
        }
        for entry in &self.entries {
            let mut cells = vec![Cell::code(&entry.name), Cell::text(self.lang.kind(entry.kind))];
            cells.push(Cell::markup(html! { (clip(&entry.description, LONGEST.1)) }));
            cells.extend(self.has_units().then(|| Cell::text(entry.unit.as_deref().unwrap_or_default())));
            let values = match &entry.values {
                Values::Levels(levels, all) => {
                    let levels: Vec<String> = levels.iter().map(|level| clip(level, LONGEST.0)).collect();
                    self.listed(&levels, *all)
                }
                values => self.range(values),
            };
            cells.push(Cell::number(self.lang.percent(entry.missing), entry.missing));
            cells.push(Cell::markup(html! { (values) }));
            cells.push(Cell::text(entry.role.name(self.lang)));
            table.row(cells);
        }
        table
    }

    fn titles(&self) -> Vec<&'static str> {
        let pick = |english, spanish| self.lang.pick(english, spanish);
        let mut titles = vec![pick("column", "columna"), pick("kind", "tipo"), pick("description", "descripción")];
        titles.extend(self.has_units().then(|| pick("unit", "unidad")));
        titles.extend([self.missing_title(), pick("values", "valores"), pick("role", "papel")]);
        titles
    }

    fn missing_title(&self) -> &'static str {
        self.lang.pick("missing", "ausentes")
    }

    fn has_units(&self) -> bool {
        self.entries.iter().any(|entry| entry.unit.is_some())
    }

    fn listed(&self, levels: &[String], all: usize) -> String {
        let mut list = levels.join(", ");
        if all > levels.len() {
            let in_all = self.lang.pick("in all", "en total");
            list.push_str(&format!(", … ({all} {in_all})"));
        }
        list
    }

    fn range(&self, values: &Values) -> String {
        match values {
            Values::Range(least, greatest) => format!("{least} {} {greatest}", self.lang.pick("to", "a")),
            _ => String::new(),
        }
    }
}

impl Entry {
    fn of(
        config: &Config,
        name: &str,
        kind: Kind,
        missing: f64,
        levels: &[String],
        profile: Option<&ColumnProfile>,
        role: Role,
    ) -> Self {
        let note = config.main.columns.value(name);
        Self {
            name: name.to_owned(),
            kind,
            description: note.map(|note| note.description.clone()).unwrap_or_default(),
            unit: note.and_then(|note| note.unit.clone()),
            missing,
            values: Values::of(kind, levels, profile),
            role,
        }
    }
}

impl Values {
    fn of(kind: Kind, levels: &[String], profile: Option<&ColumnProfile>) -> Self {
        if !levels.is_empty() {
            return Self::Levels(levels.iter().take(LISTED).cloned().collect(), levels.len());
        }
        let Some((Some(min), Some(max))) = profile.map(|column| (column.min, column.max)) else {
            return Self::Unknown;
        };
        match kind {
            Kind::Bool => Self::Levels(vec!["false".to_owned(), "true".to_owned()], 2),
            Kind::Date => Self::Range(dates::format_iso(min as i64), dates::format_iso(max as i64)),
            _ => Self::Range(significant(min), significant(max)),
        }
    }
}

fn find<'p>(profile: &'p Profile, name: &str) -> Option<&'p ColumnProfile> {
    profile.columns.iter().find(|column| column.name == name)
}

fn role(config: &Config, schema: &Schema, field: &Field) -> Role {
    let target = schema.target.as_ref().map_or(&config.main.target.column.value, |target| &target.column);
    if field.name == *target {
        Role::Target
    } else if field.name == ROW_ID || field.kind == Kind::Id {
        Role::Id
    } else if field.name == PART {
        Role::Part
    } else if config.features.drop.iter().any(|name| name.value == field.name) {
        Role::Dropped
    } else if schema.target.is_none() || is_feature_kind(field.kind) {
        // Before `clean` everything is text still.
        Role::Feature
    } else {
        Role::Carried
    }
}

fn share(missing: f64) -> String {
    let percent = missing * 100.0;
    if missing > 0.0 && percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{percent:.1} %") }
}
