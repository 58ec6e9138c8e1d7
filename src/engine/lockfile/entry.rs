//! What dvc.lock says of one stage.

use super::super::fingerprint::Fingerprint;
use crate::yaml::{Node, Value};

/// The file whose parameters come first.
const DEFAULT_PARAMS: &str = "params.yaml";

/// The last run of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its commands.
    pub cmd: Cmd,
    /// What it read, sorted by path.
    pub deps: Vec<Item>,
    /// Parameters by file and dotted key, as dvc.yaml names them.
    pub params: Vec<Values>,
    /// What it wrote, sorted by path.
    pub outs: Vec<Item>,
}

/// A parameter file, and the values of its keys.
///
/// A value keeps the place it was read from: what stands in several is written once, as DVC does.
pub type Values = (String, Vec<(String, Node)>);

/// The commands of a stage as dvc.yaml has them: a change of form is a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cmd {
    /// One text.
    One(String),
    /// A list of texts.
    List(Vec<String>),
}

/// A file or folder and what it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As dvc.yaml names it, relative to the stage's working folder.
    pub path: String,
    /// What it held; none where the lock does not say, or says it in a form of old.
    pub fingerprint: Option<Fingerprint>,
}

impl Entry {
    /// The entry as dvc.lock has it: paths, files and keys sorted, what is empty left out.
    pub(super) fn to_node(&self) -> Node {
        let mut keys = vec![pair("cmd", self.cmd.to_node())];
        if !self.deps.is_empty() {
            keys.push(pair("deps", items(&self.deps)));
        }
        if !self.params.is_empty() {
            keys.push(pair("params", self.params_node()));
        }
        if !self.outs.is_empty() {
            keys.push(pair("outs", items(&self.outs)));
        }
        Node::new(Value::Mapping(keys))
    }

    fn params_node(&self) -> Node {
        let mut files: Vec<_> = self.params.iter().collect();
        files.sort_by_key(|(file, _)| (file != DEFAULT_PARAMS, file));
        let values = |params: &[(String, Node)]| {
            let mut sorted: Vec<_> = params.iter().collect();
            sorted.sort_by_key(|(key, _)| key);
            Node::new(Value::Mapping(sorted.into_iter().map(|(key, value)| pair(key, value.clone())).collect()))
        };
        Node::new(Value::Mapping(files.into_iter().map(|(file, params)| pair(file, values(params))).collect()))
    }
}

impl Cmd {
    fn to_node(&self) -> Node {
        match self {
            Self::One(text) => string(text),
            Self::List(texts) => Node::new(Value::Sequence(texts.iter().map(|text| string(text)).collect())),
        }
    }
}

impl Item {
    fn to_node(&self) -> Node {
        let mut keys = vec![pair("path", string(&self.path)), pair("hash", string("md5"))];
        if let Some(Fingerprint { md5, size, nfiles, isexec }) = &self.fingerprint {
            let count = |number: u64| Node::new(Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
            keys.push(pair("md5", string(md5)));
            keys.extend(size.map(|size| pair("size", count(size))));
            keys.extend(nfiles.map(|nfiles| pair("nfiles", count(nfiles))));
            keys.extend(isexec.then(|| pair("isexec", Node::new(Value::Bool(true)))));
        }
        Node::new(Value::Mapping(keys))
    }
}

fn items(items: &[Item]) -> Node {
    let mut sorted: Vec<&Item> = items.iter().collect();
    sorted.sort_by_key(|item| &item.path);
    Node::new(Value::Sequence(sorted.into_iter().map(Item::to_node).collect()))
}

pub(super) fn pair(key: &str, value: Node) -> (Node, Node) {
    (string(key), value)
}

pub(super) fn string(text: &str) -> Node {
    Node::new(Value::String(text.to_owned()))
}
