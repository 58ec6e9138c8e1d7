//! A value of JSON as the raw text that a table would hold in its place: the same for a file and for a request.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain<'a> {
    /// `null`: missing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 on.
    Unsigned(u64),
    /// A whole number below 0.
    Signed(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list, which is no value of a record.
    List,
    /// An object, which is none either.
    Object,
}

impl Plain<'_> {
    /// What JSON calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Plain::Null => "null",
            Plain::Bool(_) => "boolean",
            Plain::Unsigned(_) | Plain::Signed(_) | Plain::Float(_) => "number",
            Plain::Text(_) => "string",
            Plain::List => "list",
            Plain::Object => "object",
        }
    }

    /// The raw text; none for what is missing, and for a list or an object. A fraction is written with a comma where
    /// the table's own numbers are: JSON writes a point, and it is to be the same number.
    pub fn text<'t>(&'t self, decimal_comma: bool, buffer: &'t mut String) -> Option<&'t str> {
        buffer.clear();
        match self {
            Plain::Null | Plain::List | Plain::Object => return None,
            Plain::Bool(value) => return Some(if *value { "true" } else { "false" }),
            Plain::Text(text) => return Some(text),
            Plain::Unsigned(value) => buffer.push_str(itoa::Buffer::new().format(*value)),
            Plain::Signed(value) => buffer.push_str(itoa::Buffer::new().format(*value)),
            Plain::Float(value) => {
                let mut digits = ryu::Buffer::new();
                let text = digits.format(*value);
                if decimal_comma {
                    buffer.push_str(&text.replace('.', ","));
                } else {
                    buffer.push_str(text);
                }
            }
        }
        Some(buffer)
    }
}

impl<'de> Deserialize<'de> for Plain<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(PlainVisitor)
    }
}

/// Makes a value of what a reader of JSON finds.
pub struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain<'de>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a plain value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Plain::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Plain::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Plain::Unsigned(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Plain::Signed(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Plain::Float(value))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Plain::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Plain::Text(Cow::Borrowed(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Plain::List)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Plain::Object)
    }
}

/// A key, borrowed where it holds no escapes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Key<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_str(KeyVisitor).map(Key)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_the_text_that_a_table_holds() {
        for (json, name, point, comma) in [
            ("null", "null", None, None),
            ("true", "boolean", Some("true"), Some("true")),
            ("18446744073709551615", "number", Some("18446744073709551615"), Some("18446744073709551615")),
            ("-3", "number", Some("-3"), Some("-3")),
            ("1.50", "number", Some("1.5"), Some("1,5")),
            ("1e3", "number", Some("1000.0"), Some("1000,0")),
            ("123456789012345678901", "number", Some("1.2345678901234568e20"), Some("1,2345678901234568e20")),
            (r#""007""#, "string", Some("007"), Some("007")),
            (r#""a\nb""#, "string", Some("a\nb"), Some("a\nb")),
            (r#"[1, {"a": [2]}]"#, "list", None, None),
            (r#"{"a": {"b": 1}}"#, "object", None, None),
        ] {
            let value: Plain = serde_json::from_str(json).unwrap();
            let mut buffer = String::new();
            assert_eq!(value.name(), name, "{json}");
            assert_eq!(value.text(false, &mut buffer), point, "{json}");
            assert_eq!(value.text(true, &mut buffer), comma, "{json}");
        }
        for broken in ["NaN", "Infinity", "007", "1e999", "'a'", "[1"] {
            assert!(serde_json::from_str::<Plain>(broken).is_err(), "{broken}");
        }
    }
}
