//! Proposals and pruning, on functions in the place of models.

use super::history::{State, Trial, best, best_of_each};
use super::importance::importance;
use super::problem::{Branch, Problem};
use super::pruning::Medians;
use super::sampler::Proposer;
use crate::config::{Algorithm, ClassWeight, Sampler, Spaces};
use crate::metrics::{self, Metric};
use crate::package;
use crate::yaml::{self, Node};

const ROUND: usize = 4;

fn problem(algorithms: &str) -> Problem {
    let root = yaml::parse(algorithms, "t").unwrap();
    let branch = |(algorithm, params): &(Node, Node)| {
        let spaces = Spaces { algorithm: algorithm.clone(), params: params.as_mapping().unwrap().to_vec() };
        let trained = Algorithm { name: algorithm.clone(), params: Node::empty(), class_weight: None };
        Branch::new(&spaces, &trained, &ClassWeight::Balanced).unwrap()
    };
    Problem { branches: root.as_mapping().unwrap().iter().map(branch).collect() }
}

fn metric(name: &str) -> &'static Metric {
    metrics::find(name).unwrap()
}

fn trial(number: usize, algorithm: &str, mean: Option<f64>) -> Trial {
    Trial {
        trial: number,
        algorithm: algorithm.to_owned(),
        params: serde_json::Map::new(),
        state: State::Complete,
        folds: vec![mean; 3],
        mean,
        std: None,
        steps: vec![mean; 3],
        error: None,
        same_as: None,
        seconds: 0.0,
    }
}

/// Runs `trials` trials in rounds, scored by `score`.
fn search(problem: &Problem, sampler: Sampler, seed: u64, trials: usize, score: &dyn Fn(&Trial) -> f64) -> Vec<Trial> {
    let mut proposer = Proposer::new(problem, sampler, seed, metric("rmse"));
    let mut all: Vec<Trial> = Vec::new();
    while all.len() < trials {
        let points = (all.len()..all.len() + ROUND).map(|number| (number, proposer.propose(number)));
        let mut round = Vec::new();
        for (number, point) in points {
            let Some(point) = point else { return [all, round].concat() };
            let branch = &problem.branches[point.branch];
            let mut trial = trial(number, branch.entry.name, None);
            trial.params = branch.searched(&point.values);
            trial.mean = Some(score(&trial));
            round.push(trial);
        }
        proposer.learn(&round);
        all.extend(round);
    }
    all
}

fn number(trial: &Trial, name: &str) -> f64 {
    trial.params[name].as_f64().unwrap()
}

/// A valley that is narrow in two parameters, one of them a logarithm, and has one good choice of four.
fn valley(trial: &Trial) -> f64 {
    let rate = (number(trial, "learning_rate") / 0.03).ln() / 3.0;
    let depth = (number(trial, "max_depth") - 7.0) / 10.0;
    let share = (number(trial, "subsample") - 0.8) * 2.0;
    let bins = if number(trial, "max_bin") == 64.0 { 0.0 } else { 0.3 };
    rate * rate + depth * depth + share * share + bins
}

const VALLEY: &str = "xgb: {learning_rate: {float: [0.001, 1], log: true}, max_depth: {int: [1, 20]}, \
                      subsample: {float: [0.1, 1]}, max_bin: {choices: [16, 32, 64, 128]}}";

#[test]
fn tpe_is_far_better_than_chance() {
    let problem = problem(VALLEY);
    let mean_best = |sampler| {
        let best_of = |seed| best(&search(&problem, sampler, seed, 60, &valley), metric("rmse")).unwrap().mean.unwrap();
        (0..20).map(best_of).sum::<f64>() / 20.0
    };
    let (tpe, random) = (mean_best(Sampler::Tpe), mean_best(Sampler::Random));
    assert!(tpe < 0.5 * random, "tpe {tpe}, random {random}");
}

