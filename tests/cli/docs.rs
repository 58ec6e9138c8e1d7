//! What the program says of itself is what it does.

use std::path::Path;

use mlops::yaml;
use serde_json::{Map, Value as Json, json};

use crate::json_schema;
use crate::sandbox::Sandbox;

const FILES: [&str; 12] = [
    "config", "clean", "features", "explore", "split", "train", "tune", "evaluate", "report", "predict", "serve",
    "logging",
];

fn committed(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn schema(name: &str) -> Json {
    serde_json::from_str(&Sandbox::empty().ok(&["docs", "--schema", name]).stdout).unwrap()
}

fn to_json(text: &str) -> Json {
    yaml::parse(text, "").unwrap().to_json()
}

#[test]
fn the_committed_docs_are_what_the_program_writes() {
    let sandbox = Sandbox::empty();
    let written = sandbox.ok(&["docs", "--out", "docs"]).stdout;
    assert_eq!(written.lines().count(), 2 + FILES.len());
    for path in written.lines() {
        assert!(sandbox.read(path) == committed(path), "{path} is not what the program says: run `make docs`");
    }
    assert_eq!(sandbox.ok(&["docs", "--markdown"]).stdout, committed("docs/cli.md"));
    assert_eq!(sandbox.ok(&["docs", "--configuration"]).stdout, committed("docs/configuration.md"));
    sandbox.run(&["docs"]).refused(2, "--markdown");
    sandbox.run(&["docs", "--schema", "trian"]).refused(2, "train");
}

#[test]
fn the_project_s_own_configs_fit_the_schemas() {
    for name in FILES {
        let value = to_json(&committed(&format!("configs/{name}.yaml")));
        json_schema::check(&schema(name), &value).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
}

/// Other ways to write what the reader takes.
#[test]
fn what_the_reader_takes_fits_the_schemas() {
    let main = committed("configs/config.yaml");
    let file = |keys: &str| main.replace("builtin: winequality", &format!("file: {keys}\n     "));
    for (name, text) in [
        ("config", main.replace("builtin: winequality", "builtin: iris")),
        (
            "config",
            file(
                "data/external/w.csv\n      header: false\n      names: [quality, a]\n      delimiter: tab\n      quote: null",
            ),
        ),
        ("config", file("data/w.json.gz\n      format: json\n      encoding: utf-8")),
        ("config", file("w.csv\n      url: https://example.org/w.csv")),
        ("clean", "clean:".to_owned()),
        ("clean", "clean: {missing: [1, x], values: {pH: {b: null, c: 1}}, types: {alcohol: number}}".to_owned()),
        (
            "clean",
            "clean: {steps: [drop_duplicates, {drop_duplicates: null}, {range: {column: pH, min: 1, on_violation: null}}]}".to_owned(),
        ),
        ("clean", "clean: {steps: [{map_values: {column: pH, values: {1: a, 2: null}, default: null}}]}".to_owned()),
        (
            "features",
            "features: {derive: [{bins: {column: pH, edges: [3]}}], learned: [impute, {scale: {columns: [pH]}}]}".to_owned(),
        ),
        ("features", "features: {learned: [{encode: {method: target, folds: 2, columns: null}}]}".to_owned()),
        (
            "train",
            "train: {class_weight: balanced, threshold: 0.4, seed: 1, algorithms: {rf: {class_weight: {good: 2}}, xgb: null}}".to_owned(),
        ),
        (
            "train",
            "train: {threshold: null, algorithms: {rf: {max_depth: null, max_features: sqrt}, lr: {class_weight: null}}}".to_owned(),
        ),
        ("evaluate", "evaluate: {select: null, gates: {f1: {max: 1}}}".to_owned()),
        ("split", "split: {method: group, column: pH}".to_owned()),
        ("serve", "serve: {read_timeout: 500ms, answer_timeout: 1.5, reload: null, access_log: \"-\"}".to_owned()),
        (
            "serve",
            "serve: {models: {a: m/a.bin, b: champion}, routing: {w: {champion: a, challenger: b, percent: 2.5, by: {header: x-user}}, a: {champion: a, shadow: b}}}".to_owned(),
        ),
        ("serve", "serve: {predictions: {path: logs/p.csv, format: csv, sample: 0.1, redact: [pH], keep: 0}}".to_owned()),
        ("logging", "logging: {level: trace, format: json}".to_owned()),
    ] {
        let wine = Sandbox::wine();
        wine.write(&format!("configs/{name}.yaml"), &text);
        // dvc.yaml lists the algorithms of the configs as they were, which is another matter.
        // Columns of other sources are none of these configs' either.
        let ran = wine.run(if name == "config" { &["show", "configs"] } else { &["validate"] });
        assert!(ran.code == 0 || !ran.stderr.contains(&format!("configs/{name}.yaml:")), "{text}\n{}", ran.stderr);
        json_schema::check(&schema(name), &to_json(&text)).unwrap_or_else(|wrong| panic!("{text}\n{wrong}"));
    }
}

#[test]
fn what_the_reader_refuses_does_not_fit_the_schemas() {
    let main = committed("configs/config.yaml");
    for (name, text) in [
        ("config", main.replace("version: 1", "version: 0")),
        ("config", main.replace("version: 1", "version: one")),
        ("config", main.replace("dataset: wine", "dataset: Wine")),
        ("config", main.replace("\"20251120\"", "20251120")),
        ("config", main.replace("builtin: winequality", "builtin: beer")),
        ("config", main.replace("builtin: winequality", "part: test")),
        ("config", main.replace("builtin: winequality", "builtin: winequality\n      header: maybe")),
        ("config", main.replace("builtin: winequality", "builtin: winequality\n      file: a.csv")),
        ("config", main.replace("builtin: winequality", "file: a.csv\n      sha256: abc")),
        ("config", main.replace("builtin: winequality", "file: a.csv\n      format: xlsx")),
        ("config", main.replace("seed: 42", "sede: 42")),
        ("config", main.replace("column: quality", "colum: quality")),
        ("config", main.replace("positive: good", "task: binay")),
        ("config", "config:".to_owned()),
        ("clean", "clean: {trim: yes}".to_owned()),
        ("clean", "clean: {types: {a: int}}".to_owned()),
        ("clean", "clean: {steps: [scale]}".to_owned()),
        ("clean", "clean: {steps: [drop_duplicate]}".to_owned()),
        ("clean", "clean: {steps: [{range: {colum: pH, min: 1}}]}".to_owned()),
        ("clean", "clean: {steps: [{range: {column: pH, min: low}}]}".to_owned()),
        ("clean", "clean: {steps: [range]}".to_owned()),
        ("clean", "clean: {steps: [{range: {column: pH, min: 1}, filter: {where: pH > 1}}]}".to_owned()),
        ("clean", "clean: [1]".to_owned()),
        ("clean", "cleen: {}".to_owned()),
        ("features", "features: {learned: [{scale: {method: big}}]}".to_owned()),
        ("features", "features: {learned: [{encode: {method: target, folds: 1}}]}".to_owned()),
        ("features", "features: {learned: [{impute: {columns: []}}]}".to_owned()),
        ("features", "features: {derive: [drop_duplicates]}".to_owned()),
        ("split", "split: {test_size: 1}".to_owned()),
        ("split", "split: {method: stratifed}".to_owned()),
        ("train", "train: {folds: 1}".to_owned()),
        ("train", "train: {folds: 2.5}".to_owned()),
        ("train", "train: {algorithms: {}}".to_owned()),
        ("train", "train: {algorithms: [rf]}".to_owned()),
        ("train", "train: {algorithms: {xbg: {}}}".to_owned()),
        ("train", "train: {algorithms: {rf: {trees: 3}}}".to_owned()),
        ("train", "train: {algorithms: {rf: {n_estimators: 0}}}".to_owned()),
        ("train", "train: {algorithms: {rf: {max_samples: 1.5}}}".to_owned()),
        ("train", "train: {algorithms: {knn: {class_weight: balanced}}}".to_owned()),
        ("train", "train: {class_weight: {good: -1}}".to_owned()),
        ("train", "train: {threshold: roc_auc}".to_owned()),
        ("train", "train: {threshold: 1}".to_owned()),
        ("evaluate", "evaluate: {select: auc}".to_owned()),
        ("evaluate", "evaluate: {gates: {f3: {min: 1}}}".to_owned()),
        ("evaluate", "evaluate: {gates: {f1: {least: 1}}}".to_owned()),
        ("predict", "predict: {input: 3}".to_owned()),
        ("serve", "serve: {prot: 80}".to_owned()),
        ("serve", "serve: {port: 70000}".to_owned()),
        ("serve", "serve: {max_rows: 0}".to_owned()),
        ("serve", "serve: {read_timeout: soon}".to_owned()),
        ("serve", "serve: {models: {}}".to_owned()),
        ("serve", "serve: {models: {../a: a.bin}}".to_owned()),
        ("serve", "serve: {predictions: {sample: 0.1}}".to_owned()),
        ("serve", "serve: {predictions: {path: p.csv, sample: 1.5}}".to_owned()),
        ("serve", "serve: {predictions: {path: p.csv, format: xml}}".to_owned()),
        ("serve", "serve: {models: {a: a, b: b}, routing: {w: {champion: a, challenger: b, percent: 101}}}".to_owned()),
        ("serve", "serve: {models: {a: a, b: b}, routing: {w: {challenger: b, percent: 10}}}".to_owned()),
        ("logging", "logging: {level: loud}".to_owned()),
    ] {
        let wine = Sandbox::wine();
        wine.write(&format!("configs/{name}.yaml"), &text);
        wine.run(&["validate"]).refused(2, &format!("configs/{name}.yaml:"));
        assert!(json_schema::check(&schema(name), &to_json(&text)).is_err(), "{text}");
    }
}

/// Each key written out with its default is what leaving it out is.
#[test]
fn every_documented_default_is_accepted_and_is_the_default() {
    let wine = Sandbox::wine();
    let short = wine.read("configs/config.yaml");
    for name in FILES.iter().filter(|name| **name != "config") {
        std::fs::remove_file(wine.path(&format!("configs/{name}.yaml"))).unwrap();
    }
    let effective = wine.ok(&["show", "configs", "--json"]).stdout;
    for name in FILES {
        let schema = schema(name);
        let mut body = if name == "config" { to_json(&short)["config"].clone() } else { json!({}) };
        for (key, value) in defaults(&schema["properties"][name]) {
            body.as_object_mut().unwrap().entry(key).or_insert(value);
        }
        // JSON is YAML.
        wine.write(&format!("configs/{name}.yaml"), &json!({ name: body }).to_string());
    }
    assert!(wine.read("configs/train.yaml").contains("\"folds\":5"));
    assert_eq!(wine.ok(&["show", "configs", "--json"]).stdout, effective);
}

fn defaults(schema: &Json) -> Map<String, Json> {
    let properties = schema["properties"].as_object().unwrap();
    properties.iter().filter_map(|(key, value)| Some((key.clone(), value.get("default")?.clone()))).collect()
}
