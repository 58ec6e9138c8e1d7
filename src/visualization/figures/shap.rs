//! What features add to the scores of rows, by their Shapley values.

use crate::models::RawScore;
use crate::package::Explanation;
use crate::visualization::chart::{Axis, BoxSummary, Chart, Direction, Layer, Shape, Sheet, boxes, shaded, swarm};
use crate::visualization::scene::Ink;
use crate::visualization::{Figure, Lang};

/// Features of the summary, and charts of the dependence.
const SUMMARY: usize = 15;
const DEPENDENCE: usize = 6;
/// Levels of a feature that have a box each: those of the most rows.
const LEVELS: usize = 10;
/// Height of a row of the summary.
const ROW: f64 = 28.0;
/// Half the thickness of a bar, as a share of that.
const HALF: f64 = 0.38;

/// Rows with what each column adds to their scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedSample {
    /// The algorithm.
    pub algorithm: String,
    /// What its columns add.
    pub explanation: Explanation,
    /// Values of each column of the explanation.
    pub features: Vec<FeatureValues>,
}

/// Values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureValues {
    /// Numbers; what is missing is not a number.
    Numbers(Vec<f64>),
    /// Texts; nothing for what is missing.
    Levels(Vec<Option<String>>),
}

impl ExplainedSample {
    fn rows(&self) -> usize {
        self.explanation.scores.len() / self.explanation.width().max(1)
    }

    fn contribution(&self, row: usize, output: usize, column: usize) -> f64 {
        self.explanation.of(row, output).get(column).copied().unwrap_or(f64::NAN)
    }

    /// The mean size of what a column adds to an output.
    fn size(&self, output: usize, column: usize) -> f64 {
        let rows = self.rows();
        (0..rows).map(|row| self.contribution(row, output, column).abs()).sum::<f64>() / rows.max(1) as f64
    }

    /// Columns that add anything, the one that adds most over all outputs first.
    fn order(&self) -> Vec<usize> {
        let size = |column: &usize| (0..self.explanation.width()).map(|output| self.size(output, *column)).sum::<f64>();
        let mut columns: Vec<(usize, f64)> =
            (0..self.explanation.columns.len()).map(|column| (column, size(&column))).collect();
        columns.retain(|(_, size)| *size > 0.0);
        columns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        columns.into_iter().map(|(column, _)| column).collect()
    }

    fn name(&self, column: usize) -> String {
        self.explanation.columns.get(column).cloned().unwrap_or_default()
    }

    fn unit(&self, lang: Lang) -> &'static str {
        match self.explanation.raw_score {
            RawScore::LogOdds => lang.pick("log odds", "log-odds"),
            RawScore::Probability => lang.pick("probability", "probabilidad"),
            RawScore::Value => lang.pick("predicted value", "valor predicho"),
        }
    }

    fn subtitle(&self, lang: Lang) -> String {
        let rows = self.rows();
        match lang {
            Lang::En => format!("{rows} test rows drawn at random"),
            Lang::Es => format!("{rows} filas de prueba elegidas al azar"),
        }
    }
}

/// What each of the main features adds to the scores: of one output a point a row, coloured by the value of the feature;
/// of several classes the mean size for each.
pub fn shap_summary(sample: &ExplainedSample, lang: Lang) -> Figure {
    let shown: Vec<usize> = sample.order().into_iter().take(SUMMARY).collect();
    let names: Vec<String> = shown.iter().map(|column| sample.name(*column)).collect();
    let listed = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let description = match lang {
        Lang::En => format!("What each feature adds to the score. Those that add most: {listed}."),
        Lang::Es => format!("Lo que cada variable aporta a la puntuación. Las que más aportan: {listed}."),
    };
    let title = lang.pick("What features add to the score (SHAP)", "Aporte de las variables a la puntuación (SHAP)");
    let title = format!("{title}: {}", sample.algorithm);
    let height = (shown.len() as f64 * ROW).max(2.0 * ROW);
    let y = Axis::categories("", names);
    let sheet = if sample.explanation.width() == 1 {
        let chart = Chart { y, ..points(sample, &shown, lang) }.high(height);
        let low = lang.pick("grey: a level; low value", "gris: un nivel; valor bajo");
        Sheet::of(title, chart).values(low, lang.pick("high", "alto"))
    } else {
        Sheet::of(title, Chart { y, ..by_class(sample, &shown, lang) }.high(height))
    };
    sheet.language(lang).subtitle(sample.subtitle(lang)).described(description).figure()
}

fn points(sample: &ExplainedSample, shown: &[usize], lang: Lang) -> Chart {
    let label = format!("{} ({})", lang.pick("What it adds to the score", "Aporte a la puntuación"), sample.unit(lang));
    let rows: Vec<Vec<(f64, f64)>> = shown
        .iter()
        .map(|column| {
            let shades = sample.features.get(*column).map(shades).unwrap_or_default();
            let shade = |row: usize| shades.get(row).copied().unwrap_or(f64::NAN);
            (0..sample.rows()).map(|row| (sample.contribution(row, 0, *column), shade(row))).collect()
        })
        .collect();
    let values = || rows.iter().flatten().map(|point| point.0);
    let x = Axis::fitted(&label, values());
    let (low, high) = values().fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    let zero = Layer::reference(vec![(0.0, -0.5), (0.0, shown.len() as f64 - 0.5)]);
    Chart::new(x, Axis::categories("", Vec::new())).with([zero]).with(swarm(&rows, low, high))
}

