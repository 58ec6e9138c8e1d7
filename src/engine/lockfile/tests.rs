//! Against what DVC 3.67.1 has written.

use std::path::Path;

use super::super::fingerprint::Fingerprint;
use super::emitter;
use super::{Cmd, Entry, Item, Lock, run_cache};
use crate::fs;
use crate::yaml::parse;

/// Written by `dvc repro` for two stages with folded and listed commands, a folder, a name outside ASCII, a whole
/// parameter file, keys that are numbers, and a list that is tracked twice.
const LOCK: &str = include_str!("../../../tests/golden/dvc_lock.yaml");

/// The run-cache entry of the same run's second stage.
const RUN: &str = include_str!("../../../tests/golden/run_cache.yaml");

/// Where the run-cache had them: key and value.
const RUNS: [(&str, &str, &str); 2] = [
    (
        "first",
        "d21bb0c3e427e601aa506216000e84b5507e93a2d721623300f366ae2a2215b4",
        "169769df6fe5ad0cc6745d8ec1a5b62d9e9450dbcd78fce748f13d1367a9427b",
    ),
    (
        "second",
        "366baf5d11a4539f1ed1a483ebaf8593f0c55662d728643771d61137b47883fa",
        "cc133b221d8729436362b505432acbc775bce091db3822362c152549c504c00c",
    ),
];

/// The right sides are `dumps_yaml(parse_yaml(left))` of `dvc.utils.serialize`.
#[test]
fn values_are_laid_out_as_dvc_lays_them_out() {
    for (source, expected) in [
        (
            "{cmd: 'python -m train --config configs/train.yaml --algorithm xgb --output models/xgb_churn_v1.bin --verbose'}",
            "cmd: python -m train --config configs/train.yaml --algorithm xgb --output \n  models/xgb_churn_v1.bin --verbose\n",
        ),
        (
            "{cmd: '/a/word/longer/than/what/is/left/of/this/line/and/so/put/on/the/next/one/with/its/blank --x'}",
            "cmd: \n  /a/word/longer/than/what/is/left/of/this/line/and/so/put/on/the/next/one/with/its/blank\n  --x\n",
        ),
        (
            "{a: ['', ' a', 'a ', '-', '- a', '-a', '?', ':', 'a: b', 'a:b', 'a #b', 'a#b', '#a', '@a', '%a', '=', '<<', '~', '---', 'it''s']}",
            "a:\n- ''\n- ' a'\n- 'a '\n- '-'\n- '- a'\n- -a\n- '?'\n- ':'\n- 'a: b'\n- a:b\n- 'a #b'\n- a#b\n- '#a'\n- '@a'\n- '%a'\n- '='\n- '<<'\n- '~'\n- '---'\n- it's\n",
        ),
        (
            "{a: ['1', '1.0', '012', '1e5', '1_000', '0x1F', '.5', '.5e3', '.inf', 'true', 'null', 'yes', '2024-01-31', '2024-1-31', '12:30']}",
            "a:\n- '1'\n- '1.0'\n- '012'\n- '1e5'\n- '1_000'\n- '0x1F'\n- '.5'\n- .5e3\n- '.inf'\n- 'true'\n- 'null'\n- yes\n- '2024-01-31'\n- 2024-1-31\n- 12:30\n",
        ),
        (
            r#"{a: ["two\nlines\n", "tab\tin", "\x07", "\xa0", "\ufeff", "ü😀", "q\"q", "\\", "a\\b"]}"#,
            "a:\n- \"two\\nlines\\n\"\n- \"tab\\tin\"\n- \"\\a\"\n- \u{a0}\n- \"\\uFEFF\"\n- ü😀\n- q\"q\n- \\\n- a\\b\n",
        ),
        (
            "{a: [[], {}, [[]], [1, [2]], {b: [], c: {}}, null], b: , c: {d: {e: [x]}}}",
            "a:\n- []\n- {}\n- - []\n- - 1\n  - - 2\n- b: []\n  c: {}\n- \nb:\nc:\n  d:\n    e:\n    - x\n",
        ),
        (
            "{1: a, '2': b, 1.5: c, false: d, null: e, 'a b': f, 'a: b': g, '': h}",
            "1: a\n'2': b\n1.5: c\nfalse: d\nnull: e\na b: f\n'a: b': g\n'': h\n",
        ),
        (
            r#"{"two\nlines": [1], b: {"two\nlines": {c: 1}}}"#,
            "? \"two\\nlines\"\n: - 1\nb:\n  ? \"two\\nlines\"\n  : c: 1\n",
        ),
        (
            r#"{a: "say \"this is quoted text that goes on and on, past the end of the line, and it has \\ in it\" twice\n"}"#,
            "a: \"say \\\"this is quoted text that goes on and on, past the end of the line, and it\n  has \\\\ in it\\\" twice\\n\"\n",
        ),
        (
            "{a: {b: '# single quoted text that goes on and on, past the end of the line, and then some more words'}}",
            "a:\n  b: '# single quoted text that goes on and on, past the end of the line, and then\n    some more words'\n",
        ),
        (
            "{a: [1.0, 1e-05, 1e+16, -0.0, .inf, .nan, 123456789012345]}",
            "a:\n- 1.0\n- 1e-05\n- 1e+16\n- -0.0\n- .inf\n- .nan\n- 123456789012345\n",
        ),
        (
            "{a: &x [1, 2], b: &y {k: [3]}, c: *y, d: [*x, {e: *x}], f: *y, g: [&z {h: 1}, &w [5], *z, *w]}",
            "a: &id002\n- 1\n- 2\nb: &id001\n  k:\n  - 3\nc: *id001\nd:\n- *id002\n- e: *id002\nf: *id001\ng:\n- &id003\n  h: 1\n- &id004\n  - 5\n- *id003\n- *id004\n",
        ),
    ] {
        assert_eq!(emitter::document(&parse(source, "t").unwrap()), expected);
    }
}

