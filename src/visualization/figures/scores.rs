//! Scores by class.

use super::models::{self, subtitle};
use crate::package::evaluation::{ClassCurves, Evaluation};
use crate::visualization::chart::{Axis, Chart, Layer, Sheet, histogram, number};
use crate::visualization::scene::{Dash, Ink};
use crate::visualization::{Figure, Lang};

/// Classes that have a chart of their own.
const MOST_CLASSES: usize = 9;

/// How the probabilities of rows of a class and of the others are spread, each as shares of its rows. Nothing for an
/// algorithm without classes.
pub fn score_distribution(evaluation: &Evaluation, algorithm: &str, lang: Lang) -> Option<Figure> {
    let model = models::of(evaluation, algorithm)?;
    let all = &model.evaluation.curves;
    let several = all.len() != 1;
    let other = match (&evaluation.classes[..], several) {
        ([negative, _], false) => negative.clone(),
        _ => lang.pick("the rest", "el resto").to_owned(),
    };
    let mut charts = Vec::new();
    for curves in all.iter().take(MOST_CLASSES) {
        let class = if several { lang.pick("the class", "la clase") } else { &curves.class };
        let chart = spread(curves, class, &other, model.evaluation.threshold, lang);
        charts.push(if several { chart.titled(&curves.class).wide(340.0).high(200.0) } else { chart });
    }
    if charts.is_empty() {
        return None;
    }
    let description = match lang {
        Lang::En => format!("Spread of the probabilities of each class by {algorithm}, as shares of its rows."),
        Lang::Es => {
            format!("Distribución de las probabilidades de cada clase según {algorithm}, en proporción de sus filas.")
        }
    };
    let title = format!("{}: {algorithm}", lang.pick("Scores by class", "Puntuaciones por clase"));
    let sheet = Sheet::grid(title, if several { 3 } else { 1 }, charts).language(lang);
    Some(sheet.subtitle(subtitle(evaluation, lang)).described(description).figure())
}

fn spread(curves: &ClassCurves, class: &str, other: &str, threshold: Option<f64>, lang: Lang) -> Chart {
    let shares = |rows: &[u64]| -> Vec<f64> {
        let all = rows.iter().sum::<u64>().max(1) as f64;
        rows.iter().map(|rows| *rows as f64 / all).collect()
    };
    let spread = &curves.histogram;
    let (positive, negative) = (shares(&spread.positive), shares(&spread.negative));
    let most = positive.iter().chain(&negative).copied();
    let y = Axis::from_zero(lang.pick("Share of the class", "Proporción de la clase"), most.clone()).percent();
    let x = Axis::share(lang.pick("Predicted probability", "Probabilidad predicha"));
    let chosen = threshold.map(|at| {
        let name = format!("{} ({})", lang.pick("chosen threshold", "umbral elegido"), number(at, 3, lang));
        let line = Layer::reference(vec![(at, 0.0), (at, most.fold(0.0, f64::max))]).named(name);
        Layer { ink: Ink::Text, dash: Dash::SOLID, ..line }
    });
    Chart::new(x, y)
        .with(histogram(&spread.edges, &negative, 0, Some(other.to_owned())))
        .with(histogram(&spread.edges, &positive, 1, Some(class.to_owned())))
        .with(chosen)
        .high(300.0)
}
