//! Behaviour of the three methods.

use super::build;
use crate::data::{Block, Column, Matrix, NULL_CODE, Table, Target, Values};
use crate::error::Result;
use crate::transforms::{Features, FitContext, FittedTransform, Step};
use crate::yaml::parse;

fn plan(values: &[&str]) -> Features {
    let values = values.iter().map(|v| (*v != "-").then_some(*v));
    Features::new(Table::new(vec![Column::category("plan", values)]))
}

fn fit(params: &str, features: Features, target: &Target) -> Result<(Box<dyn FittedTransform>, Features)> {
    let Step::Learned(step) = build(&parse(params, "f.yaml")?)? else { panic!() };
    step.fit(features, &FitContext { target, seed: 7, copies: None })
}

fn zeros(rows: usize) -> Target {
    Target::Values(vec![0.0; rows])
}

/// Names and the features set in each row.
fn set(features: Features) -> (Vec<String>, Vec<Vec<usize>>) {
    let Matrix { names, blocks, rows } = features.into_matrix().unwrap();
    let [Block::Sparse(block)] = blocks.as_slice() else { panic!() };
    (names.to_vec(), (0..rows).map(|row| block.row(row).map(|(at, _)| at).collect()).collect())
}

#[test]
fn onehot_groups_rare_levels_and_accepts_unknown_ones() {
    let train = ["b", "a", "b", "c", "a", "d", "-"];
    let new = ["zzz", "b", "-", "d"];
    for (params, names, expected) in [
        ("{}", vec!["a", "b", "c", "d", "missing"], [vec![], vec![1], vec![4], vec![3]]),
        ("{min_count: 2}", vec!["a", "b", "other", "missing"], [vec![2], vec![1], vec![3], vec![2]]),
        ("{max_levels: 1}", vec!["a", "other", "missing"], [vec![1], vec![1], vec![2], vec![1]]),
        ("{max_levels: 3}", vec!["a", "b", "c", "other", "missing"], [vec![3], vec![1], vec![4], vec![3]]),
    ] {
        let (fitted, features) = fit(params, plan(&train), &zeros(7)).unwrap();
        let names: Vec<String> = names.into_iter().map(|n| format!("plan={n}")).collect();
        assert_eq!(set(features).0, names, "{params}");
        assert_eq!(set(fitted.apply(plan(&new)).unwrap()), (names, expected.to_vec()), "{params}");
    }
}

#[test]
fn onehot_names_of_groups_give_way_to_levels() {
    let (_, features) =
        fit("{min_count: 2}", plan(&["other", "other", "missing", "missing", "x", "-"]), &zeros(6)).unwrap();
    assert_eq!(set(features).0, ["plan=missing", "plan=other", "plan=other_", "plan=missing_"]);
}

#[test]
fn onehot_without_nulls_in_training_has_no_feature_for_them() {
    let (fitted, _) = fit("{}", plan(&["a", "b"]), &zeros(2)).unwrap();
    assert_eq!(set(fitted.apply(plan(&["-", "a"])).unwrap()).1, [vec![], vec![0]]);
}

#[test]
fn levels_are_compared_by_text_whatever_the_dictionary() {
    let (fitted, _) = fit("{}", plan(&["a", "b"]), &zeros(2)).unwrap();
    let mut other = Column::category("plan", []);
    let Values::Category(levels) = &mut other.values else { panic!() };
    levels.levels = ["unused", "b", "a"].map(String::from).to_vec();
    levels.codes = vec![2, 1, NULL_CODE];
    let features = fitted.apply(Features::new(Table::new(vec![other]))).unwrap();
    assert_eq!(set(features).1, [vec![0], vec![1], vec![]]);
}

