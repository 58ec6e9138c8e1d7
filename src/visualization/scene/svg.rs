//! Scenes as SVG. Neighbours of one style share a group, so that many marks take few bytes.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::ink::hex;
use super::{Anchor, Figure, Fill, Ink, Mark, Stroke, Text};

/// Fonts of a text: that of the program, or one that is hardly wider.
const FONTS: &str = "'DejaVu Sans',Verdana,sans-serif";

impl Figure {
    /// A file of its own, in the colours of the light theme.
    pub fn svg(&self) -> String {
        let namespace = "xmlns=\"http://www.w3.org/2000/svg\" ";
        let size = format!("width=\"{}\" height=\"{}\" ", Number(self.scene.width), Number(self.scene.height));
        let mut svg = self.written(&format!("{namespace}{size}"), "figure", |ink| hex(ink.light()));
        svg.push('\n');
        svg
    }

    /// An element within a page, coloured by its custom properties ([`super::properties`]). `id` is its own among the
    /// figures of the page.
    pub fn inline(&self, id: &str) -> String {
        self.written("class=\"figure\" ", id, Ink::css)
    }

    fn written(&self, attributes: &str, id: &str, colour: impl Fn(Ink) -> String) -> String {
        let id = escape(id);
        let (width, height) = (Number(self.scene.width), Number(self.scene.height));
        let mut writer = Writer { svg: String::new(), group: None, colour };
        let _ = write!(
            writer.svg,
            "<svg {attributes}viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
             font-family=\"{FONTS}\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
            escape(&self.title),
            escape(&self.description)
        );
        writer.mark(&Mark::Rectangle([0.0, 0.0, self.scene.width, self.scene.height], Fill::solid(Ink::Background)));
        for mark in &self.scene.marks {
            writer.mark(mark);
        }
        writer.group(None);
        writer.svg.push_str("</svg>");
        writer.svg
    }
}

struct Writer<C> {
    svg: String,
    /// The style of the open group.
    group: Option<String>,
    colour: C,
}

impl<C: Fn(Ink) -> String> Writer<C> {
    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Rectangle([left, top, width, height], fill) => {
                self.filled(*fill);
                let (left, top, width, height) = (Number(*left), Number(*top), Number(*width), Number(*height));
                let _ = write!(self.svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>");
            }
            Mark::Circle((x, y), radius, fill) => {
                self.filled(*fill);
                let (x, y, radius) = (Number(*x), Number(*y), Number(*radius));
                let _ = write!(self.svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>");
            }
            Mark::Line(points, stroke) => {
                self.stroked(*stroke);
                self.path(points, "");
            }
            Mark::Area(points, fill) => {
                self.filled(*fill);
                self.path(points, "Z");
            }
            Mark::Text(text) => self.text(text),
        }
    }

    fn filled(&mut self, fill: Fill) {
        let mut style = format!("fill:{}", (self.colour)(fill.ink));
        if fill.opacity < 1.0 {
            let _ = write!(style, ";fill-opacity:{}", Number(fill.opacity * 100.0).hundredth());
        }
        self.group(Some(style));
    }

    fn stroked(&mut self, stroke: Stroke) {
        let colour = (self.colour)(stroke.ink);
        let mut style = format!("fill:none;stroke:{colour};stroke-width:{}", Number(stroke.width));
        let dashes = stroke.dash.lengths();
        if !dashes.is_empty() {
            let dashes: Vec<String> = dashes.iter().map(ToString::to_string).collect();
            let _ = write!(style, ";stroke-dasharray:{}", dashes.join(" "));
        }
        self.group(Some(style));
    }

    fn text(&mut self, text: &Text) {
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => ";text-anchor:middle",
            Anchor::End => ";text-anchor:end",
        };
        let colour = (self.colour)(text.ink);
        self.group(Some(format!("fill:{colour};font-size:{}px{anchor}", Number(text.size))));
        let (x, y) = (Number(text.at.0), Number(text.at.1));
        let _ = write!(self.svg, "<text x=\"{x}\" y=\"{y}\"");
        if text.rotation != 0.0 {
            let _ = write!(self.svg, " transform=\"rotate({} {x} {y})\"", Number(text.rotation));
        }
        let _ = write!(self.svg, ">{}</text>", escape(&text.text));
    }

    /// Further points stand relative to the one before, in tenths, so that rounding does not add up.
    fn path(&mut self, points: &[(f64, f64)], end: &str) {
        let tenths = |(x, y): &(f64, f64)| (tenths(*x), tenths(*y));
        let Some(first) = points.first().map(tenths) else { return };
        let _ = write!(self.svg, "<path d=\"M{} {}", Tenths(first.0), Tenths(first.1));
        let mut before = first;
        for point in points[1..].iter().map(tenths) {
            let (right, down) = (point.0 - before.0, point.1 - before.1);
            let _ = match (right, down) {
                (0, 0) => continue,
                (0, down) => write!(self.svg, "v{}", Tenths(down)),
                (right, 0) => write!(self.svg, "h{}", Tenths(right)),
                (right, down) => {
                    write!(self.svg, "l{}{}{}", Tenths(right), if down < 0 { "" } else { " " }, Tenths(down))
                }
            };
            before = point;
        }
        let _ = write!(self.svg, "{end}\"/>");
    }

    /// Closes the open group and opens one of this style, if it is another.
    fn group(&mut self, style: Option<String>) {
        if self.group == style {
            return;
        }
        if self.group.is_some() {
            self.svg.push_str("</g>");
        }
        if let Some(style) = &style {
            let _ = write!(self.svg, "<g style=\"{style}\">");
        }
        self.group = style;
    }
}

/// Whole tenths: what is not a number is 0.
fn tenths(value: f64) -> i64 {
    (value * 10.0).round() as i64
}

/// Tenths in as few letters as they take.
struct Tenths(i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        if self.0 < 0 {
            to.write_str("-")?;
        }
        match (whole, rest) {
            (whole, 0) => write!(to, "{whole}"),
            (0, rest) => write!(to, ".{rest}"),
            (whole, rest) => write!(to, "{whole}.{rest}"),
        }
    }
}

/// A number to a tenth.
struct Number(f64);

impl Number {
    /// A number of hundredths, to the hundredth.
    fn hundredth(&self) -> String {
        format!("{:.2}", self.0.round() / 100.0)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Tenths(tenths(self.0)).fmt(to)
    }
}

/// A text as it stands in XML and HTML, between tags and in quoted attributes. What XML cannot hold is a `�`.
pub fn escape(text: &str) -> Cow<'_, str> {
    let plain = |letter: char| !matches!(letter, '&' | '<' | '>' | '"' | '\'') && !forbidden(letter);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if forbidden(letter) => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

/// Whether no XML document can hold a letter.
fn forbidden(letter: char) -> bool {
    (letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')) || matches!(letter, '\u{fffe}' | '\u{ffff}')
}
