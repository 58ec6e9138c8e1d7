//! Tables: a caption, heads that say what they head, numbers to the right, sorted by a click where wanted.

use maud::{Markup, Render, html};

use super::clip;
use crate::visualization::Lang;

/// Characters of a text in a cell.
const LONGEST: usize = 120;

/// A table that is filled row by row.
pub struct Table {
    lang: Lang,
    caption: String,
    columns: Vec<(String, bool)>,
    rows: Vec<(Vec<Cell>, &'static str)>,
    sortable: bool,
    most: usize,
}

/// What stands in a cell.
pub struct Cell {
    body: Markup,
    /// What it is sorted by, where that is a number.
    order: Option<f64>,
}

impl Cell {
    /// A text, cut where it is endless.
    pub fn text(text: &str) -> Self {
        Self { body: clip(text, LONGEST).render(), order: None }
    }

    /// A name as it stands in files and configs.
    pub fn code(text: &str) -> Self {
        Self { body: html! { code { (clip(text, LONGEST)) } }, order: None }
    }

    /// A number and how it is written.
    pub fn number(shown: impl Into<String>, number: f64) -> Self {
        Self { body: shown.into().render(), order: number.is_finite().then_some(number) }
    }

    /// A measured value, or nothing.
    pub fn value(lang: Lang, number: Option<f64>) -> Self {
        number.map_or_else(Self::none, |number| Self::number(lang.value(number), number))
    }

    /// A number of things.
    pub fn count(lang: Lang, number: u64) -> Self {
        Self::number(lang.count(number), number as f64)
    }

    /// Nothing to tell.
    pub fn none() -> Self {
        Self { body: html! { span.none { "–" } }, order: None }
    }

    /// Anything, sorted by a number.
    pub fn ordered(body: Markup, number: f64) -> Self {
        Self { body, order: number.is_finite().then_some(number) }
    }

    /// Anything else.
    pub fn markup(body: Markup) -> Self {
        Self { body, order: None }
    }
}

impl Table {
    /// A table without columns yet.
    pub fn new(lang: Lang, caption: impl Into<String>) -> Self {
        Self { lang, caption: caption.into(), columns: Vec::new(), rows: Vec::new(), sortable: false, most: usize::MAX }
    }

    /// One more column of text; the first one heads its rows.
    pub fn column(mut self, title: impl Into<String>) -> Self {
        self.columns.push((title.into(), false));
        self
    }

    /// One more column of numbers.
    pub fn numbers(mut self, title: impl Into<String>) -> Self {
        self.columns.push((title.into(), true));
        self
    }

    /// Rows can be sorted by any column.
    pub fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// No more rows than `most` are shown; of the others the number is told.
    pub fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// One more row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push((cells, ""));
    }

    /// One more row, marked as `class`: `strong`, `faint`, `good` or `bad`.
    pub fn marked_row(&mut self, class: &'static str, cells: Vec<Cell>) {
        self.rows.push((cells, class));
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn cell(&self, at: usize, cell: &Cell) -> Markup {
        let number = self.columns.get(at).is_some_and(|(_, number)| *number);
        let order = cell.order.map(|order| order.to_string());
        html! {
            @if at == 0 {
                th class=[number.then_some("number")] scope="row" data-order=[order] { (cell.body) }
            } @else {
                td class=[number.then_some("number")] data-order=[order] { (cell.body) }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        let more = self.rows.len().saturating_sub(self.most);
        html! {
            // A table wider than its place is moved by itself, with the keyboard too.
            div.scroll tabindex="0" role="group" aria-label=(self.caption) {
                table class=[self.sortable.then_some("sortable")] {
                    caption { (self.caption) }
                    thead {
                        tr {
                            @for (title, number) in &self.columns {
                                th class=[number.then_some("number")] scope="col" { (title) }
                            }
                        }
                    }
                    tbody {
                        @for (cells, class) in self.rows.iter().take(self.most) {
                            tr class=[(!class.is_empty()).then_some(class)] {
                                @for (at, cell) in cells.iter().enumerate() { (self.cell(at, cell)) }
                            }
                        }
                    }
                }
            }
            @if more > 0 {
                p.note {
                    (self.lang.pick("Rows not shown:", "Filas que no se muestran:")) " "
                    (self.lang.count(more as u64))
                }
            }
        }
    }
}
