//! Configs, dvc.yaml and `--set`.

use super::{CONFIG, Case, case, check, nothing};
use crate::sandbox::FAST;

/// The file has this text; `validate` tells.
fn text(name: &str, file: &'static str, text: impl AsRef<[u8]> + 'static, says: &'static str) -> Case {
    case(name, move |p| p.write_bytes(file, text.as_ref()), "validate", 2, says)
}

/// A piece of config.yaml is another.
fn config(name: &str, from: &'static str, to: &'static str, says: &'static str) -> Case {
    case(name, move |p| p.edit(CONFIG, from, to), "validate", 2, says)
}

#[test]
fn yaml_that_cannot_be_read() {
    let train = "configs/train.yaml";
    check(vec![
        text("empty", train, "", "configs/train.yaml:1:1: expected the root key `train:`, found nothing"),
        text("a comment alone", train, "# later\n", "expected the root key `train:`"),
        text("not UTF-8", train, b"train:\n  folds: \xff\n", "line 2: not valid UTF-8"),
        text("UTF-16", train, b"\xff\xfet\0r\0a\0i\0n\0:\0\n\0", "not valid UTF-8"),
        text("NUL bytes", train, "train:\0\n", "configs/train.yaml:1"),
        text("an open list", train, "train: [1\n", "configs/train.yaml:2:1"),
        text("a tab", train, "train:\n\tfolds: 3\n", "configs/train.yaml:2:2: tabs"),
        text("a text without end", train, "train: {class_weight: \"bal\n", "configs/train.yaml:"),
        text("endless nesting", train, format!("train: {}", "[".repeat(100_000)), "configs/train.yaml:1"),
        text("an alias bomb", train, bomb(), "too large or too deeply nested"),
        text("a key twice", train, "train:\n  folds: 3\n  folds: 4\n", "the key stands twice, first at line 2"),
        text("a key twice, and what to do", train, "train: {folds: 3, folds: 4}\n", "hint: keep one of the two"),
        text("two documents", train, "train: {}\n---\ntrain: {}\n", "a second YAML document"),
        text("a list", train, "- train\n", "expected the root key `train:`, found a list"),
        text("another root key", train, "training: {}\n", "expected one root key `train:` in this file"),
        text("a second root key", train, "train: {}\nsplit: {}\n", "`split`: expected one root key `train:`"),
        text("a foreign tag", train, "train: !!python/object {}\n", "configs/train.yaml:1"),
        case(
            "a folder in its place",
            |p| {
                std::fs::remove_file(p.path("configs/train.yaml")).unwrap();
                std::fs::create_dir(p.path("configs/train.yaml")).unwrap();
            },
            "validate",
            1,
            "it is a folder, not a file",
        ),
        case("nowhere", nothing, "-C nowhere run-all", 2, "`nowhere` is not a folder"),
        case("no project", nothing, "-C / run-all", 2, "`dvc.yaml` not found"),
        case("no project and a hint", nothing, "-C / run-all", 2, "`mlops init DIR --data FILE --target COLUMN`"),
    ]);
}

fn bomb() -> String {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(",")));
    }
    text
}

