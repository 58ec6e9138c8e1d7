//! Decisions of scikit-learn 1.9.1, made by tests/golden/nb_knn_svm.py, and what is refused.

use super::ENTRY;
use super::model::Machine;
use super::platt::Platt;
use crate::codec;
use crate::data::{Block, Matrix, SplitMix64, Target};
use crate::models::FitContext;
use crate::models::golden::{Sample, close, fit};
use crate::yaml::parse;

fn context(copies: Option<&[usize]>) -> FitContext<'_> {
    FitContext { copies, ..FitContext::of(1, 1) }
}

/// Decisions of class 1, or of the value in units of its deviation.
fn decisions(params: &str, x: &Matrix, y: &Target, weights: Option<&[f64]>) -> Vec<f64> {
    let model = fit("svm", params, x, y, weights).unwrap();
    assert!(model.notes().is_empty(), "{params}: {:?}", model.notes());
    let machine: Machine = codec::decode(&model.encode().unwrap()).unwrap();
    let all = machine.rule.decisions(x).unwrap();
    let machines = all.len() / x.rows;
    all.chunks_exact(machines).map(|row| row[machines.min(2) - 1]).collect()
}

#[test]
fn decisions_match_scikit_learn() {
    const LINEAR: &str = "tolerance: 1.0e-7, max_iterations: 1000000";
    const RBF: &str = "kernel: rbf, tolerance: 1.0e-7";
    const POLY: &str = "kernel: poly, degree: 2, gamma: 0.3, coef0: 1.0, tolerance: 1.0e-7";
    #[rustfmt::skip]
    let cases = [
        (LINEAR, 0, vec![
            [-1.85083539105, 1.19514500547, -0.597275390647, -2.05320661935, -1.49866147323, 0.579386664184, -0.226039041303, -0.988609353997],
            [-2.14617451199, 1.19002978312, -0.770942123444, -2.29774358864, -1.96383517132, 0.792417714278, -0.295418497149, -1.24890789541]]),
        (LINEAR, 1, vec![
            [-0.209970871576, -0.168100104303, 0.0666962162974, -0.483859014843, -0.275946608938, -0.152172677539, -0.333532915292, -0.220062284697],
            [-0.188106405744, -0.147897040921, -0.0158378343709, -0.473254049282, -0.299265984216, 0.0842143590406, -0.196717058447, -0.15543128529]]),
        ("loss: hinge, tolerance: 1.0e-7, max_iterations: 1000000", 0, vec![
            [-2.3369140625, 1.32080078125, -1.0, -2.66845703125, -1.99462890625, 0.999999999999, -0.326171875001, -1.0],
            [-2.60111580673, 1.77407977243, -1.0, -2.88327410667, -3.13354759088, 1.46866215269, -0.696770253918, -1.64053218155]]),
        (LINEAR, 2, vec![
            [-0.975736488631, 1.18201723573, -0.12930970418, -0.702579723352, -1.06836130646, 0.518209835111, -0.146005954019, -0.220580206186],
            [-0.898286548796, 1.27592565948, -0.046848739058, -0.632400002105, -1.00393904193, 0.605912036596, -0.0758107811091, -0.1483657154]]),
        ("loss: squared_epsilon_insensitive, tolerance: 1.0e-7, max_iterations: 1000000", 2, vec![
            [-1.05754926378, 1.11728914117, -0.141833902403, -0.700668753194, -1.05662996447, 0.592131284536, -0.0324367943977, -0.158908199251],
            [-0.971884376803, 1.26862201969, -0.0316465208898, -0.646243360122, -1.06252826593, 0.716117142892, -0.0265385652807, -0.0458539594151]]),
        (RBF, 0, vec![
            [-1.00000009956, 0.558714802364, -0.658225972628, -1.2570619364, -1.20720097317, 0.695155083478, 0.121153302005, -0.88726613896],
            [-1.00000013795, 0.999999931474, -0.726529631529, -1.70397764644, -1.96596329735, 1.09653076648, 0.246143018458, -0.999999774069]]),
        (RBF, 1, vec![
            [-0.830240993002, -0.920068380603, -0.246768103411, -0.994160047739, -0.999999885092, -0.846947160774, -0.444090040441, -0.425962113118],
            [-0.35856160713, -0.774632935295, 0.772507429339, -0.582234093781, -1.00050234832, -0.203325688918, 0.83697399898, 0.546256287783]]),
        (RBF, 2, vec![
            [-0.562758344666, 0.654579360929, -0.226880969713, -0.742697846503, -1.00978721355, 0.598153852807, 0.0380927671021, -0.153779322244],
            [-0.472069975019, 0.74018340491, -0.089497046082, -0.609708118886, -1.00548325973, 0.685460801499, 0.238182730684, -0.0447540744776]]),
        (POLY, 0, vec![
            [-1.19399296909, 1.67117818853, -0.99999883263, -3.01439985502, -1.93434573146, 1.00000078767, 0.371323746612, -2.11549578031],
            [-1.51262004269, 2.50426766373, -0.999997966153, -4.45951708373, -2.78614909066, 1.68737616208, 0.913214601719, -3.789590877]]),
        (POLY, 1, vec![
            [-0.628464411032, -0.325417517682, 0.614266254021, -1.00000175113, -1.00000026106, -0.492969515601, 0.191261496586, 0.29001826046],
            [0.446300158009, -0.587822758067, 0.861615996929, -0.551390599281, -0.845624475085, -0.492189927966, 0.99999892951, 0.999999177643]]),
        (POLY, 2, vec![
            [-0.413312091102, 0.691445221426, -0.167216217266, -0.681832807758, -1.14562335109, 0.667105491175, 0.112320351764, -0.284926575821],
            [-0.262191707113, 0.696384902985, -0.0658352576202, -0.609704152432, -1.10766376556, 0.722926527027, 0.160521201425, -0.0447485127467]]),
    ];
    let sample = Sample::new(0.0);
    let [two, three] = sample.targets();
    let targets = [two, three, Target::Values(sample.value.clone())];
    for (params, target, expected) in cases {
        for (expected, weights) in expected.iter().zip([None, Some(sample.weights.as_slice())]) {
            let params = format!("{{{params}}}");
            let found = decisions(&params, &sample.x, &targets[target], weights);
            close(&format!("{params} target {target}"), &found, expected, 1e-4);
        }
    }
}

