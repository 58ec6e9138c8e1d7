//! The figures: distributions, correlations, missing values, and what columns say about the target.

use std::collections::BTreeSet;

use super::columns;
use super::sentence::measure;
use crate::data::Kind;
use crate::exploration::Exploration;
use crate::exploration::summary::{ColumnSummary, Matrix};
use crate::visualization::chart::{Axis, BarGroup, Cell, Chart, Direction, Sheet, bars, heatmap};
use crate::visualization::page::clip;
use crate::visualization::scene::Ink;
use crate::visualization::{Figure, Lang};

/// Columns of the figure of distributions.
const DISTRIBUTIONS: usize = 24;
/// Columns of a matrix that are drawn.
const MATRIX: usize = 40;
/// Columns of a matrix up to which values are written into its cells.
const WRITTEN: usize = 14;
/// Bars of missing values and of the target.
const BARS: usize = 30;
/// Side of a cell of a matrix, so that each column's name has room, and what the names on the left take.
const CELL: f64 = 24.0;
const BESIDE: f64 = 300.0;
/// Columns of the matrix of missing patterns.
const PATTERN_COLUMNS: usize = 30;
/// Height of a bar with its gap, and of a cell.
const ROW: f64 = 21.0;

/// A figure with the topic that stands in the name of its file.
pub const TOPICS: [&str; 4] = ["distribution", "correlation", "missing", "target"];

/// The figure of a topic of [`TOPICS`].
pub fn figure(found: &Exploration, topic: &str, name: &str, lang: Lang) -> Figure {
    match topic {
        "correlation" => correlation(found, name, lang),
        "missing" => missing(found, name, lang),
        "target" => target(found, name, lang),
        _ => distribution(found, name, lang),
    }
}

/// A name as it stands in figures and in their descriptions, which have no end of their own.
fn short(name: &str) -> String {
    clip(name, 40)
}

fn subtitle(found: &Exploration, name: &str, lang: Lang) -> String {
    format!("{} · {} {}", short(name), lang.count(found.rows), lang.pick("rows", "filas"))
}

/// Those that say most about the target where there are too many, in the order of the table.
fn most_telling(found: &Exploration, most: usize) -> Vec<&ColumnSummary> {
    let explained = |column: &ColumnSummary| column.relation.as_ref().and_then(|r| r.explained).unwrap_or(0.0);
    let is_drawn = |column: &&ColumnSummary| columns::chart(column, None, Lang::En).is_some();
    let mut chosen: Vec<(usize, &ColumnSummary)> = found.columns.iter().filter(is_drawn).enumerate().collect();
    chosen.sort_by(|(_, a), (_, b)| explained(b).total_cmp(&explained(a)));
    chosen.truncate(most);
    chosen.sort_by_key(|(at, _)| *at);
    chosen.into_iter().map(|(_, column)| column).collect()
}

fn distribution(found: &Exploration, name: &str, lang: Lang) -> Figure {
    let target = found.target.as_ref();
    let drawn = most_telling(found, DISTRIBUTIONS);
    let charts =
        drawn.iter().filter_map(|column| Some(columns::chart(column, target, lang)?.titled(short(&column.name))));
    let charts: Vec<Chart> = charts.map(|chart| chart.wide(330.0)).collect();
    let mut below = subtitle(found, name, lang);
    let drawable = found.columns.iter().filter(|column| columns::chart(column, None, lang).is_some()).count();
    if drawable > drawn.len() {
        below += &match lang {
            Lang::En => format!(" · {} of {drawable} columns, those that say most about the target", drawn.len()),
            Lang::Es => format!(" · {} de {drawable} columnas, las que más dicen del objetivo", drawn.len()),
        };
    }
    if let Some(target) = target {
        below += &format!(" · {} {}", lang.pick("by", "según"), short(&target.column));
    }
    let described = match lang {
        Lang::En => {
            format!("Histograms of numbers and the most frequent levels of categories, {} columns.", drawn.len())
        }
        Lang::Es => {
            format!("Histogramas de los números y niveles más frecuentes de las categorías, {} columnas.", drawn.len())
        }
    };
    let title = lang.pick("Distribution of each column", "Distribución de cada columna");
    Sheet::grid(title, 3, charts).language(lang).subtitle(below).described(described).figure()
}

/// The matrices that have two columns or more, each with the name of its measure.
pub fn matrices(found: &Exploration) -> Vec<(&'static str, &Matrix)> {
    let all = &found.correlations;
    let named = [
        ("pearson", &all.pearson),
        ("spearman", &all.spearman),
        ("cramers_v", &all.cramers_v),
        ("mutual_information", &all.mutual_information),
    ];
    named.into_iter().filter(|(_, matrix)| matrix.columns.len() > 1).collect()
}

