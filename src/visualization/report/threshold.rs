//! What deciding at another threshold would reach, computed in the page from the thinned curves.

use serde::Serialize;

use super::super::page::{Markup, data, facts as list, html};
use super::{Facts, Place};
use crate::data::Task;
use crate::error::Result;
use crate::metrics::curves::ScoreCurve;
use crate::package::evaluation::ModelEvaluation;

/// Moves with the slider.
pub const SCRIPT: &str = include_str!("threshold.js");

/// Models to choose from.
const MOST: usize = 8;

/// A model as the script takes it.
#[derive(Serialize)]
struct Curve<'a> {
    name: &'a str,
    /// The threshold it decides at.
    chosen: f64,
    positives: u64,
    negatives: u64,
    thresholds: &'a [f64],
    true_positives: &'a [u64],
    false_positives: &'a [u64],
}

#[derive(Serialize)]
struct Data<'a> {
    models: Vec<Curve<'a>>,
    /// What a row costs by actual and predicted class.
    costs: [[f64; 2]; 2],
}

/// The slider and what it changes; none where nothing is decided by a threshold.
///
/// # Errors
/// Exit code 1 where its data cannot be written.
pub fn section(facts: &Facts) -> Result<Option<Markup>> {
    if facts.evaluation.task != Task::Binary {
        return Ok(None);
    }
    let champion = facts.champion().map(|(model, _)| model.info.algorithm.as_str());
    let others = facts.models.iter().map(|model| model.info.algorithm.as_str()).filter(|name| Some(*name) != champion);
    let curves: Vec<Curve> =
        champion.into_iter().chain(others).filter_map(|name| curve(facts, name)).take(MOST).collect();
    let Some(first) = curves.first() else { return Ok(None) };
    let chosen = first.chosen;
    let names: Vec<&str> = curves.iter().map(|curve| curve.name).collect();
    let costs = costs(facts.champion().map(|(_, measured)| measured));
    let controls = controls(facts, &names, chosen, costs);
    let values = values(facts, first, costs);
    let data = data("threshold-data", &Data { models: curves, costs })?;
    Ok(Some(html! { (controls) (values) (facts.pictures(Place::Threshold)) (data) }))
}

fn curve<'a>(facts: &'a Facts, name: &'a str) -> Option<Curve<'a>> {
    let measured = facts.measured(name)?;
    let scores: &ScoreCurve = &measured.curves.first()?.scores;
    Some(Curve {
        name,
        chosen: measured.threshold?,
        positives: scores.positives,
        negatives: scores.negatives,
        thresholds: &scores.thresholds,
        true_positives: &scores.true_positives,
        false_positives: &scores.false_positives,
    })
}

/// Those of the model; else 1 for each error.
fn costs(measured: Option<&ModelEvaluation>) -> [[f64; 2]; 2] {
    let own = measured.map(|measured| &measured.costs).filter(|costs| costs.len() == 2);
    let cell = |actual: usize, predicted: usize| own.and_then(|costs| costs.get(actual)?.get(predicted).copied());
    let usual = |actual, predicted| cell(actual, predicted).unwrap_or(f64::from(u8::from(actual != predicted)));
    [[usual(0, 0), usual(0, 1)], [usual(1, 0), usual(1, 1)]]
}

