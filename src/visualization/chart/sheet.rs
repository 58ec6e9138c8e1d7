//! Charts side by side under a title.

use super::kinds::strength;
use super::legend::{Colours, Legend};
use super::plot::{Plot, text};
use super::{Chart, SMALL_FONT};
use crate::visualization::Lang;
use crate::visualization::scene::{Anchor, Figure, Fill, Ink, Mark, Scene, width};

/// Height of the font of the title, and of its rows.
const TITLE: f64 = 17.0;
const TITLE_ROW: f64 = 24.0;
const SUBTITLE_ROW: f64 = 18.0;
/// Around everything.
const MARGIN: f64 = 14.0;
/// Between charts.
const GAP: f64 = 18.0;

/// A picture of one or more charts.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// What stands below it, such as the rows that it is about; may be empty.
    pub subtitle: String,
    /// What it shows, for who cannot see it.
    pub description: String,
    /// Charts in a row.
    pub columns: usize,
    /// The charts.
    pub charts: Vec<Chart>,
    /// A scale of colours, where charts use one.
    pub colours: Option<Colours>,
    /// The language of its numbers.
    pub lang: Lang,
}

impl Sheet {
    /// A sheet of one chart.
    pub fn of(title: impl Into<String>, chart: Chart) -> Self {
        Self::grid(title, 1, vec![chart])
    }

    /// A sheet of several, `columns` in a row.
    pub fn grid(title: impl Into<String>, columns: usize, charts: Vec<Chart>) -> Self {
        let (subtitle, description) = (String::new(), String::new());
        Self {
            title: title.into(),
            subtitle,
            description,
            columns: columns.max(1),
            charts,
            colours: None,
            lang: Lang::En,
        }
    }

    /// With a line below the title.
    pub fn subtitle(self, subtitle: impl Into<String>) -> Self {
        Self { subtitle: subtitle.into(), ..self }
    }

    /// With numbers of this language.
    pub fn language(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    /// With words for who cannot see it.
    pub fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// With a legend of the scale of values.
    pub fn values(self, low: impl Into<String>, high: impl Into<String>) -> Self {
        let (low, high) = (low.into(), high.into());
        Self { colours: Some(Colours { low, high, ink: |share| Fill::solid(Ink::Value(share)) }), ..self }
    }

    /// With a legend of the strengths of a [`heatmap`](super::heatmap).
    pub fn strengths(self, low: impl Into<String>, high: impl Into<String>) -> Self {
        let (low, high) = (low.into(), high.into());
        Self { colours: Some(Colours { low, high, ink: |share| strength(2.0 * share - 1.0) }), ..self }
    }

    /// Drawn.
    pub fn figure(self) -> Figure {
        let plots: Vec<Plot> = self.charts.iter().map(|chart| Plot::of(chart, self.lang)).collect();
        let rows: Vec<&[Plot]> = plots.chunks(self.columns).collect();
        let across = |row: &&[Plot]| row.iter().map(|plot| plot.width + GAP).sum::<f64>() - GAP;
        // Words alone are set as wide as a chart, so that no page blows them up.
        let least = if rows.is_empty() { 720.0 } else { 320.0 };
        let inner = rows.iter().map(across).fold(least, f64::max);
        let mut marks = Vec::new();
        let mut down = self.heading(inner, &mut marks);
        for row in rows {
            let mut right = MARGIN;
            for plot in row {
                marks.extend(plot.draw((right, down)));
                right += plot.width + GAP;
            }
            down += row.iter().map(|plot| plot.height).fold(0.0, f64::max) + GAP;
        }
        let (width, height) = ((inner + 2.0 * MARGIN).ceil(), (down - GAP + MARGIN).ceil());
        Figure { title: self.title, description: self.description, scene: Scene { width, height, marks } }
    }

    /// Title, subtitle and legend; where the charts begin.
    fn heading(&self, room: f64, marks: &mut Vec<Mark>) -> f64 {
        let mut down = MARGIN;
        for line in wrapped(&self.title, TITLE, room) {
            marks.push(text((MARGIN, down + TITLE), &line, TITLE, Anchor::Start, 0.0, Ink::Text));
            down += TITLE_ROW;
        }
        for line in wrapped(&self.subtitle, SMALL_FONT, room) {
            marks.push(text((MARGIN, down + SMALL_FONT), &line, SMALL_FONT, Anchor::Start, 0.0, Ink::Muted));
            down += SUBTITLE_ROW;
        }
        down += 4.0;
        let (legend, height) = Legend::of(&self.charts, self.colours.clone()).draw((MARGIN, down), room);
        marks.extend(legend);
        down + height
    }
}

/// Lines of a text, each as wide as `room` at the most, but for words that are wider.
fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = crate::visualization::scene::shortened(word, size, room);
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(&word, size) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}
