//! What the figures of several models share: a line a model, and with several classes a chart a class.

use crate::package::evaluation::{ClassCurves, Evaluation, ModelEvaluation};
use crate::visualization::Lang;
use crate::visualization::chart::{Axis, Chart, Layer, Shape, count, number};
use crate::visualization::scene::Ink;

/// Classes that have a chart of their own.
const MOST_CLASSES: usize = 8;
/// Places at which the curves of classes are averaged.
const PLACES: usize = 200;
/// Width of a chart that stands alone, and of one among others.
const ALONE: f64 = 560.0;
const AMONG: f64 = 340.0;

/// One of the models.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    /// Its algorithm.
    pub name: &'a str,
    /// Its place, which is its colour in every figure.
    pub nth: usize,
    pub evaluation: &'a ModelEvaluation,
}

/// All models in the order of their names.
pub(super) fn all(evaluation: &Evaluation) -> impl Iterator<Item = Model<'_>> {
    let models = evaluation.models.iter().enumerate();
    models.map(|(nth, (name, evaluation))| Model { name, nth, evaluation })
}

/// The model of an algorithm.
pub(super) fn of<'a>(evaluation: &'a Evaluation, algorithm: &str) -> Option<Model<'a>> {
    all(evaluation).find(|model| model.name == algorithm)
}

impl<'a> Model<'a> {
    /// Its name with its value of a metric, if it has one.
    pub fn with(&self, metric: &str, called: &str, lang: Lang) -> String {
        match self.evaluation.test.get(metric) {
            Some(value) => format!("{} ({called} {})", self.name, number(*value, 3, lang)),
            None => self.name.to_owned(),
        }
    }

    /// Its curves of a class.
    pub fn curves(&self, class: &str) -> Option<&'a ClassCurves> {
        self.evaluation.curves.iter().find(|curves| curves.class == class)
    }
}

/// What the rows are, below a title.
pub(super) fn subtitle(evaluation: &Evaluation, lang: Lang) -> String {
    let (target, rows) = (&evaluation.target, count(evaluation.rows));
    match lang {
        Lang::En => format!("target {target} · {rows} test rows"),
        Lang::Es => format!("objetivo {target} · {rows} filas de prueba"),
    }
}

/// A metric of every model in words, such as `lr 0.912, xgb 0.934`.
pub(super) fn told(evaluation: &Evaluation, metric: &str, lang: Lang) -> String {
    let value =
        |model: Model| model.evaluation.test.get(metric).map(|v| format!("{} {}", model.name, number(*v, 3, lang)));
    all(evaluation).filter_map(value).collect::<Vec<_>>().join(", ")
}

/// The classes that curves are of, with those that have a chart of their own first in number.
fn classes(evaluation: &Evaluation) -> Vec<&str> {
    let first = evaluation.models.values().next();
    first.map(|model| model.curves.iter().map(|curves| curves.class.as_str()).collect()).unwrap_or_default()
}

/// Lines of a curve, and where on it a model decides.
pub(super) struct Curve {
    /// The line.
    pub points: Vec<(f64, f64)>,
    /// The place of the chosen threshold.
    pub chosen: Option<(f64, f64)>,
}

/// What is drawn of every model and class.
pub(super) struct Overlay<'a> {
    pub evaluation: &'a Evaluation,
    pub lang: Lang,
    pub x: Axis,
    pub y: Axis,
    /// The name of a model in the legend.
    pub name: &'a dyn Fn(Model) -> String,
    /// The curve of a class of a model.
    pub curve: &'a dyn Fn(&ClassCurves, Model) -> Option<Curve>,
    /// The line to compare with, given the curves of a class.
    pub reference: &'a dyn Fn(&ClassCurves) -> Option<Layer>,
    /// Whether the mean over the classes is a curve of its kind.
    pub mean: bool,
    /// Whether its points are few, and marked.
    pub dots: bool,
    /// Whether the y axis of each chart goes from 0 to its own highest value.
    pub fitted: bool,
}

