//! Numbers and JSON as Python writes them, since DVC hashes and stores what Python wrote.

use sha2::{Digest, Sha256};

use crate::yaml::{Node, Value};

/// A number as Python's `repr` has it: the shortest digits, an exponent of two digits or more
/// below 1e-4 and from 1e16 on.
pub fn float(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x.is_infinite() {
        return format!("{sign}inf");
    }
    let (digits, point) = decimal(x.abs());
    let (first, rest) = digits.split_at(1);
    if !(-3..=16).contains(&point) {
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = point - 1;
        return format!("{sign}{first}{dot}{rest}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    let places = usize::try_from(point).unwrap_or_default();
    match digits.split_at_checked(places) {
        _ if point <= 0 => format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        Some((whole, part)) if !part.is_empty() => format!("{sign}{whole}.{part}"),
        _ => format!("{sign}{digits}{}.0", "0".repeat(places - digits.len())),
    }
}

/// The shortest digits that mean this number, and how many of them stand before the point.
///
/// Of two that are equally short and near, Python takes the even one, as `ryu` does and `format!` does not.
fn decimal(x: f64) -> (String, i32) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(x);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{part}");
    let digits = all.trim_start_matches('0');
    let point = (whole.len() + digits.len()) as i32 - all.len() as i32 + exponent.parse::<i32>().unwrap_or_default();
    match digits.trim_end_matches('0') {
        "" => ("0".to_owned(), 1),
        digits => (digits.to_owned(), point),
    }
}

/// The hash of `json.dumps(value, sort_keys=True)` without the keys in `left_out`, at any depth.
pub(super) fn sha256(node: &Node, left_out: &[&str]) -> String {
    Sha256::digest(json(node, left_out)).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn json(node: &Node, left_out: &[&str]) -> String {
    let mut text = String::new();
    write(node, left_out, &mut text);
    text
}

fn write(node: &Node, left_out: &[&str], text: &mut String) {
    match &node.value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Integer(number) => text.push_str(&number.to_string()),
        Value::Float(number) => text.push_str(&json_float(*number)),
        Value::String(string) => quote(string, text),
        Value::Sequence(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write(item, left_out, text);
            }
            text.push(']');
        }
        Value::Mapping(entries) => {
            text.push('{');
            for (index, (key, value)) in sorted(entries, left_out).into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                quote(key.text(), text);
                text.push_str(": ");
                write(value, left_out, text);
            }
            text.push('}');
        }
    }
}

fn json_float(x: f64) -> String {
    match x {
        _ if x.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => float(x),
    }
}

/// Keys as Python orders them: numbers by size, texts by code point.
fn sorted<'a>(entries: &'a [(Node, Node)], left_out: &[&str]) -> Vec<(Key, &'a Node)> {
    let mut sorted: Vec<(Key, &Node)> = entries
        .iter()
        .map(|(key, value)| (Key::of(key), value))
        .filter(|(key, _)| !matches!(key, Key::Text(text) if left_out.contains(&text.as_str())))
        .collect();
    sorted.sort_by(|(a, _), (b, _)| a.order(b));
    sorted
}

enum Key {
    /// Its value and how JSON names it.
    Number(f64, String),
    Text(String),
}

impl Key {
    fn of(key: &Node) -> Self {
        match key.key() {
            Value::Integer(number) => Self::Number(number as f64, number.to_string()),
            Value::Float(number) => Self::Number(number, json_float(number)),
            Value::Bool(truth) => Self::Number(f64::from(u8::from(truth)), truth.to_string()),
            Value::String(text) => Self::Text(text),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => Self::Number(f64::NEG_INFINITY, "null".to_owned()),
        }
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Number(a, _), Self::Number(b, _)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            // Python refuses to order these.
            (Self::Number(..), Self::Text(_)) => std::cmp::Ordering::Less,
            (Self::Text(_), Self::Number(..)) => std::cmp::Ordering::Greater,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Number(_, text) | Self::Text(text) => text,
        }
    }
}

/// ASCII alone; what lies outside is written in UTF-16.
fn quote(string: &str, text: &mut String) {
    text.push('"');
    for unit in string.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some('"') => text.push_str("\\\""),
            Some('\\') => text.push_str("\\\\"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some('\t') => text.push_str("\\t"),
            Some('\u{8}') => text.push_str("\\b"),
            Some('\u{c}') => text.push_str("\\f"),
            Some(c @ ' '..='~') => text.push(c),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    /// By `repr` of Python 3.11.
    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (x, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (0.1, "0.1"),
            (-12.5, "-12.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.234_567_890_123_456_7e20, "1.2345678901234567e+20"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            // Both .2 and .3 are as near.
            (4_543_107_468_817_533.0 / 4.0, "1135776867204383.2"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(float(x), expected);
        }
    }

    /// By `json.dumps(..., sort_keys=True)` of Python 3.11 on what ruamel.yaml reads.
    #[test]
    fn json_is_written_as_python_writes_it() {
        for (yaml, expected) in [
            (
                "{b: [1, 1.0, 1e-5, true, null], a: .nan, c: -.inf}",
                r#"{"a": NaN, "b": [1, 1.0, 1e-05, true, null], "c": -Infinity}"#,
            ),
            ("{size: 1, x: {size: 2, y: [{nfiles: 3, z: 4}]}}", r#"{"x": {"y": [{"z": 4}]}}"#),
            ("{10: a, 9: b}", r#"{"9": "b", "10": "a"}"#),
            ("{'10': a, '9': b}", r#"{"10": "a", "9": "b"}"#),
            ("{2.5: a, true: b, -1: c}", r#"{"-1": "c", "true": "b", "2.5": "a"}"#),
            (r#"{k: "é😀\x7f\t\"\\/\0"}"#, r#"{"k": "\u00e9\ud83d\ude00\u007f\t\"\\/\u0000"}"#),
            ("{}", "{}"),
        ] {
            assert_eq!(json(&parse(yaml, "t").unwrap(), &["size", "nfiles"]), expected);
        }
    }
}
