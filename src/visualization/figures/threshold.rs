//! What a threshold reaches.

use super::models::{self, Model, subtitle};
use crate::package::evaluation::{ClassCurves, Evaluation};
use crate::visualization::chart::{Axis, Chart, Layer, Sheet, number};
use crate::visualization::scene::{Dash, Ink};
use crate::visualization::{Figure, Lang};

/// Classes that have a chart of their own.
const MOST_CLASSES: usize = 9;

/// Precision, recall and F1 of a model by its threshold, and the mean cost of a row where costs are known. Nothing for
/// an algorithm that was not evaluated.
pub fn threshold(evaluation: &Evaluation, algorithm: &str, lang: Lang) -> Option<Figure> {
    let model = models::of(evaluation, algorithm)?;
    let all = &model.evaluation.curves;
    let chosen = |class: &str| match &model.evaluation.thresholds {
        Some(thresholds) => {
            let at = evaluation.classes.iter().position(|name| name == class)?;
            thresholds.get(at).copied()
        }
        None => model.evaluation.threshold,
    };
    let mut charts = Vec::new();
    for curves in all.iter().take(MOST_CLASSES) {
        let several = all.len() > 1;
        let chart = rates(curves, chosen(&curves.class), lang);
        charts.push(if several { chart.titled(&curves.class).wide(340.0).high(200.0) } else { chart });
        charts.extend(costs(curves, &model, lang));
    }
    let at = model.evaluation.threshold.map(|at| number(at, 3, lang)).unwrap_or_default();
    let f1 = model.evaluation.test.get("f1").map(|f1| number(*f1, 3, lang)).unwrap_or_default();
    let description = match (lang, at.is_empty()) {
        (Lang::En, false) => format!("Precision, recall and F1 by threshold. At the chosen one, {at}, F1 is {f1}."),
        (Lang::Es, false) => format!("Precisión, exhaustividad y F1 según el umbral. En el elegido, {at}, F1 es {f1}."),
        (Lang::En, true) => "Precision, recall and F1 by threshold, each class against the rest.".to_owned(),
        (Lang::Es, true) => "Precisión, exhaustividad y F1 según el umbral, cada clase frente al resto.".to_owned(),
    };
    let title = lang.pick("What a threshold reaches", "Efecto del umbral");
    let columns = if all.len() > 1 { 3 } else { 1 };
    let sheet = Sheet::grid(format!("{title}: {algorithm}"), columns, charts).language(lang);
    Some(sheet.subtitle(subtitle(evaluation, lang)).described(description).figure())
}

fn rates(curves: &ClassCurves, chosen: Option<f64>, lang: Lang) -> Chart {
    let points = curves.scores.thresholds(&[]);
    let line = |value: fn(&crate::metrics::curves::ThresholdPoint) -> f64, nth, name: &str| {
        Layer::series(points.iter().map(|point| (point.threshold, value(point))).collect(), nth).named(name)
    };
    let x = Axis::share(lang.pick("Threshold", "Umbral"));
    Chart::new(x, Axis::share(""))
        .with([
            line(|point| point.precision, 0, lang.pick("precision", "precisión")),
            line(|point| point.recall, 1, lang.pick("recall", "exhaustividad")),
            line(|point| point.f1, 2, "F1"),
        ])
        .with(chosen.map(|at| upright(at, (0.0, 1.0), lang)))
        .high(300.0)
}

/// The chosen threshold.
fn upright(at: f64, (low, high): (f64, f64), lang: Lang) -> Layer {
    let name = format!("{} ({})", lang.pick("chosen threshold", "umbral elegido"), number(at, 3, lang));
    let line = Layer::reference(vec![(at, low), (at, high)]).named(name);
    Layer { ink: Ink::Text, dash: Dash::SOLID, ..line }
}

fn costs(curves: &ClassCurves, model: &Model, lang: Lang) -> Option<Chart> {
    let costs = &model.evaluation.costs;
    let binary = costs.len() == 2 && model.evaluation.curves.len() == 1;
    let points: Vec<(f64, f64)> = if binary {
        curves.scores.thresholds(costs).iter().filter_map(|point| Some((point.threshold, point.cost?))).collect()
    } else {
        Vec::new()
    };
    if points.is_empty() {
        return None;
    }
    let y = Axis::from_zero(lang.pick("Mean cost of a row", "Coste medio por fila"), points.iter().map(|p| p.1));
    let most = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let x = Axis::share(lang.pick("Threshold", "Umbral"));
    let line = Layer::series(points, 3).named(lang.pick("cost", "coste"));
    let chosen = model.evaluation.threshold.map(|at| upright(at, (0.0, most), lang));
    Some(Chart::new(x, y).with([line]).with(chosen).high(160.0))
}
