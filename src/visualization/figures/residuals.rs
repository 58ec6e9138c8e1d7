//! Errors of predicted numbers.

use super::models::{self, Model, subtitle};
use crate::package::evaluation::{Evaluation, Residuals};
use crate::visualization::chart::{Axis, Chart, Layer, Shape, Sheet, count, histogram, number};
use crate::visualization::scene::{Dash, Ink};
use crate::visualization::{Figure, Lang};

/// How far predictions are off: by the predicted value, and how often. Nothing for an algorithm that predicts no numbers.
pub fn residuals(evaluation: &Evaluation, algorithm: &str, lang: Lang) -> Option<Figure> {
    let (model, of) = model(evaluation, algorithm)?;
    let errors: Vec<(f64, f64)> = of.rows.iter().map(|(actual, predicted)| (*predicted, predicted - actual)).collect();
    let x = Axis::fitted(predicted(lang), errors.iter().map(|point| point.0));
    let y = Axis::fitted(difference(lang), errors.iter().map(|point| point.1).chain([0.0]));
    let ends = of.rows.iter().map(|row| row.1).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    let zero = Layer::reference(vec![(ends.0, 0.0), (ends.1, 0.0)]);
    let by_value = Chart::new(x, y).with([points(errors, model.nth), zero]).high(300.0);
    let counts: Vec<f64> = of.counts.iter().map(|rows| *rows as f64).collect();
    let x = Axis::fitted(difference(lang), of.edges.iter().copied());
    let y = Axis::from_zero(lang.pick("Rows", "Filas"), counts.iter().copied());
    let most = counts.iter().copied().fold(0.0, f64::max);
    let zero = Layer::reference(vec![(0.0, 0.0), (0.0, most)]);
    let bars =
        histogram(&of.edges, &counts, model.nth, None).into_iter().map(|layer| Layer { dash: Dash::SOLID, ..layer });
    let spread = Chart::new(x, y).with(bars).with([zero]).high(180.0);
    let (mean, std) = (number(of.mean, 3, lang), number(of.std, 3, lang));
    let description = match lang {
        Lang::En => format!("Predicted less actual values of {algorithm}: {mean} in the mean, deviation {std}."),
        Lang::Es => format!("Valores predichos menos reales de {algorithm}: media {mean}, desviación {std}."),
    };
    let title = format!("{}: {algorithm}", lang.pick("Residuals", "Residuos"));
    let sheet = Sheet::grid(title, 1, vec![by_value, spread]).language(lang);
    Some(sheet.subtitle(shown(evaluation, of, lang)).described(description).figure())
}

/// Predicted by actual values. Nothing for an algorithm that predicts no numbers.
pub fn predicted_actual(evaluation: &Evaluation, algorithm: &str, lang: Lang) -> Option<Figure> {
    let (model, of) = model(evaluation, algorithm)?;
    let values = || of.rows.iter().flat_map(|(actual, predicted)| [*actual, *predicted]);
    let (low, high) = values().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let x = Axis::fitted(lang.pick("Actual value", "Valor real"), values());
    let y = Axis::fitted(predicted(lang), values());
    let right = Layer::reference(vec![(low, low), (high, high)]);
    let right = right.named(lang.pick("predicted as it is", "predicción exacta"));
    let chart = Chart::new(x, y).with([points(of.rows.clone(), model.nth), right]).square().wide(560.0);
    let metric = |name: &str| model.evaluation.test.get(name).map_or("–".to_owned(), |v| number(*v, 3, lang));
    let (r2, rmse) = (metric("r2"), metric("rmse"));
    let description = match lang {
        Lang::En => format!("Predicted by actual values of {algorithm}. R² {r2}, RMSE {rmse}."),
        Lang::Es => format!("Valores predichos según los reales de {algorithm}. R² {r2}, RMSE {rmse}."),
    };
    let title = lang.pick("Predicted and actual values", "Valores predichos y reales");
    let sheet = Sheet::of(format!("{title}: {algorithm}"), chart).language(lang);
    Some(sheet.subtitle(shown(evaluation, of, lang)).described(description).figure())
}

fn model<'a>(evaluation: &'a Evaluation, algorithm: &str) -> Option<(Model<'a>, &'a Residuals)> {
    let model = models::of(evaluation, algorithm)?;
    Some((model, model.evaluation.residuals.as_ref()?))
}

fn points(points: Vec<(f64, f64)>, nth: usize) -> Layer {
    Layer::new(Shape::Points(points, 2.5), Ink::Series(nth)).opacity(0.5)
}

fn predicted(lang: Lang) -> &'static str {
    lang.pick("Predicted value", "Valor predicho")
}

fn difference(lang: Lang) -> &'static str {
    lang.pick("Predicted less actual", "Predicho menos real")
}

/// What the rows are, and that some are not shown.
fn shown(evaluation: &Evaluation, of: &Residuals, lang: Lang) -> String {
    let all = subtitle(evaluation, lang);
    let rows = of.rows.len() as u64;
    if rows >= evaluation.rows {
        return all;
    }
    let rows = count(rows);
    match lang {
        Lang::En => format!("{all} · points: {rows} of them, the largest errors among them"),
        Lang::Es => format!("{all} · puntos: {rows} de ellas, incluidos los mayores errores"),
    }
}
