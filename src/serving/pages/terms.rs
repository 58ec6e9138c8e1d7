//! What the script says, in both languages. Names in braces are filled in by it.

use std::collections::BTreeMap;

use crate::visualization::Lang;
use crate::visualization::page::{Markup, data, html};

/// Name, English and Spanish.
pub const TERMS: [(&str, &str, &str); 71] = [
    ("wait", "Predicting…", "Prediciendo…"),
    ("answered", "{label}: {share}", "{label}: {share}"),
    ("predicted", "Prediction: {value}", "Predicción: {value}"),
    (
        "threshold",
        "{class} is answered from {threshold} on; it has {share}.",
        "Se responde {class} a partir de {threshold}; tiene {share}.",
    ),
    ("likeliest", "The likeliest of {count} classes.", "La más probable de {count} clases."),
    ("thresholdMark", "threshold {threshold}", "umbral {threshold}"),
    (
        "moved",
        "Probability of {class}: {before} → {after} ({difference} points).",
        "Probabilidad de {class}: {before} → {after} ({difference} puntos).",
    ),
    ("movedValue", "Prediction: {before} → {after} ({difference}).", "Predicción: {before} → {after} ({difference})."),
    ("turned", "The answer turns from {before} to {after}.", "La respuesta pasa de {before} a {after}."),
    ("changedField", "{field}: {before} → {after}", "{field}: {before} → {after}"),
    ("quoted", "“{text}”", "«{text}»"),
    ("nothing", "no value", "sin valor"),
    (
        "warned",
        "Answered nonetheless. Values that do not fit: {count}",
        "Respondido de todos modos. Valores que no encajan: {count}",
    ),
    ("reasonsOf", "What each field adds for {class}", "Lo que aporta cada campo para {class}"),
    ("reasonsOfValue", "What each field adds to the prediction", "Lo que aporta cada campo a la predicción"),
    ("others", "{count} other fields", "otros {count} campos"),
    ("termsOf", "Terms of {field}", "Términos de {field}"),
    ("term", "term", "término"),
    ("adds", "adds", "aporta"),
    ("otherTerms", "{count} other terms", "otros {count} términos"),
    ("absentTerms", "terms that it has not", "términos que no tiene"),
    (
        "logOdds",
        "In log odds, from {expected} for a row of which nothing is known to {score}. To the right is for {class}, to the left against it.",
        "En logaritmo de razón de probabilidades, desde {expected} para una fila de la que no se sabe nada hasta {score}. Hacia la derecha es a favor de {class}; hacia la izquierda, en contra.",
    ),
    (
        "probabilityScale",
        "In probability, from {expected} for a row of which nothing is known to {score}. To the right is for {class}, to the left against it.",
        "En probabilidad, desde {expected} para una fila de la que no se sabe nada hasta {score}. Hacia la derecha es a favor de {class}; hacia la izquierda, en contra.",
    ),
    (
        "valueScale",
        "From {expected} for a row of which nothing is known to {score}. To the right is more, to the left less.",
        "Desde {expected} para una fila de la que no se sabe nada hasta {score}. Hacia la derecha es más; hacia la izquierda, menos.",
    ),
    ("calibrated", "Probabilities are calibrated after that.", "Las probabilidades se calibran después."),
    (
        "noReasons",
        "This algorithm cannot tell what each field adds to an answer.",
        "Este algoritmo no puede decir qué aporta cada campo a una respuesta.",
    ),
    ("failedReasons", "The reasons could not be had: {message}", "No se pudieron obtener las razones: {message}"),
    (
        "problems",
        "{count} fields do not fit; the first is {field}.",
        "{count} campos no encajan; el primero es {field}.",
    ),
    ("problemOne", "{field} does not fit.", "{field} no encaja."),
    ("problem.missing", "A value is needed.", "Hace falta un valor."),
    ("problem.unknown", "The model knows no such field.", "El modelo no conoce ese campo."),
    ("problem.type", "Found {found}, expected: {expected}.", "Se encontró {found}; se esperaba: {expected}."),
    ("problem.badNumber", "This is no number.", "Esto no es un número."),
    (
        "problem.level",
        "{found} is none of the values the model knows.",
        "{found} no es ninguno de los valores que conoce el modelo.",
    ),
    (
        "problem.range",
        "{found} is beyond what the model has seen: {least} to {greatest}.",
        "{found} está fuera de lo que el modelo ha visto: de {least} a {greatest}.",
    ),
    ("problem.nested", "A list or an object is no value.", "Una lista o un objeto no es un valor."),
    ("problem.duplicate", "There is a second value.", "Hay un segundo valor."),
    ("meant", "Did you mean {value}?", "¿Quería decir {value}?"),
    ("gone", "The server does not answer. Is it still running?", "El servidor no responde. ¿Sigue en marcha?"),
    ("notAllowed", "This token may not do that (403).", "Este token no permite hacerlo (403)."),
    ("noToken", "Without a token the server does not answer (401).", "Sin un token, el servidor no responde (401)."),
    ("wrongToken", "The server does not know this token.", "El servidor no conoce ese token."),
    (
        "tooLarge",
        "This is more than the server takes at once (413).",
        "Es más de lo que el servidor admite de una vez (413).",
    ),
    (
        "tooMany",
        "Too many requests (429). Wait {seconds} s and try again.",
        "Demasiadas peticiones (429). Espere {seconds} s e inténtelo de nuevo.",
    ),
    (
        "tooManyWait",
        "Too many requests (429): the server is asked again in {seconds} s.",
        "Demasiadas peticiones (429): se vuelve a preguntar al servidor en {seconds} s.",
    ),
    (
        "busy",
        "The server is too busy or took too long (503). Try again later.",
        "El servidor está demasiado ocupado o tardó demasiado (503). Inténtelo más tarde.",
    ),
    ("failed", "The server answered {status}: {message}", "El servidor respondió {status}: {message}"),
    ("reading", "Reading {name} …", "Leyendo {name} …"),
    ("running", "{name}: predicting, rows: {rows} …", "{name}: prediciendo, filas: {rows} …"),
    ("count", "{done} of {rows} rows", "{done} de {rows} filas"),
    ("done", "{name}: rows predicted: {rows}.", "{name}: filas predichas: {rows}."),
    (
        "doneBut",
        "{name}: rows predicted: {rows}; refused: {bad}. The column {column} of the result says why.",
        "{name}: filas predichas: {rows}; rechazadas: {bad}. La columna {column} del resultado dice por qué.",
    ),
    (
        "doneWarned",
        "Rows predicted though some value does not fit: {count}.",
        "Filas predichas aunque algún valor no encaja: {count}.",
    ),
    ("stopped", "Stopped after {done} of {rows} rows.", "Detenido tras {done} de {rows} filas."),
    ("unusable", "{name} cannot be predicted: {reason}", "{name} no se puede predecir: {reason}"),
    (
        "csv.tooLarge",
        "it has {size} MB; `mlops predict` takes files of any size.",
        "tiene {size} MB; `mlops predict` admite archivos de cualquier tamaño.",
    ),
    ("csv.empty", "it holds no row.", "no contiene ninguna fila."),
    ("csv.unreadable", "the browser cannot read it.", "el navegador no puede leerlo."),
    ("csv.binary", "it is no text.", "no es un texto."),
    (
        "csv.header",
        "its first line names no field of the model; it must name the columns.",
        "su primera línea no nombra ningún campo del modelo; debe nombrar las columnas.",
    ),
    ("csv.twice", "its first line names {column} twice.", "su primera línea nombra dos veces {column}."),
    ("csv.lacks", "it lacks the columns {columns}.", "le faltan las columnas {columns}."),
    (
        "csv.quote",
        "the quote opened in line {line} is never closed.",
        "las comillas abiertas en la línea {line} no se cierran.",
    ),
    (
        "csv.width",
        "line {line} (row {row}) has {found} values where the first line names {expected} columns.",
        "la línea {line} (fila {row}) tiene {found} valores y la primera línea nombra {expected} columnas.",
    ),
    (
        "csv.noneFits",
        "no row fits the model (looked at: {rows}).",
        "ninguna fila encaja con el modelo (examinadas: {rows}).",
    ),
    (
        "left",
        "Columns the model does not use, kept in the result: {columns}.",
        "Columnas que el modelo no usa y quedan en el resultado: {columns}.",
    ),
    ("problemRows", "Values that do not fit: {count}", "Valores que no encajan: {count}"),
    (
        "problemRowsShown",
        "Values that do not fit: {count}, of which the first {shown}",
        "Valores que no encajan: {count}; se muestran los {shown} primeros",
    ),
    ("defused", "Texts that got an apostrophe: {count}", "Textos que recibieron un apóstrofo: {count}"),
    ("rowColumn", "row", "fila"),
    ("fileOne", "Drop one file at a time.", "Suelte un solo archivo cada vez."),
];

/// The terms of a language, for the script.
pub fn element(lang: Lang) -> Markup {
    let terms: BTreeMap<&str, &str> =
        TERMS.iter().map(|(name, english, spanish)| (*name, lang.pick(english, spanish))).collect();
    // Texts can always be written as JSON.
    data("page-terms", &terms).unwrap_or_else(|_| html! {})
}
