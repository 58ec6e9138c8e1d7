//! [`Node`] to any `Deserialize` type; errors carry file, line, column, key path and a suggestion.

use std::fmt::Display;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::node::{Location, Node, Value};
use crate::error::{Error, Result, suggest};

impl Node {
    /// The value as a `T`; null is taken as "all defaults" where `T` is a struct.
    ///
    /// # Errors
    /// Exit code 2, pointing at the value that does not fit.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(self).map_err(|e| e.into_error(self))
    }
}

/// A value that remembers where it stands, for checks that come after parsing.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    node: Node,
}

impl<T> Located<T> {
    /// A value that comes from no file, such as a default.
    pub fn new(value: T) -> Self {
        Self { value, node: Node::new(Value::Null) }
    }
    /// A value made of what stands at `node`.
    pub fn at(value: T, node: Node) -> Self {
        Self { value, node }
    }
    /// Another value that comes from the same place.
    pub fn with<U>(&self, value: U) -> Located<U> {
        Located { value, node: self.node.clone() }
    }
    /// An error of exit code 2 that points at this value.
    pub fn error(&self, message: impl Display) -> Error {
        self.node.error(message)
    }
    /// Whether it comes from a file.
    pub fn is_written(&self) -> bool {
        !matches!(self.node.value, Value::Null)
    }
    /// Where it stands.
    pub fn location(&self) -> &Location {
        &self.node.location
    }
}

impl Located<String> {
    /// Position of this name among `names`.
    ///
    /// # Errors
    /// Exit code 2 with the place of the name and a did-you-mean; `what` is what is looked for, such as `column`.
    pub fn find<S: AsRef<str>>(&self, what: &str, names: &[S]) -> Result<usize> {
        names.iter().position(|n| n.as_ref() == self.value).ok_or_else(|| {
            self.error(format!("{what} `{}` not found", self.value)).maybe_hint(suggest(
                &self.value,
                &format!("{what}s"),
                names,
            ))
        })
    }
}

impl<T> std::ops::Deref for Located<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: serde::Serialize> serde::Serialize for Located<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

const LOCATED: &str = "$located";
const RAW: &str = "$node";

thread_local! {
    /// The node a [`Located`] or raw [`Node`] is being read from; set just before its visitor runs.
    static CURRENT: std::cell::RefCell<Option<Node>> = const { std::cell::RefCell::new(None) };
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = Located<T>;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a value")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, d: D) -> Result<Located<T>, D::Error> {
                let node = CURRENT.take().unwrap_or_else(|| Node::new(Value::Null));
                T::deserialize(d).map(|value| Located { value, node })
            }
        }
        deserializer.deserialize_newtype_struct(LOCATED, V(std::marker::PhantomData))
    }
}

/// A `Node` inside a typed struct keeps its locations; other formats cannot give one.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Node;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a value")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Node, D::Error> {
                CURRENT.take().ok_or_else(|| de::Error::custom("not a YAML value"))
            }
        }
        deserializer.deserialize_newtype_struct(RAW, V)
    }
}

impl serde::Serialize for Node {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            // Unlike JSON objects, this keeps the order of the file.
            Value::Mapping(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key.as_str().unwrap_or_default(), value)))
            }
            Value::Sequence(items) => serializer.collect_seq(items),
            _ => self.to_json().serialize(serializer),
        }
    }
}

/// The error serde builds up; the first place it passes is the innermost one, and stays.
#[derive(Debug)]
pub struct DeError {
    message: String,
    hint: Option<String>,
    at: Option<Box<Location>>,
    /// A key the message is about: its own place is better than its mapping's.
    key: Option<String>,
}

impl DeError {
    fn at(mut self, node: &Node) -> Self {
        if self.at.is_none() {
            let place = match &self.key {
                Some(key) => {
                    node.as_mapping().and_then(|m| m.iter().find(|(k, _)| k.as_str() == Some(key))).map(|(k, _)| k)
                }
                None => None,
            };
            self.at = Some(Box::new(place.unwrap_or(node).location.clone()));
        }
        self
    }

    fn into_error(self, root: &Node) -> Error {
        let this = self.at(root);
        let at = this.at.unwrap_or_default();
        Error::usage(format!("{at}: {}", this.message)).maybe_hint(this.hint)
    }
}

impl Display for DeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

impl de::Error for DeError {
    fn custom<T: Display>(message: T) -> Self {
        Self { message: message.to_string(), hint: None, at: None, key: None }
    }
    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let hint = suggest(field, "keys", expected).unwrap_or_else(|| "this takes no keys".to_owned());
        // Nobody mistypes a key into something that is like no other.
        let is_close = hint.starts_with("did you mean");
        let newer = concat!("; or is it for a newer version than mlops ", env!("CARGO_PKG_VERSION"), "?");
        let hint = if is_close { hint } else { hint + newer };
        Self { message: "unknown key".into(), hint: Some(hint), at: None, key: Some(field.to_owned()) }
    }
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self {
            message: format!("unknown value `{variant}`"),
            hint: suggest(variant, "values", expected),
            at: None,
            key: None,
        }
    }
    fn missing_field(field: &'static str) -> Self {
        Self { message: format!("the key `{field}` is missing"), hint: None, at: None, key: None }
    }
    fn invalid_type(found: de::Unexpected, expected: &dyn de::Expected) -> Self {
        let is_text = matches!(plain_words(expected).as_str(), "a text");
        let wanted = match found {
            de::Unexpected::Float(x) if x.fract() == 0.0 && x > 0.0 => below(expected),
            _ => plain_words(expected),
        };
        let quoted = |text: String| is_text.then(|| format!("quote it: \"{text}\""));
        let hint = match found {
            de::Unexpected::Signed(i) => quoted(i.to_string()),
            de::Unexpected::Unsigned(i) => quoted(i.to_string()),
            de::Unexpected::Float(x) => quoted(x.to_string()),
            de::Unexpected::Bool(b) => quoted(b.to_string()),
            _ => None,
        };
        let found = match found {
            de::Unexpected::Signed(i) => format!("the number `{i}`"),
            de::Unexpected::Unsigned(i) => format!("the number `{i}`"),
            de::Unexpected::Float(x) => format!("the number `{x}`"),
            de::Unexpected::Bool(b) => format!("`{b}`"),
            de::Unexpected::Map => "a mapping".to_owned(),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
            de::Unexpected::Str(s) => format!("the text `{s}`"),
            other => other.to_string(),
        };
        Self { hint, ..Self::custom(format!("expected {wanted}, found {found}")) }
    }
    fn invalid_value(found: de::Unexpected, expected: &dyn de::Expected) -> Self {
        if let de::Unexpected::Unsigned(i) = found {
            return Self::custom(format!("expected {}, found the number `{i}`", below(expected)));
        }
        Self::custom(format!("expected {}, found {found}", plain_words(expected)))
    }
}

