//! The page of two models beside one another.

use serde_json::Value as Json;

use super::page::{Cell, Markup, Page, Table, Tone, badge, gallery, html, notice, picture, wide};
use super::{Figure, Lang, figures};
use crate::data::Task;
use crate::metrics::bootstrap::Interval;
use crate::package::comparison::{Basis, Contender, FactChange, MetricChange, ModelComparison, Verdict};
use crate::package::evaluation::Evaluation;

/// Units from which on a figure takes the whole width of the page.
const WIDE: f64 = 800.0;

/// What the page tells of.
pub struct Compared<'a> {
    /// The language.
    pub lang: Lang,
    /// What both are called.
    pub labels: [&'a str; 2],
    /// Both.
    pub contenders: [&'a Contender; 2],
    /// Their comparison.
    pub comparison: &'a ModelComparison,
}

/// The page.
pub fn page(compared: &Compared) -> String {
    let lang = compared.lang;
    let [first, second] = compared.labels;
    let title = format!("{first} – {second}");
    let mut page = Page::new(lang, title).lead(lead(compared));
    page.section("metrics", lang.pick("Metrics", "Métricas"), metrics(compared));
    if let Some(both) = both(compared) {
        page.section("figures", lang.pick("Figures", "Figuras"), overlaid(lang, &both));
    }
    let differences = html! {
        (facts(compared, lang.pick("Parameters that differ", "Parámetros que difieren"), &compared.comparison.parameters))
        (facts(compared, lang.pick("Data that differs", "Datos que difieren"), &compared.comparison.data))
    };
    page.section("differences", lang.pick("Differences", "Diferencias"), differences);
    page.html()
}

/// An evaluation of the two alone, under their labels; none where one was not measured on test rows, or they answer
/// different questions.
fn both(compared: &Compared) -> Option<Evaluation> {
    let [first, second] = compared.contenders;
    let (of_first, of_second) = (first.evaluation.as_ref()?, second.evaluation.as_ref()?);
    if of_first.task != of_second.task || of_first.classes != of_second.classes {
        return None;
    }
    let [label, other] = compared.labels;
    // Two of one name are told apart.
    let other = if label == other { format!("{other} (2)") } else { other.to_owned() };
    let models = [(label.to_owned(), first.measured()?.clone()), (other, second.measured()?.clone())];
    Some(Evaluation {
        champion: label.to_owned(),
        models: models.into(),
        comparisons: Vec::new(),
        top_errors: Vec::new(),
        permutation_importance: None,
        ..of_first.clone()
    })
}

/// Figures with both over one another.
fn overlaid(lang: Lang, both: &Evaluation) -> Markup {
    type Draw = fn(&Evaluation, Lang) -> Figure;
    let comparison: (&str, Draw) = ("comparison", figures::model_comparison);
    let of_classes: [(&str, Draw); 4] = [
        ("roc", figures::roc),
        ("precision-recall", figures::precision_recall),
        ("calibration", figures::calibration),
        ("gain", figures::gain),
    ];
    let of_classes = if both.task == Task::Regression { &[][..] } else { &of_classes[..] };
    let drawn = std::iter::once(&comparison).chain(of_classes).map(|(name, draw)| {
        let mut figure = draw(both, lang);
        if *name == comparison.0 {
            // It would tell which of them is the champion, and none is.
            figure.description =
                lang.pick("The main metrics of both.", "Las métricas principales de ambos.").to_owned();
        }
        let picture = picture(&figure.inline(&format!("figure-{name}")), &figure.description);
        if figure.scene.width > WIDE { wide(&picture) } else { picture }
    });
    gallery(&drawn.collect::<Vec<_>>())
}

fn lead(compared: &Compared) -> Markup {
    let lang = compared.lang;
    let [first, second] = compared.labels;
    html! {
        p { (lang.pick("Is", "¿Es")) " " strong { (second) } " " (lang.pick("better than", "mejor que")) " " strong { (first) } "?" }
    }
}

fn metrics(compared: &Compared) -> Markup {
    let lang = compared.lang;
    let [first, second] = compared.labels;
    let caption = match compared.comparison.basis {
        Basis::Test => lang.pick("On test rows", "En filas de prueba"),
        Basis::OutOfFold => lang.pick("Out of fold", "En validación cruzada"),
    };
    let mut table = Table::new(lang, caption)
        .column(lang.pick("metric", "métrica"))
        .numbers(first)
        .numbers(second)
        .numbers(lang.pick("change", "cambio"))
        .column(lang.pick("verdict", "veredicto"))
        .sortable();
    for change in &compared.comparison.metrics {
        table.row(vec![
            Cell::text(lang.metric(&change.metric)),
            value(lang, change.first, change.first_interval),
            value(lang, change.second, change.second_interval),
            difference(lang, change),
            verdict(lang, change),
        ]);
    }
    html! {
        @for caution in &compared.comparison.cautions { (notice(Tone::Warning, &html! { p { (caution) } })) }
        (table)
    }
}

fn value(lang: Lang, value: Option<f64>, interval: Option<Interval>) -> Cell {
    let Some(value) = value else { return Cell::none() };
    Cell::ordered(
        html! {
            (lang.value(value))
            @if let Some(interval) = interval { br; span.note { (lang.value(interval.low)) "–" (lang.value(interval.high)) } }
        },
        value,
    )
}

fn difference(lang: Lang, change: &MetricChange) -> Cell {
    let Some(difference) = change.difference else { return Cell::none() };
    Cell::ordered(
        html! {
            (lang.signed(difference))
            @if let Some(paired) = change.paired { br; span.note { (lang.signed(paired.low)) " – " (lang.signed(paired.high)) } }
        },
        difference,
    )
}

fn verdict(lang: Lang, change: &MetricChange) -> Cell {
    let (tone, word) = match change.verdict {
        Verdict::Better => (Tone::Good, lang.pick("better", "mejor")),
        Verdict::Worse => (Tone::Bad, lang.pick("worse", "peor")),
        Verdict::Same => return Cell::text(lang.pick("same", "igual")),
        Verdict::Unknown => return Cell::none(),
    };
    // Colour is for what is no chance.
    let (tone, note) = match change.is_certain {
        Some(true) => (tone, ""),
        Some(false) => (Tone::Plain, lang.pick("within chance", "dentro del azar")),
        None => (Tone::Plain, lang.pick("no interval", "sin intervalo")),
    };
    Cell::markup(html! { (badge(tone, word)) " " span.note { (note) } })
}

fn facts(compared: &Compared, caption: &str, changes: &[FactChange]) -> Markup {
    let lang = compared.lang;
    let [first, second] = compared.labels;
    let mut table = Table::new(lang, caption).column(lang.pick("name", "nombre")).column(first).column(second);
    let cell = |value: &Json| match value {
        Json::Null => Cell::none(),
        Json::String(text) => Cell::code(text),
        other => Cell::code(&other.to_string()),
    };
    for change in changes {
        table.row(vec![Cell::text(&change.name), cell(&change.first), cell(&change.second)]);
    }
    html! {
        @if table.is_empty() { p { (caption) ": " (lang.pick("none.", "ninguno.")) } } @else { (table) }
    }
}
