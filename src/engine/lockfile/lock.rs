//! dvc.lock as a whole: stages in the file's order, written as DVC's round trip writes them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use super::emitter;
use super::entry::{Entry, Item, pair, string};
use super::read;
use crate::error::Result;
use crate::fs;
use crate::yaml::{Node, Value};

/// Name of the file.
pub const LOCK_FILE: &str = "dvc.lock";

/// The version that DVC writes; a text, since a number is refused.
const SCHEMA: &str = "2.0";

/// What dvc.lock says of every stage that ever ran.
///
/// A stage that is updated keeps its place, a new one comes last. Others are written as they were read,
/// whatever DVC may keep with them.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Comments and empty lines above everything.
    head: String,
    /// The keys at the top in the file's order; none where the stages stand.
    top: Vec<Option<(Node, Node)>>,
    stages: Vec<Stage>,
    /// Places in `stages`.
    index: HashMap<String, usize>,
    /// Whether the file does not hold this yet.
    changed: bool,
}

#[derive(Debug, Clone)]
struct Stage {
    name: String,
    entry: Entry,
    node: Node,
    /// Its lines of the file and the number of anchors in them, once somebody asks.
    lines: OnceLock<(String, usize)>,
}

impl Stage {
    fn new(name: String, entry: Entry, node: Node) -> Self {
        Self { name, entry, node, lines: OnceLock::new() }
    }

    /// Its lines where no anchors stand before it.
    fn lines(&self) -> &(String, usize) {
        self.lines.get_or_init(|| self.lines_behind(0))
    }

    fn lines_behind(&self, anchors: usize) -> (String, usize) {
        emitter::entry(emitter::STEP, &string(&self.name), &self.node, anchors)
    }
}

impl Lock {
    /// A lock file without a stage.
    pub fn new() -> Self {
        Self {
            head: String::new(),
            top: vec![Some(pair("schema", string(SCHEMA))), None],
            stages: Vec::new(),
            index: HashMap::new(),
            changed: false,
        }
    }

    /// Reads the lock file in `root`; one that is not there is empty.
    ///
    /// # Errors
    /// Exit code 2 with file and line: no YAML, an unresolved merge conflict, unknown keys, another schema.
    pub fn load(root: &Path) -> Result<Self> {
        let path = root.join(LOCK_FILE);
        if !path.exists() {
            return Ok(Self::new());
        }
        Self::parse(&fs::read_to_string(&path)?, LOCK_FILE)
    }

    /// Reads the text of a lock file; `shown` is its name in messages.
    pub fn parse(text: &str, shown: &str) -> Result<Self> {
        let root = read::tree(text, shown)?;
        let keys = read::mapping(&root)?;
        read::known(keys, &["schema", "stages", "datasets"])?;
        match root.get("schema") {
            Some(schema) if schema.as_str() == Some(SCHEMA) => {}
            Some(schema) => return Err(read::expected(schema, &format!("the text `'{SCHEMA}'`, quotes included"))),
            None => return Err(root.error("the key `schema` is missing").hint(format!("add `schema: '{SCHEMA}'`"))),
        }
        let mut lock = Self { head: head(text), top: Vec::new(), ..Self::new() };
        let is_empty = root.get("stages").is_none();
        let Value::Mapping(keys) = root.value else { return Ok(lock) };
        for (key, value) in keys {
            if key.as_str() != Some("stages") {
                lock.top.push(Some((key, value)));
                continue;
            }
            lock.top.push(None);
            read::mapping(&value)?;
            let Value::Mapping(stages) = value.value else { continue };
            for (name, node) in stages {
                lock.put(Stage::new(read::string(&name)?, read::entry(&node)?, node));
            }
        }
        if is_empty {
            lock.top.push(None);
        }
        Ok(lock)
    }

    /// What it says of a stage.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.stages.get(*self.index.get(name)?).map(|stage| &stage.entry)
    }

    /// What all stages wrote, in the file's order.
    pub fn outs(&self) -> impl Iterator<Item = &Item> {
        self.stages.iter().flat_map(|stage| &stage.entry.outs)
    }

    /// Records the last run of a stage.
    pub fn update(&mut self, name: &str, entry: Entry) {
        let node = entry.to_node();
        self.changed |= self.put(Stage::new(name.to_owned(), entry, node));
    }

    /// Forgets a stage; tells whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(place) = self.index.remove(name) else { return false };
        self.stages.remove(place);
        self.index.values_mut().filter(|other| **other > place).for_each(|other| *other -= 1);
        self.changed = true;
        true
    }

    /// Puts a stage into its place; tells whether that changes a byte.
    fn put(&mut self, stage: Stage) -> bool {
        if let Some(old) = self.index.get(&stage.name).and_then(|place| self.stages.get_mut(*place)) {
            let changed = old.lines() != stage.lines();
            *old = stage;
            return changed;
        }
        self.index.insert(stage.name.clone(), self.stages.len());
        self.stages.push(stage);
        true
    }

    /// The whole file, as DVC writes it.
    pub fn text(&self) -> String {
        let mut text = self.head.clone();
        for entry in &self.top {
            match entry {
                Some((key, value)) => text.push_str(&emitter::entry(0, key, value, 0).0),
                None if self.stages.is_empty() => text.push_str("stages: {}\n"),
                None => {
                    text.push_str("stages:\n");
                    self.write_stages(&mut text);
                }
            }
        }
        text
    }

    fn write_stages(&self, text: &mut String) {
        let mut before = 0;
        for stage in &self.stages {
            let (lines, anchors) = stage.lines();
            match *anchors > 0 && before > 0 {
                true => text.push_str(&stage.lines_behind(before).0),
                false => text.push_str(lines),
            }
            before += anchors;
        }
    }

    /// Writes the file, unless it holds this already; like DVC, removes it with its last stage.
    /// Tells whether anything was written.
    pub fn write(&mut self, root: &Path) -> Result<bool> {
        if !self.changed {
            return Ok(false);
        }
        let path = root.join(LOCK_FILE);
        if self.stages.is_empty() {
            fs::remove(&path)?;
        } else {
            fs::atomic_write_bytes(&path, self.text().as_bytes())?;
        }
        self.changed = false;
        Ok(true)
    }
}

impl Default for Lock {
    fn default() -> Self {
        Self::new()
    }
}

/// The comments above everything, which DVC keeps; those within are lost with the entry they stand in.
fn head(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split_inclusive('\n').take_while(|line| line.starts_with('#') || line.trim().is_empty()).collect()
}
