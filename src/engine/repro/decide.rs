//! Whether a stage is up to date, by what DVC looks at and in its order: command, deps, params, outs.

use super::super::definition::Stage;
use super::super::fingerprint::Fingerprint;
use super::super::lockfile::{Entry, Item, params_equal};
use super::super::plan::{Reason, State};
use crate::yaml::{Node, Value};

/// What a stage finds in the workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// One a dep of the stage; none where there is no such file.
    pub(super) deps: Vec<Option<Fingerprint>>,
    /// One a params file of the stage: its values by key.
    pub(super) params: Vec<Vec<(String, Node)>>,
    /// One an out of the stage.
    pub(super) outs: Vec<Option<Fingerprint>>,
}

/// Why the stage has to run; nothing where it stands as `last` left it. `in_cache` is asked for outs that are as
/// they were.
pub(super) fn reasons(
    stage: &Stage,
    last: Option<&Entry>,
    found: &Found,
    in_cache: &dyn Fn(&Fingerprint) -> bool,
) -> Vec<Reason> {
    let Some(last) = last else { return vec![if always(stage) { Reason::AlwaysChanged } else { Reason::NeverRun }] };
    let mut reasons = Vec::new();
    if last.cmd != stage.cmd {
        reasons.push(Reason::Command);
    }
    // A frozen stage has no part in what happens before it.
    if !stage.frozen {
        if always(stage) {
            reasons.push(Reason::AlwaysChanged);
        }
        deps(stage, last, found, &mut reasons);
        params(stage, last, found, &mut reasons);
    }
    outs(stage, last, found, in_cache, &mut reasons);
    reasons
}

/// A stage without deps and outs cannot be up to date.
fn always(stage: &Stage) -> bool {
    stage.always_changed || stage.is_callback()
}

fn deps(stage: &Stage, last: &Entry, found: &Found, reasons: &mut Vec<Reason>) {
    for (dep, now) in stage.deps.iter().zip(&found.deps) {
        if let Some(state) = compare(recorded(&last.deps, &dep.name), now.as_ref()) {
            reasons.push(Reason::Dep { path: dep.path.clone(), state });
        }
    }
}

fn outs(
    stage: &Stage,
    last: &Entry,
    found: &Found,
    in_cache: &dyn Fn(&Fingerprint) -> bool,
    reasons: &mut Vec<Reason>,
) {
    for (out, now) in stage.outs.iter().zip(&found.outs) {
        let recorded = recorded(&last.outs, &out.name);
        // The cache is asked first, as DVC does.
        let lost = recorded.filter(|print| out.cache && !in_cache(print)).map(|_| State::NotInCache);
        let state = lost.or_else(|| compare(recorded, now.as_ref()));
        if let Some(state) = state {
            reasons.push(Reason::Out { path: out.path.clone(), state });
        }
    }
}

fn recorded<'e>(items: &'e [Item], name: &str) -> Option<&'e Fingerprint> {
    items.iter().find(|item| item.path == name).and_then(|item| item.fingerprint.as_ref())
}

/// The hash alone counts: the lock of another version may lack the rest.
fn compare(before: Option<&Fingerprint>, now: Option<&Fingerprint>) -> Option<State> {
    match (before, now) {
        (_, None) => Some(State::Deleted),
        (None, Some(_)) => Some(State::New),
        (Some(before), Some(now)) => (before.md5 != now.md5).then_some(State::Modified),
    }
}

fn params(stage: &Stage, last: &Entry, found: &Found, reasons: &mut Vec<Reason>) {
    const NONE: &[(String, Node)] = &[];
    for (params, now) in stage.params.iter().zip(&found.params) {
        let before = last.params.iter().find(|(file, _)| *file == params.name).map_or(NONE, |(_, values)| values);
        let mut keys: Vec<&String> = now.iter().map(|(key, _)| key).collect();
        match &params.keys {
            Some(named) => keys.extend(named.iter().map(|key| &key.value)),
            // A whole file: what it has lost counts too.
            None => keys.extend(before.iter().map(|(key, _)| key)),
        }
        let mut seen = Vec::new();
        for key in keys {
            if !seen.contains(&key) {
                seen.push(key);
                differences(key, value(before, key), value(now, key), reasons);
            }
        }
    }
}

fn value<'v>(values: &'v [(String, Node)], key: &str) -> Option<&'v Node> {
    values.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// Goes down into mappings, so that the value that differs is named and not all around it.
fn differences(key: &str, before: Option<&Node>, now: Option<&Node>, reasons: &mut Vec<Reason>) {
    let (Some(old), Some(new)) = (before, now) else {
        if before.is_some() || now.is_some() {
            reasons.push(Reason::Param { key: key.to_owned(), before: before.cloned(), now: now.cloned() });
        }
        return;
    };
    if params_equal(old, new) {
        return;
    }
    let (Value::Mapping(olds), Value::Mapping(news)) = (&old.value, &new.value) else {
        reasons.push(Reason::Param { key: key.to_owned(), before: Some(old.clone()), now: Some(new.clone()) });
        return;
    };
    let gone = olds.iter().filter(|(name, _)| !news.iter().any(|(other, _)| other == name));
    for (name, _) in news.iter().chain(gone) {
        let below = name.as_str().unwrap_or_default();
        differences(&format!("{key}.{below}"), old.get(below), new.get(below), reasons);
    }
}