impl Overlay<'_> {
    /// Which classes have a chart, where not all have; behind a subtitle.
    pub fn left_out(&self) -> String {
        let all = classes(self.evaluation).len();
        match self.lang {
            _ if all <= MOST_CLASSES => String::new(),
            Lang::En => format!(" · the first {MOST_CLASSES} of {all} classes"),
            Lang::Es => format!(" · las primeras {MOST_CLASSES} de {all} clases"),
        }
    }

    /// A chart of two classes, or the mean of several and each of them.
    pub fn charts(&self) -> Vec<Chart> {
        let classes = classes(self.evaluation);
        if let [class] = classes[..] {
            return vec![self.chart(class).square().wide(ALONE)];
        }
        let mean = self.mean.then(|| self.mean_chart(&classes).square().wide(AMONG));
        let each = classes.iter().take(MOST_CLASSES).map(|class| {
            let title = match self.lang {
                Lang::En => format!("{class} against the rest"),
                Lang::Es => format!("{class} frente al resto"),
            };
            self.chart(class).titled(title).square().wide(AMONG)
        });
        mean.into_iter().chain(each).collect()
    }

    fn chart(&self, class: &str) -> Chart {
        let mut chart = Chart::new(self.x.clone(), self.y.clone());
        let any = all(self.evaluation).find_map(|model| model.curves(class));
        chart.layers.extend(any.and_then(self.reference));
        let mut rings = Vec::new();
        for model in all(self.evaluation) {
            let Some(curve) = model.curves(class).and_then(|curves| (self.curve)(curves, model)) else { continue };
            if self.dots {
                let dots = Shape::Points(curve.points.clone(), 3.5);
                chart.layers.push(Layer::new(dots, Ink::Series(model.nth)));
            }
            chart.layers.push(Layer::series(curve.points, model.nth).named((self.name)(model)));
            rings.extend(curve.chosen.map(|chosen| Layer::new(Shape::Rings(vec![chosen]), Ink::Series(model.nth))));
        }
        if !rings.is_empty() {
            let name = self.lang.pick("chosen threshold", "umbral elegido");
            chart.layers.push(Layer::new(Shape::Rings(Vec::new()), Ink::Text).named(name));
        }
        if self.fitted {
            let lines = chart.layers.iter().filter_map(|layer| match &layer.shape {
                Shape::Line(points) => Some(points.iter().map(|point| point.1)),
                _ => None,
            });
            chart.y = Axis::from_zero(&self.y.label, lines.flatten());
        }
        chart.with(rings)
    }

    /// The mean over the classes at each place of the x axis.
    fn mean_chart(&self, classes: &[&str]) -> Chart {
        let mut chart = Chart::new(self.x.clone(), self.y.clone());
        for model in all(self.evaluation) {
            let curves: Vec<Curve> = classes
                .iter()
                .filter_map(|class| (self.curve)(model.curves(class)?, model))
                .filter(|curve| curve.points.len() >= 2)
                .collect();
            if curves.is_empty() {
                continue;
            }
            let mean = |x: f64| curves.iter().map(|curve| at(&curve.points, x)).sum::<f64>() / curves.len() as f64;
            let places = (0..=PLACES).map(|place| place as f64 / PLACES as f64);
            let points = places.map(|x| (x, mean(x))).collect();
            chart.layers.push(Layer::series(points, model.nth).named((self.name)(model)));
        }
        chart.titled(self.lang.pick("Mean over the classes", "Media de las clases"))
    }
}

/// The value of a line at a place; its points may rise or fall from left to right, the highest one counts where several
/// stand above each other.
fn at(points: &[(f64, f64)], x: f64) -> f64 {
    let (mut best, mut left, mut right) = (f64::NEG_INFINITY, None::<(f64, f64)>, None::<(f64, f64)>);
    for point in points {
        if point.0 == x {
            best = best.max(point.1);
        } else if point.0 < x && left.is_none_or(|left| point.0 > left.0) {
            left = Some(*point);
        } else if point.0 > x && right.is_none_or(|right| point.0 < right.0) {
            right = Some(*point);
        }
    }
    match (left, right) {
        _ if best.is_finite() => best,
        (Some(left), Some(right)) => left.1 + (right.1 - left.1) * (x - left.0) / (right.0 - left.0),
        (Some(only), None) | (None, Some(only)) => only.1,
        (None, None) => f64::NAN,
    }
}
