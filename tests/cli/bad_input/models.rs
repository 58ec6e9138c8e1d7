//! Model files, the champion, and dataset artifacts with their schemas.

use super::{CONFIG, Case, INTERIM, RAW, TEST, case, check, nothing, shell};
use crate::sandbox::Sandbox;

const MODEL: &str = "models/xgb_table_v1.bin";

fn remove(project: &Sandbox, file: &str) {
    std::fs::remove_file(project.path(file)).unwrap();
}

/// The model file is changed; evaluation and `show` tell alike.
fn model(name: &str, change: fn(Vec<u8>) -> Vec<u8>, says: &'static str) -> [Case; 2] {
    let set_up = move |p: &Sandbox| p.write_bytes(MODEL, &change(p.bytes(MODEL)));
    [case(name, set_up, "evaluate", 3, says), case(name, set_up, "show models/xgb_table_v1.bin", 3, says)]
}

#[test]
fn model_files_that_were_changed_or_are_none() {
    let mut cases: Vec<Case> = [
        model("empty", |_| Vec::new(), "is not a model file"),
        model("foreign", |_| b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), "is not a model file"),
        model("text", |_| b"{}\n".to_vec(), "is not a model file"),
        model("a byte short", |b| b[..b.len() - 1].to_vec(), "is truncated or damaged"),
        model("half of it", |b| b[..b.len() / 2].to_vec(), "is truncated or damaged"),
        model("the magic alone", |b| b[..8].to_vec(), "is truncated or damaged"),
        model("a byte more", |b| [b, vec![0]].concat(), "is truncated or damaged"),
        model("a bit flipped", flip, "is truncated or damaged"),
        model("newer", |b| [&b[..8], &[9, 0, 0, 0], &b[12..]].concat(), "has format 9, this program reads up to"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let folder = |p: &Sandbox| {
        remove(p, MODEL);
        std::fs::create_dir(p.path(MODEL)).unwrap();
    };
    cases.extend([
        case("a folder in its place", folder, "evaluate", 1, "it is a folder, not a file"),
        case("gone", |p| remove(p, MODEL), "evaluate", 3, "`models/xgb_table_v1.bin` does not exist"),
        case("a model that is none", nothing, "show models/none.bin", 2, "models/none.bin"),
        case("predict with none", nothing, "predict --model models/none.bin", 3, "models/none.bin"),
        case("a dataset as a model", nothing, "predict --model data/external/table.csv", 3, "is not a model file"),
    ]);
    check(cases);
}

fn flip(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

#[test]
fn champions_that_cannot_be_used() {
    let champion = |name: &str, text: &'static str, says: &'static str| {
        case(name, move |p| p.write("models/champion.json", text), "predict", 3, says)
    };
    check(vec![
        champion("empty", "", "`models/champion.json` is not valid JSON"),
        champion("cut", "{\"algorithm\": \"lr\",", "`models/champion.json` is not valid JSON"),
        champion("a list", "[1]", "champion"),
        champion("of nobody", "{\"algorithm\": \"zzz\"}", "champion"),
        champion("outside", "{\"algorithm\": \"lr\", \"model\": \"/etc/passwd\"}", "of another dataset or version"),
        case("gone", |p| remove(p, "models/champion.json"), "predict", 3, "champion"),
        case(
            "a folder in its place",
            |p| {
                remove(p, "models/champion.json");
                std::fs::create_dir(p.path("models/champion.json")).unwrap();
            },
            "predict",
            1,
            "it is a folder, not a file",
        ),
    ]);
}

#[test]
fn artifacts_that_were_changed() {
    let schema = |name: &str, from: &'static str, to: &'static str, says: &'static str| {
        case(name, move |p| p.edit(&format!("{INTERIM}.schema.json"), from, to), "features", 3, says)
    };
    check(vec![
        case(
            "a value edited",
            |p| p.write(TEST, &p.read(TEST).replacen("yes", "no", 1)),
            "evaluate",
            3,
            "was changed after its stage wrote it",
        ),
        case(
            "the end cut off",
            |p| p.write(RAW, &p.read(RAW)[..5_000]),
            "clean",
            3,
            "was changed after its stage wrote it",
        ),
        case("emptied", |p| p.write(INTERIM, ""), "features", 3, "was changed after its stage wrote it"),
        case("gone", |p| remove(p, INTERIM), "features", 3, "hint: run the stages before this one"),
        case(
            "its schema gone",
            |p| remove(p, &format!("{INTERIM}.schema.json")),
            "features",
            3,
            "run the stages before this one",
        ),
        case(
            "its schema empty",
            |p| p.write(&format!("{INTERIM}.schema.json"), ""),
            "features",
            3,
            "not a dataset schema",
        ),
        case(
            "its schema a list",
            |p| p.write(&format!("{INTERIM}.schema.json"), "[]"),
            "features",
            3,
            "not a dataset schema",
        ),
        schema("a newer schema", "\"format\": 1", "\"format\": 2", "was written by a newer version of mlops"),
        schema("a wrong checksum", "\"checksum\": \"", "\"checksum\": \"0", "was changed after its stage wrote it"),
        schema("more rows than there are", "\"rows\": 400", "\"rows\": 18446744073709551615", "400 rows found"),
        schema("an unknown kind", "\"kind\": \"category\"", "\"kind\": \"colour\"", "not a dataset schema"),
        schema("another name", "\"name\": \"color\"", "\"name\": \"colour\"", "other columns"),
        case(
            "a version without models",
            |p| p.edit(CONFIG, "version: 1", "version: 2"),
            "evaluate",
            3,
            "_v2.bin` does not exist",
        ),
        case(
            "a date without data",
            |p| p.edit(CONFIG, "20240131", "20240201"),
            "clean",
            3,
            "run the stages before this one",
        ),
    ]);
}

#[test]
fn rows_to_predict_that_cannot_be_read() {
    let pipe = |name: &str, line: &'static str, says: &'static str| shell(name, nothing, line, 3, says);
    check(vec![
        pipe("nothing", "$MLOPS predict --input - </dev/null", "`standard input` is empty"),
        pipe("half an object", "echo '{' | $MLOPS predict --input -", "`standard input` line 2: not valid JSON"),
        pipe("a list", "echo '[1,' | $MLOPS predict --input -", "standard input"),
        pipe("other columns", "printf 'p,q\\n1,2\\n' | $MLOPS predict --input -", "required columns"),
        pipe(
            "a text for a number",
            "printf 'a,b,color,count\\n1,x,red,3\\n' | $MLOPS predict --input -",
            "column `b`: expected a finite number",
        ),
        pipe(
            "a ragged row",
            "printf 'a,b,color,count\\n1,2\\n' | $MLOPS predict --input -",
            "line 2: 2 fields found, 4 expected",
        ),
        pipe("zero bytes", "head -c 1000 /dev/zero | $MLOPS predict --input -", "standard input"),
        pipe("noise", "head -c 9999 $MLOPS | $MLOPS predict --input -", "standard input"),
        case("a file that is not there", nothing, "predict --input none.csv", 1, "none.csv"),
        case("a folder", nothing, "predict --input data", 1, "it is a folder, not a file"),
    ]);
}

/// Answers go where nothing is lost.
#[test]
fn places_that_are_none_for_answers() {
    let to = |arguments: &'static str, says: &'static str| case(arguments, nothing, arguments, 2, says);
    let configured = |name: &str, output: &'static str, command: &'static str, says: &'static str| {
        let set_up = move |p: &Sandbox| p.write("configs/predict.yaml", &format!("predict:\n  output: {output}\n"));
        case(name, set_up, command, 2, says)
    };
    let linked = |p: &Sandbox| {
        std::fs::rename(p.path("data/external/table.csv"), p.path("rows.csv")).unwrap();
        std::os::unix::fs::symlink("../../rows.csv", p.path("data/external/table.csv")).unwrap();
        std::os::unix::fs::symlink("data/raw", p.path("raw")).unwrap();
    };
    check(vec![
        to("predict --output data/external/table.csv", "`data/external/table.csv` is in `data/external`"),
        to("predict --output data/external/new.csv", "the place of sources, which predictions would replace"),
        to("predict --output configs/train.yaml", "`configs/train.yaml` is a config"),
        to("predict --output dvc.yaml", "`dvc.yaml` is a file of the pipeline"),
        to("predict --output dvc.lock", "is a file of the pipeline"),
        to("predict --output models/xgb_table_v1.bin", "the place of models"),
        to("predict --output data/raw/table_raw_20240131.csv", "is what another stage writes"),
        to("predict --output data/../data/interim/table_interim_20240131.csv", "is what another stage writes"),
        to("predict --output data/processed/table-train_processed_20240131.csv.schema.json", "the schema of a dataset"),
        to("predict --output reports/metrics/test-predictions_table_v1.csv", "is what another stage writes"),
        to("predict --input rows.csv --output README.md", "README.md` is a file that holds no predictions")
            .with(|p| p.write("README.md", "# churn\n")),
        to("predict --input rows.csv --output ./rows.csv", "rows.csv` is the rows to predict")
            .with(|p| p.write("rows.csv", &p.read("data/external/table.csv"))),
        to("predict --model ../model.bin --output ../model.bin", "is the model"),
        case("the file of a linked source", linked, "predict --output rows.csv", 2, "rows.csv` is a source"),
        case("a linked folder", linked, "predict --output raw/table_raw_20240131.csv", 2, "what another stage writes"),
        configured(
            "configured",
            "configs/x.csv",
            "validate",
            "configs/predict.yaml:2:11: `predict.output`: `configs/x.csv`",
        ),
        configured("configured, raw", "data/raw/table_raw_20240131.csv", "run-all", "is what another stage writes"),
        configured("configured, a file", "Makefile", "predict", "is a file that holds no predictions")
            .with(|p| p.write("Makefile", "all:\n")),
    ]);
    // Answers replace answers, and go anywhere else.
    let project = super::FINISHED.copy();
    for output in ["answers.csv", "answers.csv", "data/processed/more.jsonl", "data/processed/more.jsonl"] {
        project.ok(&["predict", "--output", output]);
    }
}