#[test]
fn platt_scaling_matches_scikit_learn() {
    let sample = Sample::new(0.0);
    let [Target::Classes { codes, .. }, _] = sample.targets() else { unreachable!() };
    let signs: Vec<f64> = codes.iter().rev().map(|code| if *code == 1 { 1.0 } else { -1.0 }).collect();
    for (weights, slope, offset) in [
        (vec![1.0; signs.len()], 0.417653418396, -0.287106710289),
        (sample.weights.clone(), 0.488345208306, -0.303727001433),
    ] {
        let platt = Platt::fit(&sample.value, &signs, &weights);
        assert!((platt.slope - slope).abs() < 1e-4 && (platt.offset - offset).abs() < 1e-4, "{platt:?}");
    }
    // Decisions that part the rows: no step may run away.
    let platt = Platt::fit(&[-1e9, -2e9, 1e9, 3e9], &[-1.0, -1.0, 1.0, 1.0], &[1.0; 4]);
    assert!(platt.probability(1e9) > 0.6 && platt.probability(-1e9) < 0.4, "{platt:?}");
}

#[test]
fn what_it_cannot_do_is_refused() {
    for (params, expected) in [
        ("{kernel: rbf, loss: squared_hinge}", "expected `hinge` or `epsilon_insensitive`, which kernels take"),
        ("{gamma: 0}", "expected a number above 0, or null"),
        ("{kernel: sigmoid}", "sigmoid"),
    ] {
        let message = (ENTRY.build)(&parse(params, "train.yaml").unwrap()).err().unwrap().message().to_owned();
        assert!(message.contains(expected), "{message}");
    }
    let sample = Sample::new(0.0);
    let [two, _] = sample.targets();
    let rows: Vec<usize> = (0..10_001).map(|row| row % 90).collect();
    for (params, x, y, expected, hint) in [
        ("{loss: epsilon_insensitive}", &sample.x, &two, "does not fit the target", "`squared_hinge`"),
        ("{loss: hinge}", &sample.x, &Target::Values(sample.value.clone()), "does not fit", "`epsilon_insensitive`"),
        ("{kernel: poly}", &sample.x.select(&rows), &two.select(&rows), "would take 0.4 GB", "`kernel: linear`"),
        ("{kernel: poly, degree: 20, coef0: 1.0e+9}", &sample.x, &two, "too large", "`scale`"),
    ] {
        let error = fit("svm", params, x, y, None).err().unwrap();
        assert!(error.message().contains(expected), "{}", error.message());
        assert!(error.hint_text().unwrap().contains(hint), "{:?}", error.hint_text());
    }
    let huge = vec![Block::Dense(vec![(0..90).map(|row| 1e300 * (row % 3) as f64).collect()])];
    let huge = Matrix { rows: 90, names: vec!["a".into()].into(), blocks: huge };
    for params in ["{}", "{kernel: rbf, gamma: 1}"] {
        let error = fit("svm", params, &huge, &two, None).err().unwrap();
        assert_eq!(error.message(), "`svm` cannot be fitted: the values are too large", "{params}");
    }
    let notes = fit("svm", "{max_iterations: 1, tolerance: 1.0e-9}", &sample.x, &two, None).unwrap().notes();
    assert!(notes.len() == 1 && notes[0].contains("stopped before converging"), "{notes:?}");
}

