//! `GET /docs`: the interface as the model's OpenAPI document describes it, for people.

use serde_json::{Map, Value as Json};

use super::super::contract::row_name;
use super::super::contract::{Policy, read_records};
use super::super::models::Model;
use super::super::refusal::Refusal;
use super::super::service::Settings;
use super::super::{answer, contract::Rows};
use super::{fields, snippets};
use crate::error::Result;
use crate::visualization::Lang;
use crate::visualization::page::{Cell, Markup, Page, Table, details, html};

/// Characters of an example that are shown.
const LONGEST: usize = 4000;

/// The page.
///
/// # Errors
/// None today; as of the other page.
pub fn page(model: &Model, settings: &Settings, lang: Lang) -> Result<Page> {
    let document = model.openapi(None);
    let title = format!("{}: {}", model.name, lang.pick("interface (API)", "interfaz (API)"));
    let tools = html! { a.tool href="./" { (lang.pick("Form", "Formulario")) } };
    let mut page = super::page(lang, title, tools).lead(lead(&document, lang));
    page.section("begin", lang.pick("In three languages", "En tres lenguajes"), begin(model, lang));
    page.section("record", lang.pick("A record", "Un registro"), record(model, lang));
    page.section("endpoints", lang.pick("Endpoints", "Puntos de acceso"), endpoints(model, &document, lang));
    page.section("answers", lang.pick("Answers", "Respuestas"), answers(model, settings, lang));
    page.section("errors", lang.pick("Errors", "Errores"), errors(model, settings, lang));
    Ok(page)
}

fn lead(document: &Json, lang: Lang) -> Markup {
    html! {
        p {
            (lang.pick("Rows of JSON get the answers of", "Las filas en JSON reciben las respuestas de")) " " code { "mlops predict" } ". "
            (lang.pick("This page is made from", "Esta página está hecha a partir de")) " "
            a href="openapi.json" { "openapi.json" } " (OpenAPI " (document["openapi"].as_str().unwrap_or_default()) ")."
        }
    }
}

fn begin(model: &Model, lang: Lang) -> Markup {
    let example = Json::Object(model.contract.example());
    html! {
        p {
            (lang.pick(
                "A row of usual values, as it stands. Where the server asks for a token, send it as the header",
                "Una fila de valores usuales, tal cual. Si el servidor pide un token, envíelo en la cabecera"
            )) " " code { "authorization: Bearer …" } "."
        }
        @for (id, name, code) in snippets::predict(&example) {
            h3 { (name) }
            (code_block(id, &code))
        }
    }
}

/// Code in which the server's place is filled in by the page that shows it.
fn code_block(id: &str, code: &str) -> Markup {
    let mut parts = code.split(snippets::HERE);
    let first = parts.next().unwrap_or_default();
    html! {
        pre id=(id) tabindex="0" {
            code { (first) @for part in parts { span data-here { (snippets::DEFAULT) } (part) } }
        }
    }
}

fn record(model: &Model, lang: Lang) -> Markup {
    let carried = &model.package.info.target.column;
    html! {
        p {
            (lang.pick(
                "All fields are checked at once. Taken beside them, and left aside, are",
                "Todos los campos se comprueban a la vez. Además de ellos se admiten, y se dejan de lado,"
            ))
            " " code { "row_id" } ", " code { "part" } " " (lang.pick("and", "y")) " " code { (carried) } "."
        }
        (fields::table(model, lang))
    }
}

fn endpoints(model: &Model, document: &Json, lang: Lang) -> Markup {
    let empty = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty);
    let example = Json::Object(model.contract.example());
    let mut all: Vec<(&str, &str, &Json)> = paths
        .iter()
        .flat_map(|(path, operations)| {
            let operations = operations.as_object().into_iter().flatten();
            operations.map(|(verb, operation)| (path.as_str(), verb.as_str(), operation))
        })
        .collect();
    // What takes rows comes first.
    all.sort_by_key(|(_, verb, _)| *verb != "post");
    html! {
        @for (path, verb, operation) in all { (endpoint(path, verb, operation, &example, lang)) }
    }
}

fn endpoint(path: &str, verb: &str, operation: &Json, example: &Json, lang: Lang) -> Markup {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let body = &operation["requestBody"]["content"];
    let own = body["application/json"].get("example").unwrap_or(example);
    let types: Vec<&str> = body.as_object().map(|types| types.keys().map(String::as_str).collect()).unwrap_or_default();
    let mut table = Table::new(lang, lang.pick("Answers", "Respuestas"))
        .numbers(lang.pick("status", "estado"))
        .column(lang.pick("meaning", "significado"))
        .column(lang.pick("media type", "tipo de contenido"));
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let types = response["content"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        table.row(vec![
            Cell::text(status),
            Cell::text(&meaning(status, response["description"].as_str().unwrap_or_default(), lang)),
            Cell::text(&types.collect::<Vec<_>>().join(", ")),
        ]);
    }
    html! {
        div.endpoint id={ "operation-" (id) } {
            h3 { span.verb { (verb.to_uppercase()) } " " code { (path) } }
            p { (summary(id, operation["summary"].as_str().unwrap_or_default(), lang)) }
            @if !types.is_empty() {
                p { (lang.pick("Takes", "Admite")) ": " @for (at, name) in types.iter().enumerate() { @if at > 0 { ", " } code { (name) } } }
            }
            (details(lang.pick("Example and answers", "Ejemplo y respuestas"), &html! {
                (code_block(&format!("curl-{id}"), &snippets::curl(path, verb, (!types.is_empty()).then_some(own))))
                (table)
            }))
        }
    }
}

