//! DVC's settings: `.dvc/config`, `.dvc/config.local`, and those of the user and the system below them.

use std::env;
use std::path::{Component, Path, PathBuf};

use super::ini::{self, Setting};
use crate::engine::definition::{BoolOptions, ListOptions, Parsing};
use crate::error::{Error, Result, suggest};
use crate::fs;

/// What of them concerns a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Whether git is none of DVC's business here.
    pub no_scm: bool,
    /// Whether DVC stages dvc.lock and .gitignore files in git by itself.
    pub autostage: bool,
    /// Folder of the cache.
    pub cache: PathBuf,
    /// Whether the folders of the cache belong to a group.
    pub shared: bool,
    /// How a mapping in a command becomes options.
    pub parsing: Parsing,
}

/// Sections that say nothing of how a pipeline runs.
const OTHERS: [&str; 9] = ["state", "index", "machine", "feature", "plots", "exp", "hydra", "studio", "db"];

const CORE: [&str; 11] = [
    "remote",
    "checksum_jobs",
    "interactive",
    "analytics",
    "hardlink_lock",
    "no_scm",
    "autostage",
    "experiments",
    "check_update",
    "site_cache_dir",
    "machine",
];

const CACHE: [&str; 6] = ["dir", "type", "protected", "shared", "slow_link_warning", "verify"];

/// Caches of remote files: obsolete, though DVC still takes the keys.
const REMOTE_CACHES: [&str; 7] = ["local", "s3", "gs", "hdfs", "webhdfs", "ssh", "azure"];

impl Config {
    /// Reads all that counts for the `.dvc` folder given.
    ///
    /// # Errors
    /// Exit code 2 with file and line for what DVC refuses, and for what would do harm if it were passed over.
    pub fn read(dvc: &Path) -> Result<Self> {
        let mut config = Self::of(dvc.join("cache"));
        let own = [dvc.join("config"), dvc.join("config.local")];
        for file in above().into_iter().chain(own).filter(|file| file.is_file()) {
            config.apply(&file)?;
        }
        Ok(config)
    }

    /// Where nothing is said.
    fn of(cache: PathBuf) -> Self {
        Self { no_scm: false, autostage: false, cache, shared: false, parsing: Parsing::default() }
    }

    fn apply(&mut self, file: &Path) -> Result<()> {
        let text = fs::read_to_string(file)?;
        let (settings, wrong) = ini::parse(&text);
        if let Some(line) = wrong {
            return Err(Error::usage(format!("{}:{line}: expected `[section]` or `key = value`", file.display())));
        }
        if let Some((line, name)) = ini::repeated(&text) {
            return Err(Error::usage(format!("{}:{line}: a second section `[{name}]`", file.display()))
                .hint("DVC cannot read it either; make one of the two"));
        }
        settings.iter().try_for_each(|setting| self.set(setting, file))
    }

    fn set(&mut self, setting: &Setting, file: &Path) -> Result<()> {
        let Setting { section, key, value, .. } = setting;
        let refuse = |why: &str| Error::usage(format!("{}:{}: `{section}.{key}`: {why}", file.display(), setting.line));
        let truth = || match value.to_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(refuse(&format!("expected true or false, found `{value}`"))),
        };
        match (section.as_str(), key.as_str()) {
            ("core", "no_scm") => self.no_scm = truth()?,
            ("core", "autostage") => self.autostage = truth()?,
            ("core", "hardlink_lock") if truth()? => {
                return Err(refuse("locks made of hard links are not supported")
                    .hint("`dvc config core.hardlink_lock false`, and use a file system that knows locks"));
            }
            ("cache", "dir") => self.cache = resolve(value, file),
            ("cache", "type") => links(value, &refuse)?,
            ("cache", "shared") if value.to_lowercase() == "group" => self.shared = true,
            ("cache", "shared") => return Err(refuse("expected `group`")),
            ("parsing", "bool") => {
                let choices =
                    [("store_true", BoolOptions::StoreTrue), ("boolean_optional", BoolOptions::BooleanOptional)];
                self.parsing.bools = choice(value, &choices, &refuse)?;
            }
            ("parsing", "list") => {
                let choices = [("nargs", ListOptions::Nargs), ("append", ListOptions::Append)];
                self.parsing.lists = choice(value, &choices, &refuse)?;
            }
            ("parsing", key) => known(key, &["bool", "list"], &refuse)?,
            ("core", key) => known(key, &CORE, &refuse)?,
            ("cache", key) if REMOTE_CACHES.contains(&key) => {
                return Err(refuse("a cache of remote files is not supported")
                    .hint("remove the line; `dir` says where the cache is"));
            }
            ("cache", key) => known(key, &CACHE, &refuse)?,
            (other, _) if OTHERS.contains(&other) || named(other) => {}
            _ => return Err(refuse("DVC knows no such section")),
        }
        Ok(())
    }
}

/// A section of remotes, machines or databases, such as `remote "main"`.
fn named(section: &str) -> bool {
    ["remote", "machine", "db"].iter().any(|kind| section.strip_prefix(kind).is_some_and(|rest| rest.contains('"')))
}

fn known(key: &str, keys: &[&str], refuse: &dyn Fn(&str) -> Error) -> Result<()> {
    if keys.contains(&key) { Ok(()) } else { Err(refuse("unknown key").maybe_hint(suggest(key, "keys", keys))) }
}