/// A matrix as a heatmap.
pub fn matrix_chart(matrix: &Matrix, lang: Lang) -> Chart {
    let shown = matrix.columns.len().min(MATRIX);
    let cell = |value: &Option<f64>| {
        let text = value.filter(|_| shown <= WRITTEN).map(|value| lang.decimals(value, 2)).unwrap_or_default();
        Cell { strength: value.unwrap_or(f64::NAN), text }
    };
    let rows: Vec<Vec<Cell>> =
        matrix.values.iter().take(shown).map(|row| row.iter().take(shown).map(cell).collect()).collect();
    let names: Vec<String> = matrix.columns.iter().take(shown).map(|name| short(name)).collect();
    let (x, y) = (Axis::categories("", names.clone()), Axis::categories("", names));
    let side = shown as f64 * CELL;
    Chart::new(x, y).with(heatmap(&rows)).high(side.max(120.0)).wide((side + BESIDE).max(640.0))
}

fn correlation(found: &Exploration, name: &str, lang: Lang) -> Figure {
    let matrices = matrices(found);
    let chart = |(name, matrix): &(&str, &Matrix)| matrix_chart(matrix, lang).titled(measure(name, lang));
    let charts: Vec<Chart> = matrices.iter().map(chart).collect();
    let mut below = subtitle(found, name, lang);
    if found.correlations.left_out > 0 {
        let left_out = lang.count(found.correlations.left_out);
        below += &match lang {
            Lang::En => format!(" · without {left_out} columns that say less about the target"),
            Lang::Es => format!(" · sin {left_out} columnas que dicen menos del objetivo"),
        };
    }
    if charts.is_empty() {
        below += lang.pick(" · fewer than two columns to compare", " · menos de dos columnas que comparar");
    }
    let described = described_matrices(&matrices, lang);
    let title = lang.pick("Correlations", "Correlaciones");
    Sheet::grid(title, 2, charts)
        .language(lang)
        .strengths(lang.pick("−1, opposite", "−1, al contrario"), lang.pick("1, together", "1, a la par"))
        .subtitle(below)
        .described(described)
        .figure()
}

