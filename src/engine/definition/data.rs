//! `.dvc` files: data that `dvc add` has put into the cache.

use std::path::Path;

use serde::Deserialize;

use super::discover::folder_of;
use super::out::{Options, Out, OutKind, check_place};
use super::path::named;
use super::stage::Stage;
use super::values;
use crate::engine::{Cmd, Fingerprint};
use crate::error::Result;
use crate::fs;
use crate::yaml::{Located, Node, Value};

/// Keys of data from elsewhere, which only DVC can fetch.
const FOREIGN: [(&str, &str); 9] = [
    ("repo", "data of another repository"),
    ("db", "data of a database"),
    ("dataset", "datasets"),
    ("files", "data versioned by its storage"),
    ("cloud", "data versioned by its storage"),
    ("version_id", "data versioned by its storage"),
    ("etag", "data of a remote storage"),
    ("checksum", "data of a remote storage"),
    ("fs_config", "data of a remote storage"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(rename = "md5")]
    _md5: Option<Node>,
    wdir: Option<Node>,
    deps: Option<Vec<Node>>,
    #[serde(default)]
    outs: Vec<Node>,
    #[serde(default)]
    frozen: bool,
    #[serde(default, rename = "locked")]
    _locked: bool,
    #[serde(default, rename = "always_changed")]
    _always_changed: bool,
    desc: Option<String>,
    meta: Option<Node>,
}

/// What a `.dvc` file says of an out besides its [`Options`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutKeys {
    path: Located<String>,
    md5: Option<Located<String>>,
    hash: Option<Located<String>>,
    size: Option<u64>,
    nfiles: Option<u64>,
    #[serde(default)]
    isexec: bool,
}

const OUT_KEYS: [&str; 6] = ["path", "md5", "hash", "size", "nfiles", "isexec"];

/// A `.dvc` file as a stage; whether its data comes from elsewhere is for those who need it to refuse.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) stage: Stage,
    /// Where it says so.
    pub(super) imported: Option<Node>,
}

/// Reads the `.dvc` file `file` of the project.
///
/// # Errors
/// Exit code 2 with file, line and column.
pub(super) fn read(root: &Path, file: &str) -> Result<Data> {
    let node = values::yaml(&fs::read_to_string(&root.join(file))?, file)?;
    let keys: Keys = node.to()?;
    let wdir = Stage::wdir(&folder_of(file), keys.wdir.as_ref())?;
    let imported = keys.deps.and_then(|deps| deps.into_iter().next());
    let outs = keys.outs.iter().map(|item| out(root, &wdir, item, imported.is_some())).collect::<Result<_>>()?;
    let stage = Stage {
        name: file.to_owned(),
        location: node.location.clone(),
        place: 0,
        cmd: Cmd::List(Vec::new()),
        commands: Vec::new(),
        wdir,
        deps: Vec::new(),
        params: Vec::new(),
        outs,
        desc: keys.desc,
        meta: keys.meta,
        frozen: keys.frozen,
        always_changed: false,
    };
    Ok(Data { stage, imported })
}

fn out(root: &Path, wdir: &str, item: &Node, imported: bool) -> Result<Out> {
    let entries = item.as_mapping().unwrap_or_default();
    for (key, what) in FOREIGN {
        if let Some((key, _)) = entries.iter().find(|(k, _)| k.as_str() == Some(key)).filter(|_| !imported) {
            return Err(key
                .error(format!("{what} is not supported"))
                .hint("fetch it with DVC, and `dvc add` the file"));
        }
    }
    // Of data from elsewhere the path is all that counts here.
    let kept = entries.iter().filter(|(key, _)| !FOREIGN.iter().any(|(foreign, _)| key.as_str() == Some(foreign)));
    let (own, options): (Vec<_>, Vec<_>) =
        kept.cloned().partition(|(key, _)| key.as_str().is_some_and(|key| OUT_KEYS.contains(&key)));
    let keys: OutKeys = item.with(Value::Mapping(own)).to()?;
    let options: Options = item.with(Value::Mapping(options)).to()?;
    let found = named(root, wdir, &keys.path, keys.path.location())?;
    check_place(&found.path, keys.path.location())?;
    Ok(Out {
        path: found.path,
        name: found.name,
        location: keys.path.location().clone(),
        kind: OutKind::Plain,
        cache: options.cache.unwrap_or(true),
        persist: options.persist,
        fingerprint: fingerprint(&keys)?,
    })
}

/// None without a hash, and for one of DVC 2, which is not of the bytes as they are.
fn fingerprint(keys: &OutKeys) -> Result<Option<Fingerprint>> {
    let (Some(md5), Some(hash)) = (&keys.md5, &keys.hash) else { return Ok(None) };
    if hash.as_str() != "md5" {
        return Err(hash.error(format!("the hash `{}` is not supported", hash.value)).hint("`dvc add` the file again"));
    }
    let digits = md5.strip_suffix(".dir").unwrap_or(md5);
    if digits.len() != 32 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(md5.error(format!("`{}` is no MD5", md5.value)).hint("`dvc add` the file again"));
    }
    Ok(Some(Fingerprint { md5: md5.to_lowercase(), size: keys.size, nfiles: keys.nfiles, isexec: keys.isexec }))
}
