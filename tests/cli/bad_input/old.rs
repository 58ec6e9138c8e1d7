//! Bad input is named, has its exit code, and costs nothing that was there before.

use crate::sandbox::{FAST, Sandbox, generated_project};

const CONFIG: &str = "configs/config.yaml";

#[test]
fn broken_configs_are_refused_with_file_line_and_suggestion() {
    for (file, text, message) in [
        ("configs/train.yaml", "train:\n  fold: 3\n", "configs/train.yaml:2:3: `train.fold`: unknown key"),
        ("configs/train.yaml", "train:\n  folds: many\n", "configs/train.yaml:2:10: `train.folds`: expected"),
        ("configs/train.yaml", "train: [1\n", "configs/train.yaml:"),
        ("configs/train.yaml", "train:\n  algorithms:\n    xbg: {}\n", "did you mean `xgb`?"),
        (
            "configs/train.yaml",
            "train:\n  algorithms:\n    xgb: {max_dept: 3}\n",
            "configs/train.yaml:3:11: `train.algorithms.xgb.max_dept`: unknown key",
        ),
        ("configs/clean.yaml", "clean:\n  steps:\n    - rang: {column: a}\n", "unknown transform `rang`"),
        ("configs/clean.yaml", "clean:\n  steps:\n    - scale: {}\n", "belongs under `features.learned`"),
        ("configs/split.yaml", "split: {test_size: 2}\n", "configs/split.yaml:1:20: `split.test_size`"),
        (
            "configs/features.yaml",
            "features:\n  derive:\n    - expression: {name: r, value: \"a +\"}\n",
            "configs/features.yaml:3",
        ),
    ] {
        let project = generated_project("binary");
        project.write(file, text);
        project.run(&["validate"]).refused(2, message);
        project.run(&["run-all"]).refused(2, "");
        assert!(!project.path("data/raw").exists(), "{text}: a stage ran before the check");
    }
}

#[test]
fn unknown_columns_are_refused_where_they_are_named() {
    let project = generated_project("binary");
    project.write("configs/clean.yaml", "clean:\n  steps:\n    - range: {column: cuont, min: 0}\n");
    let ran = project.run(&["validate"]);
    ran.refused(2, "configs/clean.yaml:3:23: `clean.steps[0].range.column`: column `cuont` not found");
    assert!(ran.stderr.contains("did you mean `count`?"));
    project.run(&["clean"]).refused(2, "column `cuont` not found");
}

#[test]
fn bad_tables_are_refused_and_nothing_is_lost() {
    let header = "key,a,b,color,count,y\n";
    let good = "k1,1,2,red,3,yes\n";
    let many = |row: &str| format!("{header}{}", row.repeat(40));
    for (csv, stage, code, message) in [
        (String::new(), "ingest", 3, "is empty"),
        (header.to_owned(), "ingest", 3, "has a header and no rows"),
        (format!("{header}{good}k2,1\n"), "ingest", 3, "line 3: 2 fields found, 6 expected"),
        (format!("key,a,a,color,count,y\n{good}"), "ingest", 3, "`a` stands twice"),
        (format!("row_id,a,b,color,count,y\n{good}"), "ingest", 3, "which mlops adds itself"),
        (many(good), "clean", 3, "one class"),
        (many("k1,1,2,red,3,\n"), "clean", 3, "no value at all"),
        (many(good).replace(",y\n", ",z\n"), "ingest", 2, "column `y` not found"),
        (format!("{}k9,1,2,red,3,no\n", many(good)), "split", 3, "no row of the class `no`"),
    ] {
        let project = generated_project("binary");
        project.stages("split");
        let before = project.files("data");
        project.write("data/external/table.csv", &csv);
        let changed: Vec<_> = project.files("data");
        let mut last = None;
        for name in ["ingest", "clean", "features", "split"] {
            let ran = project.run(&[name]);
            let stop = ran.code != 0;
            last = Some((name, ran));
            if stop {
                break;
            }
        }
        let (failed, ran) = last.unwrap();
        assert_eq!(failed, stage, "{csv:.60}: {}", ran.stderr);
        ran.refused(code, message);
        // What the failed stage would have written is as it was.
        let outs = |files: &[(String, Vec<u8>)]| {
            files.iter().filter(|(n, _)| n.contains(out_of(stage))).cloned().collect::<Vec<_>>()
        };
        assert!(outs(&before) == outs(&project.files("data")), "{stage}");
        assert_eq!(changed.len(), before.len());
    }
}