#[test]
fn values_that_do_not_fit() {
    let expression = "features:\n  derive:\n    - expression: {name: r, value: \"a +\"}\n";
    check(vec![
        text("an unknown key", "configs/train.yaml", "train:\n  fold: 3\n", "2:3: `train.fold`: unknown key"),
        text(
            "config of a newer version",
            "configs/train.yaml",
            "train:\n  quantum_annealing: {qubits: 5}\n",
            concat!("; or is it for a newer version than mlops ", env!("CARGO_PKG_VERSION")),
        ),
        text("a text for a number", "configs/train.yaml", "train: {folds: many}\n", "1:16: `train.folds`: expected"),
        text("a number that overflows", "configs/train.yaml", "train: {folds: 1e999}\n", "`train.folds`: expected"),
        config(
            "a version that overflows",
            "version: 1",
            "version: 99999999999",
            "expected a whole number from 0 to 4294967295, found the number `99999999999`",
        ),
        config(
            "a seed that overflows",
            "seed: 42",
            "seed: 18446744073709551615",
            "expected a whole number from 0 to 9223372036854775807",
        ),
        text("too few folds", "configs/train.yaml", "train: {folds: 1}\n", "`1` is too few"),
        text("an unknown algorithm", "configs/train.yaml", "train: {algorithms: {xbg: {}}}\n", "did you mean `xgb`?"),
        text(
            "a date format that is none",
            "configs/clean.yaml",
            "clean:\n  date_formats: {a: \"%d/%Q\"}\n",
            "configs/clean.yaml:2:21: `clean.date_formats.a`: `%d/%Q` is no date format",
        ),
        text(
            "a date format of half a date",
            "configs/clean.yaml",
            "clean:\n  date_formats: {a: \"%d.%m.\"}\n",
            "it must tell year, month and day",
        ),
        text(
            "an unknown parameter",
            "configs/train.yaml",
            "train:\n  algorithms:\n    xgb: {max_dept: 3}\n",
            "configs/train.yaml:3:11: `train.algorithms.xgb.max_dept`: unknown key",
        ),
        text(
            "class weights for a solver without them",
            "configs/train.yaml",
            FAST.replace("class_weight: null", "class_weight: balanced").replace("lr: {}", "lr: {solver: linfa}"),
            "or `solver: linfa`: `lbfgs` takes them",
        ),
        text(
            "an unknown step",
            "configs/clean.yaml",
            "clean: {steps: [rang: {column: a}]}\n",
            "unknown transform `rang`",
        ),
        text(
            "a learned step",
            "configs/clean.yaml",
            "clean: {steps: [scale: {}]}\n",
            "belongs under `features.learned`",
        ),
        text(
            "a gate without its bound",
            "configs/evaluate.yaml",
            "evaluate: {gates: {f1: 0.8}}\n",
            "expected bounds such as `{min: 0.8}`, found the number `0.8`",
        ),
        text(
            "a number for a text",
            "configs/predict.yaml",
            "predict: {input: 20240131}\n",
            "hint: quote it: \"20240131\"",
        ),
        text(
            "a column name with signs",
            "configs/clean.yaml",
            "clean: {steps: [filter: {where: \"Umsatz (EUR) > 18\"}]}\n",
            "stands between backticks",
        ),
        case("a word for an option", nothing, "train rf", 2, "hint: use `mlops train --algorithm rf`"),
        case("rows for an option", nothing, "predict new.csv", 2, "hint: use `mlops predict --input new.csv`"),
        text("an unknown metric", "configs/evaluate.yaml", "evaluate: {select: roc}\n", "roc"),
        text(
            "a gate of nothing",
            "configs/evaluate.yaml",
            "evaluate: {gates: {f1: {}}}\n",
            "a gate needs `min` or `max`",
        ),
        text(
            "a gate that is no number",
            "configs/evaluate.yaml",
            "evaluate: {gates: {f1: {min: .nan}}}\n",
            "a bound must be a number",
        ),
        text(
            "a test side of 200 %",
            "configs/split.yaml",
            "split: {test_size: 2}\n",
            "configs/split.yaml:1:20: `split.test_size`",
        ),
        text("a test side of NaN", "configs/split.yaml", "split: {test_size: .nan}\n", "is not between 0 and 1"),
        text("half an expression", "configs/features.yaml", expression, "configs/features.yaml:3"),
        text(
            "an unknown column",
            "configs/clean.yaml",
            "clean:\n  steps:\n    - range: {column: cuont, min: 0}\n",
            "configs/clean.yaml:3:23: `clean.steps[0].range.column`: column `cuont` not found",
        ),
        text(
            "the target in an expression",
            "configs/clean.yaml",
            "clean: {steps: [expression: {name: leak, value: \"if(y == 'yes', 1, 0)\"}]}\n",
            "column `y` not found",
        ),
        text(
            "the target mapped",
            "configs/clean.yaml",
            "clean: {steps: [map_values: {column: y, values: {yes: J}}]}\n",
            "column `y` not found",
        ),
        config("a date that is none", "20240131", "20240231", "`20240231` is not a date"),
        config("a version that overflows", "version: 1", "version: 4294967296", "`config.version`"),
        config("a negative seed", "seed: 42", "seed: -1", "`config.seed`: expected a whole number"),
        config("a path as a name", "dataset: table", "dataset: ../../table", "cannot stand in file names"),
        config("a source outside", "data/external/table.csv", "../table.csv", "is not inside the project folder"),
        config("no source", "    - file: data/external/table.csv\n", "", "configs/config.yaml"),
        config(
            "two addresses with one name",
            "- file: data/external/table.csv",
            "- url: https://example.org/train/x.csv\n      part: train\n    - url: https://example.org/test/x.csv\n      part: test",
            "config.yaml:9:12: `config.sources[1].url`: `data/external/x.csv` would be the file of two sources, of this one and of that in line 7",
        ),
        config(
            "an address with the name of a file",
            "- file: data/external/table.csv",
            "- file: ./data/external/table.csv\n      part: train\n    - url: https://example.org/table.csv\n      part: test",
            "would be the file of two sources",
        ),
        config("a file twice", "- file:", "- file: data/external/table.csv\n    - file:", "of two sources"),
        case(
            "a file that is of a pattern too",
            |p| {
                p.edit(
                    CONFIG,
                    "- file:",
                    "- file: data/ext*/table.csv\n      part: train\n    - part: test\n      file:",
                )
            },
            "ingest",
            2,
            "config.yaml:10:13: `config.sources[1].file`: `data/external/table.csv` is a file of two sources",
        ),
        config("a file and a builtin", "- file:", "- builtin: winequality\n      file:", "two sources"),
        config("an unknown builtin", "file: data/external/table.csv", "builtin: winequalty", "winequalty"),
        config("a delimiter of two signs", "table.csv", "table.csv\n      delimiter: \";;\"", "`;;`"),
        config("no target", "  target: {column: y}\n", "", "`target` is missing"),
        config("a target that is not there", "{column: y}", "{column: yy}", "column `yy` not found"),
    ]);
}

