//! The form: an input for each field that the model asks for, filled in with a usual row.

use super::super::models::Model;
use super::fields::{CHOICES, hint, meaning};
use crate::data::Kind;
use crate::package::Field;
use crate::visualization::Lang;
use crate::visualization::page::{Markup, html};

/// The form of a model.
pub fn form(model: &Model, lang: Lang) -> Markup {
    html! {
        form #form novalidate autocomplete="off" aria-label=(lang.pick("Fields of a row", "Campos de una fila")) {
            div.problems #form-problem role="alert" tabindex="-1" {}
            div.fields {
                @for (at, field) in model.contract.required().enumerate() { (labelled(at, field, meaning(model, field), lang)) }
            }
            div.bar {
                div.buttons {
                    button.main #submit type="submit" { (lang.pick("Predict", "Predecir")) }
                    button #example type="reset" { (lang.pick("Usual values", "Valores usuales")) }
                }
                output #summary role="status" aria-live="polite" {}
            }
        }
    }
}

fn labelled(at: usize, field: &Field, meaning: Option<String>, lang: Lang) -> Markup {
    let id = format!("field-{at}");
    html! {
        div.field data-field=(field.column.name) {
            label for=(id) { (field.column.name) }
            (input(&id, field, lang))
            p.note id={ (id) "-hint" } {
                @if let Some(meaning) = meaning { (meaning) br; }
                (hint(field, lang))
            }
            p.problem id={ (id) "-problem" } {}
        }
    }
}

/// The input that suits a field.
fn input(id: &str, field: &Field, lang: Lang) -> Markup {
    let described = format!("{id}-hint {id}-problem");
    let name = field.column.name.as_str();
    let value = field.example.as_deref().unwrap_or_default();
    let empty = field.nullable || value.is_empty();
    // A range would keep the browser from taking what the server is to judge.
    match field.column.kind {
        Kind::Bool => html! {
            select id=(id) name=(name) aria-describedby=(described) {
                @if empty { option value="" { (lang.pick("no value", "sin valor")) } }
                option value="true" selected[value == "true"] { (lang.pick("yes", "sí")) }
                option value="false" selected[value == "false"] { (lang.pick("no", "no")) }
            }
        },
        Kind::Category | Kind::Text if (1..=CHOICES).contains(&field.levels.len()) => html! {
            select id=(id) name=(name) aria-describedby=(described) {
                @if empty { option value="" { (lang.pick("no value", "sin valor")) } }
                @for level in &field.levels { option value=(level) selected[level == value] { (level) } }
            }
        },
        Kind::Category | Kind::Text if !field.levels.is_empty() => html! {
            input id=(id) name=(name) value=(value) list={ (id) "-levels" } aria-describedby=(described);
            datalist id={ (id) "-levels" } {
                @for level in &field.levels { option value=(level) {} }
            }
        },
        Kind::Text => html! { textarea id=(id) name=(name) rows="3" aria-describedby=(described) { (value) } },
        Kind::Number | Kind::Integer => {
            let step = if field.column.kind == Kind::Integer { "1" } else { "any" };
            // Whatever mark the table has: the value of an input has a point.
            let value = value.replace(',', ".");
            html! { input id=(id) name=(name) type="number" step=(step) value=(value) aria-describedby=(described); }
        }
        Kind::Date if is_day(field) => {
            html! { input id=(id) name=(name) type="date" value=(value) aria-describedby=(described); }
        }
        Kind::Date | Kind::Category | Kind::Id => {
            html! { input id=(id) name=(name) type="text" value=(value) aria-describedby=(described); }
        }
    }
}

/// Whether a date is a day, written as browsers write it.
fn is_day(field: &Field) -> bool {
    const LENGTH: usize = "2024-01-31".len();
    let is_iso = field.column.format.as_deref().is_none_or(|format| format == "%Y-%m-%d");
    let ends = field.range.map(|(least, greatest)| [field.shown(least), field.shown(greatest)]);
    let texts = ends.iter().flatten().map(String::as_str).chain(field.example.as_deref());
    is_iso && texts.into_iter().all(|text| text.len() == LENGTH)
}

/// Where a token is entered. The page keeps it in memory alone.
pub fn token_dialog(lang: Lang) -> Markup {
    html! {
        dialog #token-dialog aria-labelledby="token-title" {
            form #token-form autocomplete="off" {
                h2 #token-title { (lang.pick("The server asks for a token", "El servidor pide un token")) }
                p.problem #token-problem role="alert" {}
                p {
                    label for="token" { (lang.pick("Bearer token", "Token de acceso (bearer)")) }
                    input #token type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint";
                }
                p.note #token-hint {
                    (lang.pick(
                        "It is kept until this page is closed, and sent to this server alone.",
                        "Se guarda hasta que se cierre esta página y se envía solo a este servidor."
                    ))
                }
                div.buttons {
                    button.main type="submit" { (lang.pick("Continue", "Continuar")) }
                    button #token-cancel type="button" { (lang.pick("Cancel", "Cancelar")) }
                }
            }
        }
    }
}
