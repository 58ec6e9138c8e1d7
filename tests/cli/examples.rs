//! The projects of `examples/`: always valid; run to the end where the datasets of `MLOPS_TEST_DATA` are.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, test_data};

/// A copy of an example as git knows it: configs, dvc.yaml and what stands beside them.
fn example(name: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    for folder in ["configs", "holdout"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            sandbox.write(&format!("{folder}/{name}"), &std::fs::read_to_string(path).unwrap());
        }
    }
    sandbox.write("dvc.yaml", &std::fs::read_to_string(root.join("dvc.yaml")).unwrap());
    sandbox
}

/// Puts a dataset where the example keeps what it fetches.
fn place(sandbox: &Sandbox, data: &Path, file: &str, to: &str) {
    let packed = data.join(format!("{file}.gz"));
    let text = if packed.is_file() {
        let unzipped = Command::new("gzip").arg("-dc").arg(packed).output().unwrap();
        assert!(unzipped.status.success());
        String::from_utf8(unzipped.stdout).unwrap()
    } else {
        std::fs::read_to_string(data.join(file)).unwrap()
    };
    sandbox.write(to, &text);
}

/// The datasets, or the word that a test is skipped, which must not be where they are asked for.
fn data_for(test: &str) -> Option<std::path::PathBuf> {
    let data = test_data();
    if data.is_none() {
        eprintln!("SKIPPED: {test} needs MLOPS_TEST_DATA");
        assert!(std::env::var_os("MLOPS_REQUIRE_PEERS").is_none(), "skipped where it must not be");
    }
    data
}

/// Adult's official split, where there is data.
pub fn official() -> Option<Sandbox> {
    test_data().map(|data| adult(&data))
}

fn adult(data: &Path) -> Sandbox {
    let adult = example("adult");
    place(&adult, data, "adult.data", "data/external/adult.data");
    place(&adult, data, "adult.test", "data/external/adult.test");
    adult
}

fn hotel(data: &Path) -> Sandbox {
    let hotel = example("hotel");
    place(&hotel, data, "hotel_bookings.csv", "data/external/hotel_bookings.csv");
    hotel
}

fn reviews(data: &Path) -> Sandbox {
    let reviews = example("reviews");
    place(&reviews, data, "reviews.csv", "data/external/reviews.csv");
    reviews
}

/// Holds metrics of test rows against what they must reach.
fn reaches(project: &Sandbox, dataset: &str, least: &[(&str, &str, &str, f64)]) {
    let text = project.read(&format!("reports/metrics/evaluation_{dataset}_v1.json"));
    let found: Json = serde_json::from_str(&text).unwrap();
    for (model, set, metric, least) in least {
        let reached = found["models"][model][set][metric].as_f64().unwrap();
        eprintln!("{dataset} {model} {set} {metric} {reached:.5}");
        assert!(reached >= *least, "{dataset}: {model} {metric} {reached} < {least}");
    }
}

#[test]
fn every_example_is_valid_without_its_data() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["adult", "hotel", "reviews"]);
    for name in &names {
        let project = example(name);
        if name == "reviews" {
            // What is placed by hand must be there.
            project.run(&["validate"]).refused(2, "`data/external/reviews.csv` is written by no stage");
            project.write(
                "data/external/reviews.csv",
                "asin,parent_asin,product,rating,title,text,helpful_vote,verified_purchase,timestamp,user_id\n",
            );
        }
        project.ok(&["validate"]);
    }
    let holdout = example("adult");
    take_holdout(&holdout);
    holdout.ok(&["validate"]);
    let text = holdout.read("configs/config.yaml") + &example("adult").read("configs/config.yaml");
    assert_eq!(text.matches("sha256: \"").count(), 3, "every address has its checksum");
}

/// What the README of `adult` says: `cp holdout/*.yaml configs/`.
fn take_holdout(adult: &Sandbox) {
    for (path, bytes) in adult.files("holdout") {
        adult.write(&path.replace("holdout/", "configs/"), std::str::from_utf8(&bytes).unwrap());
    }
}

#[test]
fn adult_reaches_the_field() {
    let Some(data) = data_for("adult_reaches_the_field") else { return };
    let official = adult(&data);
    official.ok(&["run-all"]);
    let found: Json = serde_json::from_str(&official.read("reports/metrics/evaluation_adult_v1.json")).unwrap();
    assert_eq!(found["rows"], 16281);
    reaches(
        &official,
        "adult",
        &[
            ("xgb", "test", "roc_auc", 0.927),
            ("xgb", "test_at_0.5", "accuracy", 0.871),
            ("rf", "test", "roc_auc", 0.914),
            ("lr", "test", "roc_auc", 0.905),
        ],
    );
    let holdout = adult(&data);
    take_holdout(&holdout);
    holdout.edit("configs/train.yaml", "    rf:", "    # rf:");
    for stage in ["ingest", "clean", "features", "split"] {
        holdout.ok(&[stage]);
    }
    holdout.ok(&["train", "--algorithm", "xgb"]);
    holdout.edit("configs/train.yaml", "    lr:", "    # lr:");
    holdout.ok(&["evaluate"]);
    reaches(&holdout, "adult", &[("xgb", "test", "roc_auc", 0.926)]);
}

#[test]
fn hotel_reaches_the_field_both_ways() {
    let Some(data) = data_for("hotel_reaches_the_field_both_ways") else { return };
    let hotel = hotel(&data);
    let told = hotel.ok(&["run-all"]);
    // The leaking columns are gone, so nothing is left that `split` would take for a leak.
    assert!(!told.stderr.contains("leak"), "{}", told.stderr);
    reaches(&hotel, "hotel", &[("xgb", "test", "roc_auc", 0.95), ("lr", "test", "roc_auc", 0.9)]);

    hotel.edit("configs/train.yaml", "    baseline: {}\n    lr: {}\n", "");
    hotel.edit("configs/train.yaml", "    rf:", "    # rf:");
    hotel.ok(&["--set", "split.method=time", "--set", "split.column=arrival_day", "split"]);
    hotel.ok(&["train"]);
    hotel.ok(&["evaluate"]);
    reaches(&hotel, "hotel", &[("xgb", "test", "roc_auc", 0.895)]);
}

#[test]
fn reviews_are_told_by_their_words() {
    let Some(data) = data_for("reviews_are_told_by_their_words") else { return };
    let reviews = reviews(&data);
    for stage in ["ingest", "clean", "features", "split"] {
        reviews.ok(&[stage]);
    }
    for algorithm in ["baseline", "nb"] {
        reviews.ok(&["train", "--algorithm", algorithm]);
    }
    reviews.edit("configs/train.yaml", "    lr: {}\n", "");
    reviews.edit("configs/train.yaml", "    svm:", "    # svm:");
    reviews.edit("configs/train.yaml", "    xgb:", "    # xgb:");
    reviews.ok(&["evaluate"]);
    reaches(&reviews, "reviews", &[("nb", "test", "f1_macro", 0.4), ("nb", "test", "accuracy", 0.6)]);
}
