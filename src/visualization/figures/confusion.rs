//! Confusion matrices.

use super::models::{self, subtitle};
use crate::package::evaluation::{ConfusionMatrix, Evaluation};
use crate::visualization::chart::{Axis, Cell, Chart, Label, Layer, Shape, Sheet, count, heatmap, number, percent};
use crate::visualization::scene::{Anchor, Ink};
use crate::visualization::{Figure, Lang};

/// Classes up to which counts and shares are written, and up to which counts alone are.
const BOTH: usize = 8;
const COUNTS: usize = 16;
/// Classes shown at the most: those with the most rows.
const MOST: usize = 60;

/// How often rows of each class were predicted as of each, as counts and as shares of the actual class. Nothing for an
/// algorithm without classes.
pub fn confusion_matrix(evaluation: &Evaluation, algorithm: &str, lang: Lang) -> Option<Figure> {
    let model = models::of(evaluation, algorithm)?;
    let matrix = model.evaluation.confusion_matrix.as_ref()?;
    let shown = shown(matrix);
    let names: Vec<String> = shown.iter().filter_map(|at| matrix.classes.get(*at).cloned()).collect();
    let x = Axis::categories(lang.pick("Predicted", "Predicho"), names.clone());
    let y = Axis::categories(lang.pick("Actual", "Real"), names);
    let chart = Chart::new(x, y).with(layers(matrix, &shown, lang)).square();
    let right: u64 = (0..matrix.classes.len()).map(|at| entry(matrix, at, at)).sum();
    let (hits, rows) = (lang.count(right), lang.count(evaluation.rows));
    let share = percent(right as f64 / evaluation.rows as f64, lang);
    let description = match lang {
        Lang::En => format!("Actual by predicted class. {hits} of {rows} rows are right, {share}."),
        Lang::Es => {
            format!("Clase real según la predicha. {hits} de {rows} filas son correctas, {share}.")
        }
    };
    let title = format!("{}: {algorithm}", lang.pick("Confusion matrix", "Matriz de confusión"));
    let each = match shown.len() {
        0..=2 => 130.0,
        3..=8 => 84.0,
        9..=16 => 52.0,
        _ => 16.0,
    };
    let width = (each * shown.len() as f64 + 160.0).clamp(380.0, 1100.0);
    let shares = lang.pick("shares are of the actual class", "las proporciones son de la clase real");
    let mut subtitle = format!("{} · {shares}", subtitle(evaluation, lang));
    if shown.len() < matrix.classes.len() {
        let (shown, all) = (shown.len(), matrix.classes.len());
        subtitle += &match lang {
            Lang::En => format!(" · the {shown} of {all} classes with the most rows"),
            Lang::Es => format!(" · las {shown} de {all} clases con más filas"),
        };
    }
    Some(Sheet::of(title, chart.wide(width)).language(lang).subtitle(subtitle).described(description).figure())
}

fn entry(matrix: &ConfusionMatrix, actual: usize, predicted: usize) -> u64 {
    matrix.actual_by_predicted.get(actual).and_then(|row| row.get(predicted)).copied().unwrap_or_default()
}

fn rows(matrix: &ConfusionMatrix, actual: usize) -> u64 {
    matrix.actual_by_predicted.get(actual).map(|row| row.iter().sum()).unwrap_or_default()
}

/// The classes with the most rows, in their order.
fn shown(matrix: &ConfusionMatrix) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..matrix.classes.len()).collect();
    classes.sort_by_key(|class| (std::cmp::Reverse(rows(matrix, *class)), *class));
    classes.truncate(MOST);
    classes.sort_unstable();
    classes
}

fn layers(matrix: &ConfusionMatrix, shown: &[usize], lang: Lang) -> Vec<Layer> {
    let share = |actual, predicted| match rows(matrix, actual) {
        0 => f64::NAN,
        rows => entry(matrix, actual, predicted) as f64 / rows as f64,
    };
    let cells: Vec<Vec<Cell>> = shown
        .iter()
        .map(|actual| {
            shown.iter().map(|predicted| Cell { strength: share(*actual, *predicted), text: String::new() }).collect()
        })
        .collect();
    let mut labels = Vec::new();
    let each = shown.iter().enumerate().flat_map(|(down, actual)| {
        shown.iter().enumerate().map(move |(across, predicted)| (across, down, *actual, *predicted))
    });
    for (across, down, actual, predicted) in each.filter(|_| shown.len() <= COUNTS) {
        let rows = entry(matrix, actual, predicted);
        let at = (across as f64, down as f64);
        let mut label = |text: String, below: f64| {
            labels.push(Label { at, shift: (0.0, below), text, anchor: Anchor::Middle, ink: Ink::Text });
        };
        if shown.len() > BOTH {
            label(number(rows as f64, 3, lang), 0.0);
        } else {
            label(count(rows), -8.0);
            label(percent(share(actual, predicted), lang), 8.0);
        }
    }
    heatmap(&cells).into_iter().chain([Layer::new(Shape::Labels(labels), Ink::Text)]).collect()
}