#[test]
fn every_proposal_is_inside_its_space_and_on_its_steps() {
    let problem = problem(
        "xgb: {n_estimators: {int: [100, 190], step: 25}, max_depth: {int: [1, 60], log: true}, \
         subsample: {float: [0.5, 1.0], step: 0.1}, gamma: {float: [2, 2]}}",
    );
    for sampler in [Sampler::Random, Sampler::Tpe] {
        let score = |trial: &Trial| number(trial, "max_depth") - number(trial, "n_estimators");
        let trials = search(&problem, sampler, 3, 200, &score);
        let values = |name: &str| {
            let mut values: Vec<String> = trials.iter().map(|trial| trial.params[name].to_string()).collect();
            values.sort();
            values.dedup();
            values
        };
        assert_eq!(values("n_estimators"), ["100", "125", "150", "175"]);
        assert_eq!(values("subsample"), ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert_eq!(values("gamma"), ["2.0"]);
        assert!(trials.iter().all(|trial| (1.0..=60.0).contains(&number(trial, "max_depth"))));
        let low = trials.iter().filter(|trial| number(trial, "max_depth") <= 8.0).count();
        assert!(low > 80, "{low} of 200 in the lower half of the logarithm");
    }
}

#[test]
fn what_belongs_to_one_algorithm_is_learned_from_its_trials() {
    let problem = problem("dt: {max_depth: {int: [1, 20]}}\nrf: {max_depth: {int: [1, 20]}}");
    // Each wants the other end; `rf` is the better one.
    let score = |trial: &Trial| match trial.algorithm.as_str() {
        "dt" => 100.0 + number(trial, "max_depth"),
        _ => 20.0 - number(trial, "max_depth"),
    };
    let trials = search(&problem, Sampler::Tpe, 1, 80, &score);
    let late = &trials[40..];
    let rf: Vec<&Trial> = late.iter().filter(|trial| trial.algorithm == "rf").collect();
    assert!(rf.len() > 25, "{} of 40 are of the better algorithm", rf.len());
    let deep = rf.iter().filter(|trial| number(trial, "max_depth") >= 15.0).count();
    assert!(deep * 2 > rf.len(), "{deep} of {}", rf.len());
    let each: Vec<&str> = best_of_each(&trials, metric("rmse")).iter().map(|trial| trial.algorithm.as_str()).collect();
    assert_eq!(each, ["rf", "dt"]);
}

#[test]
fn a_grid_comes_in_order_and_ends() {
    let problem = problem("dt: {max_depth: {int: [2, 6], step: 2}, max_bin: {choices: [64, 32]}}\nlr: {c: 1.0}");
    let trials = search(&problem, Sampler::Grid, 0, 100, &|_| 0.0);
    let found: Vec<String> =
        trials.iter().map(|trial| format!("{} {}", trial.algorithm, serde_json::json!(trial.params))).collect();
    let dt = |depth: u32, bins: u32| format!("dt {{\"max_bin\":{bins},\"max_depth\":{depth}}}");
    let expected: Vec<String> = [2, 4, 6].into_iter().flat_map(|depth| [dt(depth, 64), dt(depth, 32)]).collect();
    assert_eq!(found[..6], expected);
    assert_eq!(found[6..], ["lr {}"]);
}

#[test]
fn grid_points_and_numbers_between_are_distinct_and_short() {
    for (space, expected) in [
        ("{float: [1000000, 1000001], step: 0.25}", "1000000.0 1000000.25 1000000.5 1000000.75 1000001.0"),
        ("{float: [0.05, 0.35], step: 0.1}", "0.05 0.15 0.25 0.35"),
        ("{float: [1.0e-9, 3.0e-9], step: 1.0e-9}", "1e-9 2e-9 3e-9"),
        ("{float: [-0.3, 0.3], step: 0.3}", "-0.3 0.0 0.3"),
        ("{int: [9007199254740990, 9007199254740992]}", "9007199254740990 9007199254740991 9007199254740992"),
    ] {
        let problem = problem(&format!("lr: {{c: {space}}}"));
        let trials = search(&problem, Sampler::Grid, 0, 9, &|_| 0.0);
        let found: Vec<String> = trials.iter().map(|trial| trial.params["c"].to_string()).collect();
        assert_eq!(found.join(" "), expected, "{space}");
    }
    for (space, digits) in [
        ("{float: [0.9999991, 1.0000009]}", 12),
        ("{float: [1000000, 1000001], log: true}", 13),
        ("{float: [0.01, 100], log: true}", 6),
        ("{float: [0.5, 1]}", 6),
        ("{float: [0, 1.0e-300]}", 6),
    ] {
        let problem = problem(&format!("lr: {{c: {space}}}"));
        let trials = search(&problem, Sampler::Random, 0, 40, &|_| 0.0);
        let mut found: Vec<String> = trials.iter().map(|trial| format!("{:e}", number(trial, "c"))).collect();
        let longest = found.iter().map(|text| text.split_once('e').unwrap().0.replace('.', "").len()).max();
        assert!(longest <= Some(digits + 1), "{space}: {found:?}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 40, "{space}: {found:?}");
    }
}

#[test]
fn a_grid_of_many_values_is_counted_not_listed() {
    let problem = problem("lr: {max_iterations: {int: [1, 100000]}, c: {float: [0.001, 10], step: 0.00001}}");
    let proposer = Proposer::new(&problem, Sampler::Grid, 0, metric("rmse"));
    let of_one = 999_901;
    let point = proposer.propose(7 * of_one + 999_900).unwrap();
    assert_eq!(point.values, [8.0, 10.0]);
    assert!(proposer.propose(100_000 * of_one - 1).is_some() && proposer.propose(100_000 * of_one).is_none());
}

#[test]
fn worse_than_the_median_of_complete_trials_is_hopeless_once_there_are_enough() {
    let mut trials: Vec<Trial> = (0..6).map(|at| trial(at, "dt", Some(at as f64))).collect();
    // They tell nothing of what trials come to that go on.
    let pruned = (0..9).map(|at| Trial { state: State::Pruned, ..trial(at, "dt", Some(-9.0)) });
    trials.splice(0..0, pruned);
    for (metric_name, steps, earlier, expected) in [
        ("roc_auc", &[Some(9.0), Some(2.4)][..], &trials[..], true),
        ("roc_auc", &[Some(0.0), Some(2.6)], &trials, false),
        ("rmse", &[Some(0.0), Some(2.6)], &trials, true),
        ("rmse", &[Some(9.0), Some(2.4)], &trials, false),
        ("rmse", &[Some(9.0)], &trials, false),
        ("rmse", &[Some(9.0), None], &trials, false),
        ("rmse", &[Some(9.0), Some(9.0)], &trials[..13], false),
        ("rmse", &[Some(9.0); 4], &trials, false),
    ] {
        let mut medians = Medians::default();
        earlier.chunks(4).for_each(|round| medians.learn(round));
        assert_eq!(medians.are_better_than(steps, metric(metric_name)), expected, "{metric_name} {steps:?}");
    }
}

#[test]
fn importance_gives_the_algorithm_what_the_algorithm_does() {
    let problem = problem(
        "lr: {c: {float: [0.5, 0.6]}}\nxgb: {n_estimators: {int: [40, 42]}, max_depth: {int: [1, 9]}}\nnb: {}\ndt: {max_depth: 3}",
    );
    let of_algorithm = |trial: &Trial| if trial.algorithm == "xgb" { 0.85 } else { 0.78 };
    let share = |score: &dyn Fn(&Trial) -> f64, name: &str| {
        let trials = search(&problem, Sampler::Random, 3, 60, score);
        let shares = importance(&problem, &trials, 1).unwrap();
        assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        shares.into_iter().find(|(found, _)| found == name).unwrap().1
    };
    let alone = share(&of_algorithm, "algorithm");
    assert!(alone > 0.95, "{alone}");
    let depth = |trial: &Trial| trial.params.get("max_depth").and_then(|depth| depth.as_f64());
    let of_both = |trial: &Trial| of_algorithm(trial) + 0.03 * (depth(trial).unwrap_or(5.0) - 5.0);
    let (half, whole) = (share(&of_both, "xgb.max_depth"), share(&|t| depth(t).unwrap_or(5.0), "xgb.max_depth"));
    assert!((0.25..0.65).contains(&half) && whole > 0.6, "{half} {whole}");
}

#[test]
fn of_equal_trials_the_first_is_best_and_failed_ones_never() {
    let mut trials = vec![trial(2, "dt", Some(1.0)), trial(1, "dt", Some(1.0)), trial(0, "dt", Some(0.5))];
    trials[2].state = State::Pruned;
    trials.push(trial(3, "dt", None));
    assert_eq!(best(&trials, metric("rmse")).unwrap().trial, 1);
    assert!(best(&trials[3..], metric("rmse")).is_none());
}

#[test]
fn class_weights_are_chosen_among_like_other_parameters() {
    let of = |spaces: &str, number: usize| {
        let problem = problem(spaces);
        let point = Proposer::new(&problem, Sampler::Grid, 0, metric("rmse")).propose(number).unwrap();
        problem.branches[0].fitting(&point.values).unwrap().candidate().class_weight.clone()
    };
    let weights = "lr: {class_weight: {choices: [null, balanced, {a: 2}]}}";
    assert_eq!(of(weights, 0), package::ClassWeight::None);
    assert_eq!(of(weights, 1), package::ClassWeight::Balanced);
    assert_eq!(of(weights, 2), package::ClassWeight::Given(vec![("a".to_owned(), 2.0)]));
    assert_eq!(of("lr: {class_weight: null}", 0), package::ClassWeight::None);
    // That of all algorithms, where nothing is said.
    assert_eq!(of("lr: {c: 1}", 0), package::ClassWeight::Balanced);
}
