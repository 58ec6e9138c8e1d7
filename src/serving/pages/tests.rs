//! The pages as they are served.

use std::collections::BTreeSet;

use axum::http::Request;

use super::super::tests::{GOOD, KNN, NUMBER, THREE, TWO, Told, app, ask, get, package, predict};
use super::*;
use crate::config::ColumnNote;
use crate::serving::app::App;
use crate::serving::refusal::{Reason, Refusal};
use crate::serving::service::Service;

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>'\"&{x}`${y}";

fn in_language(app: &App, path: &str, accepted: &str) -> Told {
    ask(app, Request::get(path).header("accept-language", accepted).body(axum::body::Body::empty()).unwrap())
}

/// A model whose names are all against the page.
fn hostile() -> App {
    let mut package = package(TWO);
    let info = &mut package.info;
    info.dataset = HOSTILE.into();
    info.target.column = HOSTILE.into();
    info.target.classes = vec![HOSTILE.into(), format!("{HOSTILE}2")];
    info.recipe.typing.missing.push(HOSTILE.into());
    for name in info
        .inputs
        .iter_mut()
        .map(|input| &mut input.name)
        .chain(info.profile.columns.iter_mut().map(|column| &mut column.name))
        .chain(info.recipe.typing.columns.iter_mut().map(|column| &mut column.name))
        .filter(|name| *name == "c")
    {
        *name = HOSTILE.into();
    }
    for input in &mut info.inputs {
        input.levels.iter_mut().for_each(|level| level.push_str(HOSTILE));
    }
    for column in &mut info.profile.columns {
        column.levels.iter_mut().for_each(|(level, _)| level.push_str(HOSTILE));
    }
    let note = ColumnNote { description: HOSTILE.into(), unit: Some(HOSTILE.into()) };
    let notes = Notes { dataset: HOSTILE.into(), columns: [("a".to_owned(), note)].into() };
    described(&package.to_bytes().unwrap(), Settings::default(), Guard::open(), notes)
}

/// The contents of the elements of a name.
fn contents<'t>(html: &'t str, name: &str) -> Vec<&'t str> {
    let open = format!("<{name}");
    html.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .filter_map(|(_, rest)| rest.split_once(&format!("</{name}>")).map(|(content, _)| content))
        .collect()
}

#[test]
fn pages_are_whole_and_bound_to_their_server() {
    for model in [TWO, THREE, NUMBER, KNN] {
        let app = app(model, Settings::default());
        for path in ["/", "/docs"] {
            let told = get(&app, path);
            assert_eq!(
                (told.status, told.headers["content-type"].to_str().unwrap()),
                (200, "text/html; charset=utf-8")
            );
            assert_eq!(told.headers["x-content-type-options"], "nosniff");
            assert_eq!(told.headers["x-frame-options"], "DENY");
            assert_eq!(told.headers["referrer-policy"], "no-referrer");
            let policy = told.headers["content-security-policy"].to_str().unwrap();
            for wanted in ["default-src 'none'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
                assert!(policy.contains(wanted), "{policy}");
            }
            assert!(!policy.replace("style-src-attr 'unsafe-inline'", "").contains("unsafe"), "{policy}");
            // Nothing is fetched from elsewhere, and nothing runs that the policy has not named.
            for outside in ["src=", "url(", "@import", "<iframe", "<link rel=\"stylesheet\"", " onclick", " onload"] {
                assert!(!told.text.contains(outside), "`{outside}` in {path}");
            }
            for link in told.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(!link.contains("//") && !link.starts_with('/'), "`{link}` would leave the folder of the page");
            }
        }
    }
}

#[test]
fn the_policy_has_the_hash_of_every_script_and_style() {
    use sha2::{Digest, Sha256};
    for path in ["/", "/docs"] {
        let told = get(&app(TWO, Settings::default()), path);
        let policy = told.headers["content-security-policy"].to_str().unwrap().to_owned();
        let (mut scripts, mut styles) = (0, 0);
        for part in told.text.split("<script>").skip(1).filter_map(|rest| rest.split_once("</script>")) {
            scripts += 1;
            let digest = Sha256::digest(part.0.as_bytes());
            assert!(policy.contains(&format!("'sha256-{}'", base64(&digest))), "script {scripts} of {path}");
        }
        for part in contents(&told.text, "style") {
            styles += 1;
            let digest = Sha256::digest(part.as_bytes());
            assert!(policy.contains(&format!("'sha256-{}'", base64(&digest))), "style {styles} of {path}");
        }
        assert_eq!((scripts, styles), (2, 2));
        // All others are data, which nothing runs.
        let data = told.text.matches("<script type=\"application/json\"").count();
        assert_eq!(told.text.matches("<script").count(), scripts + data);
    }
}

/// By another way than the page's own, to hold it against.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let padded = format!("{bits:0<width$}", width = bits.len().div_ceil(6) * 6);
    let signs = padded.as_bytes().chunks(6).map(|six| {
        let six = std::str::from_utf8(six).unwrap();
        char::from(SIGNS[usize::from_str_radix(six, 2).unwrap()])
    });
    let text: String = signs.collect();
    format!("{text:=<width$}", width = text.len().div_ceil(4) * 4)
}

#[test]
fn nothing_a_model_holds_becomes_markup() {
    let app = hostile();
    for path in ["/", "/docs", "/?lang=es", "/docs?lang=es"] {
        let told = get(&app, path);
        assert_eq!(told.status, 200);
        assert!(!told.text.contains("<img"), "{path}");
        let opened = told.text.matches("<script").count();
        assert_eq!(told.text.matches("</script>").count(), opened, "{path}");
        // What is data still reads as what it was.
        if let Some((_, rest)) = told.text.split_once("id=\"page-data\">") {
            let json: serde_json::Value = serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap();
            assert_eq!(json["classes"][0], HOSTILE);
            assert_eq!(json["fields"][2]["name"], HOSTILE);
        }
    }
    let odd = get(&app, "/?lang=%3Cscript%3E&x=%3Cb%3E");
    assert!(odd.status == 200 && odd.text.contains("<html lang=\"en\">"));
}

