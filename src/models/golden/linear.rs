//! The linear models beside scikit-learn 1.9.1: predictions made by tests/golden/linear.py, on formulas instead
//! of random numbers so that both have the same rows.

use super::super::{FitContext, REGISTRY};
use crate::data::{Block, Matrix, SparseBlock, Target};
use crate::yaml::parse;

/// Two dense features and a category of five levels, with a target of each kind and weights.
struct Rows {
    x: Matrix,
    two: Target,
    three: Target,
    value: Target,
    weights: Vec<f64>,
}

fn rows() -> Rows {
    let rows = 300;
    let wave = |row: usize, step: usize, period: usize| (row * step % period) as f64;
    let a: Vec<f64> = (0..rows).map(|row| wave(row, 37, 101) / 50.0 - 1.0).collect();
    let b: Vec<f64> = (0..rows).map(|row| wave(row, 53, 97) / 16.0 + 5.0).collect();
    let level: Vec<u32> = (0..rows).map(|row| (row * 7 % 23 % 5) as u32).collect();
    let of_level = |row: usize| match level[row] {
        1 => 0.3 * b[row],
        4 => 2.0,
        _ => 0.0,
    };
    let value: Vec<f64> = (0..rows).map(|row| a[row] + of_level(row) + wave(row, 29, 31) / 10.0).collect();
    let codes = |cuts: &[f64]| Target::Classes {
        codes: value.iter().map(|v| cuts.iter().filter(|cut| v > cut).count() as u32).collect(),
        classes: cuts.len() + 1,
    };
    let sparse = SparseBlock { width: 5, starts: (0..=rows).collect(), values: vec![1.0; rows], indices: level };
    Rows {
        two: codes(&[2.5]),
        three: codes(&[1.5, 3.0]),
        value: Target::Values(value),
        weights: (0..rows).map(|row| 1.0 + (row % 4) as f64).collect(),
        x: Matrix {
            rows,
            names: (0..7).map(|at| format!("f{at}")).collect(),
            blocks: vec![Block::Dense(vec![a, b]), Block::Sparse(sparse)],
        },
    }
}

/// Predictions for the first rows; for classes the probability of class 1.
fn predictions(name: &str, params: &str, rows: &Rows, y: &Target, weights: Option<&[f64]>) -> Vec<f64> {
    let entry = REGISTRY.iter().find(|e| e.name == name).unwrap();
    let context = FitContext::of(1, 1);
    let model = (entry.build)(&parse(params, "").unwrap()).unwrap().fit(&rows.x, y, weights, &context).unwrap();
    assert!(model.notes().is_empty(), "{name} {params}: {:?}", model.notes());
    let scores = model.predict(&rows.x).unwrap();
    scores.column(usize::from(scores.width > 1))[..6].to_vec()
}

#[track_caller]
fn same(name: &str, params: &str, weighted: bool, found: &[f64], expected: &[f64], tolerance: f64) {
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= tolerance);
    assert!(close && found.len() == expected.len(), "{name} {params} weighted {weighted}: {found:?}, not {expected:?}");
}

