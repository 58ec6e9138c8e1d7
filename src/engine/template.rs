//! `${…}` in dvc.yaml, as DVC has it.

use crate::error::{Result, suggest};
use crate::yaml::{Node, Value};

/// The variables in scope.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// A mapping.
    root: Node,
}

impl Scope {
    pub(super) fn new(root: Node) -> Self {
        Self { root }
    }

    /// This scope with further variables, which hide those of the same name.
    pub(super) fn with(&self, variables: Vec<(&str, Node)>) -> Self {
        let mut root = self.root.clone();
        if let Value::Mapping(entries) = &mut root.value {
            for (name, value) in variables {
                entries.retain(|(key, _)| key.as_str() != Some(name));
                entries.push((Node::new(Value::String(name.to_owned())), value));
            }
        }
        Self { root }
    }

    /// A copy of `node` with every `${…}` in its texts and keys resolved.
    ///
    /// # Errors
    /// Exit code 2, pointing at the text: an unknown variable, or a list or mapping inside a text.
    pub(super) fn resolve(&self, node: &Node) -> Result<Node> {
        let value = match &node.value {
            Value::String(text) => return self.resolve_text(node, text),
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.resolve(item)).collect::<Result<_>>()?)
            }
            Value::Mapping(entries) => Value::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| Ok((self.resolve(key)?, self.resolve_under(key, value)?)))
                    .collect::<Result<_>>()?,
            ),
            other => other.clone(),
        };
        Ok(Node { value, ..node.clone() })
    }

    /// In `cmd` alone a mapping may stand inside a text: it becomes options.
    fn resolve_under(&self, key: &Node, value: &Node) -> Result<Node> {
        if key.as_str() != Some("cmd") {
            return self.resolve(value);
        }
        let command = |node: &Node| match &node.value {
            Value::String(text) => Ok(Node { value: Value::String(self.splice(node, text, true)?), ..node.clone() }),
            _ => Err(node.error(format!("expected a command, found {}", node.describe()))),
        };
        match &value.value {
            Value::Sequence(items) => {
                Ok(Node { value: Value::Sequence(items.iter().map(command).collect::<Result<_>>()?), ..value.clone() })
            }
            _ => command(value),
        }
    }

    fn resolve_text(&self, node: &Node, text: &str) -> Result<Node> {
        // A text that is one variable and nothing else keeps the variable's type.
        if let Some(name) =
            text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|name| !name.contains(['{', '}']))
        {
            let found = self.lookup(node, name)?;
            return Ok(Node { value: found.value.clone(), location: node.location.clone(), span: node.span.clone() });
        }
        Ok(Node { value: Value::String(self.splice(node, text, false)?), ..node.clone() })
    }

    fn splice(&self, node: &Node, text: &str, command: bool) -> Result<String> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            let body = from.get(2..).unwrap_or_default();
            if let Some(before) = before.strip_suffix('\\') {
                result.push_str(before);
                result.push_str("${");
                rest = body;
                continue;
            }
            let Some(end) = body.find('}') else {
                return Err(node.error("`${` without its `}`").hint("write `\\${` for a literal one"));
            };
            let (name, after) = body.split_at(end);
            let found = self.lookup(node, name)?;
            result.push_str(before);
            match (&found.value, command) {
                (Value::Mapping(_), true) => result.push_str(&options(found).join(" ")),
                _ => result.push_str(&scalar(found).ok_or_else(|| {
                    node.error(format!("`${{{name}}}` is {} and cannot stand inside a text", found.describe()))
                })?),
            }
            rest = after.get(1..).unwrap_or_default();
        }
        result.push_str(rest);
        Ok(result)
    }

    /// The variable `name`, such as `train.algorithms.rf` or `list[0].x`.
    pub(super) fn lookup(&self, at: &Node, name: &str) -> Result<&Node> {
        let mut found = &self.root;
        let path = name.trim().replace('[', ".").replace(']', "");
        for part in path.split('.') {
            let next = match &found.value {
                Value::Sequence(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => found.get(part),
            };
            found = next.ok_or_else(|| {
                let keys: Vec<&str> =
                    found.as_mapping().unwrap_or_default().iter().filter_map(|(k, _)| k.as_str()).collect();
                at.error(format!("`${{{name}}}`: no variable `{part}`")).maybe_hint(
                    suggest(part, "variables", &keys).or_else(|| Some("name its file under `vars:`".to_owned())),
                )
            })?;
        }
        Ok(found)
    }
}

