//! The variables of a dvc.yaml: which files they come from, and which of them its stages use.

use std::collections::BTreeSet;

use crate::yaml::{Node, Value};

/// The files named under `vars`; none where that cannot be told without resolving dvc.yaml.
pub(super) fn variables(node: &Node) -> Option<Vec<String>> {
    let stages = node.get("stages").and_then(Node::as_mapping).unwrap_or_default();
    if stages.iter().any(|(_, stage)| stage.get("vars").or_else(|| stage.at("do.vars")).is_some()) {
        return None;
    }
    let items = node.get("vars").and_then(Node::as_sequence).unwrap_or_default();
    let files: Vec<&str> = items.iter().filter_map(Node::as_str).collect();
    let name = |file: &&str| file.split(':').next().unwrap_or_default().to_owned();
    (!files.iter().any(|file| file.contains("${"))).then(|| files.iter().map(name).collect())
}

/// The variables that stages use, dotted; those a `foreach` goes over belong to no single stage.
pub(super) fn used(node: &Node) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(stages) = node.get("stages") {
        collect(stages, &mut found);
    }
    found
}

fn collect(node: &Node, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::String(text) => found.extend(names(text)),
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Mapping(entries) => {
            for (key, value) in entries {
                if !matches!(key.as_str(), Some("foreach" | "matrix" | "vars")) {
                    collect(key, found);
                    collect(value, found);
                }
            }
        }
        _ => {}
    }
}

/// The names in `${…}`; a `\${` is none.
fn names(text: &str) -> Vec<String> {
    let literal = |at: usize| text[..at].ends_with('\\');
    let starts = text.match_indices("${").filter(|(at, _)| !literal(*at));
    let name = |(at, _): (usize, &str)| text[at + 2..].split_once('}').map(|(name, _)| name.trim().to_owned());
    starts.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn variables_are_those_that_stages_use() {
        let text = "vars: [a.yaml, 'b.yaml:x,y', {z: 1}]\nstages:\n  s: {cmd: \"run ${m.n} \\\\${no} ${ o }\", deps: [\"${p}.csv\"]}\n  f: {foreach: \"${q}\", do: {cmd: \"x ${item}\", outs: [{\"${r}\": {cache: false}}]}}\n";
        let node = parse(text, "dvc.yaml").unwrap();
        assert_eq!(variables(&node).unwrap(), ["a.yaml", "b.yaml"]);
        assert_eq!(used(&node).into_iter().collect::<Vec<_>>(), ["item", "m.n", "o", "p", "r"]);
        for text in ["vars: [\"${x}.yaml\"]", "stages: {a: {cmd: x, vars: [v.yaml]}}"] {
            assert_eq!(variables(&parse(text, "dvc.yaml").unwrap()), None, "{text}");
        }
    }
}