#[test]
fn each_page_is_in_the_language_that_is_asked_for() {
    let app = app(TWO, Settings::default());
    for (path, accepted, lang) in
        [("/", "es-AR", "es"), ("/", "en", "en"), ("/docs", "es", "es"), ("/?lang=es", "en", "es"), ("/", "fr", "en")]
    {
        let told = in_language(&app, path, accepted);
        assert!(told.text.contains(&format!("<html lang=\"{lang}\">")), "{path} {accepted}");
        assert_eq!(told.headers["content-language"], lang);
        assert!(told.headers["vary"].to_str().unwrap().contains("accept-language"));
    }
}

#[test]
fn every_word_of_the_script_is_there_in_both_languages() {
    let names: BTreeSet<&str> = terms::TERMS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), terms::TERMS.len(), "a name stands twice");
    let blanks = |text: &str| -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect()
    };
    for (name, english, spanish) in terms::TERMS {
        assert!(!english.is_empty() && !spanish.is_empty(), "{name}");
        assert_eq!(blanks(english), blanks(spanish), "{name}");
    }
    // All that the script says, and nothing besides.
    let literal = |rest: &'static str| rest.split('\'').next().unwrap_or_default();
    let mut said: BTreeSet<&str> = SCRIPT.split("say('").skip(1).map(literal).collect();
    for name in &names {
        if SCRIPT.contains(&format!("'{name}'")) {
            said.insert(name);
        }
    }
    let built: Vec<String> =
        crate::serving::contract::ProblemKind::ALL.iter().map(|kind| format!("problem.{}", kind.name())).collect();
    said.extend(built.iter().map(String::as_str).filter(|name| *name != "problem.null"));
    said.insert("problem.badNumber");
    assert_eq!(said.difference(&names).collect::<Vec<_>>(), Vec::<&&str>::new(), "said, but no term");
    assert_eq!(names.difference(&said).collect::<Vec<_>>(), Vec::<&&str>::new(), "a term, but never said");
}

#[test]
fn the_reference_describes_every_endpoint_in_both_languages() {
    let app = app(TWO, Settings::default());
    let document = get(&app, "/openapi.json").json();
    let spanish = get(&app, "/docs?lang=es").text;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            let (id, english) = (operation["operationId"].as_str().unwrap(), operation["summary"].as_str().unwrap());
            assert_ne!(reference::summary(id, english, Lang::Es), english, "`{id}` has no Spanish words");
            assert!(spanish.contains(&format!("id=\"operation-{id}\"")) && spanish.contains(path));
            for (status, response) in operation["responses"].as_object().unwrap() {
                let english = response["description"].as_str().unwrap();
                assert_ne!(reference::meaning(status, english, Lang::Es), english, "`{status}` has no Spanish words");
            }
        }
    }
    // The answer that stands there is the answer that is given.
    let answer = predict(&app, get(&app, "/example_request").text).json();
    let shown = spanish.split("id=\"answer-predict\"").nth(1).unwrap().split("</pre>").next().unwrap();
    assert!(shown.contains(&answer["confidence"].to_string()), "{shown} {answer}");
    assert!(spanish.contains("no_such_field"), "an error is shown");
}

#[test]
fn the_form_offers_what_the_model_takes() {
    let html = get(&app(TWO, Settings::default()), "/").text;
    let example = get(&app(TWO, Settings::default()), "/example_request").json();
    let a = html.split("data-field=\"a\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(a.contains("type=\"number\"") && a.contains(&format!("value=\"{}\"", example["a"])), "{a}");
    assert!(a.contains("number · −3 to 2.9") && !a.contains("may be left empty"), "{a}");
    let b = html.split("data-field=\"b\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(b.contains("<select") && b.contains("<option value=\"v\"") && !b.contains("value=\"\""), "{b}");
    let chosen = format!("<option value={} selected>", example["b"]);
    assert!(b.contains(&chosen), "{b}");
    let c = html.split("data-field=\"c\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(c.contains("may be left empty"), "{c}");
    assert_eq!(predict(&app(TWO, Settings::default()), GOOD).status, 200);
}

#[test]
fn who_lacks_a_token_gets_a_page_that_asks_for_it() {
    let mut response = Refusal::new(Reason::NotFound, "no token").respond();
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
    let page = instead_of(response, Lang::Es);
    assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(page.headers()["www-authenticate"], "Bearer");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.extensions().get::<Reason>().is_some(), "it is still counted");
    // The page that takes its place runs under the policy of this one.
    let policy = page.headers()["content-security-policy"].clone();
    assert_eq!(policy, get(&app(TWO, Settings::default()), "/").headers["content-security-policy"]);
    let other = Refusal::new(Reason::NotFound, "gone").respond();
    assert_eq!(instead_of(other, Lang::En).headers()["content-type"], "application/json");
    for (path, expected) in [
        ("/", Some(Kind::Workbench)),
        ("/docs", Some(Kind::Reference)),
        ("/models/a/", Some(Kind::Workbench)),
        ("/models/a/docs", Some(Kind::Reference)),
        ("/predict", None),
        ("/models/a/predict", None),
        ("/models/a", None),
        ("/models", None),
    ] {
        assert_eq!(Kind::of(path), expected, "{path}");
    }
}