/// The mean sizes of the classes, one behind the other.
fn by_class(sample: &ExplainedSample, shown: &[usize], lang: Lang) -> Chart {
    let label = lang.pick("Mean size of what it adds", "Aporte medio en valor absoluto");
    let label = format!("{label} ({})", sample.unit(lang));
    let mut ends = vec![0.0; shown.len()];
    let mut layers = Vec::new();
    for (output, class) in sample.explanation.outputs.iter().enumerate() {
        let mut rectangles = Vec::new();
        for (at, (column, end)) in shown.iter().zip(&mut ends).enumerate() {
            let (from, at) = (*end, at as f64);
            *end += sample.size(output, *column);
            rectangles.push([from, at - HALF, *end, at + HALF]);
        }
        layers.push(Layer::new(Shape::Rectangles(rectangles), Ink::Series(output)).named(class));
    }
    Chart::new(Axis::from_zero(&label, ends), Axis::categories("", Vec::new())).with(layers)
}

/// The rank of each number among all, from 0 to 1: equal ones have the same; texts and what is missing have none.
fn shades(values: &FeatureValues) -> Vec<f64> {
    let FeatureValues::Numbers(values) = values else { return Vec::new() };
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = |value: &f64| {
        let (below, up_to) = (sorted.partition_point(|v| v < value), sorted.partition_point(|v| v <= value));
        (below + up_to).saturating_sub(1) as f64 / 2.0 / (sorted.len().max(2) - 1) as f64
    };
    values.iter().map(|value| if value.is_nan() { f64::NAN } else { rank(value) }).collect()
}

/// What each of the main features adds by its value: points of numbers, boxes of levels. Of several classes, for the one
/// to which it adds most.
pub fn shap_dependence(sample: &ExplainedSample, lang: Lang) -> Figure {
    let shown: Vec<usize> = sample.order().into_iter().take(DEPENDENCE).collect();
    let charts: Vec<Chart> = shown.iter().map(|column| dependence(sample, *column, lang)).collect();
    let names = shown.iter().map(|column| sample.name(*column)).collect::<Vec<_>>().join(", ");
    let description = match lang {
        Lang::En => format!("What features add to the score by their value: {names}."),
        Lang::Es => format!("Aporte de las variables a la puntuación según su valor: {names}."),
    };
    let title = lang.pick("What features add by their value (SHAP)", "Aporte según el valor de la variable (SHAP)");
    Sheet::grid(format!("{title}: {}", sample.algorithm), 2, charts)
        .language(lang)
        .subtitle(sample.subtitle(lang))
        .described(description)
        .figure()
}

fn dependence(sample: &ExplainedSample, column: usize, lang: Lang) -> Chart {
    let outputs = 0..sample.explanation.width();
    let output = outputs.max_by(|a, b| sample.size(*a, column).total_cmp(&sample.size(*b, column))).unwrap_or(0);
    let added: Vec<f64> = (0..sample.rows()).map(|row| sample.contribution(row, output, column)).collect();
    let name = sample.name(column);
    let title = match sample.explanation.outputs.get(output) {
        Some(class) if sample.explanation.width() > 1 => format!("{name} → {class}"),
        _ => name.clone(),
    };
    let y = Axis::fitted(sample.unit(lang), added.iter().copied().chain([0.0]));
    let chart = match sample.features.get(column) {
        Some(FeatureValues::Levels(levels)) => of_levels(levels, &added, y, lang),
        Some(FeatureValues::Numbers(values)) => {
            let points: Vec<(f64, f64, f64)> =
                values.iter().zip(&added).filter(|(v, _)| v.is_finite()).map(|(v, a)| (*v, *a, 0.0)).collect();
            Chart::new(Axis::fitted("", points.iter().map(|point| point.0)), y).with(shaded(&points, 2.2, 0.6))
        }
        None => Chart::new(Axis::share(""), y),
    };
    chart.titled(title).wide(430.0).high(190.0)
}

fn of_levels(levels: &[Option<String>], added: &[f64], y: Axis, lang: Lang) -> Chart {
    let mut by_level: std::collections::BTreeMap<&str, Vec<f64>> = std::collections::BTreeMap::new();
    for (level, added) in levels.iter().zip(added) {
        let level = level.as_deref().unwrap_or_else(|| lang.pick("(missing)", "(vacío)"));
        by_level.entry(level).or_default().push(*added);
    }
    let mut all: Vec<(&str, Vec<f64>)> = by_level.into_iter().collect();
    all.sort_by_key(|(level, values)| (std::cmp::Reverse(values.len()), *level));
    all.truncate(LEVELS);
    let summaries: Vec<Option<BoxSummary>> = all.iter_mut().map(|(_, values)| summary(values)).collect();
    let x = Axis::categories("", all.iter().map(|(level, _)| (*level).to_owned()).collect());
    Chart::new(x, y).with(boxes(&summaries, Ink::Series(0), Direction::Up))
}

/// Quartiles, and whiskers to the last value within one and a half times the distance between them (Tukey).
fn summary(values: &mut [f64]) -> Option<BoxSummary> {
    values.sort_unstable_by(f64::total_cmp);
    let (first, last) = (*values.first()?, *values.last()?);
    let at = |share| crate::data::quantile(values, share);
    let (lower, median, upper) = (at(0.25), at(0.5), at(0.75));
    let reach = 1.5 * (upper - lower);
    let low = values.iter().copied().find(|value| *value >= lower - reach).unwrap_or(first);
    let high = values.iter().rev().copied().find(|value| *value <= upper + reach).unwrap_or(last);
    Some(BoxSummary { low, lower, median, upper, high })
}
