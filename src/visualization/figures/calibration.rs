//! Calibration.

use super::models::{Curve, Overlay, subtitle, told};
use crate::package::evaluation::Evaluation;
use crate::visualization::chart::{Axis, Layer, Sheet};
use crate::visualization::{Figure, Lang};

/// How often what each model foretells happens, by its probability in bins of equal width.
pub fn calibration(evaluation: &Evaluation, lang: Lang) -> Figure {
    let overlay = Overlay {
        evaluation,
        lang,
        x: Axis::share(lang.pick("Mean predicted probability", "Probabilidad media predicha")),
        y: Axis::share(lang.pick("Observed share", "Proporción observada")),
        name: &|model| model.with("brier", "Brier", lang),
        curve: &|curves, _| {
            let points = curves.calibration.iter().map(|bin| (bin.predicted, bin.observed)).collect();
            Some(Curve { points, chosen: None })
        },
        reference: &|_| {
            let perfect = Layer::reference(vec![(0.0, 0.0), (1.0, 1.0)]);
            Some(perfect.named(lang.pick("perfectly calibrated", "calibración perfecta")))
        },
        mean: false,
        dots: true,
        fitted: false,
    };
    let scores = told(evaluation, "brier", lang);
    let description = match lang {
        Lang::En => format!("Observed share of the class by predicted probability. Brier score: {scores}."),
        Lang::Es => {
            format!("Proporción observada de la clase según la probabilidad predicha. Puntuación de Brier: {scores}.")
        }
    };
    Sheet::grid(lang.pick("Calibration", "Calibración"), 3, overlay.charts())
        .language(lang)
        .subtitle(subtitle(evaluation, lang) + &overlay.left_out())
        .described(description)
        .figure()
}
