//! `knn` beside scikit-learn: numbers made by tests/golden/nb_knn_svm.py.

use super::{Sample, fit};
use crate::data::{Block, Matrix, Target};

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
        names: vec!["a".to_owned()].into(),
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
