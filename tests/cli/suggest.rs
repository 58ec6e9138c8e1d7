//! `mlops features --suggest`: planted columns are found and written, chance is not.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project, to_csv};

const FEATURES: &str = "# made of other columns
features:
  derive:
    # a sum of two
    - expression: {name: total, value: a + b}   # kept
  learned:
    - impute: {columns: numeric, strategy: median}
    - impute: {columns: categorical, strategy: constant, value: missing}
    # one scale
    - scale: {columns: numeric}
    - encode: {columns: categorical, method: onehot}
";

fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    }
}

/// A project whose target is `yes` where `signal` of the numbers a, b, c and the level d says so.
fn planted(rows: usize, signal: fn(f64, f64, f64, usize) -> f64) -> Sandbox {
    let mut random = random(11);
    let rows: Vec<Vec<String>> = (0..rows)
        .map(|_| {
            let (a, b, c) = (random() * 10.0, 0.5 + random() * 5.0, random() * 3.0);
            let d = (random() * 3.99) as usize;
            let yes = signal(a, b, c, d) > random();
            let level = ["p", "q", "r", "s"][d];
            [
                format!("{a:.3}"),
                format!("{b:.3}"),
                format!("{c:.3}"),
                level.to_owned(),
                ["no", "yes"][usize::from(yes)].to_owned(),
            ]
            .to_vec()
        })
        .collect();
    let project = Sandbox::table(&to_csv(&["a", "b", "c", "d", "y"], &rows), "{column: y, positive: \"yes\"}");
    project.write("configs/features.yaml", FEATURES);
    project
}

fn suggested(project: &Sandbox, arguments: &[&str]) -> Json {
    let arguments = [&["features", "--suggest", "--json"], arguments].concat();
    serde_json::from_str(&project.ok(&arguments).stdout).unwrap()
}

fn ratio(a: f64, b: f64, _: f64, _: usize) -> f64 {
    if a / b > 2.0 { 0.95 } else { 0.05 }
}

/// A linear model sees nothing of it.
fn band(a: f64, b: f64, c: f64, _: usize) -> f64 {
    if (3.0..7.0).contains(&a) != (b * c > 6.0) { 0.95 } else { 0.05 }
}

fn chance(_: f64, _: f64, _: f64, _: usize) -> f64 {
    0.4
}

#[test]
fn a_planted_ratio_is_found_written_and_scores_as_told() {
    let project = planted(1500, ratio);
    project.stages("evaluate");
    let score = |project: &Sandbox| -> Json {
        serde_json::from_str(&project.read("reports/metrics/evaluation_table_v1.json")).unwrap()
    };
    let before = score(&project);
    let told = project.ok(&["features", "--suggest"]).stdout;
    // To trees a ratio is as good either way round.
    let lines = ["b_per_a, value: \"b / a\"", "a_per_b, value: \"a / b\""]
        .map(|of| format!("+    - expression: {{name: {of}}}"));
    assert!(lines.iter().any(|line| told.contains(line)) && told.contains("--- configs/features.yaml"), "{told}");
    assert_eq!(project.read("configs/features.yaml"), FEATURES, "written without --write");

    // The same at any number of threads.
    let mut found = None;
    for threads in ["1", "2", "8"] {
        let mut one = suggested(&project, &["--threads", threads]);
        one.as_object_mut().unwrap().remove("seconds");
        match &found {
            None => found = Some(one),
            Some(found) => assert!(*found == one, "{threads} threads"),
        }
    }
    let found = found.unwrap();
    project.ok(&["features", "--suggest", "--write"]);
    let written = project.read("configs/features.yaml");
    let without: String =
        written.lines().filter(|line| !line.contains("_per_")).map(|line| format!("{line}\n")).collect();
    if found["kept"].as_array().unwrap().len() == 1 {
        assert_eq!(without, FEATURES);
    }
    for comment in ["# made of other columns\n", "    # a sum of two\n", "   # kept\n", "    # one scale\n"] {
        assert!(written.contains(comment), "{written}");
    }
    project.run(&["features", "--suggest"]).refused(3, "before `features.derive` was changed");
    project.ok(&["run-all"]);
    let after = score(&project);
    let of = |told: &Json, side: &str| told["models"]["xgb"][side]["roc_auc"].as_f64();
    let model: Json = serde_json::from_str(&project.ok(&["show", "models/xgb_table_v1.bin", "--json"]).stdout).unwrap();
    assert_eq!(model["info"]["out_of_fold"]["mean"]["roc_auc"], found["after"]["mean"]);
    assert_eq!(model["info"]["out_of_fold"]["scores"]["roc_auc"], found["after"]["folds"]);
    let test = |told: &Json| of(told, "test").or_else(|| of(told, "metrics")).unwrap();
    assert!(test(&after) > test(&before) + 0.005, "{} {}", test(&before), test(&after));
    // What is there is not suggested again.
    let again = suggested(&project, &[]);
    assert!(!again["kept"].as_array().unwrap().iter().any(|name| name.as_str().unwrap().contains("_per_")), "{again}");
}

