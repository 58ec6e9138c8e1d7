//! Whole projects in, problems or configs out.

use std::fs as std_fs;

use super::*;

const MAIN: &str = "config:\n  dataset: wine\n  date: \"20251120\"\n  version: 1\n  sources:\n    - builtin: winequality\n  target: {column: quality}\n";

fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    std_fs::create_dir(folder.path().join("configs")).unwrap();
    for (name, text) in [("config", MAIN)].iter().chain(files) {
        crate::fs::atomic_write_bytes(&folder.path().join(shown(name)), text.as_bytes()).unwrap();
    }
    let project = Project::discover(folder.path()).unwrap();
    (folder, project)
}

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let (_folder, project) = project(files);
    Config::check(&project).unwrap_err().iter().map(|e| e.message().to_owned()).collect()
}

#[test]
fn one_file_is_enough_and_the_defaults_serve() {
    let (_folder, project) = project(&[]);
    let config = Config::load(&project).unwrap();
    assert_eq!(config.names().raw(), "data/raw/wine_raw_20251120.csv");
    assert_eq!(config.split.method.value, Method::Stratified);
    assert_eq!((config.split_seed(), config.train.folds.value, config.train.algorithms.len()), (42, 5, 5));
    assert_eq!(config.features.learned.len(), 4);
    assert!(config.clean.trim && config.clean.missing.len() == 9);
}

#[test]
fn the_project_s_own_configs_are_good() {
    let project = Project::discover(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let config = Config::load(&project).unwrap();
    let map = [("< 7", "average"), (">= 7", "good")].map(|(from, label)| (from.to_owned(), label.to_owned()));
    assert_eq!(config.main.target.map, map);
}

#[test]
fn problems_of_all_files_are_told_with_their_place() {
    let found = problems(&[
        ("split", "split:\n  method: stratifed\n"),
        ("train", "train:\n  fold: 3\n"),
        ("predict", "predict:\n  input: 3\n"),
    ]);
    assert_eq!(
        found,
        [
            "configs/split.yaml:2:11: `split.method`: unknown value `stratifed`",
            "configs/train.yaml:2:3: `train.fold`: unknown key",
            "configs/predict.yaml:2:10: `predict.input`: expected a text, found the number `3`",
        ]
    );
}

#[test]
fn what_types_cannot_say_is_checked_too() {
    for (file, text, expected) in [
        ("split", "split: {test_size: 1.0}", "configs/split.yaml:1:20: `split.test_size`: `1` is not between 0 and 1"),
        ("split", "split: {method: time}", "configs/split.yaml:1:17: `split.method`: this method needs a `column`"),
        ("split", "split: {method: given}", "configs/split.yaml:1:17: `split.method`: `given` needs sources"),
        ("train", "train: {folds: 1}", "configs/train.yaml:1:16: `train.folds`: `1` is too few"),
        (
            "train",
            "train: {threshold: {cost: 2}}",
            "configs/train.yaml:1:20: `train.threshold`: expected a metric, a number or `costs",
        ),
        ("train", "train: {threshold: {costs: {a: 2}}}", "configs/train.yaml:1:20: `train.threshold`: expected labels"),
        (
            "train",
            "train: {threshold: {costs: {a: {b: -2}}}}",
            "configs/train.yaml:1:20: `train.threshold`: a cost is a number, 0 or more",
        ),
        ("train", "train: {threshold: 2}", "configs/train.yaml:1:20: `train.threshold`: expected a metric or a number"),
        ("train", "train: {algorithms: [rf]}", "configs/train.yaml:1:21: `train.algorithms`: expected a mapping"),
        ("train", "train: {algorithms: {}}", "configs/train.yaml: `train.algorithms` is empty"),
        ("train", "train: {algorithms: {Rf: {}}}", "configs/train.yaml:1:22: `train.algorithms.Rf`: `Rf` cannot stand"),
        (
            "train",
            "train: {class_weight: {good: -1}}",
            "configs/train.yaml:1:23: `train.class_weight`: the weight of `good`",
        ),
        ("evaluate", "evaluate: {gates: {f1: {}}}", "configs/evaluate.yaml:1:20: `evaluate.gates.f1`: a gate needs"),
        (
            "predict",
            "predict: {output: ../x.csv}",
            "configs/predict.yaml:1:19: `predict.output`: `../x.csv` is not inside",
        ),
        ("clean", "clean: {types: {a: int}}", "configs/clean.yaml:1:20: `clean.types.a`: unknown value `int`"),
        ("clean", "train: {}", "configs/clean.yaml:1:1: `train`: expected one root key `clean:`"),
        ("config", &MAIN.replace("20251120", "20250230"), "configs/config.yaml:3:9: `config.date`: `20250230` is not"),
        (
            "config",
            &MAIN.replace("version: 1", "version: 0"),
            "configs/config.yaml:4:12: `config.version`: the version",
        ),
        ("config", &MAIN.replace("wine\n", "Wine!\n"), "configs/config.yaml:2:12: `config.dataset`: `Wine!` cannot"),
        (
            "config",
            &MAIN.replace("builtin: winequality", "file: /a.csv"),
            "configs/config.yaml:6:13: `config.sources[0].file`",
        ),
        (
            "config",
            &MAIN.replace("builtin: winequality", "part: test"),
            "configs/config.yaml:6:7: `config.sources[0]`: expected",
        ),
    ] {
        let found = problems(&[(file, text)]);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}\n{found:?}");
    }
}