fn choice<T: Copy>(value: &str, choices: &[(&str, T)], refuse: &dyn Fn(&str) -> Error) -> Result<T> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let chosen = choices.iter().find(|(name, _)| *name == value.to_lowercase());
    chosen.map(|(_, choice)| *choice).ok_or_else(|| {
        refuse(&format!("expected `{}`, found `{value}`", names.join("` or `")))
            .maybe_hint(suggest(value, "values", &names))
    })
}

/// Refuses all but copies: DVC takes the first kind of link that the file system can make, and fails where it can
/// make none.
fn links(value: &str, refuse: &dyn Fn(&str) -> Error) -> Result<()> {
    const KINDS: [&str; 4] = ["reflink", "hardlink", "symlink", "copy"];
    let kinds: Vec<&str> = value.split(',').map(str::trim).collect();
    if let Some(unknown) = kinds.iter().find(|kind| !KINDS.contains(kind)) {
        return Err(refuse(&format!("`{unknown}` is no kind of link")).maybe_hint(suggest(unknown, "kinds", &KINDS)));
    }
    let why = match kinds.iter().find(|kind| **kind != "reflink") {
        Some(&"copy") => return Ok(()),
        Some(_) => "it would make files in the workspace links",
        None => "DVC fails with it where the file system knows no reflinks, and files are copied here",
    };
    Err(refuse(&format!("`{value}` is not supported: {why}"))
        .hint("`dvc config cache.type reflink,copy`, which is DVC's own choice where nothing is said"))
}

/// A path as DVC reads it from a file: `~` is the home folder, others start at the folder of the file.
fn resolve(value: &str, file: &Path) -> PathBuf {
    let path = match (value.strip_prefix("~/"), env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => file.parent().unwrap_or(Path::new("")).join(value),
    };
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// The files of the system and of the user.
fn above() -> Vec<PathBuf> {
    let folder = |own: &str, base: Option<PathBuf>| {
        let own = env::var_os(own).filter(|value| !value.is_empty()).map(PathBuf::from);
        own.or_else(|| base.map(|base| base.join("dvc"))).map(|folder| folder.join("config"))
    };
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let home = set("HOME").map(PathBuf::from);
    let (system, user) = if cfg!(target_os = "macos") {
        let support = "Library/Application Support";
        (Some(Path::new("/").join(support)), home.map(|home| home.join(support)))
    } else {
        let system = set("XDG_CONFIG_DIRS").and_then(|list| env::split_paths(&list).next());
        let user = set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home.map(|home| home.join(".config")));
        (Some(system.unwrap_or_else(|| PathBuf::from("/etc/xdg"))), user)
    };
    [folder("DVC_SYSTEM_CONFIG_DIR", system), folder("DVC_GLOBAL_CONFIG_DIR", user)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".dvc/config");
        fs::atomic_write_bytes(&file, text.as_bytes()).unwrap();
        let mut config = Config::of(PathBuf::new());
        config.apply(&file)?;
        config.cache = config.cache.strip_prefix(folder.path()).unwrap_or(&config.cache).to_path_buf();
        Ok(config)
    }

    #[test]
    fn what_concerns_a_run_is_honoured() {
        let text = "[core]\n    no_scm = True\n    remote = x\n    autostage = true\n[cache]\n    dir = ../shared/cache\n    shared = group\n    type = \"reflink,copy\"\n['remote \"x\"']\n    url = s3://b\n    anything = y\n";
        let expected = Config { no_scm: true, autostage: true, shared: true, ..Config::of("shared/cache".into()) };
        assert_eq!(read(text).unwrap(), expected);
        let parsing = Parsing { bools: BoolOptions::BooleanOptional, lists: ListOptions::Append };
        assert_eq!(read("[parsing]\nbool = Boolean_Optional\nlist = append\n").unwrap().parsing, parsing);
        assert_eq!(read("[cache]\ndir = /abs/x\ntype = copy,hardlink\n").unwrap().cache, Path::new("/abs/x"));
    }

    #[test]
    fn what_would_do_harm_is_refused_where_it_stands() {
        for (text, expected) in [
            ("[cache]\ntype = symlink\n", ":2: `cache.type`: `symlink` is not supported"),
            ("[cache]\ntype = \"reflink,hardlink,copy\"\n", ":2: `cache.type`: `reflink,hardlink,copy` is not"),
            ("[core]\n\nhardlink_lock = true\n", ":3: `core.hardlink_lock`: locks made of hard links"),
            ("[core]\nno_scm = yes\n", ":2: `core.no_scm`: expected true or false, found `yes`"),
            ("[parsing]\nlist = appends\n", ":2: `parsing.list`: expected `nargs` or `append`, found `appends`"),
            ("[parsing]\nbol = x\n", ":2: `parsing.bol`: unknown key"),
            ("[cache]\ns3 = x\n", ":2: `cache.s3`: a cache of remote files is not supported"),
            ("[cache]\ndirs = x\n", ":2: `cache.dirs`: unknown key"),
            ("[cache]\ntype = reflink\n", ":2: `cache.type`: `reflink` is not supported: DVC fails"),
            ("[cache]\ntype = copy,nonsense\n", ":2: `cache.type`: `nonsense` is no kind of link"),
            ("[core]\nautostage = true\n[ core ]\n", ":3: a second section `[core]`"),
            ("[corn]\nx = y\n", ":2: `corn.x`: DVC knows no such section"),
            ("[core]\nwhat\n", ":2: expected `[section]` or `key = value`"),
        ] {
            let message = read(text).unwrap_err().message().to_owned();
            assert!(message.contains(&format!(".dvc/config{expected}")), "{expected}\n{message}");
        }
    }
}
