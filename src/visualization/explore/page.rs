//! The page: findings first, then every column, and columns against one another. Its size is bounded whatever the table.

use super::cards::{self, Card};
use super::figures::{
    described_matrices, described_target, figure, matrices, matrix_chart, relation_chart, target_chart,
};
use super::sentence::{kind, measure, sentence, severity};
use crate::config::{ColumnNote, Entries};
use crate::exploration::summary::{ColumnSummary, Relation};
use crate::exploration::{Exploration, Severity};
use crate::visualization::Lang;
use crate::visualization::chart::{Chart, Sheet};
use crate::visualization::page::{
    self as html_page, Cell, Markup, Page, Table, Tone, badge, gallery, html, picture, wide,
};

/// Findings and columns in tables, at the most.
const FINDINGS: usize = 200;
const COLUMNS: usize = 500;

/// Columns from which on a matrix takes the whole width.
const WIDE: usize = 16;

/// What a page is made with.
pub struct PageOptions<'a> {
    /// What the table is called.
    pub name: &'a str,
    /// The language.
    pub lang: Lang,
    /// Columns that have a card, at the most.
    pub cards: usize,
    /// What columns mean.
    pub notes: Option<&'a Entries<ColumnNote>>,
}

/// The page of an exploration.
pub fn page(found: &Exploration, options: &PageOptions) -> String {
    let lang = options.lang;
    let title = format!("{} {}", lang.pick("A look at", "Exploración de"), html_page::clip(options.name, 80));
    let mut page = Page::new(lang, title).lead(lead(found, lang));
    page.section("overview", lang.pick("Overview", "Resumen"), overview(found, lang));
    page.section("findings", lang.pick("Findings", "Hallazgos"), findings(found, lang));
    if found.target.is_some() {
        page.section("target", lang.pick("Target", "Objetivo"), target(found, lang));
    }
    page.section("columns", lang.pick("Columns", "Columnas"), html! { (columns(found, lang)) });
    page.section("distributions", lang.pick("Column by column", "Columna a columna"), cards::cards(found, options));
    page.section("missing", lang.pick("Missing values", "Valores ausentes"), missing(found, options));
    page.section("correlations", lang.pick("Correlations", "Correlaciones"), correlations(found, lang));
    page.html()
}

/// A chart for the page: its title is said to those who cannot see it, and stands above it for the others.
pub fn inline(chart: Chart, id: &str, title: &str, description: &str, lang: Lang) -> String {
    let mut figure = Sheet::grid("", 1, vec![chart]).language(lang).described(description).figure();
    title.clone_into(&mut figure.title);
    figure.inline(id)
}

fn lead(found: &Exploration, lang: Lang) -> Markup {
    let columns = found.columns.len() as u64 + u64::from(found.target.is_some());
    html! {
        p {
            (lang.count(found.rows)) " " (lang.pick("rows and", "filas y")) " " (lang.count(columns)) " "
            (lang.pick("columns, before any model.", "columnas, antes de cualquier modelo."))
        }
    }
}

fn overview(found: &Exploration, lang: Lang) -> Markup {
    let columns = found.columns.len() as u64 + u64::from(found.target.is_some());
    let cells = (found.rows * columns).max(1) as f64;
    let rows = found.rows.max(1) as f64;
    let high = found.findings.iter().filter(|insight| insight.severity == Severity::High).count() as u64;
    let card = |label: &str, value: String, note: String| html_page::Card { label: label.to_owned(), value, note };
    let mut all = vec![
        card(lang.pick("Rows", "Filas"), lang.count(found.rows), String::new()),
        card(lang.pick("Columns", "Columnas"), lang.count(columns), kinds(found, lang)),
        card(
            lang.pick("Missing values", "Valores ausentes"),
            lang.percent(found.missing_cells as f64 / cells),
            format!(
                "{} {}",
                lang.percent(found.complete_rows as f64 / rows),
                lang.pick("of the rows complete", "de las filas completas")
            ),
        ),
        card(
            lang.pick("Repeated rows", "Filas repetidas"),
            lang.count(found.duplicate_rows),
            lang.percent(found.duplicate_rows as f64 / rows),
        ),
    ];
    all.push(card(
        lang.pick("Findings", "Hallazgos"),
        lang.count(found.findings.len() as u64),
        format!("{} {}", lang.count(high), lang.pick("of high weight", "de gravedad alta")),
    ));
    html_page::cards(&all)
}