#[test]
fn lr_is_that_of_scikit_learn_with_every_penalty_and_weights() {
    let rows = rows();
    let penalties = [
        "{c: 0.5, tolerance: 1.0e-9}",
        "{penalty: l1, c: 0.3, tolerance: 1.0e-9}",
        "{penalty: elasticnet, c: 0.3, l1_ratio: 0.4, tolerance: 1.0e-9}",
        "{penalty: none, tolerance: 1.0e-9}",
    ];
    #[rustfmt::skip]
    let expected: [[f64; 6]; 16] = [
        [0.03234002318, 0.1597447899, 0.856934222, 0.7172806978, 0.12915758, 0.4576068171],
        [0.03578189929, 0.1510015936, 0.8584368491, 0.7428211745, 0.1391943927, 0.4366205664],
        [0.0448988861, 0.1808257472, 0.8265610233, 0.700149176, 0.1491329365, 0.451459225],
        [0.005806423075, 0.0840839733, 0.9477493736, 0.8044502069, 0.06056530247, 0.5033255386],
        [0.01909303928, 0.1008209688, 0.9034182536, 0.7239524999, 0.1105019085, 0.4171201929],
        [0.0173583016, 0.09740977818, 0.911630538, 0.7413302967, 0.1086324054, 0.4267911083],
        [0.02367483403, 0.1108596225, 0.8895915137, 0.7157256184, 0.1208971706, 0.4142147137],
        [0.007252523309, 0.06447417826, 0.9464873868, 0.7651592463, 0.07372839787, 0.4288617925],
        [0.2148767756, 0.3804679568, 0.2019367593, 0.4510710036, 0.3801228984, 0.4743967913],
        [0.2549951767, 0.4069027768, 0.2182440631, 0.4248005182, 0.3954843323, 0.4851791968],
        [0.2375184741, 0.3826877605, 0.2306520034, 0.4222024941, 0.381245785, 0.4601039544],
        [0.1496413974, 0.3661633927, 0.1335046377, 0.5655347547, 0.368146597, 0.5212787282],
        [0.2068060231, 0.3765780296, 0.1441709757, 0.5390751829, 0.400342534, 0.5236555305],
        [0.21456602, 0.3818881588, 0.1490704146, 0.5375739609, 0.4048346903, 0.5186394502],
        [0.2157752871, 0.37957654, 0.162508118, 0.5141931763, 0.398185024, 0.5144449331],
        [0.1710816589, 0.3650826728, 0.1054608106, 0.6158357611, 0.3952472462, 0.5564361719],
    ];
    for (case, expected) in expected.iter().enumerate() {
        let (y, weighted) = (if case < 8 { &rows.two } else { &rows.three }, case % 8 > 3);
        let params = penalties[case % 4];
        let found = predictions("lr", params, &rows, y, weighted.then_some(rows.weights.as_slice()));
        same("lr", params, weighted, &found, expected, 1e-6);
    }
}

/// Both solvers find the one optimum.
#[test]
fn the_solvers_of_lr_agree() {
    let rows = rows();
    for y in [&rows.two, &rows.three] {
        for c in [0.1, 1.0, 10.0] {
            let fit =
                |solver| predictions("lr", &format!("{{c: {c}, solver: {solver}, tolerance: 1.0e-7}}"), &rows, y, None);
            same("lr", &format!("c {c}"), false, &fit("lbfgs"), &fit("linfa"), 1e-5);
        }
    }
}

#[test]
fn least_squares_are_those_of_scikit_learn_with_weights() {
    let rows = rows();
    let models = [
        ("linear", "{}"),
        ("ridge", "{alpha: 2.0}"),
        ("lasso", "{alpha: 0.05, tolerance: 1.0e-12, max_iterations: 100000}"),
        ("elasticnet", "{alpha: 0.1, l1_ratio: 0.3, tolerance: 1.0e-12, max_iterations: 100000}"),
    ];
    #[rustfmt::skip]
    let expected: [[f64; 6]; 8] = [
        [0.2732502047, 1.292564082, 3.855146582, 3.252513243, 1.231630803, 2.25094468],
        [0.320371857, 1.322580584, 3.803887369, 3.220385763, 1.2619475, 2.264156227],
        [0.6821948357, 1.474873477, 3.530033354, 3.12394789, 1.4928037, 2.285482342],
        [0.8480225681, 1.638143249, 3.281696032, 2.922863692, 1.581416142, 2.371536823],
        [0.3411772785, 1.252113593, 3.898444885, 3.241037982, 1.287484525, 2.198420839],
        [0.3607575524, 1.264913173, 3.877335743, 3.228243179, 1.299957066, 2.204112687],
        [0.7610953715, 1.443797684, 3.570119478, 3.118735508, 1.556590815, 2.239293127],
        [0.9252588477, 1.610689098, 3.319968849, 2.920069033, 1.639735272, 2.325165522],
    ];
    for (case, expected) in expected.iter().enumerate() {
        let ((name, params), weighted) = (models[case % 4], case > 3);
        let found = predictions(name, params, &rows, &rows.value, weighted.then_some(rows.weights.as_slice()));
        same(name, params, weighted, &found, expected, 1e-6);
    }
}
