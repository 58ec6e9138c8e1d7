//! One column as a chart: bins or levels, split by the classes of the target.

use crate::data::Kind;
use crate::exploration::summary::{ColumnSummary, Histogram, LevelSummary, Outcomes, TargetSummary};
use crate::visualization::Lang;
use crate::visualization::chart::{Axis, Chart, Layer, Shape};
use crate::visualization::scene::Ink;

/// Height of a bar of a level with its gap.
const ROW: f64 = 17.0;
/// Share of its place that a bar takes.
const TAKEN: f64 = 0.76;
/// Height of the area of a histogram.
const HEIGHT: f64 = 130.0;
/// Seconds a day and days a year, to which dates are drawn.
const DAY: f64 = 86_400.0;
const YEAR: f64 = 365.2425;

/// The chart of a column; none where it has nothing to draw, such as an id.
pub fn chart(column: &ColumnSummary, target: Option<&TargetSummary>, lang: Lang) -> Option<Chart> {
    if let Some(levels) = &column.levels {
        return (!levels.top.is_empty()).then(|| of_levels(levels, target, lang));
    }
    if let Some(texts) = &column.texts {
        let chart = of_histogram(&texts.words.histogram, Kind::Integer, target, lang);
        return Some(labelled(chart, lang.pick("words a text", "palabras por texto")));
    }
    Some(of_histogram(&column.numbers.as_ref()?.histogram, column.kind, target, lang))
}

fn labelled(mut chart: Chart, label: &str) -> Chart {
    label.clone_into(&mut chart.x.label);
    chart
}

/// The names of the classes that bars are split by; none where they are not split, as texts are not.
fn names(target: Option<&TargetSummary>, outcomes: Option<&Outcomes>, lang: Lang) -> Vec<String> {
    let target = target.filter(|_| matches!(outcomes, Some(Outcomes::Classes(_))));
    let shown = target.map(|target| target.shown.as_slice()).unwrap_or_default();
    let other = lang.pick("other classes", "otras clases");
    shown.iter().map(|name| if name.is_empty() { other.to_owned() } else { name.clone() }).collect()
}

/// Counts of each class in each group, upon one another: from and to. Without classes, all rows as one.
fn stacked(counts: &[u64], outcomes: Option<&Outcomes>, classes: usize) -> Vec<Vec<(f64, f64)>> {
    let Some(Outcomes::Classes(of_group)) = outcomes else {
        return vec![counts.iter().map(|count| (0.0, *count as f64)).collect()];
    };
    let mut ends = vec![0.0; counts.len()];
    let layer = |class: usize| {
        let groups = ends.iter_mut().zip(of_group);
        let piece = |(end, rows): (&mut f64, &Vec<u64>)| {
            let from = *end;
            *end += rows.get(class).copied().unwrap_or(0) as f64;
            (from, *end)
        };
        groups.map(piece).collect()
    };
    (0..classes).map(layer).collect()
}

fn layers(pieces: Vec<Vec<[f64; 4]>>, names: &[String]) -> Vec<Layer> {
    let layer = |(nth, rectangles): (usize, Vec<[f64; 4]>)| {
        let layer = Layer::new(Shape::Rectangles(rectangles), Ink::Series(nth));
        match names.get(nth) {
            Some(name) => layer.named(name.clone()),
            None => layer,
        }
    };
    pieces.into_iter().enumerate().map(layer).collect()
}

/// A histogram; values of dates in days or years.
pub fn of_histogram(histogram: &Histogram, kind: Kind, target: Option<&TargetSummary>, lang: Lang) -> Chart {
    let bins = histogram.counts.len();
    let (scale, shift, label) = unit(histogram, kind, lang);
    let (low, high) = (histogram.low / scale - shift, histogram.high / scale - shift);
    // A column of one value has a bin of no width.
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    let width = high / bins as f64 - low / bins as f64;
    let edge = |bin: usize| low + width * bin as f64;
    let names = names(target, histogram.outcomes.as_ref(), lang);
    let piece = |stack: Vec<(f64, f64)>| {
        let full = stack.into_iter().enumerate().filter(|(_, (from, to))| to > from);
        full.map(|(bin, (from, to))| [edge(bin), from, edge(bin + 1), to]).collect()
    };
    let pieces = stacked(&histogram.counts, histogram.outcomes.as_ref(), names.len()).into_iter().map(piece).collect();
    let most = histogram.counts.iter().max().copied().unwrap_or(0) as f64;
    let beyond = histogram.below + histogram.above;
    let label = match (beyond, label.is_empty()) {
        (0, _) => label,
        (_, true) => beyond_words(beyond, lang),
        (_, false) => format!("{label} · {}", beyond_words(beyond, lang)),
    };
    let mut x = Axis::linear(&label, low, high).plain();
    if kind == Kind::Integer || kind == Kind::Bool {
        x = x.whole();
    }
    let y = Axis::from_zero(lang.pick("rows", "filas"), [most]).whole();
    Chart::new(x, y).with(layers(pieces, &names)).high(HEIGHT)
}

/// Tails that are not drawn are told.
fn beyond_words(rows: u64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{} rows lie outside", lang.count(rows)),
        Lang::Es => format!("{} filas quedan fuera", lang.count(rows)),
    }
}

/// What values are divided by and then lessened by, and the label of the axis.
fn unit(histogram: &Histogram, kind: Kind, lang: Lang) -> (f64, f64, String) {
    if kind != Kind::Date {
        return (1.0, 0.0, String::new());
    }
    if histogram.high - histogram.low > 3.0 * YEAR * DAY {
        return (YEAR * DAY, -1970.0, lang.pick("year", "año").to_owned());
    }
    let since = crate::data::dates::format_iso(histogram.low as i64);
    let day = since.split('T').next().unwrap_or_default();
    (DAY, histogram.low / DAY, format!("{} {day}", lang.pick("days since", "días desde")))
}

fn of_levels(levels: &LevelSummary, target: Option<&TargetSummary>, lang: Lang) -> Chart {
    let mut labels: Vec<String> = levels.top.iter().map(|level| level.level.clone()).collect();
    let mut counts: Vec<u64> = levels.top.iter().map(|level| level.rows).collect();
    if levels.other_rows > 0 {
        labels.push(lang.pick("(others)", "(otros)").to_owned());
        counts.push(levels.other_rows);
    }
    let names = names(target, levels.outcomes.as_ref(), lang);
    let piece = |stack: Vec<(f64, f64)>| {
        let full = stack.into_iter().enumerate().filter(|(_, (from, to))| to > from);
        let half = TAKEN / 2.0;
        full.map(|(at, (from, to))| [from, at as f64 - half, to, at as f64 + half]).collect()
    };
    let pieces = stacked(&counts, levels.outcomes.as_ref(), names.len()).into_iter().map(piece).collect();
    let most = counts.iter().max().copied().unwrap_or(0) as f64;
    let x = Axis::from_zero(lang.pick("rows", "filas"), [most]);
    let y = Axis::categories("", labels);
    let height = (counts.len() as f64 * ROW).max(2.0 * ROW);
    Chart::new(x, y).with(layers(pieces, &names)).high(height)
}