fn controls(facts: &Facts, names: &[&str], chosen: f64, costs: [[f64; 2]; 2]) -> Markup {
    let lang = facts.lang();
    let positive = facts.evaluation.classes.last().map(String::as_str).unwrap_or_default();
    html! {
        p {
            (lang.pick("A row is taken for", "Una fila se toma por")) " " code { (positive) } " "
            (lang.pick(
                "from the threshold on. Move it to see what the test rows would have said: the counts are exact for the threshold that they are told for, the nearest above that the curve keeps.",
                "a partir del umbral. Muévalo para ver qué habrían dicho las filas de prueba: los recuentos son exactos para el umbral que se indica, el más cercano por encima que conserva la curva."
            ))
        }
        div.controls {
            label for="threshold-model" { (lang.pick("Model", "Modelo")) }
            select #threshold-model { @for name in names { option value=(name) { (name) } } }
            label for="threshold-slider" { (lang.pick("Threshold", "Umbral")) }
            input #threshold-slider type="range" min="0" max="1" step="0.001" value=(chosen);
            label for="threshold-number" { (lang.pick("exactly", "exacto")) }
            input #threshold-number type="number" min="0" max="1" step="any" value=(chosen);
            label for="threshold-miss" { (lang.pick("Cost of a miss", "Coste de un falso negativo")) }
            input #threshold-miss type="number" min="0" step="any" value=(costs[1][0]);
            label for="threshold-alarm" { (lang.pick("Cost of a false alarm", "Coste de un falso positivo")) }
            input #threshold-alarm type="number" min="0" step="any" value=(costs[0][1]);
        }
        p.buttons {
            button #threshold-chosen type="button" { (lang.pick("As the model decides", "Como decide el modelo")) }
            " "
            button #threshold-f1 type="button" { (lang.pick("Best F1 here", "Mejor F1 aquí")) }
            " "
            button #threshold-cost type="button" { (lang.pick("Least cost here", "Menor coste aquí")) }
        }
        noscript { p.note { (lang.pick("The slider needs JavaScript.", "El control necesita JavaScript.")) } }
    }
}

/// What the model reaches at its own threshold, until the script changes it.
fn values(facts: &Facts, curve: &Curve, costs: [[f64; 2]; 2]) -> Markup {
    let lang = facts.lang();
    let at = curve.thresholds.iter().take_while(|threshold| **threshold >= curve.chosen).count();
    let counted = at.checked_sub(1).and_then(|at| curve.thresholds.get(at)).copied();
    let count = |counts: &[u64]| at.checked_sub(1).and_then(|at| counts.get(at)).copied().unwrap_or(0);
    let (tp, fp) = (count(curve.true_positives), count(curve.false_positives));
    let (fnegative, tn) = (curve.positives - tp.min(curve.positives), curve.negatives - fp.min(curve.negatives));
    let rows = (curve.positives + curve.negatives).max(1);
    let share = |part: u64, all: u64| if all == 0 { 0.0 } else { part as f64 / all as f64 };
    let sums = [(tn, costs[0][0]), (fp, costs[0][1]), (fnegative, costs[1][0]), (tp, costs[1][1])];
    let cost: f64 = sums.iter().map(|(rows, cost)| *rows as f64 * cost).sum::<f64>() / rows as f64;
    let output = |id: &str, text: String| html! { output id=(id) for="threshold-slider" { (text) } };
    let four = |value: f64| lang.decimals(value, 4);
    html! {
        div aria-live="polite" {
            (list(&[
                (lang.pick("counted at threshold", "contado en el umbral"),
                    output("threshold-counted", counted.map_or_else(|| "–".to_owned(), four))),
                (lang.metric("precision"), output("threshold-precision", four(share(tp, tp + fp)))),
                (lang.metric("recall"), output("threshold-recall", four(share(tp, tp + fnegative)))),
                (lang.metric("f1"), output("threshold-f1-value", four(share(2 * tp, 2 * tp + fp + fnegative)))),
                (lang.metric("accuracy"), output("threshold-accuracy", four(share(tp + tn, rows)))),
                (lang.pick("mean cost of a row", "coste medio por fila"), output("threshold-cost-value", four(cost))),
                (lang.pick("rows taken for positive", "filas tomadas por positivas"),
                    output("threshold-flagged", lang.count(tp + fp))),
                (lang.pick("hits", "verdaderos positivos"), output("threshold-tp", lang.count(tp))),
                (lang.pick("false alarms", "falsos positivos"), output("threshold-fp", lang.count(fp))),
                (lang.pick("misses", "falsos negativos"), output("threshold-fn", lang.count(fnegative))),
                (lang.pick("rightly left alone", "verdaderos negativos"), output("threshold-tn", lang.count(tn))),
            ]))
        }
    }
}
