//! HTML pages of one file: no network, the same bytes every time, readable with a keyboard, a screen reader, in the dark,
//! on a narrow screen and on paper.
//!
//! Texts are escaped where they are written, by `maud`'s `html!`. The languages are complete by construction: a text is
//! given in both at once, by [`Lang::pick`].

mod parts;
mod policy;
mod table;

pub use maud::{Markup, html};
pub use parts::{Card, Tone, badge, cards, data, details, facts, gallery, notice, picture, quoted, wide};
pub use table::{Cell, Table};

use std::sync::LazyLock;

use maud::{DOCTYPE, PreEscaped};

use super::Lang;
use super::scene::properties;

/// Colours of figures among it, which only a page in the dark has others of.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let (light, dark) = properties();
    let media =
        format!("@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme='light']) {{ {dark} }} }}");
    let chosen = format!("@media screen {{ :root[data-theme='dark'] {{ {dark} }} }}");
    [&format!(":root {{ {light} }}"), &media, &chosen, include_str!("page.css")].map(|part| part.trim_end()).join("\n")
});
/// Themes and sorted tables, on every page.
const SCRIPT: &str = include_str!("page.js");

/// A page that is filled section by section.
pub struct Page {
    lang: Lang,
    title: String,
    lead: Markup,
    tools: Markup,
    sections: Vec<Section>,
    styles: Vec<&'static str>,
    scripts: Vec<&'static str>,
    is_online: bool,
}

struct Section {
    id: &'static str,
    title: String,
    body: Markup,
}

impl Page {
    /// A page without sections yet.
    pub fn new(lang: Lang, title: impl Into<String>) -> Self {
        Self {
            lang,
            title: title.into(),
            lead: html! {},
            tools: html! {},
            sections: Vec::new(),
            styles: vec![STYLE.as_str()],
            scripts: vec![SCRIPT],
            is_online: false,
        }
    }

    /// What stands below the title: the page in a sentence or two.
    pub fn lead(mut self, lead: Markup) -> Self {
        self.lead = lead;
        self
    }

    /// One more script. It runs before the page is there, so it waits for `DOMContentLoaded`.
    pub fn script(mut self, source: &'static str) -> Self {
        self.scripts.push(source);
        self
    }

    /// What stands beside the title, such as links to related pages.
    pub fn tools(mut self, tools: Markup) -> Self {
        self.tools = tools;
        self
    }

    /// One more style sheet.
    pub fn style(mut self, sheet: &'static str) -> Self {
        self.styles.push(sheet);
        self
    }

    /// Its scripts may ask the server that it came from.
    pub fn online(mut self) -> Self {
        self.is_online = true;
        self
    }

    /// Its Content-Security-Policy.
    pub fn policy(&self) -> String {
        policy::policy(&self.styles, &self.scripts, self.is_online)
    }

    /// One more section, with a heading of the second level and an entry among the contents.
    pub fn section(&mut self, id: &'static str, title: impl Into<String>, body: Markup) {
        self.sections.push(Section { id, title: title.into(), body });
    }

    /// The bytes of the file.
    pub fn html(&self) -> String {
        let lang = self.lang;
        let page = html! {
            (DOCTYPE)
            html lang=(lang.code()) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(self.policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    // No browser asks for an icon then.
                    link rel="icon" href="data:,";
                    title { (self.title) }
                    @for sheet in &self.styles { style { (PreEscaped(*sheet)) } }
                    @for script in &self.scripts { script { (PreEscaped(*script)) } }
                }
                body {
                    a.skip href="#content" { (lang.pick("Skip to the content", "Ir al contenido")) }
                    header {
                        h1 { (self.title) }
                        (self.tools)
                        button #theme type="button" aria-pressed="false" hidden {
                            (lang.pick("Dark theme", "Tema oscuro"))
                        }
                        div.lead { (self.lead) }
                    }
                    div.layout {
                        (self.contents())
                        main #content tabindex="-1" {
                            @for section in &self.sections { (section.markup()) }
                        }
                    }
                }
            }
        };
        let mut text = page.into_string();
        text.push('\n');
        text
    }

    fn contents(&self) -> Markup {
        html! {
            nav aria-label=(self.lang.pick("Contents", "Contenido")) {
                ol {
                    @for section in &self.sections { li { a href={ "#" (section.id) } { (section.title) } } }
                }
            }
        }
    }
}

impl Section {
    fn markup(&self) -> Markup {
        html! {
            section id=(self.id) aria-labelledby={ (self.id) "-title" } {
                h2 id={ (self.id) "-title" } { (self.title) }
                (self.body)
            }
        }
    }
}

/// A text, cut where it is longer than `most` characters.
pub fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
