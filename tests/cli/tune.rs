//! `mlops tune`: the same trials whoever runs them, none lost, none twice.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project, to_csv};

const JOURNAL: &str = "reports/tuning/trials_table_v1.jsonl";
const RESULT: &str = "reports/tuning/tuning_table_v1.json";

const SPACES: &str = "tune:
  trials: 24
  pruning: median
  algorithms:
    xgb:
      n_estimators: {int: [20, 60], step: 20}
      learning_rate: {float: [0.01, 0.5], log: true}
      max_depth: {int: [1, 8]}
      reg_lambda: 2
    rf: {max_depth: {int: [1, 10]}, max_features: {choices: [sqrt, 1.0]}}
";

/// A project whose training rows are there.
fn project(tune: &str) -> Sandbox {
    let project = generated_project("binary");
    project.write("configs/tune.yaml", tune);
    project.stages("split");
    project
}

/// The header and the trials in the order of their numbers, without times.
fn journal(project: &Sandbox) -> Vec<Json> {
    let text = project.read(JOURNAL);
    let mut lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines[1..].sort_by_key(|trial| trial["trial"].as_u64());
    for trial in &mut lines[1..] {
        trial.as_object_mut().unwrap().remove("seconds").unwrap();
    }
    lines
}

fn begin(project: &Sandbox, arguments: &[&str]) -> Child {
    let mut command = project.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until some trials are in the journal.
fn wait_for(project: &Sandbox, trials: usize) {
    let start = Instant::now();
    let lines = || std::fs::read_to_string(project.path(JOURNAL)).unwrap_or_default().lines().count();
    while lines() <= trials {
        assert!(start.elapsed() < Duration::from_secs(120), "no trial");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn trials_and_result_are_the_same_at_any_number_of_jobs_and_threads() {
    let project = project(SPACES);
    let mut first = None;
    for (threads, jobs) in [("1", "1"), ("2", "2"), ("8", "8"), ("2", "3")] {
        project.ok(&["--threads", threads, "tune", "--jobs", jobs, "--force"]);
        let found = (journal(&project), project.read(RESULT));
        assert_eq!(found.0.len(), 25);
        match &first {
            None => first = Some(found),
            Some(first) => assert!(*first == found, "{threads} threads, {jobs} jobs"),
        }
    }
    let (journal, result) = first.unwrap();
    let pruned: Vec<&Json> = journal.iter().filter(|trial| trial["state"] == "pruned").collect();
    assert!(!pruned.is_empty(), "nothing was pruned");
    for trial in &pruned {
        // Three folds: after one none is pruned, after three there is nothing to save.
        assert!(trial["folds"].as_array().unwrap().len() == 2 && trial["trial"].as_u64() >= Some(8), "{trial}");
    }
    let result: Json = serde_json::from_str(&result).unwrap();
    assert_eq!(result["trials"]["pruned"], pruned.len());
    let best = |trial: &&Json| trial["state"] == "complete";
    let best = journal[1..].iter().filter(best).map(|trial| trial["mean"].as_f64().unwrap()).fold(0.0, f64::max);
    assert_eq!(result["best"]["mean"], best);
}

#[test]
fn a_killed_search_goes_on_as_if_nothing_had_happened() {
    let whole = project(SPACES);
    whole.ok(&["tune"]);
    let killed = whole.copy();
    std::fs::remove_file(killed.path(JOURNAL)).unwrap();
    let mut child = begin(&killed, &["tune"]);
    wait_for(&killed, 5);
    child.kill().unwrap();
    child.wait().unwrap();
    // A killed process may leave half a line.
    let text = killed.read(JOURNAL);
    killed.write(JOURNAL, &format!("{text}{{\"trial\": 23, \"algor"));
    killed.run(&["tune"]).refused(2, "holds the trials of a search");
    let resumed = killed.ok(&["tune", "--resume"]);
    assert!(resumed.stderr.contains("20 bytes were cut off"), "{}", resumed.stderr);
    assert!(journal(&killed) == journal(&whole) && killed.read(RESULT) == whole.read(RESULT));
    let kept: Vec<&str> = text.lines().collect();
    assert!(killed.read(JOURNAL).lines().take(kept.len()).eq(kept), "trials were run again");
}

#[test]
fn several_processes_share_one_journal() {
    let alone = project(SPACES);
    alone.ok(&["tune"]);
    let shared = alone.copy();
    std::fs::remove_file(shared.path(JOURNAL)).unwrap();
    let mut children: Vec<Child> = (0..3).map(|_| begin(&shared, &["tune", "--resume", "--jobs", "1"])).collect();
    // One of them dies with a trial in its hands.
    wait_for(&shared, 3);
    children[0].kill().unwrap();
    let ended: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    assert!(ended[1].status.success() && ended[2].status.success(), "{}", String::from_utf8_lossy(&ended[1].stderr));
    // No trial stands there twice.
    assert_eq!(shared.read(JOURNAL).lines().count(), 25);
    assert!(journal(&shared) == journal(&alone) && shared.read(RESULT) == alone.read(RESULT));
}

#[cfg(unix)]
#[test]
fn an_interrupt_tells_the_best_so_far() {
    let project = project(&SPACES.replace("24", "5000"));
    let child = begin(&project, &["tune"]);
    wait_for(&project, 3);
    // What a process writes to is not thrown away beneath it.
    project.run(&["tune", "--force"]).refused(2, "another process is searching");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("trials so far: trial ") && told.contains("mlops tune --resume"), "{told}");
    assert!(journal(&project).len() > 3);
    let child = begin(&project, &["--json", "tune", "--resume"]);
    let kept = journal(&project).len();
    wait_for(&project, kept);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let told: Json = serde_json::from_slice(&child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!((&told["error"]["code"], &told["error"]["message"]), (&Json::from(130), &Json::from("interrupted")));
}

#[test]
fn what_is_written_is_what_was_scored_and_comments_stay() {
    let project = project(&SPACES.replace("pruning: median", "metric: f1\n  sampler: random").replace("24", "8"));
    project.edit(
        "configs/train.yaml",
        "    xgb: {n_estimators: 10, max_depth: 3}",
        "    # trees\n    xgb: {n_estimators: 10, gamma: 0.5}  # boosted",
    );
    project.edit(
        "configs/train.yaml",
        "rf: {n_estimators: 10, max_depth: 6}",
        "rf:\n      # many\n      n_estimators: 10",
    );
    let told = project.ok(&["tune"]).stdout;
    assert!(told.contains("-    xgb: {n_estimators: 10, gamma: 0.5}  # boosted\n+    xgb: {"), "{told}");
    assert!(project.read("configs/train.yaml").contains("{n_estimators: 10, gamma: 0.5}"), "written without --write");
    let found: Json = serde_json::from_str(&project.ok(&["tune", "--resume", "--write", "--json"]).stdout).unwrap();
    let train = project.read("configs/train.yaml");
    assert!(train.contains("    # trees\n    xgb: {") && train.contains("gamma: 0.5}  # boosted\n"), "{train}");
    assert!(train.contains("reg_lambda: 2"), "{train}");
    assert!(train.contains("      # many\n      n_estimators: 10\n"), "{train}");
    project.ok(&["validate"]);
    project.ok(&["train"]);
    for trial in found["algorithms"].as_array().unwrap() {
        let model = format!("models/{}_table_v1.bin", trial["algorithm"].as_str().unwrap());
        let shown: Json = serde_json::from_str(&project.ok(&["show", &model, "--json"]).stdout).unwrap();
        assert_eq!(shown["info"]["out_of_fold"]["mean"]["f1"], trial["mean"], "{model}");
    }
    // What was written does not make the search another one.
    project.ok(&["tune", "--resume"]);
}

#[test]
fn what_was_tried_is_looked_up_and_a_space_comes_to_its_end() {
    let project = project(
        "tune:\n  trials: 60\n  sampler: random\n  algorithms:\n    dt: {max_depth: {int: [1, 3]}}\n    rf: {n_estimators: 4, max_depth: {choices: [2, 5]}}\n",
    );
    let told = project.ok(&["tune", "--jobs", "2"]).stdout;
    assert!(told.contains("every combination has been tried"), "{told}");
    let (whole, result, text) = (journal(&project), project.read(RESULT), project.read(JOURNAL));
    let trials = &whole[1..];
    let first: Vec<&Json> = trials.iter().filter(|trial| trial.get("same_as").is_none()).collect();
    assert!(first.len() == 5 && trials.len() > 5 && trials.len() < 60, "{trials:?}");
    for trial in trials {
        let mut copy = trial.clone();
        let Some(same) = copy.as_object_mut().unwrap().remove("same_as") else { continue };
        copy["trial"] = same.clone();
        assert!(same.as_u64() < trial["trial"].as_u64() && copy == trials[same.as_u64().unwrap() as usize], "{trial}");
    }
    project.ok(&["--threads", "8", "tune", "--jobs", "8", "--force"]);
    assert!(journal(&project) == whole && project.read(RESULT) == result, "at 8 jobs");
    let lines: Vec<&str> = text.lines().collect();
    for kept in [1, 4, lines.len() - 1, lines.len()] {
        project.write(JOURNAL, &(lines[..kept].join("\n") + "\n"));
        project.ok(&["tune", "--resume"]);
        assert!(journal(&project) == whole && project.read(RESULT) == result, "after {kept} lines");
    }
}

#[test]
fn a_search_of_other_rows_or_spaces_is_not_gone_on_with() {
    let project = project(&SPACES.replace("24", "4"));
    project.ok(&["tune"]);
    for (from, to, differs) in [
        ("max_depth: {int: [1, 8]}", "max_depth: {int: [1, 9]}", "`algorithms`"),
        // Proposals go by the order of parameters and algorithms.
        (
            "      reg_lambda: 2\n    rf: {max_depth: {int: [1, 10]}, max_features: {choices: [sqrt, 1.0]}}",
            "      reg_lambda: 2\n    rf: {max_features: {choices: [sqrt, 1.0]}, max_depth: {int: [1, 10]}}",
            "`algorithms`",
        ),
        ("trials: 4", "trials: 4\n  seed: 7\n  metric: f1", "`metric`, `seed`"),
    ] {
        let before = project.read("configs/tune.yaml");
        project.edit("configs/tune.yaml", from, to);
        project.run(&["tune", "--resume"]).refused(2, &format!("is of a search that differs in {differs}"));
        project.write("configs/tune.yaml", &before);
    }
    let text = project.read(JOURNAL);
    project.edit(JOURNAL, "\"program\":\"", "\"program\":\"0");
    project.run(&["tune", "--resume"]).refused(2, "is of a search that differs in `program`");
    // Trials that were changed, or that nobody ran.
    let lines: Vec<&str> = text.lines().collect();
    let last: Json = serde_json::from_str(lines[4]).unwrap();
    let changed = |key: &str, value: Json| {
        let mut trial = last.clone();
        trial[key] = value;
        [&lines[..4], &[trial.to_string().as_str()]].concat().join("\n") + "\n"
    };
    let number = last["trial"].as_u64().unwrap();
    let mut params = last["params"].clone();
    params["max_depth"] = Json::from(-5);
    for (key, value, expected) in [
        ("params", params, format!("trial {number} is not what this search tries")),
        ("algorithm", Json::from("nb"), format!("trial {number} is not what this search tries")),
        ("mean", Json::Null, "line 5: a trial that has not failed has a `mean`".to_owned()),
    ] {
        project.write(JOURNAL, &changed(key, value));
        project.run(&["tune", "--resume", "--write"]).refused(3, &expected);
    }
    project.write(JOURNAL, "nonsense\n");
    project.run(&["tune", "--resume"]).refused(3, "line 1: no journal of a search");
}

#[test]
fn what_is_done_is_told_of_a_resumed_search() {
    let project = project(&SPACES.replace("24", "8"));
    project.ok(&["tune"]);
    let told = project.ok(&["tune", "--resume", "--timeout", "0s"]);
    assert!(told.stdout.contains("8 trials: ") && !told.stdout.contains("time was over"), "{}", told.stdout);
    let fewer = project.ok(&["tune", "--resume", "--timeout", "0s", "--trials", "5"]);
    assert!(fewer.stdout.contains("5 trials: ") && !fewer.stdout.contains("time was over"), "{}", fewer.stdout);
    assert!(fewer.stderr.contains("the journal holds 8 trials, of which the first 5 count"), "{}", fewer.stderr);
    let more = project.ok(&["tune", "--resume", "--timeout", "0s", "--trials", "9"]);
    assert!(more.stdout.contains("8 trials: ") && more.stdout.contains("the time was over"), "{}", more.stdout);
}

#[test]
fn pruning_takes_folds_of_one_class_as_telling_nothing() {
    let row = |at: usize| {
        let fold = at % 3;
        let class = if fold > 0 && (at * 7) % 11 > 4 { "yes" } else { "no" };
        vec![((at * 7) % 11).to_string(), ((at * 5) % 13).to_string(), format!("f{fold}"), class.to_owned()]
    };
    let csv = to_csv(&["a", "b", "fold", "y"], &(0..240).map(row).collect::<Vec<_>>());
    let project = Sandbox::table(&csv, "{column: y}");
    project.edit(
        "configs/train.yaml",
        "  folds: 3\n",
        "  folds: 3\n  calibration: platt\n  validation: {method: predefined, column: fold}\n",
    );
    project.write("configs/tune.yaml", "tune: {trials: 12, pruning: median, algorithms: {dt: {max_depth: {int: [1, 9]}, min_samples_leaf: {int: [1, 40]}}}}\n");
    project.stages("split");
    project.ok(&["tune"]);
    let trials = &journal(&project)[1..];
    assert!(trials.iter().all(|trial| trial["state"] != "failed" && trial["steps"][0].is_null()), "{trials:?}");
    assert!(trials.iter().any(|trial| trial["steps"][1].is_number()), "{trials:?}");
}

#[test]
fn trials_that_cannot_be_are_told_and_end_a_search_only_where_all_do() {
    // `lossguide` wants a depth: only together do two choices in the middle go wrong.
    let project = project(
        "tune:\n  sampler: grid\n  algorithms:\n    xgb: {max_depth: {choices: [6, 0, 5]}, grow_policy: {choices: [depthwise, lossguide]}, n_estimators: 3}\n",
    );
    let told = project.ok(&["tune"]);
    assert!(told.stdout.contains("6 trials: 5 complete, 1 failed"), "{}", told.stdout);
    assert!(told.stderr.contains("1 trial failed: ") && told.stderr.contains("`lossguide` with a"), "{}", told.stderr);
    // A whole round that fails, in the end or in the beginning, is one among others.
    for (round, choices) in [(4, "[3, 5, 7, 9, 5000]"), (1, "[5000, 3, 6000]")] {
        project.write(
            "configs/tune.yaml",
            &format!("tune: {{sampler: grid, round: {round}, algorithms: {{knn: {{n_neighbors: {{choices: {choices}}}}}}}}}\n"),
        );
        let told = project.ok(&["tune", "--force"]);
        assert!(told.stderr.contains("failed: ") && told.stdout.contains("every combination"), "{}", told.stdout);
    }
    assert!(project.path(RESULT).exists());
    // `lr` takes no missing values.
    project.write("configs/tune.yaml", "tune: {trials: 8, algorithms: {lr: {c: {float: [0.1, 1]}}}}\n");
    project.edit("configs/features.yaml", "    - impute: {columns: numeric, strategy: median}\n", "");
    project.run(&["tune", "--force"]).refused(1, "all 4 trials failed");
    assert!(!project.path(RESULT).exists(), "a result of another search");
}

#[test]
fn a_tune_stage_stands_in_dvc_yaml() {
    let project = project(&SPACES.replace("24", "4"));
    project.ok(&["tune"]);
    let pipeline = project.read("dvc.yaml");
    let stage = "  tune:\n    cmd: mlops tune\n    params:\n      - configs/tune.yaml: [tune]\n    outs:\n      - reports/tuning/tuning_${config.dataset}_v${config.version}.json\n";
    project.write("dvc.yaml", &format!("{pipeline}{stage}"));
    project.run(&["validate"]).refused(2, "`data/processed/table-train_processed_20240131.csv` is not among the deps");
    project.ok(&["validate", "--fix"]);
    project.ok(&["validate"]);
    // The journal that is there is of another run of the stage.
    let ran = project.ok(&["run-all", "--to", "tune"]);
    assert!(ran.stdout.contains("4 trials: 4 complete"), "{}", ran.stdout);
    let again = project.ok(&["run-all", "--to", "tune"]);
    assert!(again.stdout.contains("tune              up to date"), "{}", again.stdout);
    project.edit("configs/tune.yaml", "trials: 4", "trials: 6");
    assert!(project.ok(&["run-all", "--to", "tune"]).stdout.contains("6 trials: 6 complete"));
    // What a search begins from, and what it is for, may stand in other configs.
    project.edit("configs/train.yaml", "rf: {n_estimators: 10, max_depth: 6}", "rf: {n_estimators: 3}");
    assert!(project.ok(&["run-all", "--to", "tune"]).stdout.contains("6 trials: 6 complete"));
    project.write("configs/evaluate.yaml", "evaluate: {select: f1}\n");
    project.run(&["validate"]).refused(2, "`evaluate.select` of configs/evaluate.yaml is not among the params");
    project.ok(&["validate", "--fix"]);
    project.edit("configs/evaluate.yaml", "f1", "log_loss");
    project.ok(&["run-all", "--to", "tune"]);
    assert!(project.read(RESULT).contains("\"metric\": \"log_loss\""));
    let params = |project: &Sandbox| project.read("dvc.yaml").rsplit_once("cmd: mlops tune").unwrap().1.to_owned();
    assert!(params(&project).contains("train.algorithms.xgb") && params(&project).contains("train.algorithms.rf"));
    // Of one algorithm alone, the others do not matter.
    project.edit("dvc.yaml", "cmd: mlops tune\n", "cmd: mlops tune --algorithm xgb\n");
    project.edit("dvc.yaml", ", train.algorithms.rf", "");
    project.ok(&["validate"]);
}