/// A scalar as Python prints it, since DVC does.
pub(super) fn scalar(node: &Node) -> Option<String> {
    Some(match &node.value {
        Value::Null => "None".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Integer(i) => i.to_string(),
        Value::Float(x) => float(*x),
        Value::String(text) => text.clone(),
        Value::Sequence(_) | Value::Mapping(_) => return None,
    })
}

/// A number as Python's `repr` has it: the shortest digits, an exponent of two digits or more
/// below 1e-4 and from 1e16 on.
fn float(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = x.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{x:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{x:?}")
}

/// A mapping as command-line options: `{x: 1, flag: true}` is `--x 1 --flag`, nested keys are dotted.
fn options(node: &Node) -> Vec<String> {
    fn walk(prefix: &str, node: &Node, result: &mut Vec<String>) {
        match &node.value {
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    let key = key.as_str().unwrap_or_default();
                    let name = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
                    walk(&name, value, result);
                }
            }
            Value::Bool(true) => result.push(format!("--{prefix}")),
            Value::Bool(false) => {}
            Value::Sequence(items) => {
                result.push(format!("--{prefix}"));
                result.extend(items.iter().filter_map(scalar).map(|text| quote(&text)));
            }
            _ => {
                result.push(format!("--{prefix}"));
                result.extend(scalar(node).map(|text| quote(&text)));
            }
        }
    }
    let mut result = Vec::new();
    walk("", node, &mut result);
    result
}

/// A word for the shell, as Python's `shlex.quote` has it.
fn quote(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\"'\"'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn variables_become_what_dvc_makes_of_them() {
        let scope = Scope::new(
            parse("a: {b: 1, t: true, n: null, f: 1e-5, g: 1e16, h: 2.0, l: [x, {y: z}], s: a b}\nkey: rf\n", "v")
                .unwrap(),
        );
        for (text, expected) in [
            ("x: m/${key}_${a.b}.bin", "m/rf_1.bin"),
            ("x: \"${a.t} ${a.n} ${a.f} ${a.g} ${a.h}\"", "true None 1e-05 1e+16 2.0"),
            ("x: ${a.l[1].y}-${a.l[0]}", "z-x"),
            (r"x: \${key} $key", "${key} $key"),
            ("cmd: run ${a.b} ${a}", "run 1 --b 1 --t --n None --f 1e-05 --g 1e+16 --h 2.0 --l x --s 'a b'"),
        ] {
            let resolved = scope.resolve(&parse(text, "d").unwrap()).unwrap();
            assert_eq!(resolved.as_mapping().unwrap()[0].1.as_str(), Some(expected), "{text}");
        }
        let whole = scope.resolve(&parse("x: ${a.l}", "d").unwrap()).unwrap();
        assert_eq!(whole.get("x").unwrap().as_sequence().unwrap().len(), 2);
        let key = scope.resolve(&parse("out_${key}.csv: {cache: false}", "d").unwrap()).unwrap();
        assert!(key.get("out_rf.csv").is_some());
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        let scope = Scope::new(parse("train: {folds: 3}", "v").unwrap());
        for (text, expected) in [
            ("x: ${train.fold}", "d:1:4: `x`: `${train.fold}`: no variable `fold`"),
            ("x: a${train}", "d:1:4: `x`: `${train}` is a mapping and cannot stand inside a text"),
            ("x: a${train", "d:1:4: `x`: `${` without its `}`"),
        ] {
            assert_eq!(scope.resolve(&parse(text, "d").unwrap()).unwrap_err().message(), expected);
        }
    }
}
