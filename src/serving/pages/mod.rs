//! Pages for people: `GET /`, where rows are predicted, and `GET /docs`, the reference of the interface.
//!
//! They are made like the other pages of the program, of one file with its own style and scripts. A page is the same as
//! long as its model is, so it is made once for each language.

mod facts;
mod fields;
mod form;
mod language;
mod locked;
mod reference;
mod snippets;
mod terms;
mod workbench;

#[cfg(test)]
mod tests;

pub use language::asked;
pub use locked::instead_of;

use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::call;
use super::models::Model;
use super::reply;
use super::service::Settings;
use crate::error::Result;
use crate::visualization::Lang;
use crate::visualization::page::{Markup, Page, html};

/// What the pages look like besides what all pages of the program have.
const STYLE: &str = include_str!("style.css");

/// All that they do; parts that a page has no place for stay quiet.
const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("script/base.js"),
    include_str!("script/server.js"),
    include_str!("script/fields.js"),
    include_str!("script/answer.js"),
    include_str!("script/texts.js"),
    include_str!("script/contributions.js"),
    include_str!("script/single.js"),
    include_str!("script/csv.js"),
    include_str!("script/batch.js"),
    include_str!("script/start.js"),
    "})();\n"
);

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `GET /`
    Workbench,
    /// `GET /docs`
    Reference,
}

impl Kind {
    /// The page that a path asks for, be it of the default model or of one that it names.
    pub fn of(path: &str) -> Option<Self> {
        match call::split(path).1 {
            "/" => Some(Self::Workbench),
            "/docs" => Some(Self::Reference),
            _ => None,
        }
    }
}

/// A page that was made, with its policy.
#[derive(Debug, Clone)]
struct Made {
    html: Bytes,
    policy: HeaderValue,
}

/// The pages of a model, each made when it is first asked for.
#[derive(Debug, Default)]
pub struct Pages {
    made: [OnceLock<Made>; 4],
}

impl Pages {
    fn place(&self, kind: Kind, lang: Lang) -> &OnceLock<Made> {
        &self.made[usize::from(kind == Kind::Reference) * 2 + usize::from(lang == Lang::Es)]
    }
}

/// Answers with a page.
///
/// # Errors
/// Exit code 1 where its data cannot be written.
pub fn respond(kind: Kind, model: &Model, settings: &Settings, lang: Lang) -> Result<Response> {
    let place = model.pages.place(kind, lang);
    let made = match place.get() {
        Some(made) => made.clone(),
        None => {
            let page = match kind {
                Kind::Workbench => workbench::page(model, settings, lang)?,
                Kind::Reference => reference::page(model, settings, lang)?,
            };
            place.get_or_init(|| made(&page)).clone()
        }
    };
    Ok(response(StatusCode::OK, made, lang))
}

fn made(page: &Page) -> Made {
    // A page cannot forbid by itself that others frame it.
    let policy = format!("{}; frame-ancestors 'none'", page.policy());
    Made {
        html: page.html().into(),
        // Hashes and keywords are a value of a header; were they not, nothing would be allowed.
        policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
    }
}

fn response(status: StatusCode, made: Made, lang: Lang) -> Response {
    let mut response = reply::bytes(status, "text/html; charset=utf-8", made.html);
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, made.policy);
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-language, authorization"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A page with what all of them have; `tools` stand beside the title.
fn page(lang: Lang, title: String, tools: Markup) -> Page {
    let (other, name, label) = match lang {
        Lang::En => (Lang::Es, "Español", "Ver esta página en español"),
        Lang::Es => (Lang::En, "English", "Read this page in English"),
    };
    let tools = html! {
        (tools)
        a.tool #language href={ "?lang=" (other.code()) } lang=(other.code()) hreflang=(other.code()) title=(label) { (name) }
    };
    Page::new(lang, title).style(STYLE).script(SCRIPT).tools(tools).online()
}