#[test]
fn pipelines_that_do_not_fit() {
    let dvc = |name: &str, text: &'static str, says: &'static str| {
        case(name, move |p| p.write("dvc.yaml", text), "run-all", 2, says)
    };
    check(vec![
        dvc("empty", "", "dvc.yaml: no stage runs `mlops ingest`"),
        dvc("broken", "stages: {", "dvc.yaml:2:1"),
        dvc("of another program", "steps:\n  a: {run: x}\n", "dvc.yaml:1:1: `steps`: unknown key"),
        dvc(
            "a circle",
            "stages:\n  a: {cmd: 'true', deps: [b], outs: [a]}\n  b: {cmd: 'true', deps: [a], outs: [b]}\n",
            "the stages go in a circle: a → b → a",
        ),
        dvc("one out of two stages", "stages:\n  a: {cmd: 'true', outs: [x]}\n  b: {cmd: 'true', outs: [x]}\n", "`x`"),
        dvc("an unknown variable", "stages:\n  a: {cmd: \"echo ${nope.x}\"}\n", "nope"),
        dvc("vars that are not there", "vars: [nope.yaml]\nstages: {}\n", "nope.yaml"),
        case("missing", |p| std::fs::remove_file(p.path("dvc.yaml")).unwrap(), "run-all", 2, "no `dvc.yaml`"),
        case(
            "a stage that does not watch what it reads",
            |p| p.edit("dvc.yaml", "train.seed, ", ""),
            "validate",
            2,
            "`train.seed` of configs/train.yaml is not among the params",
        ),
    ]);
}

#[test]
fn arguments_that_do_not_fit() {
    check(vec![
        case("a command that is none", nothing, "rn-all", 2, "run-all"),
        case("an option that is none", nothing, "run-all --dryrun", 2, "--dry-run"),
        case("set without a value", nothing, "--set train.folds validate", 2, "is not KEY=VALUE"),
        case("set nothing", nothing, "--set = validate", 2, "is not KEY=VALUE"),
        case("set an empty value", nothing, "--set train.folds= validate", 2, "found nothing"),
        case("set no YAML", nothing, "--set train.folds=[ validate", 2, "`[` is not a YAML value"),
        case("set an unknown key", nothing, "--set train.fold=3 validate", 2, "did you mean `folds`?"),
        case("set an unknown file", nothing, "--set trian.folds=3 validate", 2, "no config file `trian`"),
        case("set a whole file", nothing, "--set train=5 validate", 2, "names no value"),
        case("set what is not valid", nothing, "--set train.folds=1 validate", 2, "`1` is too few"),
        case("set two, one not valid", nothing, "--set split.test_size=0.3 --set train.folds=1 run-all", 2, "too few"),
        case("no threads", nothing, "--threads 0 run-all", 2, "0 threads are too few"),
        case("too many threads", nothing, "--threads 100000 run-all", 2, "100000 threads are too many"),
        case("an algorithm that is none", nothing, "train --algorithm rff", 2, "did you mean `rf`?"),
        case("an error as JSON", nothing, "--json --set train.fold=3 validate", 2, "\"code\":2"),
    ]);
}
