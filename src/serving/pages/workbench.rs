//! `GET /`: a form of the model's fields, the answer with its reasons, many rows from a file, and what the model is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::models::Model;
use super::super::service::Settings;
use super::{facts, fields, form, terms};
use crate::data::{PART, ROW_ID, Task};
use crate::error::Result;
use crate::visualization::Lang;
use crate::visualization::page::{Markup, Page, data, html};

/// What the script knows of the model.
#[derive(Serialize)]
struct Data<'a> {
    model: &'a str,
    task: Task,
    classes: &'a [String],
    threshold: Option<f64>,
    fields: Vec<fields::Known<'a>>,
    /// Columns of the dataset that rows may have beside the fields.
    carried: [&'a str; 3],
    /// How texts of a table are read.
    typing: Typing<'a>,
    limits: Limits,
}

#[derive(Serialize)]
struct Typing<'a> {
    trim: bool,
    decimal_comma: bool,
    missing: &'a [String],
    values: &'a BTreeMap<String, Vec<(String, Option<String>)>>,
}

/// What a request may hold.
#[derive(Serialize)]
struct Limits {
    rows: usize,
    bytes: usize,
}

/// The page.
///
/// # Errors
/// Exit code 1 where its data cannot be written.
pub fn page(model: &Model, settings: &Settings, lang: Lang) -> Result<Page> {
    let info = &model.package.info;
    let title = format!("{}: {}", info.dataset, info.target.column);
    let tools = html! { a.tool href="docs" { (lang.pick("Interface (API)", "Interfaz (API)")) } };
    let mut page = super::page(lang, title, tools).lead(lead(model, lang));
    page.section("predict", lang.pick("Predict", "Predecir"), single(model, settings, lang)?);
    page.section("batch", lang.pick("Many rows", "Muchas filas"), batch(settings, lang));
    page.section("model", lang.pick("The model", "El modelo"), facts::section(model, lang));
    page.section("fields", lang.pick("Fields", "Campos"), html! { (fields::table(model, lang)) });
    if let Some(figures) = facts::figures(model, lang) {
        page.section("figures", lang.pick("Figures", "Figuras"), figures);
    }
    Ok(page)
}

fn lead(model: &Model, lang: Lang) -> Markup {
    let info = &model.package.info;
    html! {
        p {
            (lang.pick("Model", "Modelo")) " " code { (model.name) } " "
            (lang.pick("predicts", "predice")) " " strong { (info.target.column) } ", " (lang.task(info.task())) ". "
            (lang.pick("What you enter goes to this server alone.", "Lo que introduzca va solo a este servidor."))
        }
    }
}

fn single(model: &Model, settings: &Settings, lang: Lang) -> Result<Markup> {
    let info = &model.package.info;
    let typing = &info.recipe.typing;
    let known = Data {
        model: &model.name,
        task: info.task(),
        classes: &info.target.classes,
        threshold: info.decision.threshold(),
        fields: model.contract.fields.iter().map(|field| fields::Known::of(field, lang)).collect(),
        carried: [ROW_ID, PART, &info.target.column],
        typing: Typing {
            trim: typing.trim,
            decimal_comma: typing.decimal_comma,
            missing: &typing.missing,
            values: &typing.values,
        },
        limits: Limits { rows: settings.limits.rows, bytes: settings.limits.body },
    };
    Ok(html! {
        (data("page-data", &known)?)
        (terms::element(lang))
        noscript { p.notice.warning { (lang.pick("The form needs JavaScript; the interface (API) does not.", "El formulario necesita JavaScript; la interfaz (API), no.")) } }
        div.workbench {
            (form::form(model, lang))
            (answer(model, lang))
        }
        (form::token_dialog(lang))
    })
}

