//! The screen and the proposals on tables made for it.

use std::collections::BTreeSet;

use super::candidate::{Candidate, Family};
use super::gain::Gain;
use super::pairs::pairs;
use super::proposal::{Handling, Proposal};
use super::residuals::{Residuals, bar};
use super::sources::Sources;
use crate::data::{Column, Kind, Scores, SplitMix64, Strings, Table, Target, Values};
use crate::metrics;
use crate::package::FoldMetrics;

const ROWS: usize = 2_000;

/// The scores of a row.
type Model<'a> = Box<dyn Fn(usize) -> Vec<f64> + 'a>;

fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.unit_f64()).sum::<f64>() - 6.0
}

fn handling(fill: bool) -> Handling {
    Handling { fill, encoded: true, named: BTreeSet::new(), classes: 2, linear: false }
}

fn propose(table: &Table, handling: &Handling) -> Vec<Candidate> {
    let sources = Sources::of(table, &BTreeSet::new());
    let taken = table.names().into_iter().map(str::to_owned).collect();
    let mut proposal = Proposal::new(handling, taken);
    proposal.singles(&sources);
    let codes = (0..table.rows()).map(|row| (row % 2) as u32).collect();
    pairs(&mut proposal, &sources, &Residuals::of_mean(&Target::Classes { codes, classes: 2 }));
    proposal.found
}

/// Scores of models that are right about all but one column, some of them far from what happens.
#[test]
fn chance_stays_below_the_bar_and_what_is_missing_stands_out() {
    let mut random = SplitMix64::new(3);
    let hidden: Vec<f64> = (0..ROWS).map(|_| normal(&mut random)).collect();
    let known: Vec<f64> = (0..ROWS).map(|_| normal(&mut random)).collect();
    let chance = |at: usize| 1.0 / (1.0 + libm::exp(3.0 - known[at] - hidden[at]));
    let codes: Vec<u32> = (0..ROWS).map(|at| u32::from(random.unit_f64() < chance(at))).collect();
    let binary = Target::Classes { codes: codes.clone(), classes: 2 };
    let three = Target::Classes {
        codes: codes.iter().zip(&known).map(|(c, x)| if *x > 1.0 { 2 } else { *c }).collect(),
        classes: 3,
    };
    let numbers = Target::Values((0..ROWS).map(|at| known[at] + 0.3 * hidden[at] + normal(&mut random)).collect());
    // Calibrated, too sure of itself, and always low.
    let share = |at: usize| 1.0 / (1.0 + libm::exp(2.5 - known[at]));
    let models: [(&Target, usize, Model); 5] = [
        (&binary, 2, Box::new(|at| vec![1.0 - share(at), share(at)])),
        (&binary, 2, Box::new(|at| if share(at) > 0.5 { vec![0.0, 1.0] } else { vec![1.0, 0.0] })),
        (&binary, 2, Box::new(|at| vec![1.0 - share(at) / 4.0, share(at) / 4.0])),
        (&three, 3, Box::new(|at| vec![0.9 - share(at) / 2.0, share(at) / 2.0, 0.1])),
        (&numbers, 1, Box::new(|at| vec![known[at]])),
    ];
    let noise: Vec<Column> = (0..400)
        .map(|at| match at % 3 {
            0 => Column::category(
                "c",
                (0..ROWS).map(|_| Some(["a", "b", "c", "d"][random.below(4)])).collect::<Vec<_>>(),
            ),
            1 => Column::number(
                "n",
                (0..ROWS).map(|_| if random.below(5) == 0 { f64::NAN } else { normal(&mut random) }).collect(),
            ),
            _ => Column::number("n", (0..ROWS).map(|_| random.below(3) as f64).collect()),
        })
        .collect();
    for (number, (target, width, scores)) in models.iter().enumerate() {
        let scores = Scores { width: *width, values: (0..ROWS).flat_map(scores).collect() };
        let residuals = Residuals::of(target, &[((0..ROWS).collect(), &scores)]);
        let greatest = noise.iter().filter_map(|column| residuals.association(column)).fold(0.0, f64::max);
        assert!(greatest < bar(noise.len()), "model {number}: {greatest}");
        let found = residuals.association(&Column::number("hidden", hidden.clone())).unwrap();
        assert!(found > bar(1_000), "model {number}: {found}");
        let constant = Column::number("k", vec![1.0; ROWS]);
        assert_eq!(residuals.association(&constant), None);
    }
}

