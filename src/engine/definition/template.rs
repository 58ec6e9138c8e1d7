//! `${…}` in dvc.yaml, as DVC has it.

use super::expression::{Parsing, is_text, keys, options, scalar, step};
use crate::error::{Result, suggest};
use crate::yaml::{Node, Value};

/// The variables in scope.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    /// A mapping.
    root: &'a Node,
    /// What `foreach` and `matrix` bring; hides what is in the mapping.
    own: &'a [(&'static str, Node)],
    parsing: Parsing,
}

/// Where a text stands: this says what it may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `foreach` and `matrix`: a variable alone may be a list or a mapping.
    Data,
    /// `cmd`: a mapping inside a text becomes options.
    Command,
    /// All else: scalars.
    Definition,
}

impl<'a> Scope<'a> {
    pub(super) fn new(root: &'a Node, parsing: Parsing) -> Self {
        Self { root, own: &[], parsing }
    }

    /// This scope with the variables of one item.
    pub(super) fn with(&self, own: &'a [(&'static str, Node)]) -> Self {
        Self { own, ..self.clone() }
    }

    /// The list or mapping that `foreach` or `matrix` goes over.
    pub(super) fn data(&self, node: &Node) -> Result<Node> {
        self.resolve(node, Place::Data)
    }

    /// The definition of a stage.
    ///
    /// # Errors
    /// Exit code 2, pointing at the text: an unknown variable, or a list or mapping in the place of a text.
    pub(super) fn definition(&self, node: &Node) -> Result<Node> {
        let Value::Mapping(entries) = &node.value else { return self.resolve(node, Place::Definition) };
        let place = |key: &Node| if key.as_str() == Some("cmd") { Place::Command } else { Place::Definition };
        let resolve = |(key, value): &(Node, Node)| Ok((key.clone(), self.resolve(value, place(key))?));
        Ok(node.with(Value::Mapping(entries.iter().map(resolve).collect::<Result<_>>()?)))
    }

    fn resolve(&self, node: &Node, place: Place) -> Result<Node> {
        let value = match &node.value {
            Value::String(text) => return self.text(node, text, place),
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.resolve(item, place)).collect::<Result<_>>()?)
            }
            Value::Mapping(entries) => {
                let entry = |(key, value): &(Node, Node)| Ok((self.resolve(key, place)?, self.resolve(value, place)?));
                Value::Mapping(entries.iter().map(entry).collect::<Result<_>>()?)
            }
            other => other.clone(),
        };
        Ok(node.with(value))
    }

    fn text(&self, node: &Node, text: &str, place: Place) -> Result<Node> {
        let Some(first) = next(text) else {
            let plain = text.replace("\\${", "${");
            return Ok(node.with(Value::String(plain)));
        };
        // A text that is one variable and nothing else keeps the variable's type.
        if first.start == 0 && first.end == text.len() {
            let found = self.lookup(node, first.name)?;
            if place != Place::Data && scalar(found).is_none() {
                let message = format!("`${{{}}}` is {}; a text is expected", first.name, found.describe());
                return Err(node.error(message).hint("DVC puts lists and mappings into `foreach` and `matrix` alone"));
            }
            return Ok(node.with(found.value.clone()));
        }
        Ok(node.with(Value::String(self.splice(node, text, place)?)))
    }

    fn splice(&self, node: &Node, text: &str, place: Place) -> Result<String> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(found) = next(rest) {
            result.push_str(&rest[..found.start]);
            let value = self.lookup(node, found.name)?;
            match (&value.value, place) {
                (Value::Mapping(_), Place::Command) => result.push_str(&options(node, value, self.parsing)?),
                // DVC does not heed its settings here.
                (Value::Mapping(_), Place::Data) => result.push_str(&options(node, value, Parsing::default())?),
                _ => result.push_str(&scalar(value).ok_or_else(|| {
                    let what = format!("`${{{}}}` is {}", found.name, value.describe());
                    node.error(format!("{what} and cannot stand inside a text"))
                })?),
            }
            rest = &rest[found.end..];
        }
        result.push_str(rest);
        Ok(result.replace("\\${", "${"))
    }

    /// The variable `name`, such as `train.algorithms.rf` or `list[0].x`.
    fn lookup(&self, at: &Node, name: &str) -> Result<&Node> {
        let Some(path) = keys(name) else {
            return Err(at
                .error(format!("`${{{name}}}` is no variable"))
                .hint("write `${a.b}` or `${list[0]}`; `\\${` is a literal `${`"));
        };
        let own = self.own.iter().find(|(own, _)| path.first() == Some(own)).map(|(_, value)| (value, 1));
        let (mut found, known) = own.unwrap_or((self.root, 0));
        for key in &path[known..] {
            found = step(found, key).ok_or_else(|| self.unknown(at, name, key, found))?;
        }
        Ok(found)
    }

    fn unknown(&self, at: &Node, name: &str, key: &str, parent: &Node) -> crate::error::Error {
        let entries = parent.as_mapping().unwrap_or_default();
        let error = at.error(format!("`${{{name}}}`: no variable `{key}`"));
        if entries.iter().any(|(k, _)| k.as_str() == Some(key)) {
            return error.hint(format!("DVC knows no keys but texts: write `\"{key}\":` where it is defined"));
        }
        let mut names: Vec<&str> = entries.iter().filter(|(k, _)| is_text(k)).filter_map(|(k, _)| k.as_str()).collect();
        if std::ptr::eq(parent, self.root) {
            names.extend(self.own.iter().map(|(own, _)| own));
        }
        error.maybe_hint(suggest(key, "variables", &names).or_else(|| Some("name its file under `vars:`".to_owned())))
    }
}

