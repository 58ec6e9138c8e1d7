//! YAML: configs, dvc.yaml, and the edit of one value. The first line of an input says which:
//! `set PATH=VALUE`, `dvc`, or the name of a config file.

use std::sync::LazyLock;

use mlops::config::{Config, FILES};
use mlops::data::Target;
use mlops::engine::Pipeline;
use mlops::error::Result;
use mlops::event::Silent;
use mlops::project::Project;
use mlops::stages::{Context, check};
use mlops::transforms::{Features, FitContext, Phase, Step, apply_fix, find};
use mlops::yaml::{Node, Value, edit, parse};
use tempfile::TempDir;

use super::sample::{ROWS, assert_sound, table};

/// No config crashes the checks or the steps it names; an edit changes the one value.
pub fn yaml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((what, text)) = text.split_once('\n') else { return };
    match what.split_once(' ') {
        Some(("set", change)) => set(text, change),
        None if what == "dvc" => dvc(text),
        None => config(what, text),
        Some(_) => {}
    }
}

struct Place {
    _folder: TempDir,
    project: Project,
}

/// A project with a small table; what an input says of one file is put in that file's place.
static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "configs/config.yaml",
            "config:\n  dataset: t\n  date: \"20240131\"\n  version: 1\n  sources: [{file: t.csv}]\n  target: {column: y}\n",
        ),
        ("t.csv", "x,n,flag,color,when,note,odd name,y\n1.5,1,true,red,2024-01-31,a b,2,yes\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let project = Project::discover(folder.path()).unwrap();
    Place { _folder: folder, project }
});

fn config(name: &str, text: &str) {
    let Some(name) = FILES.into_iter().find(|file| *file == name) else { return };
    let project = &PLACE.project;
    let Ok(config) = Config::check_with(project, &[(name, text.to_owned())]) else { return };
    for (_, node) in config.nodes() {
        assert_eq!(Node::from_json(&node.to_json()).to_json(), node.to_json());
    }
    let problems = check::configs(&Context { project, config: &config, observer: &Silent, threads: 1 });
    assert!(problems.iter().all(|p| !p.message().is_empty()));
    for node in config.clean.steps.iter().chain(&config.features.derive).chain(&config.features.learned) {
        step(node).ok();
    }
}

/// Builds a step and applies it to the tiny table.
fn step(node: &Node) -> Result<()> {
    let (name, params) = node.named()?;
    let entry = find(name, &[Phase::RowFilter, Phase::ColumnFix, Phase::Learned])?;
    let mut table = table();
    match (entry.build)(&params)? {
        Step::RowFilter(filter) => assert_eq!(filter.keep(&table)?.keep.len(), ROWS),
        Step::ColumnFix(fix) => {
            apply_fix(fix.as_ref(), &mut table)?;
            assert_sound(&table, ROWS);
        }
        Step::Learned(step) => {
            let target = Target::Classes { codes: vec![0, 1, 0, 1, 0, 1], classes: 2 };
            let (fitted, _) =
                step.fit(Features::new(table.clone()), &FitContext { target: &target, seed: 1, copies: None })?;
            let load = entry.load.unwrap_or_else(|| panic!("`{}` cannot be loaded", entry.name));
            let bytes = fitted.encode()?;
            let loaded = load(&bytes).unwrap_or_else(|e| panic!("`{}`: {e}", entry.name));
            assert_eq!(loaded.encode()?, bytes);
            assert_sound(&fitted.apply(Features::new(table))?.table, ROWS);
        }
    }
    Ok(())
}

fn dvc(text: &str) {
    let Ok(node) = parse(text, "dvc.yaml") else { return };
    if let Ok(pipeline) = Pipeline::read(PLACE.project.root(), &node) {
        assert!(pipeline.stages.iter().all(|stage| !stage.name.is_empty()));
    }
}

/// What was set stands there, and nothing else has changed.
fn set(text: &str, change: &str) {
    let Some((path, value)) = change.split_once('=') else { return };
    // An empty key has no dotted path of its own.
    if path.split('.').any(str::is_empty) {
        return;
    }
    let Ok(edited) = edit::set(text, "t.yaml", path, value) else { return };
    let (Ok(before), Ok(after)) = (parse(text, "t.yaml"), parse(&edited, "t.yaml")) else {
        panic!("not YAML any more: {edited}")
    };
    let (Ok(wanted), Some(found)) = (parse(value, "value"), after.at(path)) else {
        panic!("`{path}` is not there: {edited}")
    };
    let quoted = found.as_str() == Some(value.trim()) && matches!(wanted.value, Value::Integer(_) | Value::Float(_));
    assert!(*found == wanted || quoted, "{found:?}, not {wanted:?}");
    let mut rest = (leaves(&before, String::new()), leaves(&after, String::new()));
    // What held the value, or was held by it, is another matter.
    let own =
        |leaf: &str| leaf == path || leaf.starts_with(&format!("{path}.")) || path.starts_with(&format!("{leaf}."));
    rest.0.retain(|(leaf, _)| !own(leaf));
    rest.1.retain(|(leaf, _)| !own(leaf));
    assert_eq!(rest.0, rest.1, "{edited}");
    let one_line = before.at(path).is_none_or(|old| match &old.value {
        Value::String(_) => !text.get(old.span.clone()).is_some_and(|source| source.contains(['\n', '\r'])),
        Value::Sequence(_) | Value::Mapping(_) => false,
        _ => true,
    });
    if one_line {
        assert_eq!(comments(text), comments(&edited), "{edited}");
    }
}

/// Scalars and lists with their dotted paths, in order.
fn leaves(node: &Node, path: String) -> Vec<(String, Node)> {
    match &node.value {
        Value::Mapping(entries) if !entries.is_empty() => entries
            .iter()
            .flat_map(|(key, value)| {
                let key = key.as_str().unwrap_or_default();
                leaves(value, if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") })
            })
            .collect(),
        _ => vec![(path, node.clone())],
    }
}

/// Lines that are a comment and nothing else.
fn comments(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.starts_with('#')).collect()
}
