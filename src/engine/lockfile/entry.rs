//! What dvc.lock says of one stage.

use super::super::fingerprint::Fingerprint;
use crate::yaml::Node;

/// The last run of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its commands.
    pub cmd: Cmd,
    /// What it read, sorted by path.
    pub deps: Vec<Item>,
    /// Parameters by file and dotted key, as dvc.yaml names them.
    pub params: Vec<(String, Vec<(String, Node)>)>,
    /// What it wrote, sorted by path.
    pub outs: Vec<Item>,
}

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
