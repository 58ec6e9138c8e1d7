//! The bodies of MLflow's scoring protocol: one of four layouts of rows, and parameters beside them.
//!
//! A body is read twice: first for its layout, its columns and its parameters, wherever they stand, then for its rows.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::json::{Record, Records, refused, text};
use super::rows::{Rows, TooMany};
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
    let mut json = Deserializer::from_str(text);
    let head = json.deserialize_any(HeadVisitor).and_then(|head| json.end().map(|()| head));
    let head = head.map_err(|error| refused(&error, rows))?;
    let [format] = head.formats[..] else {
        return Err(Refusal::shape(
            "the body must have exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`",
        )
        .hint(r#"such as {"dataframe_split": {"columns": ["age"], "data": [[41]]}}"#));
    };
    let mut json = Deserializer::from_str(text);
    json.deserialize_map(Body { rows, format, columns: head.columns }).map_err(|error| refused(&error, rows))?;
    Ok(head.params)
}

/// What has to be known before the rows.
#[derive(Default)]
struct Head {
    formats: Vec<Format>,
    columns: Option<Vec<String>>,
    params: Params,
}

struct HeadVisitor;

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = Head;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Head, A::Error> {
        let mut head = Head::default();
        while let Some(Key(name)) = entries.next_key()? {
            match Format::of(&name) {
                Some(format) => {
                    head.formats.push(format);
                    if format == Format::Split {
                        head.columns = entries.next_value::<Split>()?.columns;
                    } else {
                        entries.next_value::<IgnoredAny>()?;
                    }
                }
                None if name == "params" => head.params = entries.next_value::<Option<Params>>()?.unwrap_or_default(),
                None => _ = entries.next_value::<IgnoredAny>()?,
            }
        }
        Ok(head)
    }
}

#[derive(Deserialize)]
struct Split {
    columns: Option<Vec<String>>,
    #[serde(rename = "data")]
    _data: IgnoredAny,
}

/// The body once more, for its rows.
struct Body<'r, 'a> {
    rows: &'r mut Rows<'a>,
    format: Format,
    columns: Option<Vec<String>>,
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Body { rows, format, columns } = self;
        while let Some(Key(name)) = entries.next_key()? {
            if Format::of(&name) != Some(format) {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            match format {
                Format::Split => entries.next_value_seed(SplitRows { rows, columns: columns.as_deref() })?,
                Format::Records => entries.next_value_seed(List(Records(rows)))?,
                Format::Instances | Format::Inputs => entries.next_value_seed(Free(rows))?,
            }
        }
        Ok(())
    }
}

struct List<'r, 'a>(Records<'r, 'a>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self.0)
    }
}

/// The rows of `dataframe_split`.
struct SplitRows<'r, 'a, 'c> {
    rows: &'r mut Rows<'a>,
    columns: Option<&'c [String]>,
}

impl<'de> DeserializeSeed<'de> for SplitRows<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SplitRows<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `columns` and `data`")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        // An unknown column is one problem, not one a row.
        let columns = self.columns;
        let places = columns.map(|columns| columns.iter().map(|name| self.rows.place(name)).collect::<Vec<_>>());
        while let Some(Key(name)) = entries.next_key()? {
            if name == "data" {
                entries.next_value_seed(Lists { rows: &mut *self.rows, places: places.as_deref() })?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
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
        while items.next_element_seed(ListRow { rows: &mut *self.rows, places: self.places })?.is_some() {}
        Ok(())
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
        self.rows.begin().map_err(|TooMany(most)| A::Error::custom(format!("more than {most} rows")))?;
        let Some(places) = self.places else { return self.nameless(items) };
        let mut count = 0;
        while let Some(value) = items.next_element::<Plain>()? {
            if let Some(Some(at)) = places.get(count) {
                self.rows.set(*at, &value);
            }
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
        while items.next_element_seed(FreeRow(&mut *self.0))?.is_some() {}
        Ok(())
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
            rows.begin().map_err(|TooMany(most)| A::Error::custom(format!("more than {most} rows")))?;
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