/// Where the answer is shown; empty until there is one.
fn answer(model: &Model, lang: Lang) -> Markup {
    let is_number = model.package.info.task() == Task::Regression;
    html! {
        div.answer #answer hidden {
            h3 { (lang.pick("Answer", "Respuesta")) }
            p.note #stale hidden {
                (lang.pick(
                    "What the form holds now does not fit. This is the last answer before.",
                    "Lo que hay ahora en el formulario no encaja. Esta es la última respuesta anterior."
                ))
            }
            p.verdict { strong #prediction {} span.note #decision {} }
            @if !is_number {
                div.scroll {
                    table.shares {
                        caption { (lang.pick("Probability of each class", "Probabilidad de cada clase")) }
                        thead {
                            tr {
                                th scope="col" { (lang.pick("class", "clase")) }
                                th.number scope="col" { (lang.pick("probability", "probabilidad")) }
                                th scope="col" aria-hidden="true" {}
                            }
                        }
                        tbody #shares {}
                    }
                }
            }
            div #warnings hidden {}
            div #what-if hidden {
                h3 { (lang.pick("What if", "Qué pasaría si")) }
                p #change {}
                ul #changed {}
                p {
                    button #rebase type="button" { (lang.pick("Compare with this answer from now on", "Comparar con esta respuesta a partir de ahora")) }
                }
            }
            p.note #hint {
                (lang.pick(
                    "Change a field to see how the answer moves.",
                    "Cambie un campo para ver cómo se mueve la respuesta."
                ))
            }
            h3 { (lang.pick("Why", "Por qué")) }
            p.note #no-reasons hidden {}
            div #reasons {
                p hidden {
                    label for="reasons-class" { (lang.pick("Class explained", "Clase explicada")) } " "
                    select #reasons-class {}
                }
                svg #reasons-chart role="img" aria-labelledby="reasons-title" { title #reasons-title { (lang.pick("What each field adds", "Lo que aporta cada campo")) } }
                p.note #reasons-note {}
                div #reasons-texts hidden {
                    h3 { (lang.pick("In the text", "En el texto")) }
                    p.note {
                        (lang.pick("The text as the model reads it. ", "El texto tal como lo lee el modelo. "))
                        mark.for-3 { (lang.pick("Underlined", "Subrayado")) } " "
                        (lang.pick("speaks for what is explained,", "habla a favor de lo explicado;")) " "
                        mark.against-3 { (lang.pick("dotted", "con puntos")) } " "
                        (lang.pick("against it; the bolder the line, the more.", "en contra; cuanto más gruesa la línea, más."))
                    }
                    div #reasons-texts-list {}
                }
                details {
                    summary { (lang.pick("As a table", "Como tabla")) }
                    div.scroll {
                        table {
                            caption { (lang.pick("What each field adds", "Lo que aporta cada campo")) }
                            thead {
                                tr {
                                    th scope="col" { (lang.pick("field", "campo")) }
                                    th scope="col" { (lang.pick("value", "valor")) }
                                    th.number scope="col" { (lang.pick("adds", "aporta")) }
                                }
                            }
                            tbody #reasons-rows {}
                        }
                    }
                }
            }
        }
    }
}

fn batch(settings: &Settings, lang: Lang) -> Markup {
    let rows = lang.count(settings.limits.rows as u64);
    html! {
        p {
            (lang.pick(
                "A CSV whose first line names the columns. Separators , ; tab and |, quotes, line breaks within quotes and a byte order mark are understood. Rows are sent in slices, of which this server takes up to",
                "Un CSV cuya primera línea nombra las columnas. Se entienden los separadores , ; tabulador y |, las comillas, los saltos de línea entre comillas y la marca de orden de bytes. Las filas se envían por partes, de las que este servidor admite hasta"
            ))
            " " (rows) " " (lang.pick("rows.", "filas."))
        }
        div.drop #drop {
            label for="file" { (lang.pick("Choose a CSV file, or drop one here", "Elija un archivo CSV o suéltelo aquí")) }
            input #file type="file" accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain";
        }
        p #batch-told role="status" {}
        div.running #batch-running hidden {
            progress #batch-progress max="1" value="0" aria-label=(lang.pick("Rows predicted", "Filas predichas")) {}
            span #batch-count {}
            button #batch-stop type="button" { (lang.pick("Stop", "Parar")) }
        }
        div #batch-problems hidden {
            div.scroll tabindex="0" role="group" aria-label=(lang.pick("Problems of the file", "Problemas del archivo")) {
                table {
                    caption #batch-problems-title { (lang.pick("Values that do not fit", "Valores que no encajan")) }
                    thead {
                        tr {
                            th.number scope="col" { (lang.pick("row", "fila")) }
                            th.number scope="col" { (lang.pick("line", "línea")) }
                            th scope="col" { (lang.pick("column", "columna")) }
                            th scope="col" { (lang.pick("problem", "problema")) }
                        }
                    }
                    tbody #batch-problem-rows {}
                }
            }
        }
        div #batch-result hidden {
            p {
                a.download #download { (lang.pick("Download the result", "Descargar el resultado")) }
            }
            p {
                input #safe type="checkbox" checked aria-describedby="safe-hint"; " "
                label for="safe" { (lang.pick("Safe for spreadsheets", "Seguro para hojas de cálculo")) }
                br;
                span.note #safe-hint {
                    (lang.pick(
                        "An apostrophe goes before texts that begin with = + - @, which a spreadsheet would run as a formula. Numbers stay as they are.",
                        "Se antepone un apóstrofo a los textos que empiezan por = + - @, que una hoja de cálculo ejecutaría como fórmula. Los números no cambian."
                    ))
                }
            }
            div.scroll tabindex="0" role="group" aria-label=(lang.pick("First rows of the result", "Primeras filas del resultado")) {
                table {
                    caption { (lang.pick("First rows of the result", "Primeras filas del resultado")) }
                    thead #batch-head {}
                    tbody #batch-rows {}
                }
            }
        }
    }
}