#[test]
fn names_and_routes_of_models_are_checked() {
    for (text, expected) in [
        ("serve: {prot: 1}", "configs/serve.yaml:1:9: `serve.prot`: unknown key"),
        ("serve: {max_body: 0}", "configs/serve.yaml:1:19: `serve.max_body`: expected a number from 1 to"),
        ("serve: {reload: 0}", "configs/serve.yaml:1:17: `serve.reload`: a duration of 0"),
        ("serve: {reload: soon}", "configs/serve.yaml:1:17: `serve.reload`: expected a duration such as 90"),
        ("serve: {models: {}}", "configs/serve.yaml: `serve.models` is empty"),
        (
            "serve: {models: {../../etc/passwd: a.bin}}",
            "configs/serve.yaml:1:18: `serve.models.../../etc/passwd`: `../../etc/passwd` cannot be the name of a model",
        ),
        ("serve: {models: {..: a.bin}}", "configs/serve.yaml:1:18: `serve.models...`: `..` cannot be"),
        ("serve: {models: {wine: a.bin}, default: wnie}", "configs/serve.yaml:1:41: `serve.default`: model `wnie`"),
        (
            "serve: {models: {a: a, b: b}, routing: {w: {champion: c, challenger: b, percent: 1}}}",
            "configs/serve.yaml:1:55: `serve.routing.w.champion`: model `c` not found",
        ),
        (
            "serve: {models: {a: a, b: b}, routing: {w: {champion: a, challenger: b}}}",
            "configs/serve.yaml:1:70: `serve.routing.w.challenger`: a challenger needs the `percent`",
        ),
        (
            "serve: {models: {a: a, b: b}, routing: {b: {champion: a, shadow: b}}}",
            "configs/serve.yaml:1:41: `serve.routing.b`: `b` is a model that this route has not",
        ),
        (
            "serve: {models: {a: a, b: b}, routing: {w: {champion: a, shadow: b, by: {}}}}",
            "configs/serve.yaml:1:73: `serve.routing.w.by`: expected one of `header` and `field`",
        ),
        (
            "serve: {predictions: {path: p, sample: 2}}",
            "configs/serve.yaml:1:40: `serve.predictions.sample`: expected a number from 0 to 1",
        ),
    ] {
        let found = problems(&[("serve", text)]);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}\n{found:?}");
    }
}

