//! What a browser gets in place of a page that only bearers of a token may see: a page that asks for the token.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::Response;

use super::{Made, response};
use crate::visualization::Lang;
use crate::visualization::page::{Page, html};

/// The page asks its server for itself again, with the token, and puts what it gets in its own place. It keeps the token
/// in memory alone.
fn page(lang: Lang) -> Page {
    let mut page = super::page(lang, lang.pick("Access", "Acceso").to_owned(), html! {});
    let body = html! {
        p {
            (lang.pick(
                "This server answers those who have a token. Ask whoever runs it for one.",
                "Este servidor responde a quien tenga un token. Pídaselo a quien lo administra."
            ))
        }
        (super::terms::element(lang))
        button.main #unlock type="button" { (lang.pick("Enter the token", "Introducir el token")) }
        p.problem #unlock-problem role="alert" {}
        (super::form::token_dialog(lang))
    };
    page.section("access", lang.pick("Token", "Token"), body);
    page
}

static PAGES: LazyLock<[Made; 2]> = LazyLock::new(|| [Lang::En, Lang::Es].map(|lang| super::made(&page(lang))));

/// The answer itself; one that refuses a page for want of a token becomes a page that asks for it, with all headers of
/// the refusal.
pub fn instead_of(refusal: Response, lang: Lang) -> Response {
    if refusal.status() != StatusCode::UNAUTHORIZED {
        return refusal;
    }
    let made = PAGES[usize::from(lang == Lang::Es)].clone();
    let mut page = response(StatusCode::UNAUTHORIZED, made, lang);
    let (parts, _) = refusal.into_parts();
    let own = [header::CONTENT_TYPE, header::CONTENT_LENGTH];
    page.headers_mut()
        .extend(parts.headers.into_iter().filter(|(name, _)| name.as_ref().is_some_and(|name| !own.contains(name))));
    *page.extensions_mut() = parts.extensions;
    page
}