fn numbers(features: &Features, column: &str) -> Vec<f64> {
    match &features.table.column(column).unwrap().values {
        Values::Number(values) => values.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ordinal_codes_follow_the_sorted_texts() {
    let (fitted, features) = fit("{method: ordinal}", plan(&["b", "a", "c", "-"]), &zeros(4)).unwrap();
    assert_eq!(numbers(&features, "plan")[..3], [1.0, 0.0, 2.0]);
    assert!(numbers(&features, "plan")[3].is_nan());
    let new = numbers(&fitted.apply(plan(&["zzz", "c"])).unwrap(), "plan");
    assert!(new[0].is_nan() && new[1] == 2.0);
}

#[test]
fn target_means_of_new_rows_use_all_training_rows() {
    let train = plan(&["a", "a", "a", "b", "-"]);
    let binary = Target::Classes { codes: vec![1, 1, 0, 0, 1], classes: 2 };
    let (fitted, _) = fit("{method: target, smoothing: 2}", train.clone(), &binary).unwrap();
    let new = numbers(&fitted.apply(plan(&["a", "b", "-", "zzz"])).unwrap(), "plan");
    assert_eq!(new, [(2.0 + 1.2) / 5.0, 1.2 / 3.0, (1.0 + 1.2) / 3.0, 0.6]);

    let values = Target::Values(vec![1.0, 2.0, 6.0, 10.0, 6.0]);
    let (fitted, _) = fit("{method: target, smoothing: 0}", train.clone(), &values).unwrap();
    let new = numbers(&fitted.apply(plan(&["a", "b", "-", "zzz"])).unwrap(), "plan");
    assert_eq!(new, [3.0, 10.0, 6.0, 5.0]);

    let classes = Target::Classes { codes: vec![0, 1, 2, 2, 1], classes: 3 };
    let (fitted, features) = fit("{method: target, smoothing: 0}", train, &classes).unwrap();
    assert_eq!(features.table.names(), ["plan:0", "plan:1", "plan:2"]);
    let new = fitted.apply(plan(&["b", "zzz"])).unwrap();
    assert_eq!(["plan:0", "plan:1", "plan:2"].map(|c| numbers(&new, c)), [[0.0, 0.2], [0.0, 0.4], [1.0, 0.4]]);
}

#[test]
fn target_means_of_a_training_row_do_not_depend_on_its_own_target() {
    let levels: Vec<&str> = (0..40).map(|row| ["a", "b", "c", "-"][row % 4]).collect();
    let target = |changed: f64| {
        let mut values: Vec<f64> = (0..40).map(|row| f64::from(row * row % 17)).collect();
        values[13] += changed;
        Target::Values(values)
    };
    let encode = |target: Target| numbers(&fit("{method: target}", plan(&levels), &target).unwrap().1, "plan");
    let (before, after) = (encode(target(0.0)), encode(target(1000.0)));
    assert_eq!(before[13].to_bits(), after[13].to_bits());
    assert!(before.iter().zip(&after).filter(|(a, b)| a != b).count() > 20, "others see it");
    assert_eq!(encode(target(0.0)), before, "the same seed gives the same folds");
    let (_, one) = fit("{method: target}", plan(&["a"]), &Target::Values(vec![3.0])).unwrap();
    assert_eq!(numbers(&one, "plan"), [3.0]);
}

/// A level for each row, drawn five times: what a row is told of its level are copies of itself alone.
#[test]
fn target_means_of_a_row_drawn_again_do_not_depend_on_its_copies() {
    let copies: Vec<usize> = (0..200).map(|at| at / 5).collect();
    let levels: Vec<String> = copies.iter().map(|row| format!("level {row}")).collect();
    let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
    let target = Target::Values(copies.iter().map(|row| (row * row % 17) as f64).collect());
    let encode = |copies: Option<&[usize]>| {
        let Step::Learned(step) = build(&parse("{method: target}", "f.yaml").unwrap()).unwrap() else { panic!() };
        let context = FitContext { target: &target, seed: 7, copies };
        numbers(&step.fit(plan(&levels), &context).unwrap().1, "plan")
    };
    let mut priors = encode(Some(&copies));
    priors.sort_by(f64::total_cmp);
    priors.dedup();
    assert_eq!(priors.len(), 5, "each fold knows no more than the mean of the others");
    let unaware = encode(None);
    assert!(unaware.iter().zip(&copies).any(|(mean, row)| (mean - (row * row % 17) as f64).abs() < 1.0));
}

#[test]
fn numbers_are_levels_where_they_are_listed() {
    let month = |values: &[f64]| Features::new(Table::new(vec![Column::number("month", values.to_vec())]));
    let (fitted, features) = fit("{columns: [month]}", month(&[2.0, 10.0, 2.0]), &zeros(3)).unwrap();
    assert_eq!(set(features).0, ["month=10", "month=2"]);
    assert_eq!(set(fitted.apply(month(&[10.0, 3.0])).unwrap()).1, [vec![0], vec![]]);
    let (_, features) = fit("{columns: all}", month(&[2.0]), &zeros(1)).unwrap();
    assert_eq!(features.table.names(), ["month"], "`all` takes what must be encoded");
}

#[test]
fn bad_parameters_are_refused_in_their_place() {
    for (params, expected) in [
        ("{method: one_hot}", "f.yaml:1:10: `method`: unknown value `one_hot`"),
        ("{method: ordinal, min_count: 2}", "f.yaml:1:30: `min_count`: this goes with `method: onehot` only"),
        ("{folds: 3}", "f.yaml:1:9: `folds`: this goes with `method: target` only"),
        ("{method: target, folds: 1}", "f.yaml:1:25: `folds`: expected 2 or more"),
        ("{method: target, smoothing: -1}", "f.yaml:1:29: `smoothing`: expected 0 or more"),
        ("{min_count: 0}", "f.yaml:1:13: `min_count`: expected 1 or more"),
        ("{columns: [age]}", "f.yaml:1:12: `columns[0]`: column `age` is gone at this step"),
    ] {
        let error = fit(params, plan(&["a"]), &zeros(1)).err().unwrap();
        assert_eq!(error.message(), expected);
    }
}