#[test]
fn class_weights_leave_the_parameters() {
    let (_folder, project) = project(&[(
        "train",
        "train: {class_weight: balanced, algorithms: {lr: {c: 1}, rf: {class_weight: {a: 2}, trees: 3}}}",
    )]);
    let train = Config::load(&project).unwrap().train;
    assert_eq!(train.class_weight_of(&train.algorithms[0]), &ClassWeight::Balanced);
    assert_eq!(train.class_weight_of(&train.algorithms[1]), &ClassWeight::Given(vec![("a".into(), 2.0)]));
    assert_eq!(train.algorithms[1].params.to_json(), serde_json::json!({"trees": 3}));
    assert_eq!(
        serde_json::to_value(&train).unwrap()["algorithms"]["rf"],
        serde_json::json!({"trees": 3, "class_weight": {"a": 2.0}})
    );
}

#[test]
fn sources_say_how_their_files_are_written() {
    let source = |keys: &str| MAIN.replace("builtin: winequality", keys);
    let hex = "0".repeat(64);
    for (keys, expected) in [
        ("file: a.csv", r#"{"delimiter":",","quote":"\"","comment":null}"#),
        ("file: a.tsv.gz", r#"{"delimiter":"\t","quote":"\"","comment":null}"#),
        (
            "{file: a.tsv, delimiter: \",\", quote: null, comment: \"#\"}",
            r##"{"delimiter":",","quote":null,"comment":"#"}"##,
        ),
        (
            &format!("{{url: \"https://example.org/d/a.tab?x=1\", sha256: \"{hex}\", encoding: latin-1}}"),
            r#"{"delimiter":"\t","quote":"\"","comment":null,"file":"data/external/a.tab"}"#,
        ),
    ] {
        let (_folder, project) = project(&[("config", &source(keys))]);
        let main = Config::load(&project).unwrap().main;
        let shown = serde_json::to_value(&main.sources.value[0]).unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&shown[key], value, "{keys}: {key}");
        }
    }
    let long = format!("url: https://h/{}", "x y");
    for (keys, expected) in [
        ("{file: a.csv, delimiter: \",,\"}", "the delimiter `,,` is not one ASCII character"),
        ("{file: a.csv, quote: \",\"}", "`delimiter` and `quote` are the same character"),
        ("{file: a.json, format: json, comment: \"#\"}", "`comment` is for CSV, not for json"),
        ("{file: a.csv, format: xlsx}", "unknown value `xlsx`"),
        ("{file: a.csv, header: false}", "`header: false` needs the column `names`"),
        ("{file: a.csv, names: [a, a]}", "the column name `a` stands twice in `names`"),
        ("{file: a.csv, sha256: ab}", "`sha256` is for `url`, not for `file`"),
        ("{builtin: iris, encoding: utf-8}", "`encoding` is for files, not for `builtin`"),
        ("{builtin: iris, file: a.csv}", "`builtin` and a file are two sources"),
        ("{file: ../a.csv}", "`../a.csv` is not inside the project folder"),
        ("{url: \"ftp://h/a.csv\"}", "`ftp://h/a.csv` is no HTTP address"),
        ("{url: \"https://user:secret@h/a.csv\"}", "the address holds credentials"),
        ("{url: \"https://h/\"}", "`https://h/` gives no name for its file"),
        (&long, "`https://h/x y` gives no name for its file"),
        ("{url: \"https:///a.csv\"}", "`https:///a.csv` is no HTTP address"),
        ("{url: \"https://h/a.csv\", sha256: abc}", "`abc` is no SHA-256 checksum"),
        ("{url: \"https://h/a.csv\", file: \"d/*.csv\"}", "`d/*.csv` is a pattern"),
    ] {
        let found = problems(&[("config", &source(keys))]);
        assert!(
            found.len() == 1 && found[0].starts_with("configs/config.yaml:6:") && found[0].contains(expected),
            "{expected}\n{found:?}"
        );
        assert!(!found[0].contains("secret"));
    }
}