/// What was expected where a whole number was found that is too large for it.
fn below(expected: &dyn de::Expected) -> String {
    let most = match expected.to_string().as_str() {
        "u8" => i64::from(u8::MAX),
        "u16" => i64::from(u16::MAX),
        "u32" => i64::from(u32::MAX),
        // As large as numbers of these files get.
        "usize" | "u64" => i64::MAX,
        _ => return plain_words(expected),
    };
    format!("a whole number from 0 to {most}")
}

/// What was expected, in words of people who do not write Rust.
fn plain_words(expected: &dyn de::Expected) -> String {
    match expected.to_string().as_str() {
        "usize" | "u64" | "u32" | "u16" | "u8" => "a whole number of at least 0".to_owned(),
        "i64" | "i32" => "a whole number".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        "bool" | "a boolean" => "true or false".to_owned(),
        "a string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        other if other.starts_with("struct ") => "a mapping".to_owned(),
        other => other.to_owned(),
    }
}

impl<'de> Deserializer<'de> for &Node {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Integer(i) if *i >= 0 => visitor.visit_u64(*i as u64),
            Value::Integer(i) => visitor.visit_i64(*i),
            Value::Float(x) => visitor.visit_f64(*x),
            Value::String(s) => visitor.visit_str(s),
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        }
        .map_err(|e| e.at(self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|e| e.at(self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match self.value {
            Value::Null => visitor.visit_map(Entries { entries: [].iter(), value: None }).map_err(|e| e.at(self)),
            Value::Sequence(_) => Err(<DeError as de::Error>::custom("expected a mapping, found a list").at(self)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_struct("", &[], visitor)
    }

    /// Nothing after a key is an empty list, as it is an empty mapping: what is left where every item is a comment.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match self.value {
            Value::Null => visitor.visit_seq(Items([].iter())).map_err(|e| e.at(self)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match &self.value {
            Value::String(s) => visitor.visit_enum(s.as_str().into_deserializer()),
            Value::Mapping(entries) if entries.len() == 1 => visitor
                .visit_enum(de::value::MapAccessDeserializer::new(Entries { entries: entries.iter(), value: None })),
            _ => Err(<DeError as de::Error>::custom(format!("expected a name, found {}", self.describe()))),
        }
        .map_err(|e| e.at(self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, DeError> {
        if name == LOCATED || name == RAW {
            CURRENT.set(Some(self.clone()));
        }
        visitor.visit_newtype_struct(self).map_err(|e| e.at(self))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = DeError;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeError> {
        self.0.next().map(|node| seed.deserialize(node).map_err(|e| e.at(node))).transpose()
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, (Node, Node)>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = DeError;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DeError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(key).map(Some).map_err(|e| if e.key.is_some() { e } else { e.at(key) })
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DeError> {
        let node = self.value.take().ok_or_else(|| <DeError as de::Error>::custom("a value without its key"))?;
        seed.deserialize(node).map_err(|e| e.at(node))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Split {
        #[serde(default)]
        share: f64,
        column: Option<Located<String>>,
        #[serde(default)]
        method: Method,
        params: Option<Node>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Method {
        #[default]
        Random,
        Stratified,
    }

    fn refuse(text: &str) -> Error {
        parse(text, "s.yaml").unwrap().get("split").unwrap().to::<Split>().unwrap_err()
    }

    #[test]
    fn errors_point_at_the_value_and_suggest() {
        let error = refuse("split:\n  sare: 0.2\n");
        assert_eq!(error.message(), "s.yaml:2:3: `split.sare`: unknown key");
        assert!(error.hint_text().unwrap().starts_with("did you mean `share`?"));
        assert_eq!(
            refuse("split: {share: much}").message(),
            "s.yaml:1:16: `split.share`: expected a number, found the text `much`"
        );
        let error = refuse("split:\n  method: stratifed\n");
        assert_eq!(error.message(), "s.yaml:2:11: `split.method`: unknown value `stratifed`");
        assert!(error.hint_text().unwrap().starts_with("did you mean `stratified`?"));
    }

    #[test]
    fn located_names_and_raw_nodes_keep_their_place() {
        let split: Split =
            parse("split: {column: agee, params: {a: [1]}}", "s.yaml").unwrap().get("split").unwrap().to().unwrap();
        let error = split.column.unwrap().find("column", &["age", "plan"]).unwrap_err();
        assert_eq!(error.message(), "s.yaml:1:17: `split.column`: column `agee` not found");
        assert_eq!(error.hint_text(), Some("did you mean `age`? columns: age, plan"));
        assert_eq!(split.params.unwrap().get("a").unwrap().location.path.as_ref(), "split.params.a");
    }
}
