//! What pages are made of besides tables.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use crate::error::{Error, Result};

/// A figure that matters, large, with what it is.
pub struct Card {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// More on it; may be empty.
    pub note: String,
}

/// What a notice says of itself by its colour and first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Plain,
    /// All is well.
    Good,
    /// Deserves a second look.
    Warning,
    /// Wrong.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// Key figures beside one another.
pub fn cards(cards: &[Card]) -> Markup {
    html! {
        dl.cards {
            @for card in cards {
                div {
                    dt { (card.label) }
                    dd.key { (card.value) }
                    @if !card.note.is_empty() { dd.note { (card.note) } }
                }
            }
        }
    }
}

/// Names and what they stand for.
pub fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// Something that opens at a click.
pub fn details(summary: &str, body: &Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// A word apart from the text.
pub fn notice(tone: Tone, body: &Markup) -> Markup {
    html! { div.notice.(tone.class()) role="note" { (body) } }
}

/// A word that marks what stands beside it.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge.(tone.class()) { (text) } }
}

/// A picture of this program, as [`super::super::Figure::inline`] writes it with its title and description, and what is
/// said of it. It is made as wide as its place, and moved by itself where that is too narrow to read.
pub fn picture(svg: &str, caption: &str) -> Markup {
    html! {
        figure {
            div.scroll tabindex="0" role="group" aria-label=(caption) { (PreEscaped(svg)) }
            figcaption { (caption) }
        }
    }
}

/// A sentence whose names between backticks are set as code.
pub fn quoted(sentence: &str) -> Markup {
    let parts: Vec<&str> = sentence.split('`').collect();
    // A mark without its other half stands for itself.
    if parts.len().is_multiple_of(2) {
        return html! { (sentence) };
    }
    html! {
        @for (at, part) in parts.iter().enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A picture that takes the whole width of a gallery.
pub fn wide(picture: &Markup) -> Markup {
    html! { div.wide { (picture) } }
}

/// Pictures beside one another where there is room.
pub fn gallery(pictures: &[Markup]) -> Markup {
    html! { div.gallery { @for picture in pictures { (picture) } } }
}

/// Data for a script of the page, which finds it by `id`.
///
/// # Errors
/// Exit code 1 for what cannot be written as JSON.
pub fn data(id: &str, value: &impl Serialize) -> Result<Markup> {
    let json =
        serde_json::to_string(value).map_err(|e| Error::failure("cannot write the data of a page").because(e))?;
    // Nothing in it can end the element or begin a comment.
    let json = json.replace('<', "\\u003c");
    Ok(html! { script type="application/json" id=(id) { (PreEscaped(json)) } })
}
