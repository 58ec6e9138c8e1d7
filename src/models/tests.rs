//! What every algorithm must keep, whatever it is: the same bytes at any number of threads, the same bits
//! for one row and for many, for a model and its stored form. And golden numbers of scikit-learn.

use super::{Answers, Entry, FitContext, FittedModel, REGISTRY, Task};
use crate::data::{Block, Matrix, Scores, SparseBlock, Target};
use crate::error::{Code, Error, Result};
use crate::yaml::{Node, parse};
use serde_json::{Value as Json, json};

/// SplitMix64 (Steele, Lea, Flood 2014), as uniform numbers in [0, 1).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Three dense features and two one-hot encoded categories, with a target of each kind that depends on them.
pub(super) struct Sample {
    pub(super) x: Matrix,
    binary: Target,
    multiclass: Target,
    regression: Target,
    weights: Vec<f64>,
}

impl Sample {
    fn new(rows: usize, missing: bool) -> Self {
        let mut random = Random(7);
        let mut dense = vec![Vec::new(); 3];
        let mut sparse = SparseBlock { width: 9, starts: vec![0], ..SparseBlock::default() };
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        for _ in 0..rows {
            let row: Vec<f64> = dense.iter().map(|_| random.next() * 4.0 - 2.0).collect();
            let levels = [(random.next() * 6.0) as u32, 6 + (random.next() * 3.0) as u32];
            values.push(row[0] * row[1] + row[2] + f64::from(levels[0] % 3) + random.next());
            weights.push(0.5 + random.next() + f64::from(levels[1] - 6));
            for (column, value) in dense.iter_mut().zip(row) {
                column.push(if missing && random.next() < 0.05 { f64::NAN } else { value });
            }
            sparse.indices.extend(levels);
            sparse.values.extend([1.0, 1.0]);
            sparse.starts.push(sparse.indices.len());
        }
        let codes = |cuts: &[f64]| Target::Classes {
            codes: values.iter().map(|v| cuts.iter().filter(|cut| v > cut).count() as u32).collect(),
            classes: cuts.len() + 1,
        };
        Self {
            x: Matrix {
                rows,
                names: (0..12).map(|at| format!("f{at}")).collect(),
                blocks: vec![Block::Dense(dense), Block::Sparse(sparse)],
            },
            binary: codes(&[2.0]),
            multiclass: codes(&[0.5, 2.5]),
            regression: Target::Values(values.iter().map(|v| 1e6 + v).collect()),
            weights,
        }
    }

    pub(super) fn target(&self, task: Task) -> &Target {
        match task {
            Task::Binary => &self.binary,
            Task::Multiclass => &self.multiclass,
            Task::Regression => &self.regression,
        }
    }
}

/// Small enough to fit many times over.
fn params(entry: &Entry) -> Node {
    let has = |name: &str| (entry.schema)().as_value()["properties"].get(name).is_some();
    let text = match entry.name {
        "voting" => "{estimators: {rf: {n_estimators: 20}, xgb: {n_estimators: 20}}, weights: out_of_fold}",
        "stacking" => "{estimators: {rf: {n_estimators: 20}, deep: {algorithm: xgb, n_estimators: 20}}}",
        _ if has("n_estimators") => "{n_estimators: 20}",
        _ => "{}",
    };
    parse(text, "train.yaml").unwrap()
}

fn context(threads: usize) -> FitContext<'static> {
    FitContext::of(42, threads)
}

pub(super) fn fit(
    entry: &Entry,
    x: &Matrix,
    y: &Target,
    weights: Option<&[f64]>,
    threads: usize,
) -> Box<dyn FittedModel> {
    try_fit(entry, x, y, weights, threads).unwrap()
}

