//! `nb` beside scikit-learn: numbers made by tests/golden/nb_knn_svm.py.

use super::{ROWS, Sample, close, fit};
use crate::data::{Block, Matrix};

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
