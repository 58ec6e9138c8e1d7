//! `params` of a stage: which they are, and what they are now.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::expression::step;
use super::out::check_name;
use super::path::{named, relative};
use super::values;
use crate::error::{Error, Result, suggest};
use crate::yaml::{Kind, Located, Location, Node, Value};

/// Where a key without a file is looked up.
const DEFAULT: &str = "params.yaml";

/// Parameters of one file.
#[derive(Debug, Clone)]
pub struct Params {
    /// Relative to the project folder.
    pub file: String,
    /// As dvc.lock has it: relative to the stage's folder.
    pub name: String,
    /// Dotted keys; all of them where none are named.
    pub keys: Option<Vec<Located<String>>>,
    /// Where the file is named.
    pub location: Location,
}

/// Reads the list of a stage that works in `wdir`.
///
/// # Errors
/// Exit code 2, pointing at what is neither a key nor `file: [keys]`.
pub(super) fn list(root: &Path, wdir: &str, items: &[Node]) -> Result<Vec<Params>> {
    let mut result: Vec<Params> = Vec::new();
    for item in items {
        match &item.value {
            Value::String(key) => {
                let keys = Some(vec![Located::at(key.clone(), item.clone())]);
                add(&mut result, root, wdir, DEFAULT, keys, &item.location)?;
            }
            Value::Mapping(entries) => {
                for (file, keys) in entries {
                    let keys: Option<Vec<Located<String>>> = keys.to()?;
                    let keys = keys.filter(|keys| !keys.is_empty());
                    add(&mut result, root, wdir, file.as_str().unwrap_or_default(), keys, &file.location)?;
                }
            }
            _ => return Err(item.error(format!("expected a key or `file: [keys]`, found {}", item.describe()))),
        }
    }
    Ok(result)
}

/// One file is one entry, however often it is named; all of it is more than some keys of it.
fn add(
    result: &mut Vec<Params>,
    root: &Path,
    wdir: &str,
    written: &str,
    keys: Option<Vec<Located<String>>>,
    location: &Location,
) -> Result<()> {
    for key in keys.iter().flatten() {
        check_key(key)?;
    }
    let file = named(root, wdir, written, location)?.path;
    check_name(&file, location)?;
    match result.iter_mut().find(|params| params.file == file) {
        None => result.push(Params { name: relative(wdir, &file), file, keys, location: location.clone() }),
        Some(Params { keys: Some(old), .. }) if keys.is_some() => {
            for key in keys.into_iter().flatten() {
                if !old.iter().any(|o| o.value == key.value) {
                    old.push(key);
                }
            }
        }
        Some(whole) => whole.keys = None,
    }
    Ok(())
}

fn check_key(key: &Located<String>) -> Result<()> {
    if key.is_empty() || key.split('.').any(str::is_empty) {
        return Err(key
            .error(format!("`{}` is no key", key.value))
            .hint("write keys with one dot between them: `a.b`"));
    }
    if key.contains(['*', '?', '[', ']']) {
        return Err(key
            .error(format!("patterns such as `{}` are not supported", key.value))
            .hint("name each key; the first item of a list is `list.0`"));
    }
    Ok(())
}

/// DVC sorts the keys of a whole file, and sorts nothing but texts.
fn check_whole(key: &Node) -> Result<()> {
    if values::kind(key) == Kind::Text {
        return Ok(());
    }
    let text = key.as_str().unwrap_or_default();
    Err(key.error(format!("the key `{text}` is no text, and all of this file are parameters")).hint("put it in quotes"))
}

/// Reads parameters, each file once.
#[derive(Debug)]
pub struct ParamReader {
    root: PathBuf,
    files: HashMap<String, Node>,
}

impl ParamReader {
    /// A reader of files in the project folder, which has read none.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: HashMap::new() }
    }

    /// What the parameters are now: keys as dvc.lock has them, in its order.
    ///
    /// # Errors
    /// Exit code 2, pointing into dvc.yaml where a file or a key does not exist, and into the file where that is wrong.
    pub fn read(&mut self, params: &Params) -> Result<Vec<(String, Node)>> {
        let file = self.file(params)?;
        let mut found: Vec<(String, Node)> = Vec::new();
        match &params.keys {
            Some(keys) => {
                for key in keys {
                    let value = key.split('.').try_fold(file, entry).ok_or_else(|| missing(params, key, file))?;
                    values::check_dates(value)?;
                    found.push((key.value.clone(), value.clone()));
                }
            }
            None => {
                let Value::Mapping(entries) = &file.value else {
                    return Err(file.error(format!("expected a mapping, found {}", file.describe())));
                };
                values::check_dates(file)?;
                entries.iter().try_for_each(|(key, _)| check_whole(key))?;
                found.extend(entries.iter().map(|(k, v)| (k.as_str().unwrap_or_default().to_owned(), v.clone())));
            }
        }
        // By code points, as Python sorts.
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    fn file(&mut self, params: &Params) -> Result<&Node> {
        if !self.files.contains_key(&params.file) {
            let path = self.root.join(&params.file);
            if !path.is_file() {
                let what = if path.is_dir() { "is a folder" } else { "does not exist" };
                return Err(Error::usage(format!("{}: the parameters file `{}` {what}", params.location, params.file))
                    .hint("correct its name, or remove it from the `params`"));
            }
            self.files.insert(params.file.clone(), values::read(&path, &params.file)?);
        }
        self.files.get(&params.file).ok_or_else(|| Error::failure(format!("`{}` cannot be read", params.file)))
    }
}