/// A `${…}` in a text.
struct Found<'a> {
    start: usize,
    end: usize,
    name: &'a str,
}

/// The first `${…}`: on one line, without a backslash before it.
fn next(text: &str) -> Option<Found<'_>> {
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        from = start + 2;
        let escaped = text[..start].ends_with('\\');
        let end = text[from..].find(['}', '\n']).map(|at| from + at).filter(|&at| text[at..].starts_with('}'));
        if let (false, Some(end)) = (escaped, end) {
            return Some(Found { start, end: end + 1, name: &text[from..end] });
        }
    }
    None
}

/// Whether a text holds a template.
pub(super) fn is_templated(text: &str) -> bool {
    next(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn variables_become_what_dvc_makes_of_them() {
        let root =
            parse("a: {b: 1, t: true, n: null, f: 1e-5, g: 1e16, h: 2.0, l: [x, {y: z}], s: a b}\nkey: rf\n", "v")
                .unwrap();
        let scope = Scope::new(&root, Parsing::default());
        for (text, expected) in [
            ("x: m/${key}_${a.b}.bin", "m/rf_1.bin"),
            ("x: \"${a.t} ${a.n} ${a.f} ${a.g} ${a.h}\"", "true None 1e-05 1e+16 2.0"),
            ("x: ${a.l[1].y}-${a.l.0}-${ a . l[-1].y }", "z-x-z"),
            (r"x: \${key} $key ${key", "${key} $key ${key"),
            (r"x: a \${b} ${key}", "a ${b} rf"),
            ("x: \"${a\\n} ${key}\"", "${a\n} rf"),
            ("cmd: run ${a.b} ${a.l[1]}", "run 1 --y z"),
        ] {
            let resolved = scope.definition(&parse(text, "d").unwrap()).unwrap();
            assert_eq!(resolved.as_mapping().unwrap()[0].1.as_str(), Some(expected), "{text}");
        }
        let whole = scope.data(&parse("x: ${a.l}", "d").unwrap()).unwrap();
        assert_eq!(whole.get("x").unwrap().as_sequence().unwrap().len(), 2);
        let key = scope.definition(&parse("outs: [{\"out_${key}.csv\": {cache: false}}]", "d").unwrap()).unwrap();
        assert!(key.get("outs").unwrap().as_sequence().unwrap()[0].get("out_rf.csv").is_some());
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        let root = parse("train: {folds: 3}\n7: x", "v").unwrap();
        let scope = Scope::new(&root, Parsing::default());
        for (text, expected) in [
            ("x: ${train.fold}", "d:1:4: `x`: `${train.fold}`: no variable `fold`"),
            ("x: a${train}", "d:1:4: `x`: `${train}` is a mapping and cannot stand inside a text"),
            ("x: ${train}", "d:1:4: `x`: `${train}` is a mapping; a text is expected"),
            ("cmd: ${train}", "d:1:6: `cmd`: `${train}` is a mapping; a text is expected"),
            ("x: a${}", "d:1:4: `x`: `${}` is no variable"),
            ("x: ${7}", "d:1:4: `x`: `${7}`: no variable `7`"),
            ("x: [{y: \"a${z}\"}]", "d:1:9: `x[0].y`: `${z}`: no variable `z`"),
        ] {
            assert_eq!(scope.definition(&parse(text, "d").unwrap()).unwrap_err().message(), expected);
        }
    }
}