/// A fit; of an ensemble, over two folds, as the package has it.
fn try_fit(
    entry: &Entry,
    x: &Matrix,
    y: &Target,
    weights: Option<&[f64]>,
    threads: usize,
) -> Result<Box<dyn FittedModel>> {
    let estimator = (entry.build)(&params(entry)).unwrap();
    let context = context(threads);
    let Some(blend) = estimator.blend() else { return estimator.fit(x, y, weights, &context) };
    let of_rows = |rows: &[usize]| weights.map(|weights| rows.iter().map(|row| weights[*row]).collect::<Vec<_>>());
    let folds = [0, 1].map(|fold| (0..x.rows).filter(|row| row % 2 == fold).collect::<Vec<_>>());
    let (mut models, mut scores) = (Vec::new(), Vec::new());
    for member in blend.members() {
        let mut answers = Scores::default();
        for (train, test) in [(&folds[1], &folds[0]), (&folds[0], &folds[1])] {
            let x_train = x.select(train);
            let model = member.estimator.fit(&x_train, &y.select(train), of_rows(train).as_deref(), &context)?;
            let found = model.predict(&x.select(test))?;
            answers.width = found.width;
            answers.values.extend(found.values);
        }
        scores.push(answers);
        models.push(member.estimator.fit(x, y, weights, &context)?);
    }
    let rows = folds.concat();
    let (target, of_all) = (y.select(&rows), of_rows(&rows));
    let answers = Answers { scores: &scores, target: &target, weights: of_all.as_deref() };
    Ok(blend.model(models, blend.combiner(&answers, &context)?))
}

/// Runs `check` for every algorithm and each of its tasks, on data it can take.
pub(super) fn everywhere(check: impl Fn(&Entry, Task, &Sample)) {
    let (whole, missing) = (Sample::new(2000, false), Sample::new(2000, true));
    for entry in REGISTRY {
        for task in entry.tasks {
            check(entry, *task, if entry.takes_missing { &missing } else { &whole });
        }
    }
}