/// The strongest pair of each matrix, in words.
pub fn described_matrices(matrices: &[(&str, &Matrix)], lang: Lang) -> String {
    let strongest = |matrix: &Matrix| {
        let pairs = matrix.values.iter().enumerate().flat_map(|(i, row)| {
            row.iter().enumerate().skip(i + 1).filter_map(move |(j, value)| Some((i, j, (*value)?)))
        });
        pairs.max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()).then(b.0.cmp(&a.0)).then(b.1.cmp(&a.1)))
    };
    let told = matrices.iter().filter_map(|(name, matrix)| {
        let (i, j, value) = strongest(matrix)?;
        let (a, b) = (short(&matrix.columns[i]), short(&matrix.columns[j]));
        Some(format!("{}: {a}, {b} {}", measure(name, lang), lang.decimals(value, 2)))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    match lang {
        _ if told.is_empty() => lang.pick("No pair of columns.", "Ninguna pareja de columnas.").to_owned(),
        Lang::En => format!("How each pair of columns goes together. The strongest pairs: {told}."),
        Lang::Es => format!("Cómo se relaciona cada pareja de columnas. Las parejas más fuertes: {told}."),
    }
}

fn missing(found: &Exploration, name: &str, lang: Lang) -> Figure {
    let title = lang.pick("Missing values", "Valores ausentes");
    let mut lacking: Vec<&ColumnSummary> = found.columns.iter().filter(|column| column.missing > 0).collect();
    lacking.sort_by_key(|column| std::cmp::Reverse(column.missing));
    let more = lacking.len().saturating_sub(BARS);
    lacking.truncate(BARS);
    let mut below = subtitle(found, name, lang);
    if lacking.is_empty() {
        let none = lang.pick("no value is missing", "no falta ningún valor");
        return Sheet::grid(title, 1, Vec::new())
            .language(lang)
            .subtitle(format!("{below} · {none}"))
            .described(none)
            .figure();
    }
    if more > 0 {
        below += &format!(" · {} {}", lang.count(more as u64), lang.pick("columns more", "columnas más"));
    }
    let shares: Vec<(String, f64)> = lacking.iter().map(|column| (short(&column.name), column.missing_share)).collect();
    let first = shares.first().map(|(name, share)| format!("{name} {}", lang.percent(*share))).unwrap_or_default();
    let described = match lang {
        Lang::En => format!("The share of rows without a value, by column. The most: {first}."),
        Lang::Es => format!("La proporción de filas sin valor, por columna. La mayor: {first}."),
    };
    let mut charts =
        vec![share_bars(&shares, lang.pick("Share of the rows", "Proporción de filas"), Ink::Series(0), lang)];
    charts.extend(patterns(found, lang));
    Sheet::grid(title, 1, charts).language(lang).subtitle(below).described(described).figure()
}

/// Which columns are missing together: a row a pattern, a column a column.
fn patterns(found: &Exploration, lang: Lang) -> Option<Chart> {
    let lacking: BTreeSet<&String> = found.missing_patterns.iter().flat_map(|pattern| &pattern.columns).collect();
    let columns = found.columns.iter().map(|column| &column.name).filter(|name| lacking.contains(name));
    let columns: Vec<&str> = columns.map(String::as_str).take(PATTERN_COLUMNS).collect();
    if columns.len() < 2 || found.missing_patterns.len() < 2 {
        return None;
    }
    let cells = found.missing_patterns.iter().map(|pattern| {
        let lacks = |name: &&str| pattern.columns.iter().any(|column| column == name);
        let cell = |name| Cell { strength: if lacks(name) { 1.0 } else { 0.0 }, text: String::new() };
        columns.iter().map(cell).collect()
    });
    let cells: Vec<Vec<Cell>> = cells.collect();
    let rows = found.missing_patterns.iter().map(|pattern| {
        let share = pattern.rows as f64 / found.rows.max(1) as f64;
        format!("{} ({})", lang.count(pattern.rows), lang.percent(share))
    });
    let x = Axis::categories("", columns.iter().map(|name| short(name)).collect());
    let y = Axis::categories(lang.pick("rows", "filas"), rows.collect());
    let title = lang.pick("Missing together (coloured)", "Ausentes a la vez (en color)");
    Some(Chart::new(x, y).with(heatmap(&cells)).high(cells.len() as f64 * ROW).titled(title))
}

fn share_bars(shares: &[(String, f64)], label: &str, ink: Ink, lang: Lang) -> Chart {
    let most = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let x = Axis::linear(label, 0.0, (most * 1.15).clamp(0.01, 1.15)).percent();
    let y = Axis::categories("", shares.iter().map(|(name, _)| name.clone()).collect());
    let mut group = BarGroup::new(ink, shares.iter().map(|(_, share)| *share).collect());
    group.labels = shares.iter().map(|(_, share)| lang.percent(*share)).collect();
    Chart::new(x, y).with(bars(&[group], Direction::Right)).high((shares.len() as f64 * ROW).max(2.0 * ROW))
}

/// The target by itself.
pub fn target_chart(found: &Exploration, lang: Lang) -> Option<Chart> {
    let target = found.target.as_ref()?;
    if let Some(numbers) = &target.numbers {
        return Some(columns::of_histogram(&numbers.histogram, Kind::Number, None, lang));
    }
    let labelled = (found.rows - target.missing).max(1) as f64;
    let shares: Vec<(String, f64)> =
        target.classes.iter().map(|class| (short(&class.level), class.rows as f64 / labelled)).collect();
    let label = lang.pick("Share of the rows", "Proporción de filas");
    (!shares.is_empty()).then(|| share_bars(&shares, label, Ink::Series(0), lang))
}

/// What columns say about the target, the most telling first.
pub fn relation_chart(found: &Exploration, lang: Lang) -> Option<Chart> {
    let explained = |column: &ColumnSummary| column.relation.as_ref().and_then(|relation| relation.explained);
    let mut shares: Vec<(String, f64)> =
        found.columns.iter().filter_map(|column| Some((short(&column.name), explained(column)?))).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.truncate(BARS);
    let label = lang.pick("Share of the target's entropy", "Proporción de la entropía del objetivo");
    (!shares.is_empty()).then(|| share_bars(&shares, label, Ink::Series(1), lang))
}

fn target(found: &Exploration, name: &str, lang: Lang) -> Figure {
    let column = found.target.as_ref().map(|target| short(&target.column)).unwrap_or_default();
    let own = target_chart(found, lang).map(|chart| chart.titled(column.clone()));
    let told = lang.pick("What each column says about it", "Lo que cada columna dice de él");
    let relations = relation_chart(found, lang).map(|chart| chart.titled(told));
    let charts: Vec<Chart> = own.into_iter().chain(relations).collect();
    let mut below = subtitle(found, name, lang);
    if charts.is_empty() {
        below += lang.pick(" · no target", " · sin objetivo");
    }
    let title = format!("{}: {column}", lang.pick("Target", "Objetivo"));
    Sheet::grid(title, 1, charts).language(lang).subtitle(below).described(described_target(found, lang)).figure()
}

/// Classes and the most telling columns, in words.
pub fn described_target(found: &Exploration, lang: Lang) -> String {
    let Some(target) = &found.target else { return lang.pick("No target.", "Sin objetivo.").to_owned() };
    let labelled = (found.rows - target.missing).max(1) as f64;
    let classes = target.classes.iter().take(6);
    let classes: Vec<String> =
        classes.map(|class| format!("{} {}", class.level, lang.percent(class.rows as f64 / labelled))).collect();
    let numbers = target.numbers.as_ref().map(|n| format!("{} – {}", lang.plain(n.min), lang.plain(n.max)));
    let told = numbers.unwrap_or_else(|| classes.join(", "));
    format!("{}: {told}.", short(&target.column))
}
