//! Golden numbers of scikit-learn 1.9.1 for `nb`, `knn` and `svm`, made by tests/golden/nb_knn_svm.py.

use super::{FitContext, FittedModel, REGISTRY};
use crate::data::{Block, Matrix, SparseBlock, Target};
use crate::error::Result;
use crate::yaml::parse;

const ROWS: usize = 90;
pub const SHOWN: [usize; 8] = [0, 13, 26, 39, 52, 65, 78, 89];

/// Two dense features; a category of five levels and two counts as a sparse block.
pub struct Sample {
    pub x: Matrix,
    pub value: Vec<f64>,
    pub weights: Vec<f64>,
}

impl Sample {
    /// `shift` is added to the dense features.
    pub fn new(shift: f64) -> Self {
        let wave = |row: usize, step: usize, period: usize| (row * step % period) as f64;
        let a: Vec<f64> = (0..ROWS).map(|row| wave(row, 37, 101) / 50.0 - 1.0).collect();
        let b: Vec<f64> = (0..ROWS).map(|row| wave(row, 53, 97) / 48.0 - 1.0).collect();
        let mut sparse = SparseBlock { width: 7, starts: vec![0], ..SparseBlock::default() };
        let mut value = Vec::new();
        for row in 0..ROWS {
            let (level, counts) = ((row * 7 + row / 11) % 5, [wave(row, 3, 4), (row / 7 % 3) as f64]);
            let cells = [(level, 1.0), (5, counts[0]), (6, counts[1])];
            for (at, cell) in cells.into_iter().filter(|(_, cell)| *cell != 0.0) {
                sparse.indices.push(at as u32);
                sparse.values.push(cell);
            }
            sparse.starts.push(sparse.indices.len());
            let bonus = if level == 2 { 0.8 } else { 0.0 };
            value.push(a[row] * 1.5 + b[row] * a[row] + bonus - counts[0] * 0.2 + wave(row, 29, 31) / 60.0);
        }
        let dense = [a, b].into_iter().map(|column| column.iter().map(|v| v + shift).collect()).collect();
        Self {
            x: Matrix {
                rows: ROWS,
                names: (0..9).map(|at| format!("f{at}")).collect(),
                blocks: vec![Block::Dense(dense), Block::Sparse(sparse)],
            },
            value,
            weights: (0..ROWS).map(|row| 1.0 + (row % 4) as f64).collect(),
        }
    }

    fn classes(&self, cuts: &[f64]) -> Target {
        let code = |v: &f64| cuts.iter().filter(|cut| v > cut).count() as u32;
        Target::Classes { codes: self.value.iter().map(code).collect(), classes: cuts.len() + 1 }
    }

    /// Two classes, three classes.
    pub fn targets(&self) -> [Target; 2] {
        [self.classes(&[0.2]), self.classes(&[-0.4, 0.6])]
    }
}

pub fn fit(name: &str, params: &str, x: &Matrix, y: &Target, weights: Option<&[f64]>) -> Result<Box<dyn FittedModel>> {
    let entry = REGISTRY.iter().find(|e| e.name == name).unwrap();
    let context = FitContext { seed: 1, threads: 1, progress: &|_, _| {}, copies: None };
    (entry.build)(&parse(params, "").unwrap()).unwrap().fit(x, y, weights, &context)
}

pub fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    for (row, expected) in SHOWN.iter().zip(expected) {
        let found = found[*row];
        assert!((found - expected).abs() <= tolerance, "{what}, row {row}: {found} is not {expected}");
    }
}