fn out_of(stage: &str) -> &'static str {
    match stage {
        "ingest" => "_raw_",
        "clean" => "table_interim_",
        "features" => "-features_",
        _ => "_processed_",
    }
}

#[test]
fn artifacts_and_model_files_that_were_changed_are_not_read_as_good() {
    let project = generated_project("binary");
    project.stages("evaluate");
    let csv = "data/processed/table-test_processed_20240131.csv";
    let text = project.read(csv);
    project.write(csv, &text.replacen("yes", "no", 1));
    project.run(&["evaluate"]).refused(3, "was changed after its stage wrote it");
    project.write(csv, &text);
    let model = project.bytes("models/xgb_table_v1.bin");
    for (bytes, message) in [
        (model[..model.len() - 1].to_vec(), "is truncated or damaged"),
        (b"PK\x03\x04".to_vec(), "is not a model file"),
        (Vec::new(), "is not a model file"),
        ([&model[..8], &[9, 0, 0, 0], &model[12..]].concat(), "has format 9"),
    ] {
        std::fs::write(project.path("models/xgb_table_v1.bin"), bytes).unwrap();
        project.run(&["evaluate"]).refused(3, message);
        project.run(&["show", "models/xgb_table_v1.bin"]).refused(3, message);
    }
    project.run(&["show", "models/none.bin"]).refused(2, "models/none.bin");
}

#[test]
fn wrong_places_and_arguments() {
    let empty = Sandbox::empty();
    empty.run(&["run-all"]).refused(2, "`configs/config.yaml` not found");
    empty.run(&["-C", "nowhere", "run-all"]).refused(2, "nowhere");
    empty.run(&["rn-all"]).refused(2, "run-all");
    let project = generated_project("binary");
    project.run(&["train"]).refused(3, "run the stages before this one");
    project.run(&["predict"]).refused(3, "");
    project.stages("split");
    project.run(&["train", "--algorithm", "rff"]).refused(2, "did you mean `rf`?");
    project.edit(CONFIG, "data/external/table.csv", "data/external/tabel.csv");
    project.run(&["ingest"]).refused(1, "data/external/tabel.csv");
    project.edit(CONFIG, "data/external/tabel.csv", "data/external");
    project.run(&["ingest"]).refused(1, "it is a folder, not a file");
}

#[test]
fn class_weights_for_an_algorithm_without_them_are_refused() {
    let project = generated_project("binary");
    project.write("configs/train.yaml", &FAST.replace("  folds: 3\n", "  folds: 3\n  class_weight: balanced\n"));
    project.run(&["validate"]).refused(2, "lr");
    project.write("configs/train.yaml", &FAST.replace("xgb: {", "xgb: {class_weight: balanced, "));
    project.ok(&["validate"]);
}

#[test]
fn no_step_makes_columns_of_the_target() {
    let project = generated_project("binary");
    for step in
        ["expression: {name: leak, value: \"if(y == 'yes', 1, 0)\"}", "map_values: {column: y, values: {yes: J}}"]
    {
        project.write("configs/clean.yaml", &format!("clean:\n  steps:\n    - {step}\n"));
        project.run(&["validate"]).refused(2, "column `y` not found");
    }
    project.write("configs/clean.yaml", "clean:\n  steps:\n    - filter: {where: \"y == 'yes' or b > -9\"}\n");
    project.ok(&["validate"]);
}

#[test]
fn dvc_yaml_must_watch_what_a_stage_reads() {
    let project = generated_project("binary");
    project.edit("dvc.yaml", "train.seed, ", "");
    project.run(&["validate"]).refused(2, "`train.seed` of configs/train.yaml is not among the params");
}