/// The value under one key, which may be a number here.
fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Mapping(_) => node.get(key),
        Value::Sequence(_) => step(node, key),
        _ => None,
    }
}

fn missing(params: &Params, key: &Located<String>, file: &Node) -> Error {
    let mut parent = file;
    let mut last = key.value.as_str();
    for part in key.split('.') {
        last = part;
        match entry(parent, part) {
            Some(next) => parent = next,
            None => break,
        }
    }
    let names: Vec<&str> = parent.as_mapping().unwrap_or_default().iter().filter_map(|(k, _)| k.as_str()).collect();
    key.error(format!("`{}` has no parameter `{}`", params.file, key.value)).maybe_hint(suggest(last, "keys", &names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn lists(text: &str) -> Result<Vec<Params>> {
        list(Path::new("."), "s", yaml::parse(text, "dvc.yaml").unwrap().as_sequence().unwrap())
    }

    #[test]
    fn one_file_is_one_entry() {
        let params =
            lists("[l, {../z.yaml: }, {a.yaml: [k]}, {../z.yaml: [l]}, {params.yaml: [a, l]}, ./b.json: []]").unwrap();
        let shown: Vec<(&str, &str, Option<Vec<&str>>)> = params
            .iter()
            .map(|p| {
                let keys = p.keys.as_ref().map(|keys| keys.iter().map(|k| k.as_str()).collect());
                (p.file.as_str(), p.name.as_str(), keys)
            })
            .collect();
        // `dvc repro` of DVC 3.67.1 writes these names.
        assert_eq!(
            shown,
            [
                ("s/params.yaml", "params.yaml", Some(vec!["l", "a"])),
                ("z.yaml", "../z.yaml", None),
                ("s/a.yaml", "a.yaml", Some(vec!["k"])),
                ("s/b.json", "b.json", None),
            ]
        );
        for (text, expected) in [
            ("[3]", "dvc.yaml:1:2: `[0]`: expected a key or `file: [keys]`, found the integer `3`"),
            ("[{f: a}]", "dvc.yaml:1:6: `[0].f`: expected a list, found the text `a`"),
            ("['']", "dvc.yaml:1:2: `[0]`: `` is no key"),
            ("['l[0]']", "dvc.yaml:1:2: `[0]`: patterns such as `l[0]` are not supported"),
            ("[{dvc.yaml: [stages]}]", "dvc.yaml:1:3: `[0].dvc.yaml`: `s/dvc.yaml` is a file of DVC's own"),
        ] {
            assert_eq!(lists(text).unwrap_err().message(), expected);
        }
    }

    #[test]
    fn values_are_those_of_dvc_lock() {
        let folder = tempfile::tempdir().unwrap();
        let text = "l: [10, {k: v}, [1, 2]]\n1: one\nn: {2: two}\ne:\nt: true\nd: [2024-01-31]\n";
        let whole = text.replace("1: one", "'1': one").replace("[2024-01-31]", "'2024-01-31'");
        for (name, text) in [("params.yaml", text), ("whole.yaml", &whole), ("bool.yaml", "x: 1\ntrue: 2\n")] {
            crate::fs::atomic_write_bytes(&folder.path().join("s").join(name), text.as_bytes()).unwrap();
        }
        let mut reader = ParamReader::new(folder.path());
        let mut read = |text: &str| {
            let found = reader.read(&lists(text).unwrap()[0])?;
            let map: serde_json::Map<_, _> = found.iter().map(|(k, v)| (k.clone(), v.to_json())).collect();
            let order: Vec<String> = found.into_iter().map(|(key, _)| key).collect();
            Ok::<_, Error>(format!("{} {}", order.join(" "), serde_json::Value::Object(map)))
        };
        for (list, expected) in [
            (
                "[t, l.0, l.1.k, l.-1, '1', n.2, e]",
                r#"1 e l.-1 l.0 l.1.k n.2 t {"1":"one","e":null,"l.-1":[1,2],"l.0":10,"l.1.k":"v","n.2":"two","t":true}"#,
            ),
            (
                "[{whole.yaml: }]",
                r#"1 d e l n t {"1":"one","d":"2024-01-31","e":null,"l":[10,{"k":"v"},[1,2]],"n":{"2":"two"},"t":true}"#,
            ),
        ] {
            assert_eq!(read(list).unwrap(), expected);
        }
        for (list, expected) in [
            ("[l.3]", "dvc.yaml:1:2: `[0]`: `s/params.yaml` has no parameter `l.3`"),
            ("[e.x]", "dvc.yaml:1:2: `[0]`: `s/params.yaml` has no parameter `e.x`"),
            ("[e, d]", "s/params.yaml:6:5: `d[0]`: dates are not supported"),
            ("[{params.yaml: }]", "s/params.yaml:6:5: `d[0]`: dates are not supported"),
            (
                "[{bool.yaml: }]",
                "s/bool.yaml:2:1: `true`: the key `true` is no text, and all of this file are parameters",
            ),
            ("[{no.yaml: [a]}]", "dvc.yaml:1:3: `[0].no.yaml`: the parameters file `s/no.yaml` does not exist"),
            ("[{../s: [a]}]", "dvc.yaml:1:3: `[0].../s`: the parameters file `s` is a folder"),
        ] {
            assert_eq!(read(list).unwrap_err().message(), expected);
        }
    }
}
