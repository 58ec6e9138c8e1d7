//! Learning curves.

use crate::visualization::chart::{Axis, Chart, Layer, Shape, Sheet, number};
use crate::visualization::scene::Ink;
use crate::visualization::{Figure, Lang};

/// How a model gets better with more rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningCurve {
    /// Its algorithm.
    pub algorithm: String,
    /// Its place among all models, which is its colour.
    pub nth: usize,
    /// By growing number of rows.
    pub points: Vec<LearningPoint>,
}

/// A model of some rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningPoint {
    /// Rows that it learned from.
    pub rows: f64,
    /// The metric on these rows: in the mean over the folds.
    pub training: f64,
    /// The metric on the rows held out: in the mean over the folds.
    pub validation: f64,
    /// Standard deviation of the latter over the folds.
    pub deviation: f64,
}

/// The score of each model, on rows held out and on its own, by the number of rows it learned from.
pub fn learning_curve(curves: &[LearningCurve], metric: &str, lang: Lang) -> Figure {
    let metric = lang.metric(metric);
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let x = Axis::from_zero(lang.pick("Training rows", "Filas de entrenamiento"), points().map(|point| point.rows));
    let around = points().flat_map(|p| [p.validation - p.deviation, p.validation + p.deviation, p.training]);
    let y = Axis::fitted(metric, around);
    let mut chart = Chart::new(x, y).high(380.0);
    for curve in curves {
        let name = |part: &str| format!("{} ({part})", curve.algorithm);
        let line = |value: fn(&LearningPoint) -> f64| curve.points.iter().map(|p| (p.rows, value(p))).collect();
        let band = curve.points.iter().map(|p| [p.rows, p.validation - p.deviation, p.validation + p.deviation]);
        let held_out = Layer::series(line(|point| point.validation), curve.nth);
        let own = Layer { width: 1.2, ..held_out.clone() };
        let own = Layer { shape: Shape::Line(line(|point| point.training)), ..own };
        chart.layers.push(Layer::new(Shape::Band(band.collect()), Ink::Series(curve.nth)).opacity(0.15));
        chart.layers.push(own.named(name(lang.pick("training rows", "filas de entrenamiento"))));
        chart.layers.push(held_out.named(name(lang.pick("held out", "validación"))));
    }
    let last = curves
        .iter()
        .filter_map(|curve| Some(format!("{} {}", curve.algorithm, number(curve.points.last()?.validation, 3, lang))));
    let last = last.collect::<Vec<_>>().join(", ");
    let description = match lang {
        Lang::En => format!("{metric} by the number of training rows. With all of them, on rows held out: {last}."),
        Lang::Es => format!("{metric} según el número de filas de entrenamiento. Con todas, en validación: {last}."),
    };
    let below = lang.pick(
        "held out: each fold by a model of the others, so of fewer rows; bands are one standard deviation over the folds",
        "validación: cada partición con un modelo de las demás, así que con menos filas; las bandas son una desviación típica entre particiones",
    );
    Sheet::of(lang.pick("Learning curve", "Curva de aprendizaje"), chart)
        .language(lang)
        .subtitle(below)
        .described(description)
        .figure()
}