#[test]
fn chance_suggests_nothing() {
    for algorithm in ["xgb", "lr"] {
        let project = planted(600, chance);
        project.stages("split");
        let found = suggested(&project, &["--algorithm", algorithm, "--standard-errors", "0"]);
        assert_eq!(found["kept"], Json::Array(Vec::new()), "{found}");
        assert!(found["candidates"].as_u64().unwrap() > 20);
        let told = project.ok(&["features", "--suggest", "--write"]);
        assert!(told.stdout.contains("nothing found that raises roc_auc"), "{}", told.stdout);
        assert_eq!(project.read("configs/features.yaml"), FEATURES);
    }
}

/// Nothing here fills what a ratio leaves missing, and nothing encodes a new category.
#[test]
fn what_models_need_comes_along() {
    let project = planted(1500, band);
    project.write(
        "configs/features.yaml",
        "features: {learned: [{scale: {columns: numeric}}, {encode: {columns: [d], method: onehot}}]}\n",
    );
    project.edit("configs/train.yaml", "    lr: {}\n", "    lr: {max_iterations: 100}\n");
    project.stages("split");
    let found = suggested(&project, &["--algorithm", "lr", "--standard-errors", "1", "--max", "2", "--write"]);
    assert!(!found["kept"].as_array().unwrap().is_empty(), "{found}");
    for trial in found["trials"].as_array().unwrap() {
        assert_ne!(trial["verdict"], "failed", "{trial}");
        let (kind, line) = (trial["kind"].as_str().unwrap(), trial["derive"].as_str().unwrap_or_default());
        assert!(kind != "ratio" || line.contains("coalesce("), "{trial}");
        assert!(kind != "bins" || trial["learned"].as_str().unwrap().contains("method: onehot"), "{trial}");
    }
    project.ok(&["run-all"]);
}

#[test]
fn numbers_and_several_classes_are_suggested_for_too() {
    for task in ["regression", "multiclass"] {
        let project = generated_project(task);
        project.stages("split");
        let found = suggested(&project, &["--max", "1", "--trials", "4"]);
        assert!(found["trials"].as_array().unwrap().len() <= 4);
        let metric = if task == "regression" { "rmse" } else { "f1_macro" };
        assert_eq!(found["metric"], metric);
        let (before, after) = (found["before"]["mean"].as_f64().unwrap(), found["after"]["mean"].as_f64().unwrap());
        let is_kept = found["kept"] != Json::Array(Vec::new());
        assert_eq!(is_kept, if task == "regression" { after < before } else { after > before }, "{found}");
    }
}

#[test]
fn columns_that_say_how_to_learn_or_are_dropped_are_no_sources() {
    let project = planted(900, ratio);
    project.edit("configs/features.yaml", "  derive:\n", "  drop: [c]\n  derive:\n");
    project.edit(
        "configs/train.yaml",
        "train:\n",
        "train:\n  sample_weight: b\n  validation: {method: group, column: d}\n",
    );
    project.ok(&["validate", "--fix"]);
    project.stages("split");
    let found = suggested(&project, &["--standard-errors", "0", "--algorithm", "lr"]);
    for trial in found["trials"].as_array().unwrap() {
        let line = trial["derive"].as_str().unwrap();
        let name = trial["name"].as_str().unwrap();
        assert!(["b", "c", "d", "y"].iter().all(|column| !name.split('_').any(|word| word == *column)), "{line}");
    }
}