/// How many columns there are of each kind, the most first.
fn kinds(found: &Exploration, lang: Lang) -> String {
    let counts = crate::data::Kind::ALL.map(|kind| (kind, found.columns.iter().filter(|c| c.kind == kind).count()));
    let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.iter().map(|(k, count)| format!("{count} {}", kind(*k, lang))).collect::<Vec<_>>().join(", ")
}

fn findings(found: &Exploration, lang: Lang) -> Markup {
    if found.findings.is_empty() {
        let none = lang.pick("Nothing that deserves a second look.", "Nada que merezca una segunda mirada.");
        return html_page::notice(Tone::Good, &html! { p { (none) } });
    }
    let caption = lang.pick(
        "What deserves a second look, the gravest first",
        "Lo que merece una segunda mirada, lo más grave primero",
    );
    let mut table = Table::new(lang, caption)
        .column(lang.pick("finding", "hallazgo"))
        .column(lang.pick("weight", "gravedad"))
        .at_most(FINDINGS);
    for insight in &found.findings {
        let tone = match insight.severity {
            Severity::High => Tone::Bad,
            Severity::Medium => Tone::Warning,
            Severity::Low => Tone::Plain,
        };
        let said = capitalized(&sentence(insight, lang));
        table.row(vec![
            Cell::markup(html_page::quoted(&html_page::clip(&said, 300))),
            Cell::markup(badge(tone, severity(insight.severity, lang))),
        ]);
    }
    html! { (table) }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn target(found: &Exploration, lang: Lang) -> Markup {
    let own = target_chart(found, lang).map(|chart| {
        let title = lang.pick("The target by itself", "El objetivo por sí solo");
        picture(&inline(chart.wide(560.0), "target-own", title, &described_target(found, lang), lang), title)
    });
    let relations = relation_chart(found, lang).map(|chart| {
        let title = lang.pick(
            "What each column says about the target: the share of its entropy, missing values as a level",
            "Lo que cada columna dice del objetivo: proporción de su entropía, con los valores ausentes como un nivel",
        );
        picture(&inline(chart.wide(560.0), "target-relation", title, title, lang), title)
    });
    html! {
        @if let Some(target) = &found.target {
            p { code { (html_page::clip(&target.column, 80)) } ", " (lang.task(target.task)) }
        }
        (gallery(&own.into_iter().chain(relations).collect::<Vec<_>>()))
    }
}

fn columns(found: &Exploration, lang: Lang) -> Table {
    let caption = lang.pick("All columns but the target", "Todas las columnas salvo el objetivo");
    let mut table = Table::new(lang, caption)
        .column(lang.pick("column", "columna"))
        .column(lang.pick("kind", "tipo"))
        .numbers(lang.pick("missing", "ausentes"))
        .numbers(lang.pick("distinct", "distintos"))
        .numbers(lang.pick("mean", "media"))
        .numbers(lang.pick("deviation", "desviación"))
        .numbers(lang.pick("least", "mínimo"))
        .numbers(lang.pick("median", "mediana"))
        .numbers(lang.pick("greatest", "máximo"))
        .numbers(lang.pick("outliers", "atípicos"))
        .sortable()
        .at_most(COLUMNS);
    if found.target.is_some() {
        table =
            table.numbers(lang.pick("association", "asociación")).numbers(lang.pick("of the target", "del objetivo"));
    }
    for column in &found.columns {
        let mut cells = vec![
            Cell::code(&column.name),
            Cell::text(kind(column.kind, lang)),
            Cell::number(lang.percent(column.missing_share), column.missing_share),
            Cell::count(lang, column.distinct),
        ];
        cells.extend(numbers(column, lang));
        if found.target.is_some() {
            cells.extend(relation(column.relation.as_ref(), lang));
        }
        table.row(cells);
    }
    table
}

fn numbers(column: &ColumnSummary, lang: Lang) -> Vec<Cell> {
    let Some(numbers) = &column.numbers else { return (0..6).map(|_| Cell::none()).collect() };
    if column.kind == crate::data::Kind::Date {
        let date = |seconds: f64| Cell::number(crate::data::dates::format_iso(seconds as i64), seconds);
        let [low, middle, high] = [numbers.min, numbers.quantiles[3], numbers.max].map(date);
        return vec![Cell::none(), Cell::none(), low, middle, high, Cell::none()];
    }
    let plain = |number: Option<f64>| number.map_or_else(Cell::none, |n| Cell::number(lang.plain(n), n));
    vec![
        plain(numbers.mean),
        plain(numbers.standard_deviation),
        plain(Some(numbers.min)),
        plain(Some(numbers.quantiles[3])),
        plain(Some(numbers.max)),
        Cell::number(lang.percent(numbers.outliers.fences_share), numbers.outliers.fences_share),
    ]
}

/// The measure that its kinds have, with its name.
pub fn named_measure(relation: &Relation) -> Option<(&'static str, f64)> {
    let measures = [
        ("roc_auc", relation.roc_auc),
        ("cramers_v", relation.cramers_v),
        ("eta_squared", relation.eta_squared),
        ("spearman", relation.spearman),
    ];
    measures.into_iter().find_map(|(name, value)| Some((name, value?)))
}

fn relation(relation: Option<&Relation>, lang: Lang) -> [Cell; 2] {
    let strength = relation.and_then(named_measure).map_or_else(Cell::none, |(name, value)| {
        let shown = format!("{} {}", measure(name, lang), lang.decimals(value, 3));
        // Below a half, an AUC is as strong as above.
        Cell::number(shown, if name == "roc_auc" { (2.0 * value - 1.0).abs() } else { value.abs() })
    });
    let explained = relation.and_then(|relation| relation.explained);
    [strength, explained.map_or_else(Cell::none, |share| Cell::number(lang.percent(share), share))]
}

fn missing(found: &Exploration, options: &PageOptions) -> Markup {
    let lang = options.lang;
    let drawn = figure(found, "missing", options.name, lang);
    let caption = drawn.description.clone();
    picture(&drawn.inline("missing-figure"), &caption)
}

fn correlations(found: &Exploration, lang: Lang) -> Markup {
    let all = matrices(found);
    let pictures = all.iter().map(|(name, matrix)| {
        let title = measure(name, lang);
        let described = described_matrices(&[(name, matrix)], lang);
        let svg = inline(matrix_chart(matrix, lang), &format!("matrix-{name}"), title, &described, lang);
        let picture = picture(&svg, &format!("{title}. {described}"));
        if matrix.columns.len() > WIDE { wide(&picture) } else { picture }
    });
    let pictures: Vec<Markup> = pictures.collect();
    html! {
        @if pictures.is_empty() {
            p { (lang.pick("There are fewer than two columns to compare.", "Hay menos de dos columnas que comparar.")) }
        } @else {
            p {
                (lang.pick(
                    "Over the rows that have both values. Cramér's V is corrected for bias; mutual information is a share of the mean entropy, numbers in bins of equal frequency.",
                    "Sobre las filas que tienen ambos valores. La V de Cramér está corregida por sesgo; la información mutua es una proporción de la entropía media, con los números en intervalos de igual frecuencia.",
                ))
            }
            (gallery(&pictures))
        }
    }
}

/// Whether a card of this many bytes still fits beside those that are there.
pub fn fits(card: &Card, taken: usize) -> bool {
    const MOST: usize = 1_200_000;
    taken + card.bytes() <= MOST
}
