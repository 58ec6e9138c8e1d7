//! When two values are the same to DVC: when Python's `==` says so.

use crate::yaml::{Node, Value};

/// Whether a parameter is unchanged: 3 equals 3.0 and `true` equals 1, a text no number; mappings may be in any order.
pub fn params_equal(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| params_equal(a, b))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| value_of(b, key).is_some_and(|other| params_equal(value, other)))
        }
        (a, b) => scalars_equal(a, b),
    }
}

/// The value of an equal key; mappings of the same origin have it at the same place, so that is looked at first.
fn value_of<'a>(entries: &'a [(Node, Node)], key: &Node) -> Option<&'a Node> {
    let wanted = key.key();
    entries.iter().find(|(other, _)| scalars_equal(&other.key(), &wanted)).map(|(_, value)| value)
}

fn scalars_equal(a: &Value, b: &Value) -> bool {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.equals(b),
        (None, None) => match (a, b) {
            (Value::Null, Value::Null) => true,
            (Value::String(a), Value::String(b)) => a == b,
            _ => false,
        },
        _ => false,
    }
}

#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    Real(f64),
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(truth) => Some(Number::Whole(i64::from(*truth))),
        Value::Integer(number) => Some(Number::Whole(*number)),
        Value::Float(number) => Some(Number::Real(*number)),
        _ => None,
    }
}

impl Number {
    #[allow(clippy::float_cmp, reason = "DVC compares exactly")]
    fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a == b,
            (Self::Real(a), Self::Real(b)) => a == b,
            (Self::Whole(whole), Self::Real(real)) | (Self::Real(real), Self::Whole(whole)) => {
                // Compared exactly, not as the nearest float: 2^53 + 1 is no float. 2^63 is none of i64.
                real.trunc() == real
                    && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&real)
                    && real as i64 == whole
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    /// Each pair by Python 3.11's `==` on what ruamel.yaml reads.
    #[test]
    fn values_are_equal_where_python_says_so() {
        for (a, b, expected) in [
            ("3", "3.0", true),
            ("012", "12", true),
            ("0.1", "'0.1'", false),
            ("1e-5", "0.00001", true),
            ("true", "1", true),
            ("false", "0.0", true),
            ("true", "2", false),
            ("true", "'true'", false),
            ("", "''", false),
            ("", "false", false),
            ("", "~", true),
            (".nan", ".nan", false),
            (".inf", ".inf", true),
            ("-0.0", "0", true),
            ("9007199254740993", "9007199254740992.0", false),
            ("9223372036854775807", "9223372036854775808.0", false),
            ("[1, 2]", "[1.0, 2]", true),
            ("[1, 2]", "[2, 1]", false),
            ("[]", "{}", false),
            ("{a: 1, b: [x]}", "{b: [x], a: true}", true),
            ("{a: 1}", "{a: 1, b: }", false),
            ("{1: a}", "{1.0: a}", true),
            ("{1: a}", "{'1': a}", false),
            ("{\"1\": a}", "{'1': a}", true),
        ] {
            let [a, b] = [a, b].map(|text| parse(text, "t").unwrap());
            assert_eq!(params_equal(&a, &b), expected, "{} {}", a.describe(), b.describe());
            assert_eq!(params_equal(&b, &a), expected, "{} {}", b.describe(), a.describe());
        }
    }
}