/// Probabilities of class 1: two classes plain and weighted, three classes plain and weighted.
#[test]
fn naive_bayes_matches_scikit_learn() {
    #[rustfmt::skip]
    let cases = [
        ("{}", 0.0, [
            [0.00543805838876, 0.921852500395, 0.254542409785, 0.0205973618419, 0.0121258330443, 0.932520333648, 0.54638427515, 0.432197783016],
            [0.000588980245248, 0.927772047081, 0.311126683789, 0.00897680712817, 0.00105668348105, 0.958096387105, 0.437828743047, 0.413308660226],
            [0.0884444899474, 0.208012917248, 0.953025860311, 0.232308546084, 0.0566670422377, 0.17680523663, 0.809785951896, 0.763970363455],
            [0.0676207567916, 0.178474948176, 0.957448176334, 0.237831457174, 0.0353231020176, 0.202660173385, 0.904461589156, 0.812531366641]]),
        ("{kind: gaussian, var_smoothing: 0.01}", 0.0, [
            [0.00905275477166, 0.979744075599, 0.145399297412, 0.0126710534962, 0.0155160491482, 0.915959618314, 0.553684092418, 0.140854301084],
            [0.00197311094684, 0.980673424438, 0.25955128088, 0.00693010707306, 0.000733454419137, 0.96867540556, 0.27194015684, 0.173059541825],
            [0.0947240514191, 0.162880265383, 0.940523978847, 0.162304302432, 0.0598102417479, 0.141499415224, 0.812703230761, 0.715551939046],
            [0.134945381004, 0.100645201837, 0.924217728742, 0.179093596559, 0.0277432868487, 0.211956574317, 0.931847309982, 0.762100721388]]),
        ("{kind: bernoulli, alpha: 0.5}", 0.0, [
            [0.248524888634, 0.877182757544, 0.574725629627, 0.0265045154573, 0.176302104454, 0.839198957233, 0.77156518476, 0.607055800271],
            [0.188090497913, 0.886674868366, 0.71048779185, 0.0153932498064, 0.06774025673, 0.886438706569, 0.710004127279, 0.612743432373],
            [0.503962735459, 0.276410849983, 0.754704197048, 0.233799327521, 0.350836898551, 0.366006132889, 0.427726642037, 0.457002646522],
            [0.573588131311, 0.246286156746, 0.658606107277, 0.244741593067, 0.347282619718, 0.448919033673, 0.560552283159, 0.471028711996]]),
        ("{kind: multinomial}", 1.0, [
            [0.478340577553, 0.616364184957, 0.322260136036, 0.239128153713, 0.433603233963, 0.478882222118, 0.400831564368, 0.214881084118],
            [0.504661327667, 0.634984077943, 0.414873804331, 0.213333678974, 0.28333961995, 0.56651188276, 0.293080437325, 0.218967066841],
            [0.343166943861, 0.485074130471, 0.559431728062, 0.302075020298, 0.343596408397, 0.504598392961, 0.422288979735, 0.453122558769],
            [0.428552710059, 0.434235257986, 0.520023356239, 0.330709837188, 0.377485177056, 0.559088060452, 0.47358662053, 0.446485779312]]),
    ];
    for (params, shift, expected) in cases {
        let sample = Sample::new(shift);
        for (case, expected) in expected.iter().enumerate() {
            let weights = (case % 2 == 1).then_some(sample.weights.as_slice());
            let model = fit("nb", params, &sample.x, &sample.targets()[case / 2], weights).unwrap();
            let scores = model.predict(&sample.x).unwrap();
            close(&format!("{params} case {case}"), &scores.column(1), expected, 1e-9);
        }
    }
}

#[test]
fn naive_bayes_refuses_negative_counts_and_bears_many_features() {
    let sample = Sample::new(0.0);
    let [two, _] = sample.targets();
    let error = fit("nb", "{kind: multinomial}", &sample.x, &two, None).err().unwrap();
    assert!(error.message().ends_with("takes counts, and the feature `f0` has negative values"), "{}", error.message());
    // 2000 features of far away values: each likelihood alone is 0, and one class is still far likelier.
    let Block::Dense(columns) = &sample.x.blocks[0] else { unreachable!() };
    let wide = Matrix {
        rows: ROWS,
        names: (0..2000).map(|at| format!("f{at}")).collect(),
        blocks: vec![Block::Dense(vec![columns[0].clone(); 2000])],
    };
    let mut far = wide.select(&[0]);
    far.blocks = vec![Block::Dense(vec![vec![-50.0]; 2000])];
    let scores = fit("nb", "{}", &wide, &two, None).unwrap().predict(&far).unwrap();
    assert!(scores.values.contains(&1.0) && scores.values.contains(&0.0), "{:?}", scores.values);
}

