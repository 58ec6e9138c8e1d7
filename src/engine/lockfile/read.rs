//! dvc.lock to entries: what DVC accepts is accepted, the rest is refused where it stands.

use super::super::fingerprint::Fingerprint;
use super::entry::{Cmd, Entry, Item, Values};
use crate::error::{Error, Result, suggest};
use crate::yaml::{Node, Value, parse};

const STAGE_KEYS: [&str; 4] = ["cmd", "deps", "params", "outs"];
const ITEM_KEYS: [&str; 10] =
    ["path", "hash", "md5", "size", "nfiles", "isexec", "etag", "checksum", "version_id", "cloud"];

/// Parses the text of a lock file, and names the likely cause where it is no YAML.
pub(super) fn tree(text: &str, shown: &str) -> Result<Node> {
    parse(text, shown).map_err(|error| match conflict(text) {
        Some(line) => Error::usage(format!("{shown}:{line}: a merge conflict is not resolved"))
            .hint(format!("take one side whole, as with `git checkout --ours {shown}`, and run `mlops run-all`"))
            .because(error),
        None => error,
    })
}

/// The line of the first conflict marker of git.
fn conflict(text: &str) -> Option<usize> {
    let is_marker = |line: &str| ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|marker| line.starts_with(marker));
    text.lines().position(is_marker).map(|at| at + 1)
}

/// Reads what stands below the name of a stage, or in a file of the run-cache.
pub(super) fn entry(node: &Node) -> Result<Entry> {
    let keys = mapping(node)?;
    known(keys, &STAGE_KEYS)?;
    let cmd = node.get("cmd").ok_or_else(|| node.error("the key `cmd` is missing").hint(RENEW))?;
    let items = |key| node.get(key).map_or(Ok(Vec::new()), |list| sequence(list)?.iter().map(item).collect());
    Ok(Entry {
        cmd: commands(cmd)?,
        deps: items("deps")?,
        params: node.get("params").map_or(Ok(Vec::new()), params)?,
        outs: items("outs")?,
    })
}

/// What helps whenever a lock file is not as DVC writes it.
pub(super) const RENEW: &str = "restore the file from git, or remove the stage from it; its next run writes it anew";

fn commands(node: &Node) -> Result<Cmd> {
    match &node.value {
        Value::String(text) => Ok(Cmd::One(text.clone())),
        Value::Sequence(items) => items.iter().map(string).collect::<Result<_>>().map(Cmd::List),
        _ => Err(expected(node, "a command or a list of commands")),
    }
}

fn params(node: &Node) -> Result<Vec<Values>> {
    let values = |node| -> Result<Vec<_>> {
        mapping(node)?.iter().map(|(key, value)| Ok((string(key)?, value.clone()))).collect()
    };
    mapping(node)?.iter().map(|(file, keys)| Ok((string(file)?, values(keys)?))).collect()
}

fn item(node: &Node) -> Result<Item> {
    let keys = mapping(node)?;
    if let Some((key, _)) = keys.iter().find(|(key, _)| matches!(key.as_str(), Some("files" | "dataset"))) {
        let what = key.as_str().unwrap_or_default();
        return Err(key
            .error(format!("`{what}` is not supported"))
            .hint("it belongs to DVC's cloud versioning and datasets; run this stage with `dvc repro`"));
    }
    known(keys, &ITEM_KEYS)?;
    let path = node.get("path").ok_or_else(|| node.error("the key `path` is missing").hint(RENEW))?;
    let count = |key| node.get(key).map_or(Ok(None), whole);
    let hash = node.get("hash").map(string).transpose()?;
    let md5 = match node.get("md5").map(|md5| (md5, &md5.value)) {
        None | Some((_, Value::Null)) => None,
        // A hash of digits alone that somebody has unquoted is a number to DVC, which says so.
        Some((md5, _)) => Some(string(md5)?).filter(|md5| !md5.is_empty()),
    };
    let isexec = match node.get("isexec").map(|flag| (flag, &flag.value)) {
        None => false,
        Some((_, Value::Bool(flag))) => *flag,
        Some((flag, _)) => return Err(expected(flag, "`true` or `false`")),
    };
    let (size, nfiles) = (count("size")?, count("nfiles")?);
    // Without `hash: md5` the hash is that of a DVC before version 3, which took it of other bytes.
    let fingerprint =
        md5.filter(|_| hash.as_deref() == Some("md5")).map(|md5| Fingerprint { md5, size, nfiles, isexec });
    Ok(Item { path: string(path)?, fingerprint })
}

fn whole(node: &Node) -> Result<Option<u64>> {
    match node.value {
        Value::Integer(number) => Ok(u64::try_from(number).ok()),
        _ => Err(expected(node, "a whole number")),
    }
}

pub(super) fn string(node: &Node) -> Result<String> {
    node.as_str().map(str::to_owned).ok_or_else(|| expected(node, "a text"))
}

pub(super) fn mapping(node: &Node) -> Result<&[(Node, Node)]> {
    node.as_mapping().ok_or_else(|| expected(node, "a mapping"))
}

fn sequence(node: &Node) -> Result<&[Node]> {
    node.as_sequence().ok_or_else(|| expected(node, "a list"))
}

pub(super) fn expected(node: &Node, what: &str) -> Error {
    node.error(format!("expected {what}, found {}", node.describe())).hint(RENEW)
}

/// DVC refuses keys that it does not know, wherever they stand.
pub(super) fn known(entries: &[(Node, Node)], names: &[&str]) -> Result<()> {
    match entries.iter().find(|(key, _)| !key.as_str().is_some_and(|key| names.contains(&key))) {
        Some((key, _)) => {
            let name = key.as_str().unwrap_or_default();
            Err(key.error(format!("unknown key `{name}`")).maybe_hint(suggest(name, "keys", names)))
        }
        None => Ok(()),
    }
}
