//! ROC curves.

use super::models::{Curve, Overlay, subtitle, told};
use crate::package::evaluation::{ClassCurves, Evaluation};
use crate::visualization::chart::{Axis, Layer, Sheet};
use crate::visualization::{Figure, Lang};

/// The ROC curves of all models, with the chosen thresholds; with several classes each against the rest, and their mean.
pub fn roc(evaluation: &Evaluation, lang: Lang) -> Figure {
    let curve = |curves: &ClassCurves, threshold: Option<f64>| {
        let roc = curves.scores.roc()?;
        let place = |at: usize| (roc[at].false_positive_rate, roc[at].true_positive_rate);
        // The last of the scores that are at least the threshold.
        let chosen = threshold.map(|least| {
            let above = curves.scores.thresholds.partition_point(|score| *score >= least);
            place(above.min(roc.len() - 1))
        });
        Some(Curve { points: (0..roc.len()).map(place).collect(), chosen })
    };
    let overlay = Overlay {
        evaluation,
        lang,
        x: Axis::share(lang.pick("False positive rate", "Tasa de falsos positivos")),
        y: Axis::share(lang.pick("True positive rate", "Tasa de verdaderos positivos")),
        name: &|model| model.with("roc_auc", "AUC", lang),
        curve: &|curves, model| curve(curves, model.evaluation.threshold),
        reference: &|_| {
            let chance = Layer::reference(vec![(0.0, 0.0), (1.0, 1.0)]);
            Some(chance.named(lang.pick("chance", "azar")))
        },
        mean: true,
        dots: false,
        fitted: false,
    };
    let auc = told(evaluation, "roc_auc", lang);
    let description = match lang {
        Lang::En => format!("True against false positive rate of each model. Area under the curve: {auc}."),
        Lang::Es => format!("Verdaderos frente a falsos positivos de cada modelo. Área bajo la curva: {auc}."),
    };
    Sheet::grid(lang.pick("ROC curves", "Curvas ROC"), 3, overlay.charts())
        .language(lang)
        .subtitle(subtitle(evaluation, lang) + &overlay.left_out())
        .described(description)
        .figure()
}
