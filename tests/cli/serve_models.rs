//! `serve` with several models, from configs/serve.yaml: reload, routing and the log of predictions in a real process.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, generated_project};
use crate::serve::Served;

/// A model file that takes fields `a`, `b` and `c`.
fn seed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/model").join(name)
}

const ROW: &str = r#"{"a": 1.5, "b": "u", "c": 2}"#;

fn predict(server: &Served, path: &str) -> Json {
    let (status, body) = server.ask("POST", path, ROW);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Puts a file in the place of another at once, as `mlops train` does.
fn put(sandbox: &Sandbox, model: &Path, name: &str) {
    std::fs::copy(model, sandbox.path("new")).unwrap();
    std::fs::rename(sandbox.path("new"), sandbox.path(name)).unwrap();
}

/// Asks until it is so; fails where it never is.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("never: {what}");
}

#[test]
fn files_named_on_the_command_line_need_no_project() {
    let bare = Sandbox::empty();
    put(&bare, &seed("xgb_two"), "a.bin");
    put(&bare, &seed("xgb_three"), "b.bin");
    let server = Served::start(&bare, &["--model", "one=a.bin", "--model", "b.bin"]);
    assert_eq!(predict(&server, "/predict")["model"], "one");
    assert_eq!(predict(&server, "/models/b/predict")["model"], "b");
    assert_eq!(server.ask("POST", "/models/two/predict", ROW).0, 404);
    assert_eq!(server.ask("POST", "/models/..%2f..%2fb/predict", ROW).0, 404);
    let list: Json = serde_json::from_str(&server.ask("GET", "/models", "").1).unwrap();
    assert_eq!((&list["default"], list["models"].as_array().unwrap().len()), (&json!("one"), 2));
    drop(server);
    bare.run(&["serve", "--model", "a.bin", "--model", "a.bin"]).refused(2, "two models are called `a`");
    bare.run(&["serve", "-m", "x=a.bin", "-m", "x=b.bin"]).refused(2, "two files are to be called `x`");
    bare.run(&["serve", "-m", "a b=a.bin"]).refused(2, "`a b` cannot be the name of `a.bin`");
    bare.run(&["serve", "-m", "a.bin", "--host", ""]).refused(2, "`--host` is empty");
    bare.run(&["serve", "-m", "a.bin", "--read-timeout", "0"]).refused(2, "expected more than nothing");
    bare.write("notes.txt", "keep me\n");
    bare.run(&["serve", "-m", "a.bin", "--access-log", "notes.txt"]).refused(2, "`notes.txt` is no log of this format");
    assert_eq!(bare.read("notes.txt"), "keep me\n");
    bare.run(&["serve", "--model", "a=champion"]).refused(2, "no project in");
}

