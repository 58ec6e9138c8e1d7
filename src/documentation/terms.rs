//! A schema in words: what may be written, what is taken where nothing is, and what it means.

use serde_json::Value as Json;

/// One key of a mapping.
pub struct Key<'a> {
    /// Its name.
    pub name: &'a str,
    /// What may stand there.
    pub schema: &'a Json,
    /// Whether it must stand there.
    pub required: bool,
}

/// The keys of a mapping: the required ones in their order, then the others by name.
pub fn keys(schema: &Json) -> Vec<Key<'_>> {
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let key = |name: &str| properties.get_key_value(name).map(|(name, schema)| (name.as_str(), schema));
    let first = required.iter().filter_map(|name| key(name)).map(|(name, schema)| Key { name, schema, required: true });
    let others = properties.iter().filter(|(name, _)| !required.contains(&name.as_str()));
    first.chain(others.map(|(name, schema)| Key { name, schema, required: false })).collect()
}

/// What may be written, such as `whole number from 1 to 64 or null`.
pub fn kind(schema: &Json) -> String {
    let mut kinds = Vec::new();
    collect(schema, &mut kinds);
    // Where null is the default, it says no more than that the key may be left out.
    let optional = schema.get("default").is_none_or(Json::is_null);
    kinds.retain(|kind| kind != "null" || !optional);
    listed(kinds)
}

fn listed(mut kinds: Vec<String>) -> String {
    match kinds.pop() {
        None => "anything".to_owned(),
        Some(last) if kinds.is_empty() => last,
        Some(last) => format!("{} or {last}", kinds.join(", ")),
    }
}

fn collect(schema: &Json, kinds: &mut Vec<String>) {
    let mut add = |kind: String| {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    };
    if let Some(value) = schema.get("const") {
        return add(value_text(value));
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(value_text).for_each(add);
    }
    for way in alternatives(schema) {
        collect(way, kinds);
    }
    let types = match &schema["type"] {
        Json::Array(types) => types.iter().filter_map(Json::as_str).collect(),
        one => Vec::from_iter(one.as_str()),
    };
    for name in types {
        // A mapping without keys is the mapping of all defaults, which the reader need not be told again.
        if name == "null" && schema.get("additionalProperties").is_some() {
            continue;
        }
        if name == "boolean" {
            kinds.extend(["`true`".to_owned(), "`false`".to_owned()]);
            continue;
        }
        let kind = match name {
            "integer" => with_bounds("whole number", schema),
            "number" => with_bounds("number", schema),
            "string" => "text".to_owned(),
            "array" => of("list", &schema["items"]),
            "object" if schema.get("properties").is_some() => "mapping".to_owned(),
            "object" => of("mapping", &schema["additionalProperties"]),
            other => other.to_owned(),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
}

/// The ways to write a value; conditions on the keys of a mapping are none.
pub fn alternatives(schema: &Json) -> impl Iterator<Item = &Json> {
    let ways = schema["oneOf"].as_array().into_iter().chain(schema["anyOf"].as_array()).flatten();
    ways.filter(|way| way.get("required").is_none() || way.get("properties").is_some())
}

fn of(collection: &str, item: &Json) -> String {
    match kind(item).as_str() {
        "anything" => collection.to_owned(),
        item @ ("text" | "number" | "mapping") => format!("{collection} of {item}s"),
        item => format!("{collection} of {item}"),
    }
}

fn with_bounds(name: &str, schema: &Json) -> String {
    let bound = |key: &str| schema.get(key).map(number_text);
    let low = match (bound("minimum"), bound("exclusiveMinimum")) {
        (Some(low), _) => Some((low, false)),
        (None, low) => low.map(|low| (low, true)),
    };
    let high = match (bound("maximum"), bound("exclusiveMaximum")) {
        (Some(high), _) => Some((high, false)),
        (None, high) => high.map(|high| (high, true)),
    };
    match (low, high) {
        (None, None) => name.to_owned(),
        (Some((low, false)), None) => format!("{name} ≥ {low}"),
        (Some((low, true)), None) => format!("{name} > {low}"),
        (None, Some((high, false))) => format!("{name} ≤ {high}"),
        (None, Some((high, true))) => format!("{name} < {high}"),
        (Some((low, false)), Some((high, false))) => format!("{name} from {low} to {high}"),
        (Some((low, open)), Some((high, shut))) => {
            let (below, above) = (if open { ">" } else { "≥" }, if shut { "<" } else { "≤" });
            format!("{name} {below} {low} and {above} {high}")
        }
    }
}

fn number_text(value: &Json) -> String {
    match value.as_f64() {
        Some(x) if x.fract() == 0.0 => format!("{x:.0}"),
        _ => value.to_string(),
    }
}

/// A value as it stands in YAML, in backticks.
fn value_text(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// The default as it may be written in YAML.
pub fn default(key: &Key) -> String {
    match key.schema.get("default") {
        _ if key.required => "required".to_owned(),
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{}`", flow(value)),
    }
}

/// YAML on one line, with texts quoted where they would read as something else.
fn flow(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Json::String(text) if is_plain(text) => text.clone(),
        Json::Number(number) => number_text(&Json::Number(number.clone())),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word && !["null", "true", "false", "nan", "none", "na"].contains(&text.to_ascii_lowercase().as_str())
}

/// What it means: the description, and what the allowed values do.
pub fn meaning(schema: &Json) -> String {
    let mut meaning = schema["description"].as_str().unwrap_or_default().to_owned();
    explain(schema, &mut meaning);
    for part in ["items", "additionalProperties"] {
        explain(&schema[part], &mut meaning);
    }
    meaning
}

fn explain(schema: &Json, meaning: &mut String) {
    for way in alternatives(schema) {
        match way["description"].as_str() {
            Some(description) if alternatives(way).next().is_none() => {
                let mut kinds = Vec::new();
                collect(way, &mut kinds);
                meaning.push_str(&format!("<br>{}: {}", listed(kinds), lower(description.trim_end_matches('.'))));
            }
            _ => explain(way, meaning),
        }
    }
}

/// Without the capital of a sentence.
fn lower(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    let sentence = characters.clone().next().is_none_or(|second| second == ' ' || second.is_lowercase());
    match first {
        Some(first) if sentence => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}
