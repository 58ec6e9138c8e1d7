//! Cumulative gain and lift.

use super::models::{Curve, Overlay, all, subtitle};
use crate::package::evaluation::{ClassCurves, Evaluation};
use crate::visualization::chart::{Axis, Layer, Sheet, number};
use crate::visualization::{Figure, Lang};

/// The least share of the rows of which a lift is drawn: of fewer it is a matter of chance.
const LEAST: f64 = 0.01;

/// What share of a class the rows of the highest scores hold.
pub fn gain(evaluation: &Evaluation, lang: Lang) -> Figure {
    let overlay = Overlay {
        evaluation,
        lang,
        x: Axis::share(share_of_rows(lang)).percent(),
        y: Axis::share(lang.pick("Share of the class found", "Proporción de la clase encontrada")).percent(),
        name: &|model| model.name.to_owned(),
        curve: &|curves, _| {
            let points = curves.scores.gains()?.iter().map(|point| (point.share, point.gain)).collect();
            Some(Curve { points, chosen: None })
        },
        reference: &|_| {
            let chance = Layer::reference(vec![(0.0, 0.0), (1.0, 1.0)]);
            Some(chance.named(lang.pick("chance", "azar")))
        },
        mean: false,
        dots: false,
        fitted: false,
    };
    let description = lang.pick(
        "Share of the class that is among the rows of the highest scores, of each model.",
        "Proporción de la clase que está entre las filas de mayor puntuación, de cada modelo.",
    );
    Sheet::grid(lang.pick("Cumulative gain", "Ganancia acumulada"), 3, overlay.charts())
        .language(lang)
        .subtitle(subtitle(evaluation, lang) + &overlay.left_out())
        .described(description)
        .figure()
}

/// How many times likelier the rows of the highest scores are of a class than any row.
pub fn lift(evaluation: &Evaluation, lang: Lang) -> Figure {
    let lifts = |curves: &ClassCurves| -> Option<Vec<(f64, f64)>> {
        let gains = curves.scores.gains()?;
        let known = gains.iter().filter(|point| point.share >= LEAST);
        Some(known.filter_map(|point| Some((point.share, point.lift?))).collect())
    };
    let curves = all(evaluation).flat_map(|model| &model.evaluation.curves);
    let most = curves.filter_map(|curves| Some(lifts(curves)?.iter().map(|(_, lift)| *lift).fold(1.0, f64::max)));
    let most = most.fold(1.0, f64::max);
    let overlay = Overlay {
        evaluation,
        lang,
        x: Axis::share(share_of_rows(lang)).percent(),
        y: Axis::share(lang.pick("Lift", "Lift (elevación)")),
        name: &|model| model.name.to_owned(),
        curve: &|curves, _| Some(Curve { points: lifts(curves)?, chosen: None }),
        reference: &|_| {
            let chance = Layer::reference(vec![(0.0, 1.0), (1.0, 1.0)]);
            Some(chance.named(lang.pick("chance", "azar")))
        },
        mean: false,
        dots: false,
        fitted: true,
    };
    let most = number(most, 3, lang);
    let description = match lang {
        Lang::En => format!("How many times likelier rows of high scores are of the class: up to {most} times."),
        Lang::Es => format!("Cuántas veces más probable es la clase en filas de alta puntuación: hasta {most} veces."),
    };
    Sheet::grid(lang.pick("Lift", "Curva de elevación (lift)"), 3, overlay.charts())
        .language(lang)
        .subtitle(subtitle(evaluation, lang) + &overlay.left_out())
        .described(description)
        .figure()
}

fn share_of_rows(lang: Lang) -> &'static str {
    lang.pick("Share of the rows, highest scores first", "Proporción de filas, de mayor a menor puntuación")
}
