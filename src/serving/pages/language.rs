//! The language that a page is asked for in.

use axum::http::{HeaderMap, header};

use crate::visualization::Lang;

/// That of the query (`?lang=es`), else the one that the browser likes best, else English.
pub fn asked(query: Option<&str>, headers: &HeaderMap) -> Lang {
    let named = query.unwrap_or_default().split('&').find_map(|pair| code(pair.strip_prefix("lang=")?));
    let liked = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| liked(value.to_str().ok()?));
    named.or_else(liked).unwrap_or_default()
}

/// The language of the greatest weight in an `accept-language`; the first of equals.
fn liked(accepted: &str) -> Option<Lang> {
    let mut best: Option<(f64, Lang)> = None;
    for part in accepted.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let Some(lang) = pieces.next().and_then(code) else { continue };
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(Some(1.0), |text| text.parse().ok());
        let weight: f64 = weight.unwrap_or(0.0);
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// The language of a tag such as `es` or `es-MX`.
fn code(tag: &str) -> Option<Lang> {
    let main = tag.split('-').next().unwrap_or_default();
    [Lang::En, Lang::Es].into_iter().find(|lang| main.eq_ignore_ascii_case(lang.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_goes_before_what_the_browser_likes() {
        for (query, accepted, expected) in [
            (None, None, Lang::En),
            (None, Some("es"), Lang::Es),
            (None, Some("es-MX,es;q=0.9,en;q=0.8"), Lang::Es),
            (None, Some("de,en;q=0.5,es;q=0.7"), Lang::Es),
            (None, Some("en-GB, es;q=1.0"), Lang::En),
            (None, Some("es;q=0, en;q=0.1"), Lang::En),
            (None, Some("fr;q=x,;;,es;q=y"), Lang::En),
            (Some("lang=es"), Some("en"), Lang::Es),
            (Some("a=b&lang=EN"), Some("es"), Lang::En),
            (Some("lang=fr"), Some("es"), Lang::Es),
            (Some("lang=<script>"), None, Lang::En),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accepted) = accepted {
                headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            }
            assert_eq!(asked(query, &headers), expected, "{query:?} {accepted:?}");
        }
    }
}
