//! Values as YAML in one line, as they are written by hand.

use serde_json::Value as Json;

use super::quote;

/// A text as a YAML scalar that every reader takes for text, those of YAML 1.1 among them.
pub fn scalar(text: &str) -> String {
    const WORDS: [&str; 8] = ["yes", "no", "on", "off", "y", "n", "true", "false"];
    if WORDS.contains(&text.to_lowercase().as_str()) {
        return format!("\"{text}\"");
    }
    let mut written = String::new();
    for c in quote(text).chars() {
        // What YAML does not take as it is.
        match c as u32 {
            0x7f..=0x9f | 0x2028 | 0x2029 | 0xfeff | 0xfffe | 0xffff => {
                written.push_str(&format!("\\u{:04x}", c as u32));
            }
            _ => written.push(c),
        }
    }
    written
}

/// Any value, mappings and lists in braces and brackets; numbers as YAML of every version reads them.
pub fn flow(value: &Json) -> String {
    match value {
        Json::String(text) => scalar(text),
        Json::Number(number) => {
            let text = number.to_string();
            match text.split_once('e') {
                Some((digits, power)) if !digits.contains('.') => format!("{digits}.0e{power}"),
                _ => text,
            }
        }
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::parse;

    #[test]
    fn numbers_are_numbers_in_every_yaml() {
        assert_eq!(
            ["1e-7", "0.1", "3", "1.5e-9"].map(|text| flow(&serde_json::from_str(text).unwrap())),
            ["1.0e-7", "0.1", "3", "1.5e-9"]
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let value =
            json!({"expression": {"name": "no", "value": "`a: b` / [c] # \"d\""}, "x": [1, null, true, "1", {}]});
        assert_eq!(parse(&flow(&value), "t").unwrap().to_json(), value);
    }
}