fn bits(scores: &Scores) -> Vec<u64> {
    scores.values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn fits_give_the_same_bytes_at_any_number_of_threads() {
    everywhere(|entry, task, data| {
        let fit = |threads| fit(entry, &data.x, data.target(task), None, threads).encode().unwrap();
        let first = fit(1);
        for threads in [1, 2, 8] {
            assert!(fit(threads) == first, "{} {task:?} at {threads} threads", entry.name);
        }
    });
}

#[test]
fn one_row_a_batch_and_a_stored_model_score_alike() {
    everywhere(|entry, task, data| {
        let model = fit(entry, &data.x, data.target(task), None, 2);
        let batch = model.predict(&data.x).unwrap();
        let stored = (entry.load)(&model.encode().unwrap()).unwrap();
        assert_eq!(bits(&stored.predict(&data.x).unwrap()), bits(&batch), "{} {task:?}", entry.name);
        assert_eq!(stored.importance(), model.importance());
        for row in 0..200 {
            let one = model.predict(&data.x.select(&[row])).unwrap();
            assert_eq!(bits(&one), batch.row(row).iter().map(|v| v.to_bits()).collect::<Vec<_>>(), "{}", entry.name);
        }
        assert_eq!(model.predict(&data.x.select(&[])).unwrap().rows(), 0);
    });
}

#[test]
fn scores_are_probabilities_or_values_and_follow_the_target() {
    everywhere(|entry, task, data| {
        let model = fit(entry, &data.x, data.target(task), None, 2);
        let scores = model.predict(&data.x).unwrap();
        assert_eq!(scores.rows(), data.x.rows);
        match data.target(task) {
            Target::Classes { codes, classes } => {
                assert_eq!(scores.width, *classes);
                let mut right = 0;
                for (row, code) in codes.iter().enumerate() {
                    let p = scores.row(row);
                    assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{} {p:?}", entry.name);
                    assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{} {p:?}", entry.name);
                    right += usize::from(p[*code as usize] > 1.0 / *classes as f64);
                }
                assert!(entry.name == "baseline" || right * 10 > codes.len() * 7, "{}: {right}", entry.name);
            }
            Target::Values(values) => {
                let squares = |of: &dyn Fn(usize) -> f64| (0..values.len()).map(|r| of(r) * of(r)).sum::<f64>();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let left = squares(&|r| values[r] - scores.values[r]) / squares(&|r| values[r] - mean);
                assert!(entry.name == "baseline" || left < 0.6, "{}: {left}", entry.name);
            }
        }
        if let Some(importance) = model.importance() {
            assert_eq!(importance.len(), data.x.width());
            assert!((importance.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
        assert!(model.notes().is_empty(), "{:?}", model.notes());
    });
}

#[test]
fn weights_count_or_are_refused() {
    everywhere(|entry, task, data| {
        let y = data.target(task);
        let weighted = try_fit(entry, &data.x, y, Some(&data.weights), 2);
        if entry.takes_weights {
            let plain = fit(entry, &data.x, y, None, 2);
            assert_ne!(weighted.unwrap().encode().unwrap(), plain.encode().unwrap(), "{} {task:?}", entry.name);
        } else {
            let error = weighted.err().unwrap();
            assert_eq!(error.message(), format!("`{}` takes no sample or class weights", entry.name));
        }
    });
}

#[test]
fn what_an_algorithm_cannot_take_is_refused() {
    let data = Sample::new(300, true);
    let refusal = |entry: &Entry, x: &Matrix, y: &Target| -> Error { try_fit(entry, x, y, None, 1).err().unwrap() };
    for entry in REGISTRY {
        for task in [Task::Binary, Task::Multiclass, Task::Regression] {
            if !entry.tasks.contains(&task) {
                let error = refusal(entry, &data.x, data.target(task));
                assert!(error.message().starts_with(&format!("`{}` cannot predict", entry.name)));
                assert_eq!(error.code(), Code::Usage);
            } else if !entry.takes_missing {
                let error = refusal(entry, &data.x, data.target(task));
                let start = format!("`{}` takes no missing values, and the feature `f0` has some", entry.name);
                assert_eq!(error.message(), start);
                assert!(error.hint_text().unwrap().contains("`impute`"));
            }
        }
        if entry.name != "baseline" {
            let empty = Matrix { rows: 300, ..Matrix::default() };
            assert!(refusal(entry, &empty, data.target(entry.tasks[0])).message().contains("no feature"));
        }
    }
}

#[test]
fn wide_sparse_features_are_taken_as_they_are_or_refused() {
    let (rows, width) = (200, 2_500);
    let indices = (0..rows).flat_map(|row| [row % 2, 2 + row * 7 % 1200, 1300 + row * 11 % 1200].map(|at| at as u32));
    let sparse = SparseBlock {
        width,
        starts: (0..=rows).map(|row| row * 3).collect(),
        indices: indices.collect(),
        values: (0..rows * 3).map(|at| 0.25 + (at % 4) as f64 / 4.0).collect(),
    };
    let names = (0..width).map(|at| format!("t:{at}")).collect();
    let x = Matrix { rows, names, blocks: vec![Block::Sparse(sparse)] };
    let classes =
        |classes: usize| Target::Classes { codes: (0..rows).map(|row| (row % classes) as u32).collect(), classes };
    for entry in REGISTRY {
        for task in entry.tasks {
            let y = match task {
                Task::Binary => classes(2),
                Task::Multiclass => classes(3),
                Task::Regression => Target::Values((0..rows).map(|row| (row % 2) as f64).collect()),
            };
            match try_fit(entry, &x, &y, None, 2) {
                Ok(model) => {
                    assert!(entry.takes_sparse, "{}", entry.name);
                    let batch = bits(&model.predict(&x).unwrap());
                    let one = bits(&model.predict(&x.select(&[7])).unwrap());
                    assert_eq!(one, batch[7 * one.len()..8 * one.len()], "{} {task:?}", entry.name);
                    assert!(fit(entry, &x, &y, None, 1).encode().unwrap() == model.encode().unwrap(), "{}", entry.name);
                }
                Err(error) => {
                    assert!(!entry.takes_sparse && error.message().contains("makes features dense"), "{error:?}");
                    let hint = error.hint_text().unwrap();
                    assert!(hint.contains("`max_features` of `vectorize`") && hint.contains("`xgb`"), "{hint}");
                    assert_eq!(error.code(), Code::Usage);
                }
            }
        }
    }
}

#[test]
fn bad_parameters_are_located() {
    for (name, text, message) in [
        ("xgb", "a: {max_depht: 3}", "t.yaml:1:5: `a.max_depht`: unknown key"),
        (
            "xgb",
            "a: {subsample: 0}",
            "t.yaml:1:16: `a.subsample`: expected a number above 0, up to 1, found the integer `0`",
        ),
        (
            "xgb",
            "a: {max_leaves: 8}",
            "t.yaml:1:17: `a.max_leaves`: expected 0 unless `grow_policy` is `lossguide`, found the integer `8`",
        ),
        (
            "dt",
            "a: {max_depth: 99}",
            "t.yaml:1:16: `a.max_depth`: expected a number from 1 to 64, or null, found the integer `99`",
        ),
        (
            "rf",
            "a: {max_features: all}",
            "t.yaml:1:19: `a.max_features`: expected `sqrt`, `log2`, a share above 0 up to 1.0, or a whole number, found the text `all`",
        ),
        ("voting", "a: {estimators: {rf: {}}}", "t.yaml:1:17: `a.estimators`: expected 2 to 100 members, found 1"),
        (
            "voting",
            "a: {estimators: {rf: {}, forest: {}}}",
            "t.yaml:1:26: `a.estimators.forest`: unknown algorithm `forest`",
        ),
        (
            "voting",
            "a: {estimators: {rf: {}, b: {algorithm: stacking}}}",
            "t.yaml:1:41: `a.estimators.b.algorithm`: `stacking` is an ensemble itself, and an ensemble has no ensembles in it",
        ),
        (
            "stacking",
            "a: {estimators: {rf: {}, b: {algorithm: xgb, max_depht: 3}}}",
            "t.yaml:1:46: `a.estimators.b.max_depht`: unknown key",
        ),
        ("voting", "a: {weights: {rf: 1, xbg: 2}}", "t.yaml:1:22: `a.weights.xbg`: `xbg` is no member"),
        ("voting", "a: {weights: {rf: 1}}", "t.yaml:1:14: `a.weights`: the weight of `xgb` is missing"),
        ("stacking", "a: {final_estimator: {c: 1}}", "t.yaml:1:22: `a.final_estimator`: it names no algorithm"),
        ("lr", "a: {c: .nan}", "t.yaml:1:8: `a.c`: expected a number above 0, found the number `NaN`"),
        ("linear", "a: {alpha: 1}", "t.yaml:1:5: `a.alpha`: unknown key"),
    ] {
        let entry = REGISTRY.iter().find(|e| e.name == name).unwrap();
        let node = parse(text, "t.yaml").unwrap();
        assert_eq!((entry.build)(node.get("a").unwrap()).err().unwrap().message(), message);
    }
    let voting = REGISTRY.iter().find(|e| e.name == "voting").unwrap();
    for (member, hint) in [
        ("xgbb", "did you mean `xgb`?"),
        ("forest", "say what it is: `forest: {algorithm: xgb}`"),
        ("stacking", "name its members instead"),
    ] {
        let node = parse(&format!("{{estimators: {{rf: {{}}, {member}: {{}}}}}}"), "t.yaml").unwrap();
        let error = (voting.build)(&node).err().unwrap();
        assert!(error.hint_text().unwrap().starts_with(hint), "{:?}", error.hint_text());
    }
    for entry in REGISTRY {
        assert!((entry.build)(&Node::empty()).is_ok(), "{} has no defaults", entry.name);
    }
}

#[test]
fn the_schema_says_what_is_accepted() {
    for entry in REGISTRY {
        let schema = (entry.schema)().to_value();
        let builds = |params: Json| (entry.build)(&Node::from_json(&params)).is_ok();
        let mut defaults = serde_json::Map::new();
        for (name, param) in schema["properties"].as_object().into_iter().flatten() {
            assert!(param["description"].is_string(), "{} {name}", entry.name);
            defaults.insert(name.clone(), param["default"].clone());
            // Bounds are accepted, what lies beyond is not; of open bounds the bounds themselves are not.
            for (bound, step) in [("minimum", -1.0), ("maximum", 1.0)] {
                let Some(at) = param.get(bound) else { continue };
                let beyond =
                    at.as_i64().map_or(json!(at.as_f64().unwrap() + 1e-9 * step), |at| json!(at + step as i64));
                assert!(builds(json!({ name: at })), "{} {name}: {at}", entry.name);
                assert!(!builds(json!({ name: beyond })), "{} {name}: {beyond}", entry.name);
            }
            for at in ["exclusiveMinimum", "exclusiveMaximum"].iter().filter_map(|bound| param.get(bound)) {
                assert!(!builds(json!({ name: at })), "{} {name}: {at}", entry.name);
            }
        }
        assert!(builds(Json::Object(defaults)), "{} refuses its documented defaults", entry.name);
    }
}

#[test]
fn damaged_bytes_are_refused() {
    let data = Sample::new(300, false);
    for entry in REGISTRY {
        let bytes = fit(entry, &data.x, data.target(entry.tasks[0]), None, 1).encode().unwrap();
        for cut in 0..bytes.len().min(400) {
            assert!((entry.load)(&bytes[..cut]).is_err(), "{} cut at {cut}", entry.name);
        }
        let mut random = Random(3);
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            let at = (random.next() * bytes.len() as f64) as usize;
            damaged[at] ^= 1 << ((random.next() * 8.0) as u32);
            // Some flips are still a model; then it must score or refuse, not panic.
            let _ = (entry.load)(&damaged).and_then(|model| model.predict(&data.x.select(&[0])));
        }
    }
}

#[test]
fn a_class_without_training_rows_gets_no_probability() {
    let data = Sample::new(500, false);
    let Target::Classes { codes, .. } = &data.binary else { unreachable!() };
    let y = Target::Classes { codes: codes.iter().map(|c| c * 2).collect(), classes: 3 };
    for entry in REGISTRY.iter().filter(|e| e.tasks.contains(&Task::Multiclass)) {
        let scores = fit(entry, &data.x, &y, None, 1).predict(&data.x).unwrap();
        assert!(scores.column(1).iter().all(|p| *p < 0.01), "{}", entry.name);
    }
}

#[test]
fn trees_split_a_single_value_from_missing_and_from_absent_ones() {
    let rows = 600;
    let flag = (0..rows).map(|row| if row % 3 == 1 { 1.0 } else { f64::NAN }).collect();
    let sparse = SparseBlock {
        width: 1,
        starts: (0..=rows).map(|row| (row + 1) / 3).collect(),
        indices: vec![0; rows / 3],
        values: vec![1.0; rows / 3],
    };
    let y = Target::Classes { codes: (0..rows).map(|row| u32::from(row % 3 == 1)).collect(), classes: 2 };
    for block in [Block::Dense(vec![flag]), Block::Sparse(sparse)] {
        let x = Matrix { rows, names: vec!["flag".to_owned()].into(), blocks: vec![block] };
        for entry in REGISTRY.iter().filter(|e| ["dt", "rf", "xgb"].contains(&e.name)) {
            let scores = fit(entry, &x, &y, None, 1).predict(&x.select(&[0, 1])).unwrap().column(1);
            assert!(scores[0] < 0.2 && scores[1] > 0.8, "{} {scores:?}", entry.name);
        }
    }
}

/// Predictions of scikit-learn 1.9.1, made by tests/golden/models.py.
#[test]
fn small_fits_match_scikit_learn() {
    let a = vec![0.5, -1.2, 3.3, 2.1, -0.7, 1.9, -2.4, 0.1, 1.1, -0.3];
    let b = vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let not_b = b.iter().map(|b| 1.0 - b).collect();
    let x = Matrix {
        rows: 10,
        names: ["a", "b", "not_b"].map(String::from).to_vec().into(),
        blocks: vec![Block::Dense(vec![a, b, not_b])],
    };
    let values = Target::Values(vec![1.4, -2.0, 5.9, 4.6, -0.2, 3.1, -3.5, 0.4, 2.2, 0.3]);
    let two = Target::Classes { codes: vec![0, 0, 1, 1, 1, 1, 0, 0, 1, 0], classes: 2 };
    let three = Target::Classes { codes: vec![0, 1, 2, 2, 0, 2, 1, 0, 2, 1], classes: 3 };
    let tree = "{max_depth: 2, min_samples_leaf: 2}";
    let third = 1.0 / 3.0;
    #[rustfmt::skip]
    let cases: &[(&str, &str, &Target, f64, &[f64])] = &[
        ("linear", "{}", &values, 1e-10, &[
            1.67120756719, -1.98712871287, 5.86201379066, 4.46201379066, -0.421897100424,
            3.42005834512, -3.38712871287, 0.280401343706, 2.02465523338, 0.275804455446]),
        ("ridge", "{}", &values, 1e-10, &[
            1.56511448701, -1.74466369441, 5.71607771907, 4.21782254513, -0.424416556583,
            3.39495816821, -3.24291886834, 0.410661602818, 2.06860413915, 0.238760457948]),
        ("ridge", "{alpha: 0.1}", &values, 1e-10, &[
            1.658292646, -1.95929752848, 5.84736194694, 4.43399379282, -0.42348321411,
            3.41862344347, -3.3726656826, 0.295959653306, 2.03077287007, 0.270442072594]),
        ("lr", "{tolerance: 1.0e-9}", &two, 1e-7, &[
            0.51767507126, 0.176203378717, 0.93915346336, 0.830914099762, 0.255343643353,
            0.803040643105, 0.0637574080457, 0.424053392976, 0.65581806985, 0.334040828321]),
        ("lr", "{tolerance: 1.0e-9, c: 0.1}", &two, 1e-7, &[
            0.499366993454, 0.37076767874, 0.728882234495, 0.631151509188, 0.399559459407,
            0.62638243562, 0.27274819212, 0.477409110935, 0.56140900078, 0.43232338551]),
        ("lr", "{tolerance: 1.0e-9}", &three, 1e-7, &[
            0.517979613568, 0.31156716446, 0.0238057148578, 0.189871792584, 0.45065048741,
            0.12722895666, 0.177793996077, 0.424494500558, 0.271231744323, 0.505376023315]),
        ("dt", tree, &two, 1e-6, &[0.0, third, 1.0, 1.0, third, 1.0, third, 0.0, 1.0, 0.0]),
        ("dt", tree, &three, 1e-6, &[0.75, 0.0, 0.0, 0.0, 0.75, 0.0, 0.0, 0.75, 0.0, 0.75]),
        ("dt", tree, &values, 1e-6, &[0.475, -2.75, 5.25, 5.25, 0.475, 2.65, -2.75, 0.475, 2.65, 0.475]),
    ];
    for (name, params, y, tolerance, expected) in cases {
        let entry = REGISTRY.iter().find(|e| e.name == *name).unwrap();
        let model = (entry.build)(&parse(params, "").unwrap()).unwrap().fit(&x, y, None, &context(1)).unwrap();
        let scores = model.predict(&x).unwrap();
        // Class 1 of two, class 0 of three.
        let found = scores.column(if scores.width == 2 { 1 } else { 0 });
        for (found, expected) in found.iter().zip(*expected) {
            assert!((found - expected).abs() <= *tolerance, "{name} {params}: {found} is not {expected}");
        }
    }
}

/// Predictions of XGBoost 3.2.0, made by tests/golden/models.py, on rows with missing values and a flag that
/// has one value only.
#[test]
fn boosting_matches_xgboost() {
    let rows = 300;
    let wave = |row: usize, step: usize, period: usize| (row * step % period) as f64;
    let a: Vec<f64> = (0..rows).map(|row| wave(row, 37, 101) / 50.0 - 1.0).collect();
    let b: Vec<f64> = (0..rows).map(|row| wave(row, 53, 97) / 48.0 - 1.0).collect();
    let flagged = |row: usize| row.is_multiple_of(3);
    let value: Vec<f64> = (0..rows)
        .map(|row| a[row] * b[row] + if flagged(row) { 0.5 } else { 0.0 } + wave(row, 29, 31) / 60.0)
        .collect();
    let codes = |cuts: &[f64]| Target::Classes {
        codes: value.iter().map(|v| cuts.iter().filter(|cut| v > cut).count() as u32).collect(),
        classes: cuts.len() + 1,
    };
    let targets = [codes(&[0.4]), codes(&[0.1, 0.6]), Target::Values(value.clone())];
    let weights: Vec<f64> = (0..rows).map(|row| 1.0 + (row % 4) as f64).collect();
    let a = (0..rows).map(|row| if row % 7 == 2 { f64::NAN } else { a[row] }).collect();
    let flag = (0..rows).map(|row| if flagged(row) { 1.0 } else { f64::NAN }).collect();
    let x = Matrix {
        rows,
        names: ["a", "b", "flag"].map(String::from).to_vec().into(),
        blocks: vec![Block::Dense(vec![a, b, flag])],
    };
    #[rustfmt::skip]
    let expected = [
        [0.9692835, 0.3269608, 0.06554122, 0.5467552, 0.5656235, 0.7458029, 0.9867617, 0.455319],
        [0.9587456, 0.3824166, 0.08318102, 0.7771589, 0.511848, 0.7948278, 0.9865561, 0.3384998],
        [0.01022356, 0.8027282, 0.2483412, 0.193752, 0.8757316, 0.3182617, 0.2516217, 0.7594645],
        [0.01614433, 0.8652887, 0.1387106, 0.2385646, 0.8961079, 0.4947708, 0.226265, 0.7967826],
        [1.514412, 0.2717542, 0.005389184, 0.4974784, 0.3281592, 0.3886473, 0.9246848, 0.3179888],
        [1.389117, 0.3123553, 0.03744901, 0.524277, 0.3474507, 0.4580351, 0.894681, 0.4003575],
    ];
    let params = parse("{n_estimators: 20, max_depth: 3, learning_rate: 0.3}", "").unwrap();
    let xgb = (REGISTRY.iter().find(|e| e.name == "xgb").unwrap().build)(&params).unwrap();
    for (case, expected) in expected.iter().enumerate() {
        let weights = (case % 2 == 1).then_some(weights.as_slice());
        let scores = xgb.fit(&x, &targets[case / 2], weights, &context(1)).unwrap().predict(&x).unwrap();
        let found = scores.column(if scores.width == 1 { 0 } else { 1 });
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "case {case}: {found} is not {expected}");
        }
    }
}