/// ruamel.yaml breaks the line here as well, and reads one blank where two were, or a blank where none was, or nothing.
#[test]
fn what_dvc_would_not_read_again_is_written_otherwise() {
    let words = "word ".repeat(14);
    for text in [
        format!("{words}x  a-word-behind-two-blanks"),
        format!("\\{}\\\\bb\\\\cc\\'dd ee", "'a\\".repeat(25)),
        format!("{words}{words}"),
    ] {
        for source in [serde_json::json!({"a": text}), serde_json::json!({text.clone(): 1})] {
            let node = crate::yaml::Node::from_json(&source);
            assert_eq!(parse(&emitter::document(&node), "t").unwrap(), node);
        }
    }
}

#[test]
fn a_lock_of_dvc_is_written_back_byte_for_byte() {
    let mut lock = Lock::parse(LOCK, "dvc.lock").unwrap();
    assert_eq!(lock.text(), LOCK);
    let text = lock.text();
    assert!(text.find("  first:") < text.find("  second:"), "{text}");
    for name in ["first", "second"] {
        let entry = lock.get(name).unwrap().clone();
        lock.update(name, entry);
    }
    assert_eq!(lock.text(), LOCK);
    let folder = tempfile::tempdir().unwrap();
    assert!(!lock.write(folder.path()).unwrap(), "unchanged, yet written");
}

#[test]
fn stages_keep_their_places_and_what_only_dvc_knows() {
    let old = "# kept\nschema: '2.0'\ndatasets:\n- name: d\nstages:\n  b: {cmd: x, deps: [{path: p, md5: abc, size: 3}]}\n  a:\n    cmd: [y]\n";
    let entry = Entry {
        cmd: Cmd::One("z".into()),
        deps: Vec::new(),
        params: vec![
            ("q.yaml".into(), vec![("y.b".into(), number("1")), ("y.a".into(), number("2"))]),
            ("params.yaml".into(), Vec::new()),
        ],
        outs: vec![item("o2", None), item("o1", Some(true))],
    };
    let folder = tempfile::tempdir().unwrap();
    fs::atomic_write_bytes(&folder.path().join("dvc.lock"), old.as_bytes()).unwrap();
    let mut lock = Lock::load(folder.path()).unwrap();
    assert_eq!(lock.get("b").unwrap().deps, [Item { path: "p".into(), fingerprint: None }], "a hash of DVC 2");
    lock.update("c", entry.clone());
    lock.update("a", entry);
    assert!(lock.write(folder.path()).unwrap());
    let stage = "    cmd: z\n    params:\n      params.yaml: {}\n      q.yaml:\n        y.a: 2\n        y.b: 1\n    outs:\n    - path: o1\n      hash: md5\n      md5: d41d8cd98f00b204e9800998ecf8427e\n      size: 0\n      isexec: true\n    - path: o2\n      hash: md5\n";
    let head = "# kept\nschema: '2.0'\ndatasets:\n- name: d\nstages:\n  b:\n    cmd: x\n    deps:\n    - path: p\n      md5: abc\n      size: 3\n";
    let written = fs::read_to_string(&folder.path().join("dvc.lock")).unwrap();
    assert_eq!(written, format!("{head}  a:\n{stage}  c:\n{stage}"));
    assert!(["a", "b", "c"].map(|name| lock.remove(name)).iter().all(|removed| *removed) && !lock.remove("c"));
    lock.write(folder.path()).unwrap();
    assert!(!folder.path().join("dvc.lock").exists(), "DVC removes it with its last stage");
}

fn number(text: &str) -> crate::yaml::Node {
    parse(text, "t").unwrap()
}

