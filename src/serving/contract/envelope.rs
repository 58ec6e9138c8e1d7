//! The bodies of MLflow's scoring protocol: one of four layouts of rows, and parameters beside them.
//!
//! A body is read once, and once more where the columns of `dataframe_split` stand behind its rows.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::json::{Record, Records, Value, refused, text};
use super::rows::Rows;
use crate::data::plain::{Key, Plain};
use crate::serving::refusal::Refusal;

/// How rows are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"columns": […], "data": [[…], …]}`
    Split,
    /// `[{…}, …]`
    Records,
    /// A list of objects, or of lists in the order of the model's fields.
    Instances,
    /// An object of columns, or as `instances`.
    Inputs,
}

impl Format {
    const ALL: [(&'static str, Format); 4] = [
        ("dataframe_split", Format::Split),
        ("dataframe_records", Format::Records),
        ("instances", Format::Instances),
        ("inputs", Format::Inputs),
    ];

    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

/// What stands beside the rows.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Params {
    /// `predict`, or `predict_proba` for the probability of each class.
    pub predict_method: Option<String>,
}

/// Reads the rows of a body, and its parameters.
///
/// # Errors
/// 400 for what is no JSON or none of the layouts, 413 for too many rows, 422 for rows that are not laid out so.
pub fn read(body: &[u8], rows: &mut Rows) -> Result<Params, Refusal> {
    let text = text(body)?;
    let mut pass = |columns| {
        let mut json = Deserializer::from_str(text);
        let head = json.deserialize_any(Body { rows: &mut *rows, columns }).and_then(|head| json.end().map(|()| head));
        head.map_err(|error| refused(&error, rows))
    };
    let head = pass(Columns::Unknown)?;
    if head.formats.len() != 1 {
        return Err(Refusal::shape(
            "the body must have exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`",
        )
        .hint(r#"such as {"dataframe_split": {"columns": ["age"], "data": [[41]]}}"#));
    }
    if let Some(columns) = head.late {
        pass(columns)?;
    }
    Ok(head.params)
}

/// What is known of a body once it is read.
#[derive(Default)]
struct Head {
    formats: Vec<Format>,
    params: Params,
    /// The columns of rows that stood before them, and are still to be read.
    late: Option<Columns>,
}

/// The names of the values of a row.
#[derive(Clone, PartialEq)]
enum Columns {
    /// They may still come.
    Unknown,
    /// There are none.
    Nameless,
    Named(Vec<String>),
}

struct Body<'r, 'a> {
    rows: &'r mut Rows<'a>,
    /// As far as they are known before.
    columns: Columns,
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = Head;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Head, A::Error> {
        let Body { rows, columns } = self;
        let mut head = Head::default();
        while let Some(Key(name)) = entries.next_key()? {
            let format = Format::of(&name);
            head.formats.extend(format);
            match format {
                // More than one is refused.
                Some(_) if head.formats.len() > 1 => _ = entries.next_value::<IgnoredAny>()?,
                Some(Format::Split) => {
                    head.late = entries.next_value_seed(Split { rows: &mut *rows, columns: columns.clone() })?;
                }
                Some(Format::Records) => entries.next_value_seed(List(Records(&mut *rows)))?,
                Some(Format::Instances | Format::Inputs) => entries.next_value_seed(Free(&mut *rows))?,
                None if name == "params" => head.params = entries.next_value::<Option<Params>>()?.unwrap_or_default(),
                None => _ = entries.next_value::<IgnoredAny>()?,
            }
        }
        Ok(head)
    }
}

struct List<'r, 'a>(Records<'r, 'a>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self.0)
    }
}

/// The rows of `dataframe_split`; where they stand before their columns, what these are.
struct Split<'r, 'a> {
    rows: &'r mut Rows<'a>,
    columns: Columns,
}

impl<'de> DeserializeSeed<'de> for Split<'_, '_> {
    type Value = Option<Columns>;
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Split<'_, '_> {
    type Value = Option<Columns>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `columns` and `data`")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let Split { rows, mut columns } = self;
        let (mut named, mut data, mut late) = (false, false, false);
        while let Some(Key(name)) = entries.next_key()? {
            match &*name {
                "columns" if named => return Err(A::Error::duplicate_field("columns")),
                "columns" => {
                    named = true;
                    let found: Option<Vec<String>> = entries.next_value()?;
                    columns = found.map_or(Columns::Nameless, Columns::Named);
                }
                "data" if data => return Err(A::Error::duplicate_field("data")),
                "data" => {
                    data = true;
                    late = columns == Columns::Unknown;
                    match &columns {
                        Columns::Unknown => _ = entries.next_value::<IgnoredAny>()?,
                        Columns::Nameless => entries.next_value_seed(Lists { rows: &mut *rows, places: None })?,
                        Columns::Named(names) => {
                            // An unknown column is one problem, not one a row.
                            let places: Vec<_> = names.iter().map(|name| rows.place(name)).collect();
                            entries.next_value_seed(Lists { rows: &mut *rows, places: Some(&places) })?;
                        }
                    }
                }
                _ => _ = entries.next_value::<IgnoredAny>()?,
            }
        }
        match (data, columns) {
            (false, _) => Err(A::Error::missing_field("data")),
            (true, Columns::Unknown) => Ok(Some(Columns::Nameless)),
            (true, columns) => Ok(late.then_some(columns)),
        }
    }
}

/// Rows as lists of values.
struct Lists<'r, 'a, 'p> {
    rows: &'r mut Rows<'a>,
    /// None where they have no names.
    places: Option<&'p [Option<usize>]>,
}