/// The decisions of each row, one a machine, and its scores.
fn decided(params: &str, x: &Matrix, y: &Target, class_weights: Option<&[f64]>) -> (Vec<f64>, Vec<f64>) {
    let context = FitContext { class_weights, ..context(None) };
    let Target::Classes { codes, .. } = y else { unreachable!() };
    let weights: Option<Vec<f64>> = class_weights.map(|own| codes.iter().map(|code| own[*code as usize]).collect());
    let estimator = (ENTRY.build)(&parse(params, "").unwrap()).unwrap();
    let model = estimator.fit(x, y, weights.as_deref(), &context).unwrap();
    let machine: Machine = codec::decode(&model.encode().unwrap()).unwrap();
    (machine.rule.decisions(x).unwrap(), model.predict(x).unwrap().values)
}

#[test]
fn of_several_classes_the_greatest_decision_is_the_answer() {
    let sample = Sample::new(0.0);
    let [_, three] = sample.targets();
    // Labels that nothing tells apart, too.
    let noise = Target::Classes { codes: (0..90u32).map(|row| row * 7919 % 101 % 3).collect(), classes: 3 };
    for (kernel, y) in [("linear", &three), ("rbf", &three), ("linear", &noise), ("rbf", &noise)] {
        let (decisions, scores) = decided(&format!("{{kernel: {kernel}}}"), &sample.x, y, Some(&[0.5, 1.0, 4.0]));
        for (decisions, scores) in decisions.chunks(3).zip(scores.chunks(3)) {
            let order = |of: &[f64]| {
                let mut order = [0, 1, 2];
                order.sort_by(|a, b| of[*a].total_cmp(&of[*b]));
                order
            };
            assert_eq!(order(decisions), order(scores), "{kernel}: {decisions:?} {scores:?}");
            assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}

/// As LIBLINEAR's: the machine of a class is that of two classes, of which the other counts 1.
#[test]
fn class_weights_weigh_one_of_several_classes_against_the_rest() {
    let sample = Sample::new(0.0);
    let [_, three] = sample.targets();
    let Target::Classes { codes, .. } = &three else { unreachable!() };
    let (of_three, _) =
        decided("{tolerance: 1.0e-7, max_iterations: 1000000}", &sample.x, &three, Some(&[0.5, 3.0, 4.0]));
    let two = Target::Classes { codes: codes.iter().map(|code| u32::from(*code == 1)).collect(), classes: 2 };
    let (of_two, _) = decided("{tolerance: 1.0e-7, max_iterations: 1000000}", &sample.x, &two, Some(&[1.0, 3.0]));
    for (three, two) in of_three.chunks(3).zip(&of_two) {
        assert!((three[1] - two).abs() < 1e-5, "{three:?} {two}");
    }
}

/// Enough rows that not all folds are held out, so that some rows are seen by every machine.
#[test]
fn probabilities_of_many_rows_are_of_rows_unseen() {
    let mut random = SplitMix64::new(7);
    let column: Vec<f64> = (0..12_000).map(|_| random.unit_f64() * 4.0 - 2.0).collect();
    // In class 1 with the odds exp(3 x).
    let code = |x: &f64| if random.unit_f64() < 1.0 / (1.0 + libm::exp(-3.0 * x)) { 1 } else { 0 };
    let codes: Vec<u32> = column.iter().map(code).collect();
    let block = vec![Block::Dense(vec![column.clone()])];
    let x = Matrix { rows: column.len(), names: vec!["a".into()].into(), blocks: block };
    let y = Target::Classes { codes, classes: 2 };
    let (_, scores) = decided("{}", &x, &y, None);
    for (x, scores) in column.iter().zip(scores.chunks(2)) {
        let expected = 1.0 / (1.0 + libm::exp(-3.0 * x));
        assert!((scores[1] - expected).abs() < 0.03, "{x}: {scores:?}, expected {expected}");
    }
}

/// A class of one row, which one of the folds has not seen at all.
#[test]
fn rare_classes_get_probabilities_too() {
    let sample = Sample::new(0.0);
    let y = Target::Classes { codes: (0..90).map(|row| u32::from(row == 4) * 2).collect(), classes: 3 };
    for kernel in ["linear", "rbf"] {
        let scores = fit("svm", &format!("{{kernel: {kernel}}}"), &sample.x, &y, None).unwrap().predict(&sample.x);
        let scores = scores.unwrap();
        assert!(scores.column(1).iter().all(|p| *p == 0.0));
        assert!(scores.column(0).iter().all(|p| *p > 0.5), "{:?}", scores.column(0));
    }
}

#[test]
fn a_plane_tells_which_features_matter_and_a_kernel_does_not() {
    let sample = Sample::new(0.0);
    // The first feature alone parts these rows.
    let Block::Dense(columns) = &sample.x.blocks[0] else { unreachable!() };
    let codes = columns[0].iter().map(|v| u32::from(*v > 0.1)).collect();
    let y = Target::Classes { codes, classes: 2 };
    let of = |params: &str| fit("svm", params, &sample.x, &y, None).unwrap().importance();
    let shares = of("{}").unwrap();
    assert!(shares.len() == sample.x.width() && shares[0] > 0.5, "{shares:?}");
    assert_eq!(of("{kernel: rbf}"), None);
}

/// Labels that mean nothing, on rows that are drawn five times: a machine that has seen a copy is sure of them, and no
/// probability may come of that.
#[test]
fn copies_of_a_row_are_held_out_together() {
    let mut random = SplitMix64::new(3);
    let column: Vec<f64> = (0..120).map(|_| random.unit_f64()).collect();
    let labels: Vec<u32> = (0..120).map(|_| u32::from(random.unit_f64() < 0.5)).collect();
    let copies: Vec<usize> = (0..600).map(|at| at / 5).collect();
    let x =
        Matrix { rows: 120, names: vec!["a".into()].into(), blocks: vec![Block::Dense(vec![column])] }.select(&copies);
    let y = Target::Classes { codes: labels, classes: 2 }.select(&copies);
    let surest = |copies: Option<&[usize]>| {
        let context = context(copies);
        let estimator = (ENTRY.build)(&parse("{kernel: rbf, gamma: 1.0e+6, c: 100}", "").unwrap()).unwrap();
        let scores = estimator.fit(&x, &y, None, &context).unwrap().predict(&x).unwrap();
        scores.column(1).into_iter().fold(0.0, f64::max)
    };
    assert!(surest(Some(&copies)) < 0.8, "{}", surest(Some(&copies)));
    assert!(surest(None) > 0.9, "the test tells nothing: {}", surest(None));
}
