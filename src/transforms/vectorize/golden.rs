//! Vocabulary and values beside scikit-learn's: tests/golden/vectorize.py made the numbers.

use serde_json::{Value as Json, json};

use super::tests::{features, fit, names};
use super::*;

fn texts(list: &Json) -> Vec<Option<&str>> {
    list.as_array().unwrap().iter().map(Json::as_str).collect()
}

/// Largest difference of the rows of the one block; none where a feature is present on one side alone.
fn difference(features: &Features, expected: &Json) -> f64 {
    let Block::Sparse(block) = &features.blocks[0].1 else { panic!() };
    let expected = expected.as_array().unwrap();
    assert_eq!(block.starts.len() - 1, expected.len());
    let mut worst = 0.0f64;
    for (row, expected) in expected.iter().enumerate() {
        let (indices, values): (Vec<_>, Vec<f64>) = block.row(row).unzip();
        assert_eq!(json!(indices), expected[0], "row {row}");
        for (value, expected) in values.iter().zip(expected[1].as_array().unwrap()) {
            worst = worst.max((value - expected.as_f64().unwrap()).abs());
        }
    }
    worst
}

#[test]
fn vocabulary_and_values_are_those_of_scikit_learn() {
    let golden: Json = serde_json::from_str(include_str!("../../../tests/golden/vectorize.json")).unwrap();
    let (train, new) = (texts(&golden["train"]), texts(&golden["new"]));
    for case in golden["cases"].as_array().unwrap() {
        let mut params = case["params"].clone();
        params["columns"] = json!(["t"]);
        let (fitted, trained) = fit(&params.to_string(), &train).unwrap();
        if let Some(terms) = case["terms"].as_array() {
            let found: Vec<&str> = names(&trained).iter().map(|name| &name[2..]).collect();
            assert_eq!(json!(found), json!(terms), "{params}");
        }
        assert!(difference(&trained, &case["train"]) < 1e-12, "{params}");
        assert!(difference(&fitted.apply(features(&new)).unwrap(), &case["new"]) < 1e-12, "{params}");
    }
}
