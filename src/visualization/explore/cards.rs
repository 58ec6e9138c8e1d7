//! A card for each column: its chart, and its numbers or levels.

use super::columns::chart;
use super::page::{PageOptions, fits, inline, named_measure};
use super::sentence::{kind, measure};
use crate::data::Kind;
use crate::exploration::Exploration;
use crate::exploration::summary::{ColumnSummary, NumberSummary, Outcomes, TargetSummary};
use crate::visualization::Lang;
use crate::visualization::page::{Cell, Markup, Table, Tone, badge, clip, details, html};

/// What a card says, ready for the page.
pub struct Card(Markup);

impl Card {
    /// Its size on the page.
    pub fn bytes(&self) -> usize {
        self.0.0.len()
    }
}

/// Cards in the order of the table, as many as are asked for and as the page has room for.
pub fn cards(found: &Exploration, options: &PageOptions) -> Markup {
    let lang = options.lang;
    let (mut shown, mut taken) = (Vec::new(), 0);
    for (at, column) in found.columns.iter().enumerate().take(options.cards) {
        let card = card(at, column, found.target.as_ref(), options);
        if !fits(&card, taken) {
            break;
        }
        taken += card.bytes();
        shown.push(card.0);
    }
    let more = found.columns.len() - shown.len();
    html! {
        div.gallery { @for card in &shown { (card) } }
        @if more > 0 {
            p.note {
                (lang.pick("Columns without a card, all in the table above:", "Columnas sin ficha, todas en la tabla anterior:"))
                " " (lang.count(more as u64))
            }
        }
    }
}

fn card(at: usize, column: &ColumnSummary, target: Option<&TargetSummary>, options: &PageOptions) -> Card {
    let lang = options.lang;
    let note = options.notes.and_then(|notes| notes.value(&column.name));
    let name = clip(&column.name, 80);
    let described = described(column, lang);
    let drawn = chart(column, target, lang);
    let drawn = drawn.map(|chart| inline(chart.wide(440.0), &format!("column-{at}"), &name, &described, lang));
    Card(html! {
        figure {
            h3 { code { (name) } " " (badge(Tone::Plain, kind(column.kind, lang))) }
            @if let Some(note) = note {
                p.note { (clip(&note.description, 300)) @if let Some(unit) = &note.unit { " (" (clip(unit, 40)) ")" } }
            }
            @if let Some(svg) = drawn {
                div.scroll tabindex="0" role="group" aria-label=(name) { (maud::PreEscaped(svg)) }
            }
            figcaption { (described) }
            @if let Some(numbers) = &column.numbers { (details(lang.pick("Numbers", "Cifras"), &figures(numbers, column.kind, lang))) }
            @if let Some(table) = levels(column, target, lang) { (details(lang.pick("Levels", "Niveles"), &html! { (table) })) }
        }
    })
}

/// What matters about a column, in a sentence.
fn described(column: &ColumnSummary, lang: Lang) -> String {
    let mut told =
        vec![format!("{} {}", lang.count(column.distinct), lang.pick("distinct values", "valores distintos"))];
    if column.missing > 0 {
        told.push(format!("{} {}", lang.percent(column.missing_share), lang.pick("missing", "ausentes")));
    }
    if let Some(numbers) = column.numbers.as_ref().map(|numbers| &numbers.histogram) {
        let beside = numbers.below + numbers.above;
        if beside > 0 {
            told.push(format!(
                "{} {}",
                lang.count(beside),
                lang.pick("values beside the chart", "valores fuera del gráfico")
            ));
        }
    }
    if let Some((name, value)) = column.relation.as_ref().and_then(named_measure) {
        told.push(format!(
            "{} {} {}",
            measure(name, lang),
            lang.decimals(value, 3),
            lang.pick("with the target", "con el objetivo")
        ));
    }
    told.join(" · ")
}

fn figures(numbers: &NumberSummary, kind: Kind, lang: Lang) -> Markup {
    let shown = |value: f64| match kind {
        Kind::Date => crate::data::dates::format_iso(value as i64),
        _ => lang.plain(value),
    };
    let measured = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| lang.value(value));
    let mut table = Table::new(lang, lang.pick("Quantiles and moments", "Cuantiles y momentos"))
        .column(lang.pick("number", "cifra"))
        .numbers(lang.pick("value", "valor"));
    let names = ["1 %", "5 %", "25 %", "50 %", "75 %", "95 %", "99 %"];
    let mut row = |name: &str, value: String| table.row(vec![Cell::text(name), Cell::markup(html! { (value) })]);
    row(lang.pick("least", "mínimo"), shown(numbers.min));
    for (name, value) in names.iter().zip(numbers.quantiles) {
        row(name, shown(value));
    }
    row(lang.pick("greatest", "máximo"), shown(numbers.max));
    if kind != Kind::Date {
        row(lang.pick("mean", "media"), numbers.mean.map_or_else(|| "–".to_owned(), shown));
        row(
            lang.pick("standard deviation", "desviación típica"),
            numbers.standard_deviation.map_or_else(|| "–".to_owned(), shown),
        );
        row(lang.pick("skewness", "asimetría"), measured(numbers.skewness));
        row(lang.pick("kurtosis", "curtosis"), measured(numbers.kurtosis));
        row(lang.pick("zeros", "ceros"), lang.count(numbers.zeros));
        row(lang.pick("below zero", "negativos"), lang.count(numbers.negatives));
        row(lang.pick("outliers (quartiles)", "atípicos (cuartiles)"), lang.count(numbers.outliers.fences));
        row(lang.pick("outliers (3 deviations)", "atípicos (3 desviaciones)"), lang.count(numbers.outliers.z_score));
    }
    html! { (table) }
}

/// Levels with their rows, and the target in each: the share of the last class, or the mean.
fn levels(column: &ColumnSummary, target: Option<&TargetSummary>, lang: Lang) -> Option<Table> {
    let levels = column.levels.as_ref()?;
    let last = target.and_then(|target| target.shown.last()).filter(|name| !name.is_empty());
    let outcome = match (&levels.outcomes, last) {
        (Some(Outcomes::Classes(_)), Some(class)) => Some(clip(class, 40)),
        (Some(Outcomes::Means(_)), _) => Some(lang.pick("mean of the target", "media del objetivo").to_owned()),
        _ => None,
    };
    let mut table = Table::new(lang, lang.pick("The most frequent levels", "Los niveles más frecuentes"))
        .column(lang.pick("level", "nivel"))
        .numbers(lang.pick("rows", "filas"));
    if let Some(outcome) = &outcome {
        table = table.numbers(outcome.clone());
    }
    for (at, level) in levels.top.iter().enumerate() {
        let mut cells = vec![Cell::code(&level.level), Cell::count(lang, level.rows)];
        if outcome.is_some() {
            cells.push(outcome_of(levels.outcomes.as_ref(), at, lang));
        }
        table.row(cells);
    }
    Some(table)
}

fn outcome_of(outcomes: Option<&Outcomes>, at: usize, lang: Lang) -> Cell {
    match outcomes {
        Some(Outcomes::Classes(groups)) => groups.get(at).map_or_else(Cell::none, |counts| {
            let all: u64 = counts.iter().sum();
            let share = counts.last().copied().unwrap_or(0) as f64 / all as f64;
            if all == 0 { Cell::none() } else { Cell::number(lang.percent(share), share) }
        }),
        Some(Outcomes::Means(means)) => {
            let mean = means.get(at).copied().flatten();
            mean.map_or_else(Cell::none, |mean| Cell::number(lang.plain(mean), mean))
        }
        None => Cell::none(),
    }
}