fn item(path: &str, isexec: Option<bool>) -> Item {
    let fingerprint = isexec.map(|isexec| Fingerprint {
        md5: "d41d8cd98f00b204e9800998ecf8427e".into(),
        size: Some(0),
        nfiles: None,
        isexec,
    });
    Item { path: path.into(), fingerprint }
}

#[test]
fn what_dvc_refuses_is_refused_where_it_stands() {
    for (text, expected, hint) in [
        ("", "dvc.lock:1:1: expected a mapping, found nothing", "restore the file"),
        ("stages: {}\n", "dvc.lock:1:1: the key `schema` is missing", "add `schema: '2.0'`"),
        (
            "schema: 2.0\n",
            "dvc.lock:1:9: `schema`: expected the text `'2.0'`, quotes included, found the number `2`",
            "",
        ),
        ("schema: '2.0'\nstages:\n", "dvc.lock:2:", ""),
        ("schema: '2.0'\nstage: {}\n", "dvc.lock:2:1: `stage`: unknown key `stage`", "did you mean `stages`?"),
        (
            "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    dep: []\n",
            "dvc.lock:5:5: `stages.a.dep`: unknown key `dep`",
            "did you mean `deps`?",
        ),
        ("schema: '2.0'\nstages:\n  a: {deps: []}\n", "dvc.lock:3:6: `stages.a`: the key `cmd` is missing", ""),
        ("schema: '2.0'\nstages:\n  a: {cmd: 1}\n", "dvc.lock:3:12: `stages.a.cmd`: expected a command or a list", ""),
        (
            "schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{md5: a}]}\n",
            "dvc.lock:3:22: `stages.a.outs[0]`: the key `path` is missing",
            "",
        ),
        (
            "schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{path: p, size: big}]}\n",
            "dvc.lock:3:38: `stages.a.outs[0].size`: expected a whole number",
            "",
        ),
        (
            "schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{path: p, files: []}]}\n",
            "dvc.lock:3:32: `stages.a.outs[0].files`: `files` is not supported",
            "`dvc repro`",
        ),
        (
            "schema: '2.0'\nstages:\n  a: {cmd: x, params: {p: [k]}}\n",
            "dvc.lock:3:27: `stages.a.params.p`: expected a mapping",
            "",
        ),
        (
            "schema: '2.0'\nstages:\n<<<<<<< HEAD\n  a: {cmd: x}\n=======\n  a: {cmd: y}\n>>>>>>> b\n",
            "dvc.lock:3: a merge conflict is not resolved",
            "git checkout",
        ),
    ] {
        let error = Lock::parse(text, "dvc.lock").unwrap_err();
        assert!(error.message().starts_with(expected), "{error}");
        assert!(error.hint_text().unwrap_or_default().contains(hint), "{error}: {:?}", error.hint_text());
        assert_eq!(error.code() as i32, 2);
    }
}

#[test]
fn runs_have_the_names_and_the_text_that_dvc_gives_them() {
    let lock = Lock::parse(LOCK, "dvc.lock").unwrap();
    let cache = tempfile::tempdir().unwrap();
    for (name, key, value) in RUNS {
        let entry = lock.get(name).unwrap();
        assert_eq!((run_cache::key(entry).as_str(), run_cache::value(entry).as_str()), (key, value));
        run_cache::save(cache.path(), entry).unwrap();
        assert_eq!(run_cache::load(cache.path(), key).unwrap(), std::slice::from_ref(entry));
    }
    let (_, key, value) = RUNS[1];
    let path = cache.path().join("runs").join(&key[..2]).join(key).join(value);
    assert_eq!(fs::read_to_string(&path).unwrap(), RUN);
    assert!(run_cache::load(cache.path(), &"0".repeat(64)).unwrap().is_empty());
}

#[test]
fn the_newest_run_comes_first_and_rubbish_is_passed_over() {
    let lock = Lock::parse(LOCK, "dvc.lock").unwrap();
    let cache = tempfile::tempdir().unwrap();
    let mut entry = lock.get("first").unwrap().clone();
    let key = run_cache::key(&entry);
    let folder = cache.path().join("runs").join(&key[..2]).join(&key);
    let mut saved = Vec::new();
    for age in [20, 10, 30] {
        entry.outs[0].fingerprint =
            Some(Fingerprint { md5: format!("{age:032}"), size: None, nfiles: None, isexec: false });
        run_cache::save(cache.path(), &entry).unwrap();
        touch(&folder.join(run_cache::value(&entry)), age);
        saved.push(entry.clone());
    }
    fs::atomic_write_bytes(&folder.join("broken"), b"cmd: [").unwrap();
    let [a, b, c] = saved.try_into().unwrap();
    assert_eq!(run_cache::load(cache.path(), &key).unwrap(), [b, a, c]);
}

fn touch(path: &Path, seconds_ago: u64) {
    let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds_ago);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}