/// Class 1 of two and of three, and the value, for rows that are not among the training rows.
#[test]
fn nearest_neighbours_match_scikit_learn() {
    #[rustfmt::skip]
    let cases = [
        ("{}", [
            [0.6, 0.6, 0.4, 0.6, 0.6, 0.0, 0.0, 0.2],
            [0.6, 0.2, 0.6, 0.2, 0.6, 0.2, 0.2, 0.2],
            [0.207083333333, 0.50175, 0.17675, 0.594083333333, 0.247166666667, -0.55, -0.752833333333, -0.11575]]),
        ("{n_neighbors: 7, weights: distance}", [
            [0.672770064902, 0.42713655695, 0.432251433809, 0.704724034119, 0.581319742871, 0.0, 0.0989941715516, 0.259791345272],
            [0.438486469737, 0.171806977658, 0.580295897246, 0.147780212977, 0.428026034817, 0.147406411592, 0.308488725459, 0.422729029289],
            [0.360168313091, -0.033497846096, 0.0529126865438, 0.786956802968, 0.179721281607, -0.68094593249, -0.531743293551, 0.0780117215856]]),
        ("{n_neighbors: 4, weights: distance, metric: manhattan}", [
            [0.857518011448, 0.686391076774, 0.243513185015, 0.459443946955, 0.526288345553, 0.0, 0.0, 0.243970382309],
            [0.389291860586, 0.313608923226, 0.738756120381, 0.221324479842, 0.473711654447, 0.197971692233, 0.136301846161, 0.487940764618],
            [0.747801079509, 0.702101854534, -0.0631646191583, 0.389819840815, 0.255526006861, -0.60364238491, -0.685319365621, 0.117109561994]]),
        ("{weights: distance, metric: cosine}", [
            [0.848268370633, 0.371845860386, 0.395228587021, 0.604572541995, 0.481233647509, 0.0, 0.0, 0.168548837856],
            [0.22354796551, 0.260074668833, 0.599685695866, 0.206584425613, 0.418530609872, 0.156587250714, 0.0, 0.692273055194],
            [0.785637998459, -0.0643797501603, 0.165356302986, 0.646167027534, 0.155289818373, -0.963419720766, -0.760123718563, 0.12714781231]]),
    ];
    let sample = Sample::new(0.0);
    let train: Vec<usize> = (0..60).collect();
    let (x, new) = (sample.x.select(&train), sample.x.select(&[65, 78, 89, 60, 67, 71, 74, 83]));
    let [two, three] = sample.targets();
    for (params, expected) in cases {
        let targets = [&two, &three, &Target::Values(sample.value.clone())];
        for (y, expected) in targets.into_iter().zip(expected) {
            let scores = fit("knn", params, &x, &y.select(&train), None).unwrap().predict(&new).unwrap();
            for (found, expected) in scores.column(scores.width.min(2) - 1).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{params}: {found} is not {expected}");
            }
        }
    }
}

#[test]
fn of_equally_near_rows_the_earlier_are_asked_and_rows_at_no_distance_alone_count() {
    let x = |values: Vec<f64>| Matrix {
        rows: values.len(),
        names: vec!["a".to_owned()],
        blocks: vec![Block::Dense(vec![values])],
    };
    let (train, y) = (x(vec![1.0, -1.0, 1.0, 3.0, -1.0]), Target::Values(vec![1.0, 2.0, 4.0, 8.0, 16.0]));
    for (params, at, expected) in [
        ("{n_neighbors: 2}", 0.0, 1.5),
        ("{n_neighbors: 1}", 2.0, 1.0),
        ("{n_neighbors: 4, weights: distance}", 1.0, 2.5),
        ("{n_neighbors: 4, weights: distance}", 1e-300, 5.75),
    ] {
        let scores = fit("knn", params, &train, &y, None).unwrap().predict(&x(vec![at])).unwrap();
        assert_eq!(scores.values, [expected], "{params} at {at}");
    }
    let model = fit("knn", "{n_neighbors: 1}", &train, &y, None).unwrap();
    assert!(model.predict(&x(vec![1e200])).err().unwrap().message().contains("too large"));
    let error = fit("knn", "{n_neighbors: 6}", &train, &y, None).err().unwrap();
    assert_eq!(error.message(), "`knn` is to ask 6 rows, and has 5");
}