#[test]
fn what_is_proposed_can_be_made_and_its_names_are_new() {
    let dates = |step: i64| Values::Date((0..60).map(|day| (day != 5).then_some(day * step * 86_400)).collect());
    let texts: Strings = (0..60).map(|row| (row != 3).then_some(["x y", "z"][row % 2])).collect();
    let names: Vec<String> = (0..60).map(|row| format!("l{}", row.min(40))).collect();
    let table = Table::new(vec![
        Column::number("a", (0..60).map(f64::from).collect()),
        Column::number("and", (0..60).map(|x| f64::from(x % 7) - 3.0).collect()),
        Column::number("a_per_and", (0..60).map(|x| if x == 0 { f64::NAN } else { f64::from(x * x) }).collect()),
        Column::number("na`me (€)", (0..60).map(|x| f64::from(x % 13)).collect()),
        Column { kind: Kind::Bool, ..Column::number("flag", (0..60).map(|x| f64::from(x % 2)).collect()) },
        Column::number("constant", vec![1.0; 60]),
        Column::number("nothing", vec![f64::NAN; 60]),
        Column::category("one", (0..60).map(|_| Some("x"))),
        Column::category("c", (0..60).map(|row| (row % 9 > 0).then_some(["p", "q"][row % 2]))),
        Column::category("d", (0..60).map(|row| Some(["r", "s", "t"][row % 3]))),
        Column::category("many", names.iter().map(|name| Some(name.as_str()))),
        Column { name: "from".into(), kind: Kind::Date, values: dates(1) },
        Column { name: "to".into(), kind: Kind::Date, values: dates(2) },
        Column::text("t", texts.clone()),
        Column { kind: Kind::Id, ..Column::text("key", texts) },
    ]);
    for fill in [false, true] {
        let candidates = propose(&table, &handling(fill));
        let families: BTreeSet<String> = candidates.iter().map(|c| format!("{:?}", c.family)).collect();
        assert!(families.len() >= if fill { 11 } else { 13 }, "{families:?}");
        let mut seen: BTreeSet<&str> = table.names().into_iter().collect();
        for candidate in &candidates {
            let made = candidate.column(&table).unwrap_or_else(|e| panic!("{:?}: {e}", candidate.lines()));
            assert_eq!(made.len(), 60);
            assert!(candidate.derive.is_none() || seen.insert(&candidate.name), "{}", candidate.name);
            for forbidden in ["constant", "nothing", "one", "key"] {
                assert!(!candidate.sources.iter().any(|source| source == forbidden), "{:?}", candidate.lines());
            }
            let may_miss = matches!(made.values, Values::Number(_)) && (0..60).any(|row| made.is_null(row));
            assert!(!(fill && may_miss), "{:?}", candidate.lines());
            if let Values::Number(values) = &made.values {
                assert!(values.iter().all(|value| !value.is_infinite()));
            }
        }
    }
    let lines: Vec<String> = propose(&table, &handling(false)).iter().flat_map(Candidate::lines).collect();
    for line in [
        "expression: {name: a_per_and_2, value: \"a / `and`\"}",
        "expression: {name: \"log_na`me (€)\", value: \"log1p(`na``me (€)`)\"}",
        "interaction: {columns: [a, flag], name: a_x_flag}",
        "interaction: {columns: [c, d], name: c_x_d}",
        "date_parts: {column: from, parts: [weekday]}",
        "expression: {name: days_from_to_to, value: \"(to - from) / 86400\"}",
        "text_length: {column: t, unit: words}",
        "encode: {columns: [many], method: onehot, min_count: 20}",
        "encode: {columns: [many], method: target}",
        "bins: {column: a, edges: [11.8, 23.6, 35.4, 47.2], name: a_bin}",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line} not in\n{}", lines.join("\n"));
    }
    let (linear, other) = (Handling { linear: true, ..handling(false) }, handling(false));
    let of_family =
        |handling: &Handling, family| propose(&table, handling).iter().filter(|c| c.family == family).count();
    for family in [Family::Sum, Family::Difference] {
        assert!(of_family(&linear, family) < of_family(&other, family), "{family:?}");
    }
    assert_eq!(of_family(&linear, Family::Ratio), of_family(&other, Family::Ratio));
}

#[test]
fn of_many_columns_those_are_paired_that_tell_of_the_target() {
    let mut random = SplitMix64::new(5);
    let columns = (0..200).map(|at| {
        let values = (0..500).map(|row| normal(&mut random) + if at == 150 { (row % 2) as f64 * 3.0 } else { 0.0 });
        Column::number(format!("c{at}"), values.collect())
    });
    let candidates = propose(&Table::new(columns.collect()), &handling(false));
    assert!(candidates.len() < 3_000, "{}", candidates.len());
    let paired = |c: &&Candidate| c.family == Family::Ratio && c.sources.iter().any(|source| source == "c150");
    assert!(candidates.iter().filter(paired).count() > 20);
}

#[test]
fn gains_are_paired_and_run_with_the_metric() {
    let folds = |values: &[f64]| FoldMetrics {
        folds: values.iter().map(|v| Some(*v)).collect(),
        mean: Some(values[0]),
        std: None,
    };
    let [auc, rmse] = ["roc_auc", "rmse"].map(|name| metrics::find(name).unwrap());
    // Folds differ more than the gains do.
    let (before, after) = (folds(&[0.5, 0.7, 0.9]), folds(&[0.51, 0.712, 0.911]));
    let gain = Gain::of(auc, &before, &after).unwrap();
    assert!((gain.mean - 0.011).abs() < 1e-12 && (gain.standard_error - 0.001 / 3.0_f64.sqrt()).abs() < 1e-12);
    assert!(gain.is_beyond(2.0, &before) && !gain.is_beyond(20.0, &before));
    let much = FoldMetrics { mean: Some(200.0), ..before.clone() };
    assert!(!gain.is_beyond(2.0, &much), "a trifle");
    assert!(!Gain::of(rmse, &before, &after).unwrap().is_beyond(0.0, &before));
    assert!(Gain::of(rmse, &after, &before).unwrap().is_beyond(2.0, &before));
    assert!(!Gain::of(auc, &before, &before).unwrap().is_beyond(0.0, &before));
    let undefined = FoldMetrics { folds: vec![None, Some(0.5), None], mean: Some(0.5), std: None };
    assert_eq!(Gain::of(auc, &undefined, &after), None);
}
