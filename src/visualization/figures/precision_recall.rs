//! Precision-recall curves.

use super::models::{Curve, Overlay, subtitle, told};
use crate::package::evaluation::{ClassCurves, Evaluation};
use crate::visualization::chart::{Axis, Layer, Sheet};
use crate::visualization::{Figure, Lang};

/// The precision-recall curves of all models, with the chosen thresholds; with several classes each against the rest, and
/// their mean.
pub fn precision_recall(evaluation: &Evaluation, lang: Lang) -> Figure {
    let curve = |curves: &ClassCurves, threshold: Option<f64>| {
        let points = curves.scores.precision_recall()?;
        let chosen = threshold.and_then(|least| {
            let point = points.iter().find(|point| point.threshold.is_some_and(|score| score >= least))?;
            Some((point.recall, point.precision))
        });
        // Between two thresholds nothing lies that a model could reach, so the curve goes in steps.
        let ends = points.iter().skip(1).chain(points.last());
        let steps = points.iter().zip(ends);
        let points = steps.flat_map(|(point, next)| [(point.recall, point.precision), (next.recall, point.precision)]);
        Some(Curve { points: points.collect(), chosen })
    };
    let overlay = Overlay {
        evaluation,
        lang,
        x: Axis::share(lang.pick("Recall", "Exhaustividad (recall)")),
        y: Axis::share(lang.pick("Precision", "Precisión")),
        name: &|model| model.with("pr_auc", lang.pick("area", "área"), lang),
        curve: &|curves, model| curve(curves, model.evaluation.threshold),
        reference: &|curves| {
            let rows = curves.scores.positives + curves.scores.negatives;
            let share = curves.scores.positives as f64 / rows as f64;
            let line = Layer::reference(vec![(0.0, share), (1.0, share)]);
            Some(line.named(lang.pick("share of the class", "proporción de la clase")))
        },
        mean: true,
        dots: false,
        fitted: false,
    };
    let areas = told(evaluation, "pr_auc", lang);
    let description = match lang {
        Lang::En => format!("Precision by recall of each model. Average precision: {areas}."),
        Lang::Es => format!("Precisión según la exhaustividad de cada modelo. Precisión media: {areas}."),
    };
    Sheet::grid(lang.pick("Precision and recall", "Precisión y exhaustividad"), 3, overlay.charts())
        .language(lang)
        .subtitle(subtitle(evaluation, lang) + &overlay.left_out())
        .described(description)
        .figure()
}
