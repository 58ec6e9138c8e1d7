//! What a plain scalar is: the YAML 1.2 core schema as DVC's reader, ruamel.yaml, has it.

use super::node::Value;

/// What a plain scalar means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number: `012` is 12, `1_000` is 1000, `0o17`, `0x1f` and `0b1` have their bases.
    Integer,
    /// Any other number: `1e-5` is one, `.5e3` is none, since its exponent has no sign.
    Float,
    /// A date or a time, which DVC takes for no text.
    Timestamp,
    /// `<<`: the entries of another mapping.
    Merge,
    /// `=`, which other readers know for a default value.
    Default,
    /// Anything else; `yes` and `on` among it.
    Text,
}

/// What the plain scalar `text` means.
pub fn kind(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Bool,
        "<<" => Kind::Merge,
        "=" => Kind::Default,
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => Kind::Text,
        _ if is_float(text) => Kind::Float,
        _ if is_integer(text) => Kind::Integer,
        _ if is_timestamp(text) => Kind::Timestamp,
        _ => Kind::Text,
    }
}

/// The value of a plain scalar; dates stay the text they are.
pub fn plain(text: &str) -> Value {
    let value = match kind(text) {
        Kind::Null => Some(Value::Null),
        Kind::Bool => Some(Value::Bool(text.starts_with(['t', 'T']))),
        Kind::Integer => integer(text),
        Kind::Float => float(text).map(Value::Float),
        Kind::Timestamp | Kind::Merge | Kind::Default | Kind::Text => None,
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// A number too wide for 64 bits becomes the nearest other number.
fn integer(text: &str) -> Option<Value> {
    let digits = text.replace('_', "");
    let (sign, rest) = signed(&digits);
    let radix = |digits: &str, radix| i64::from_str_radix(&format!("{sign}{digits}"), radix).ok().map(Value::Integer);
    match rest.get(..2) {
        Some("0b") => radix(&rest[2..], 2),
        Some("0o") => radix(&rest[2..], 8),
        Some("0x") => radix(&rest[2..], 16),
        _ => radix(rest, 10).or_else(|| digits.parse().ok().map(Value::Float)),
    }
}

fn float(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    match signed(&digits) {
        ("-", ".inf" | ".Inf" | ".INF") => Some(f64::NEG_INFINITY),
        (_, ".inf" | ".Inf" | ".INF") => Some(f64::INFINITY),
        (_, ".nan" | ".NaN" | ".NAN") => Some(f64::NAN),
        _ => digits.parse().ok(),
    }
}

/// The sign, if any, and the rest.
fn signed(text: &str) -> (&str, &str) {
    text.split_at(usize::from(text.starts_with(['+', '-'])))
}

fn is_integer(text: &str) -> bool {
    let all =
        |digits: &str, allowed: fn(char) -> bool| !digits.is_empty() && digits.chars().all(|c| c == '_' || allowed(c));
    let (_, rest) = signed(text);
    let based = match rest.get(..2) {
        Some("0b") => all(&rest[2..], |c| matches!(c, '0' | '1')),
        Some("0o") => all(&rest[2..], |c| c.is_digit(8)),
        Some("0x") => all(&rest[2..], |c| c.is_ascii_hexdigit()),
        _ => false,
    };
    based || all(rest, |c| c.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    let (sign, rest) = signed(text);
    match rest {
        ".inf" | ".Inf" | ".INF" => return true,
        ".nan" | ".NaN" | ".NAN" => return sign.is_empty(),
        _ => {}
    }
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (whole, rest) = rest.split_at(digits(rest));
    if whole.starts_with('_') {
        return false;
    }
    match rest.strip_prefix('.') {
        Some(rest) => {
            let (part, rest) = rest.split_at(digits(rest));
            rest.is_empty() && (!whole.is_empty() || !part.is_empty())
                || !whole.is_empty() && is_exponent(rest, false)
                || !part.is_empty() && is_exponent(rest, true)
        }
        None => !whole.is_empty() && is_exponent(rest, false),
    }
}

fn is_exponent(text: &str, needs_sign: bool) -> bool {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return false };
    let (sign, digits) = signed(rest);
    let missing = digits.is_empty() || (needs_sign && sign.is_empty());
    !missing && digits.chars().all(|c| c.is_ascii_digit())
}

fn is_timestamp(text: &str) -> bool {
    is_date(text) || is_time(text).is_some()
}

/// `2024-01-31`; without a time, months and days have two digits.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

/// `2024-1-31 12:00:00.5 +01:00` and the like.
fn is_time(text: &str) -> Option<()> {
    let rest = digits(text, 4, 4)?.strip_prefix('-')?;
    let rest = digits(digits(rest, 1, 2)?.strip_prefix('-')?, 1, 2)?;
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None if rest.starts_with([' ', '\t']) => rest.trim_start_matches([' ', '\t']),
        None => return None,
    };
    let rest = digits(digits(rest, 1, 2)?.strip_prefix(':')?, 2, 2)?;
    let rest = digits(rest.strip_prefix(':')?, 2, 2)?;
    let rest = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = rest.trim_start_matches([' ', '\t']);
    let end = match zone.strip_prefix(['+', '-']) {
        Some(zone) => {
            let rest = digits(zone, 1, 2)?;
            rest.strip_prefix(':').map_or(Some(rest), |minutes| digits(minutes, 2, 2))?
        }
        None if zone == "Z" => "",
        None => rest,
    };
    end.is_empty().then_some(())
}

/// What follows `least` to `most` digits.
fn digits(text: &str, least: usize, most: usize) -> Option<&str> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count >= least).then(|| text.get(count..)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ruamel.yaml 0.19.1 resolves each of them to (`YAML(typ="safe").load`).
    #[test]
    fn plain_scalars_are_what_dvc_reads() {
        let text = |text: &str| Value::String(text.to_owned());
        for (source, value) in [
            ("12", Value::Integer(12)),
            ("012", Value::Integer(12)),
            ("1_000", Value::Integer(1000)),
            ("+_1", Value::Integer(1)),
            ("_1", text("_1")),
            ("-3", Value::Integer(-3)),
            ("0o17", Value::Integer(15)),
            ("-0o17", Value::Integer(-15)),
            ("0o8", text("0o8")),
            ("0b101", Value::Integer(5)),
            ("0x_fF", Value::Integer(255)),
            ("0X1f", text("0X1f")),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
            ("1e-5", Value::Float(1e-5)),
            ("1_0e2", Value::Float(1000.0)),
            ("1.", Value::Float(1.0)),
            (".5", Value::Float(0.5)),
            (".5e3", text(".5e3")),
            (".5e+3", Value::Float(500.0)),
            ("1.5E3", Value::Float(1500.0)),
            ("1e400", Value::Float(f64::INFINITY)),
            ("-.inf", Value::Float(f64::NEG_INFINITY)),
            ("-.nan", text("-.nan")),
            ("yes", text("yes")),
            ("tRue", text("tRue")),
            ("True", Value::Bool(true)),
            ("12:30", text("12:30")),
            ("2024-01-31", text("2024-01-31")),
            ("1.2.3", text("1.2.3")),
            (".", text(".")),
            ("-", text("-")),
            ("~", Value::Null),
        ] {
            assert_eq!(plain(source), value, "{source}");
        }
        assert!(matches!(plain(".nan"), Value::Float(x) if x.is_nan()));
    }

    #[test]
    fn dates_and_signs_are_no_text_to_dvc() {
        for (source, expected) in [
            ("2024-01-31", Kind::Timestamp),
            ("2024-1-31", Kind::Text),
            ("2024-1-31 1:02:03", Kind::Timestamp),
            ("2024-01-31T01:02:03.25Z", Kind::Timestamp),
            ("2024-01-31\t01:02:03 +1:30", Kind::Timestamp),
            ("2024-01-31 01:02", Kind::Text),
            ("2024-01-31 01:02:03 +1:3", Kind::Text),
            ("2024-01-31é", Kind::Text),
            ("<<", Kind::Merge),
            ("=", Kind::Default),
            ("._", Kind::Float),
            ("0b_", Kind::Integer),
        ] {
            assert_eq!(kind(source), expected, "{source}");
        }
    }
}