/// What the model says to its own example: the answer that a client gets.
fn answers(model: &Model, settings: &Settings, lang: Lang) -> Markup {
    let body = Json::Object(model.contract.example()).to_string();
    let rows = |policy| {
        let mut rows = Rows::new(&model.contract, policy, settings.limits.rows);
        read_records(body.as_bytes(), &mut rows).map(|shape| (rows, shape))
    };
    let predicted = rows(Policy::Lenient)
        .and_then(|(rows, shape)| Ok(answer::predictions(model, &model.score(rows, false)?, shape)))
        .unwrap_or_default();
    let explained = rows(Policy::Lenient).and_then(|(rows, _)| {
        let features = model.features(rows.fitting()?.0)?;
        let explained = model.package.explain_rows(&model.name, &features, None, &row_name);
        Ok(serde_json::to_vec(&explained.map_err(|error| Refusal::of(&error))?).unwrap_or_default())
    });
    html! {
        p {
            (lang.pick("To one record", "A un registro")) " " code { "POST /predict" } " " (lang.pick("answers one object:", "responde con un objeto:"))
        }
        (json_block("answer-predict", &predicted))
        p {
            (lang.pick("To a list of records", "A una lista de registros")) " " code { r#"{"predictions": […]}"# } ", "
            (lang.pick("in their order.", "en su orden."))
        }
        @match explained {
            Ok(explained) => {
                p { code { "POST /explain" } ":" }
                (json_block("answer-explain", &explained))
            }
            Err(_) => p {
                code { "POST /explain" } ": "
                (lang.pick("501, since this algorithm cannot tell what each field adds.", "501, porque este algoritmo no puede decir qué aporta cada campo."))
            }
        }
    }
}

fn json_block(id: &str, bytes: &[u8]) -> Markup {
    let json: Json = serde_json::from_slice(bytes).unwrap_or_default();
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    html! { pre id=(id) tabindex="0" { code { (crate::visualization::page::clip(&text, LONGEST)) } } }
}

/// What a record that does not fit is answered with.
fn errors(model: &Model, settings: &Settings, lang: Lang) -> Markup {
    let mut wrong = model.contract.example();
    if let Some((_, value)) = wrong.iter_mut().next() {
        *value = Json::Array(Vec::new());
    }
    wrong.insert("no_such_field".to_owned(), Json::from(1));
    let mut rows = Rows::new(&model.contract, Policy::Strict, settings.limits.rows);
    let read = read_records(Json::Object(wrong).to_string().as_bytes(), &mut rows);
    let refusal = read.err().or_else(|| model.score(rows, false).err());
    let document = refusal.map(|refusal| refusal.document()).unwrap_or_default();
    html! {
        p {
            (lang.pick(
                "A refusal says why, and names every field that does not fit: what was found, and what was expected.",
                "Un rechazo dice por qué y nombra cada campo que no encaja: qué se encontró y qué se esperaba."
            ))
            @if settings.lenient {
                " " (lang.pick(
                    "This server is lenient: it answers nonetheless, and tells the problems as warnings.",
                    "Este servidor es tolerante: responde de todos modos y cuenta los problemas como avisos (warnings)."
                ))
            }
        }
        (json_block("answer-error", document.to_string().as_bytes()))
    }
}

/// What an endpoint does. Endpoints without words here say what the document says of them.
pub fn summary(id: &str, english: &str, lang: Lang) -> String {
    let spanish = match id {
        "predict" => "Predice un registro o una lista de ellos",
        "explain" => "Lo que aporta cada campo a la respuesta; de modelos de árboles y lineales",
        "invocations" => "Predice filas como las envían MLflow y SageMaker",
        "health" => "Si está listo y qué sirve",
        "model_info" => "El modelo: sus campos, métricas y origen",
        "example_request" => "Un registro válido de valores usuales",
        "openapi" => "La interfaz como documento de OpenAPI",
        "page" => "La página para personas",
        "docs" => "Esta página",
        "ping" => "200 si está listo",
        "version" => "La versión del programa",
        "metrics" => "Recuentos para Prometheus",
        "models" => "Cada modelo y ruta; todos tienen las rutas de un modelo bajo /models/{name}",
        "reload" => "Lee de nuevo los archivos de modelos; para programas en la máquina del servidor",
        _ => english,
    };
    lang.pick(english, spanish).to_owned()
}

/// What a status means.
pub fn meaning(status: &str, english: &str, lang: Lang) -> String {
    let spanish = match status {
        "200" => "La respuesta",
        "400" => "El cuerpo no está escrito como dice",
        "401" => "Falta el token, o el servidor no lo conoce",
        "403" => "El token no permite hacerlo",
        "404" => "Ahí no hay nada",
        "408" => "El cuerpo no llegó a tiempo",
        "409" => "Se rechazó un archivo y sigue el modelo anterior",
        "413" => "El cuerpo es demasiado grande o tiene demasiadas filas",
        "415" => "Aquí no se lee ese tipo de contenido",
        "422" => "Las filas no encajan con el modelo",
        "429" => "Demasiadas peticiones",
        "500" => "Falló",
        "501" => "El algoritmo no puede decirlo",
        "503" => "La respuesta tardó demasiado",
        _ => english,
    };
    lang.pick(english, spanish).to_owned()
}
