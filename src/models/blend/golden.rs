//! Combiners beside SciPy and scikit-learn 1.9.1: numbers made by tests/golden/ensembles.py, on formulas instead of random
//! numbers so that both have the same rows.

use super::super::{FitContext, REGISTRY};
use super::{Answers, Combiner};
use crate::data::{Scores, Target};
use crate::yaml::parse;

const ROWS: usize = 240;

/// What three members answer, and what they should have answered.
struct Answered {
    target: Target,
    scores: Vec<Scores>,
}

fn wave(row: usize, (step, period): (usize, usize)) -> f64 {
    (row * step % period) as f64 / period as f64
}

fn value(row: usize) -> f64 {
    wave(row, (37, 101)) + wave(row, (53, 97))
}

/// Two classes, three classes, values.
fn answered() -> [Answered; 3] {
    let noise = |row: usize| wave(row, (29, 31));
    let each =
        |width: usize, of: &dyn Fn(usize) -> Vec<f64>| Scores { width, values: (0..ROWS).flat_map(of).collect() };
    let two = [(3.0, 1.0, (11, 13)), (6.0, 0.5, (17, 19)), (1.0, 2.0, (23, 29))].map(|(steep, shift, by)| {
        each(2, &|row| {
            let p = 1.0 / (1.0 + libm::exp(-steep * (value(row) + shift * wave(row, by) - 1.2)));
            vec![1.0 - p, p]
        })
    });
    let three = [(2.0, (11, 13)), (4.0, (17, 19)), (1.0, (23, 29))].map(|(steep, by)| {
        each(3, &|row| {
            let at = value(row) + 0.8 * wave(row, by) - 0.4;
            let raw = [0.4, 1.0, 1.7].map(|centre: f64| libm::exp(-steep * (at - centre).abs()));
            raw.iter().map(|p| p / raw.iter().sum::<f64>()).collect()
        })
    });
    let values: [&dyn Fn(usize) -> f64; 3] =
        [&|row| value(row) + wave(row, (11, 13)) - 0.4, &|row| 0.8 * value(row) + 0.5 * wave(row, (17, 19)), &|row| {
            1.5 - 0.3 * value(row)
        }];
    let codes = |of: &dyn Fn(usize) -> u32, classes| Target::Classes { codes: (0..ROWS).map(of).collect(), classes };
    [
        Answered { target: codes(&|row| u32::from(value(row) + 0.6 * noise(row) > 1.3), 2), scores: two.to_vec() },
        Answered {
            target: codes(&|row| u32::from(value(row) > 0.7) + u32::from(value(row) + 0.5 * noise(row) > 1.4), 3),
            scores: three.to_vec(),
        },
        Answered {
            target: Target::Values((0..ROWS).map(|row| value(row) + 0.4 * noise(row)).collect()),
            scores: values.iter().map(|of| each(1, &|row| vec![of(row)])).collect(),
        },
    ]
}

/// The combiner that an ensemble of three members learns.
fn learned(name: &str, params: &str, answered: &Answered, weights: Option<&[f64]>) -> Combiner {
    let members = "estimators: {a: {algorithm: rf}, b: {algorithm: rf}, c: {algorithm: rf}}";
    let entry = REGISTRY.iter().find(|entry| entry.name == name).unwrap();
    let estimator = (entry.build)(&parse(&format!("{{{members}, {params}}}"), "").unwrap()).unwrap();
    let answers = Answers { scores: &answered.scores, target: &answered.target, weights };
    let context = FitContext::of(1, 1);
    estimator.blend().unwrap().combiner(&answers, &context).unwrap()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64, case: &str) {
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= tolerance);
    assert!(close, "{case}: {found:?}, not {expected:?}");
}

fn weights() -> Vec<f64> {
    (0..ROWS).map(|row| 1.0 + (row % 4) as f64).collect()
}

#[test]
fn the_best_weights_are_those_that_scipy_finds() {
    let weights = weights();
    let expected = [
        [[0.0, 1.0, 0.0], [0.05881967853, 0.9411803215, 0.0]],
        [[0.52893734, 0.47106266, 0.0], [0.5322851656, 0.4677148344, 0.0]],
        [[0.3037786158, 0.641358888, 0.05486249623], [0.3237435524, 0.6082191653, 0.06803728234]],
    ];
    for (answered, expected) in answered().iter().zip(expected) {
        for (rows, expected) in [None, Some(weights.as_slice())].into_iter().zip(expected) {
            let Combiner::Mean(found) = learned("voting", "weights: out_of_fold", answered, rows) else {
                unreachable!()
            };
            close(&found, &expected, 2e-5, "voting");
        }
    }
}

#[test]
fn the_final_estimator_answers_as_that_of_scikit_learn() {
    let weights = weights();
    let expected = [
        [
            [2.874130183e-05, 0.8071115609, 0.5005277875, 0.1935293081],
            [2.405453929e-05, 0.8368465744, 0.5269471941, 0.1947725369],
        ],
        [
            [0.03340361669, 0.3699655736, 0.760964501, 0.7654224392],
            [0.02618087343, 0.3714360589, 0.8007022082, 0.7856959478],
        ],
        [
            [0.1481594352, 1.186134836, 1.079143945, 0.9721530527],
            [0.1910352504, 1.143295954, 1.048227031, 0.9531581068],
        ],
    ];
    for (answered, expected) in answered().iter().zip(expected) {
        for (rows, expected) in [None, Some(weights.as_slice())].into_iter().zip(expected) {
            let params = match answered.target {
                Target::Classes { .. } => "final_estimator: {algorithm: lr, tolerance: 1.0e-9}",
                Target::Values(_) => "final_estimator: null",
            };
            let scores = learned("stacking", params, answered, rows).apply(&answered.scores).unwrap();
            close(&scores.column(usize::from(scores.width > 1)), &expected, 1e-6, "stacking");
        }
    }
}

/// What is worse than chance counts nothing, and of two alike the sum is what counts.
#[test]
fn weights_stay_weights() {
    let [two, _, _] = answered();
    let turned = |scores: &Scores| Scores { width: 2, values: scores.values.iter().map(|p| 1.0 - p).collect() };
    let scores = vec![two.scores[1].clone(), two.scores[1].clone(), turned(&two.scores[1])];
    let answered = Answered { scores, ..two };
    let Combiner::Mean(found) = learned("voting", "weights: out_of_fold", &answered, None) else { unreachable!() };
    assert!(found[2] < 1e-9 && (found.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{found:?}");

    let one = Answered { target: Target::Classes { codes: vec![1; ROWS], classes: 2 }, ..answered };
    for (name, params) in [("voting", "weights: out_of_fold"), ("stacking", "final_estimator: null")] {
        let Combiner::Mean(found) = learned(name, params, &one, None) else { panic!("{name} learned from one class") };
        assert_eq!(found, [1.0 / 3.0; 3]);
    }
    let Combiner::Mean(given) = learned("voting", "weights: {a: 1, b: 3, c: 0}", &one, None) else { unreachable!() };
    assert_eq!(given, [0.25, 0.75, 0.0]);
}