impl<'de> DeserializeSeed<'de> for Lists<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Lists<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of rows")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Lists { rows, places } = self;
        rows.all(|rows| Ok(items.next_element_seed(ListRow { rows, places })?.is_some()))
    }
}

struct ListRow<'r, 'a, 'p> {
    rows: &'r mut Rows<'a>,
    places: Option<&'p [Option<usize>]>,
}

impl<'de> DeserializeSeed<'de> for ListRow<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListRow<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of values")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.rows.begin().map_err(A::Error::custom)?;
        let Some(places) = self.places else { return self.nameless(items) };
        let mut count = 0;
        while items
            .next_element_seed(Value { rows: &mut *self.rows, at: places.get(count).copied().flatten() })?
            .is_some()
        {
            count += 1;
        }
        if count != places.len() {
            return Err(A::Error::custom(format!("{count} values for {} columns", places.len())));
        }
        self.rows.end();
        Ok(())
    }
}

impl ListRow<'_, '_, '_> {
    fn nameless<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        // More than there are fields are counted only.
        let (mut values, mut count) = (Vec::new(), 0);
        while let Some(value) = items.next_element::<Plain>()? {
            count += 1;
            if values.len() < self.rows.width() {
                values.push(value);
            }
        }
        let places = self.rows.in_order(count);
        let places = places.map_err(|fields| A::Error::custom(format!("{count} values for {fields}")))?;
        for (at, value) in places.into_iter().flatten().zip(&values) {
            self.rows.set(at, value);
        }
        self.rows.end();
        Ok(())
    }
}

/// What `instances` and `inputs` hold: a list of objects or lists, or an object of columns.
struct Free<'r, 'a>(&'r mut Rows<'a>);

impl<'de> DeserializeSeed<'de> for Free<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Free<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of rows or an object of columns")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.all(|rows| Ok(items.next_element_seed(FreeRow(rows))?.is_some()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let rows = self.0;
        let mut columns: Vec<(Option<usize>, Vec<Plain<'de>>)> = Vec::new();
        while let Some(Key(name)) = entries.next_key()? {
            let place = rows.place(&name);
            columns.push((place, entries.next_value()?));
        }
        let count = columns.first().map_or(0, |(_, values)| values.len());
        if columns.iter().any(|(_, values)| values.len() != count) {
            return Err(A::Error::custom("the columns differ in length"));
        }
        for row in 0..count {
            rows.begin().map_err(A::Error::custom)?;
            for (place, values) in &columns {
                if let (Some(at), Some(value)) = (place, values.get(row)) {
                    rows.set(*at, value);
                }
            }
            rows.end();
        }
        Ok(())
    }
}

/// A row as an object, or as a list in the order of the fields.
struct FreeRow<'r, 'a>(&'r mut Rows<'a>);

impl<'de> DeserializeSeed<'de> for FreeRow<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FreeRow<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object or a list of values")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        ListRow { rows: self.0, places: None }.visit_seq(items)
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        Record(self.0).visit_map(entries)
    }
}
