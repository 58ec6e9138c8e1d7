//! Requests as clients write them.

use serde_json::Value as Json;

/// Stands for the place of the server.
pub const HERE: &str = "{here}";
/// That place, where the page does not know better.
pub const DEFAULT: &str = "http://localhost:8000";

/// `POST /predict` by id, language and code.
pub fn predict(record: &Json) -> [(&'static str, &'static str, String); 3] {
    let pretty = serde_json::to_string_pretty(record).unwrap_or_default();
    let python = format!(
        "import json\nimport urllib.request\n\nrecord = {}\nrequest = urllib.request.Request(\n    \"{HERE}/predict\",\n    data=json.dumps(record).encode(),\n    headers={{\"content-type\": \"application/json\"}},\n)\nwith urllib.request.urlopen(request) as reply:\n    print(json.load(reply)[\"prediction\"])\n",
        python(record)
    );
    // As the key of a literal it would name what the object is made after.
    let pretty = pretty.replace("\n  \"__proto__\": ", "\n  [\"__proto__\"]: ");
    let script = format!(
        "const record = {pretty};\nconst reply = await fetch(\"{HERE}/predict\", {{\n  method: \"POST\",\n  headers: {{ \"content-type\": \"application/json\" }},\n  body: JSON.stringify(record),\n}});\nconsole.log((await reply.json()).prediction);\n"
    );
    [
        ("example-curl", "curl", curl("/predict", "post", Some(record))),
        ("example-python", "Python", python),
        ("example-javascript", "JavaScript", script),
    ]
}

/// A request with curl.
pub fn curl(path: &str, verb: &str, body: Option<&Json>) -> String {
    let is_usual = verb == if body.is_some() { "post" } else { "get" };
    let method = if is_usual { String::new() } else { format!(" -X {}", verb.to_uppercase()) };
    match body {
        Some(body) => {
            let text = body.to_string().replace('\'', r"'\''");
            format!("curl -s{method} {HERE}{path} \\\n  -H 'content-type: application/json' \\\n  -d '{text}'\n")
        }
        None => format!("curl -s{method} {HERE}{path}\n"),
    }
}

/// An object of plain values as a dictionary of Python.
fn python(record: &Json) -> String {
    let literal = |value: &Json| match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        // JSON's escapes are Python's too, but for pairs of surrogates, which serde_json does not write.
        other => other.to_string(),
    };
    let entries = record.as_object().into_iter().flatten();
    let lines: String =
        entries.map(|(name, value)| format!("    {}: {},\n", Json::from(name.as_str()), literal(value))).collect();
    format!("{{\n{lines}}}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_cannot_leave_their_quotes() {
        let record = json!({ "a'b\"": "x'; rm -rf / #\\", "c": null, "d": true });
        let code = curl("/predict", "post", Some(&record));
        assert!(code.contains(r#"-d '{"a'\''b\"":"x'\''; rm -rf / #\\","c":null,"d":true}'"#), "{code}");
        let [_, (_, _, code), _] = predict(&record);
        assert!(
            code.contains("    \"a'b\\\"\": \"x'; rm -rf / #\\\\\",\n    \"c\": None,\n    \"d\": True,\n"),
            "{code}"
        );
        let [_, _, (_, _, code)] = predict(&json!({ "__proto__": 1 }));
        assert!(code.contains("  [\"__proto__\"]: 1\n"), "{code}");
        assert_eq!(curl("/ping", "get", None), "curl -s {here}/ping\n");
    }
}