#[test]
fn awkward_tables_are_looked_at_too() {
    let mut random = random(5);
    let header: Vec<String> =
        (0..60).map(|at| format!("n {at}")).chain(["nothing", "one", "day", "note", "y"].map(str::to_owned)).collect();
    let rows: Vec<Vec<String>> = (0..300)
        .map(|row| {
            let mut values: Vec<String> = (0..60).map(|_| format!("{:.0}", random() * 3.0)).collect();
            values.extend([
                String::new(),
                "x".to_owned(),
                format!("2024-{:02}-{:02}", 1 + row % 12, 1 + row % 28),
                format!("some words of row {row} that nobody has written before"),
                ["no", "yes"][usize::from(row % 12 < 6)].to_owned(),
            ]);
            values
        })
        .collect();
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let project = Sandbox::table(&to_csv(&names, &rows), "{column: y, positive: \"yes\"}");
    project.write("configs/features.yaml", "features: {drop: [nothing, one]}\n");
    project.stages("split");
    let found = suggested(&project, &["--write"]);
    assert_eq!(found["kept"][0], "day_month", "{found}");
    project.ok(&["run-all"]);
    // A table of nothing but the target's echo has nothing to be made of.
    let bare = Sandbox::table(
        &to_csv(
            &["f", "y"],
            &(0..100)
                .map(|row| vec![["true", "false"][row % 2].to_owned(), ["a", "b"][row / 3 % 2].to_owned()])
                .collect::<Vec<_>>(),
        ),
        "{column: y}",
    );
    bare.stages("split");
    assert_eq!(suggested(&bare, &[])["candidates"], 0);
}

#[test]
fn what_cannot_be_suggested_is_said() {
    let project = planted(300, chance);
    project.run(&["features", "--suggest"]).refused(3, "run the stages before this one, or `mlops run-all`");
    project.stages("split");
    for (arguments, code, told) in [
        (&["--algorithm", "xbg"][..], 2, "did you mean `xgb`?"),
        (&["--algorithm", "baseline"], 2, "looks at no feature"),
        (&["--metric", "rmse"], 2, "not defined for a binary target"),
        (&["--max", "0"], 2, "--max"),
        (&["--standard-errors=-1"], 2, "expected a number, 0 or more"),
        (&["--standard-errors", "nan"], 2, "expected a number, 0 or more"),
        (&["--timeout", "soon"], 2, "--timeout"),
    ] {
        project.run(&[&["features", "--suggest"], arguments].concat()).refused(code, told);
    }
    project.run(&["features", "--write"]).refused(2, "--suggest");
    project.write(
        "configs/train.yaml",
        "train: {folds: 3, class_weight: null, threshold: f1, seed: null, algorithms: {baseline: {}}}\n",
    );
    project.run(&["features", "--suggest"]).refused(2, "names no algorithm but `baseline`");
}

#[test]
fn a_search_without_time_ends_with_what_it_has() {
    let project = planted(1500, ratio);
    project.stages("split");
    let found = suggested(&project, &["--timeout", "1ms"]);
    assert_eq!((&found["ending"], &found["kept"]), (&Json::from("time"), &Json::Array(Vec::new())));
    let found = suggested(&project, &["--max", "1"]);
    assert_eq!((&found["ending"], found["kept"].as_array().unwrap().len()), (&Json::from("columns"), 1));
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_was_found() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let project = planted(1500, band);
    project.stages("split");
    let arguments = ["features", "--suggest", "-a", "lr", "--write", "--standard-errors", "0", "--max", "50"];
    let mut child =
        project.command(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.starts_with("keeps ")), "nothing was found");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let rest: Vec<String> = told.collect();
    let output = child.wait_with_output().unwrap();
    let written = project.read("configs/features.yaml");
    assert!(written.len() > FEATURES.len() && written.contains("    # a sum of two\n"), "{written}");
    // It may have come to its end by itself meanwhile.
    if output.status.code() == Some(130) {
        assert!(rest.iter().any(|line| line.starts_with("wrote what was found so far: ")), "{rest:?}");
    }
    project.ok(&["validate"]);
}