#[test]
fn in_a_project_named_files_are_all_there_is_unless_its_config_names_others() {
    let project = generated_project("binary");
    put(&project, &seed("xgb_two"), "a.bin");
    put(&project, &seed("dt_two"), "b.bin");
    let names = |server: &Served| {
        let list: Json = serde_json::from_str(&server.ask("GET", "/models", "").1).unwrap();
        let names = list["models"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    // It has no champion yet, and needs none.
    let server = Served::start(&project, &["-m", "x=a.bin", "-m", "y=b.bin"]);
    assert_eq!(names(&server), ["x", "y"]);
    assert_eq!(predict(&server, "/predict")["model"], "x");
    drop(server);
    project.write("configs/serve.yaml", "serve: {models: {z: a.bin}}\n");
    assert_eq!(names(&Served::start(&project, &["-m", "y=b.bin"])), ["z", "y"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_was_moved_away_is_begun_anew() {
    let bare = Sandbox::empty();
    put(&bare, &seed("xgb_two"), "a.bin");
    let server = Served::start(&bare, &["-m", "a.bin", "--access-log", "a.jsonl"]);
    let lines = |name: &str| std::fs::read_to_string(bare.path(name)).unwrap_or_default().lines().count();
    predict(&server, "/predict");
    until("the first line", || lines("a.jsonl") == 1);
    std::fs::rename(bare.path("a.jsonl"), bare.path("old.jsonl")).unwrap();
    predict(&server, "/predict");
    until("a line in a new file", || lines("a.jsonl") == 1);
    assert_eq!(lines("old.jsonl"), 1);
}

#[test]
fn files_are_swapped_under_load_and_no_answer_is_lost_or_wrong() {
    let bare = Sandbox::empty();
    put(&bare, &seed("xgb_two"), "m.bin");
    bare.write(
        "configs/config.yaml",
        "config: {dataset: x, date: \"20240101\", version: 1, sources: [{builtin: iris}], target: {column: y}}",
    );
    bare.write("configs/serve.yaml", "serve: {reload: 20ms, models: {m: m.bin}}");
    let server = Served::start(&bare, &[]);
    let first = predict(&server, "/predict");
    put(&bare, &seed("dt_two"), "m.bin");
    until("the other model answers", || predict(&server, "/predict") != first);
    let right = [predict(&server, "/predict"), first];
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let answer = predict(&server, "/predict");
                    assert!(right.contains(&answer), "{answer}");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for swap in 0..20 {
            put(&bare, &seed(["xgb_two", "dt_two"][swap % 2]), "m.bin");
            until("it answers", || predict(&server, "/predict") == right[1 - swap % 2]);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(asked.load(Ordering::Relaxed) > 0);
    // A bad file stays out, and the way back is a good one.
    bare.write("m.bin", "no model");
    until("it is refused", || {
        server.ask("GET", "/metrics", "").1.contains("mlops_reload_failures_total{name=\"m\"} 1")
    });
    let (status, told) = server.ask("POST", "/admin/reload", "");
    assert!(status == 409 && told.contains("m.bin"), "{told}");
    assert_eq!(predict(&server, "/predict"), right[0]);
    put(&bare, &seed("xgb_two"), "m.bin");
    until("it answers", || predict(&server, "/predict") == right[1]);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn another_champion_takes_over_and_routes_log_both_answers() {
    let project = generated_project("binary");
    project.stages("evaluate");
    let champion: Json = serde_json::from_str(&project.read("models/champion.json")).unwrap();
    let other = if champion["algorithm"] == "dt" { "lr" } else { "dt" };
    project.write(
        "configs/serve.yaml",
        &format!(
            "serve:\n  reload: 20ms\n  models: {{now: champion, next: models/{other}_table_v1.bin}}\n  routing:\n    \
             live: {{champion: now, challenger: next, percent: 50, by: {{header: x-request-id}}, shadow: next}}\n  \
             predictions: {{path: logs/p.jsonl}}\n"
        ),
    );
    project.ok(&["validate"]);
    let server = Served::start(&project, &["--lenient"]);
    let (_, row) = server.ask("GET", "/example_request", "");
    let ask = |path: &str| -> Json { serde_json::from_str(&server.ask("POST", path, &row).1).unwrap() };
    let stem = format!("{}_table_v1", champion["algorithm"].as_str().unwrap());
    assert_eq!(ask("/models/now/predict")["model"], json!(stem), "the champion is called as its file");
    for _ in 0..20 {
        let model = &ask("/predict")["model"];
        assert!(*model == json!(stem) || *model == json!("next"), "{model}");
    }
    let changed = project.read("models/champion.json").replace(&stem, &format!("{other}_table_v1")).replace(
        &format!("\"algorithm\": \"{}\"", champion["algorithm"].as_str().unwrap()),
        &format!("\"algorithm\": \"{other}\""),
    );
    project.write("models/champion.json", &changed);
    until("the new champion answers", || ask("/models/now/predict")["model"] == json!(format!("{other}_table_v1")));
    assert_eq!(server.stop().0, Some(0));
    let log = project.read("logs/p.jsonl");
    let lines: Vec<Json> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let live: Vec<&Json> = lines.iter().filter(|line| line["name"] == "live").collect();
    assert_eq!(live.len(), 40, "each of the 20 requests twice, also those that waited when it ended");
    let ids = different(&live, "id");
    assert_eq!(ids.len(), 20);
    for id in ids {
        let both: Vec<&Json> =
            live.iter().filter(|line| line["id"].as_str() == Some(id.trim_matches('"'))).copied().collect();
        let mut models = [stem.clone(), "next".to_owned()].map(|model| json!(model).to_string());
        models.sort();
        assert_eq!(different(&both, "model"), models, "of each request the answers of both");
        assert_eq!(both.iter().filter(|line| line["role"] == "shadow").count(), 1);
    }
    assert_eq!(different(&live, "fields").len(), 1);
}

/// The different values under a key.
fn different(lines: &[&Json], key: &str) -> Vec<String> {
    let mut values: Vec<String> = lines.iter().map(|line| line[key].to_string()).collect();
    values.sort();
    values.dedup();
    values
}

#[test]
fn the_config_is_checked_and_options_win() {
    let bare = Sandbox::empty();
    put(&bare, &seed("xgb_two"), "m.bin");
    bare.write(
        "configs/config.yaml",
        "config: {dataset: x, date: \"20240101\", version: 1, sources: [{builtin: iris}], target: {column: y}}",
    );
    let serve = |text: &str| bare.write("configs/serve.yaml", text);
    for (text, message) in [
        ("serve: {modles: {m: m.bin}}", "unknown key"),
        ("serve: {models: {a/b: m.bin}}", "`a/b` cannot be the name of a model"),
        ("serve: {models: {m: m.bin}, predictions: {path: p, redact: [x]}}", "field `x` not found in any model"),
        (
            "serve: {models: {m: m.bin, n: m.bin}, routing: {w: {champion: m, challenger: n, percent: 1, by: {field: z}}}}",
            "field `z` not found",
        ),
    ] {
        serve(text);
        bare.run(&["serve", "--port", "0"]).refused(2, message);
    }
    serve("serve: {models: {m: gone.bin}}");
    bare.run(&["serve", "--port", "0"]).refused(3, "`gone.bin` does not exist");
    serve("serve: {models: {m: m.bin}, max_rows: 1, lenient: true, access_log: access.jsonl}");
    let two = format!("[{ROW}, {ROW}]");
    let server = Served::start(&bare, &[]);
    assert_eq!(server.ask("POST", "/predict", &two).0, 413);
    assert_eq!(server.ask("POST", "/predict", r#"{"a": 1}"#).0, 200, "lenient");
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(bare.read("access.jsonl").lines().count(), 2);
    let server = Served::start(&bare, &["--max-rows", "2", "--model", "m=m.bin"]);
    assert_eq!(server.ask("POST", "/predict", &two).0, 200);
}
