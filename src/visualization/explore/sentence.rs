//! Findings in words.

use super::super::Lang;
use super::super::page::clip;
use crate::data::Kind;
use crate::exploration::{Insight, Matter, Severity};

/// What is worth a look, as a sentence without a full stop.
pub fn sentence(insight: &Insight, lang: Lang) -> String {
    let said = predicate(&insight.matter, lang);
    match &insight.column {
        Some(column) => format!("{} `{}` {said}", lang.pick("column", "la columna"), clip(column, 80)),
        None => said,
    }
}

fn predicate(matter: &Matter, lang: Lang) -> String {
    let es = lang == Lang::Es;
    let percent = |share: &f64| lang.percent(*share);
    let count = |rows: &u64| lang.count(*rows);
    let two = |value: &f64| lang.decimals(*value, 2);
    match matter {
        Matter::Leak { metric, score } => {
            let (metric, score) = (lang.metric(metric), lang.decimals(*score, 3));
            match lang {
                Lang::En => format!(
                    "alone predicts the target ({metric} {score} on a held-out half): is it known when a prediction is made?"
                ),
                Lang::Es => format!(
                    "predice por sí sola el objetivo ({metric} {score} en una mitad reservada): ¿se conoce al predecir?"
                ),
            }
        }
        Matter::Unlabelled { rows, share } if es => {
            format!("es el objetivo y no tiene valor en {} filas ({})", count(rows), percent(share))
        }
        Matter::Unlabelled { rows, share } => {
            format!("is the target and has no value in {} rows ({})", count(rows), percent(share))
        }
        Matter::Imbalance { class, share } if es => {
            format!("tiene una clase rara: `{class}`, {} de las filas", percent(share))
        }
        Matter::Imbalance { class, share } => format!("has a rare class: `{class}`, {} of the rows", percent(share)),
        Matter::IdLike { distinct, rows } if es => {
            format!(
                "tiene casi un valor por fila ({} en {} filas), como un identificador",
                count(distinct),
                count(rows)
            )
        }
        Matter::IdLike { distinct, rows } => {
            format!("has nearly one value a row ({} in {} rows), as an id has", count(distinct), count(rows))
        }
        Matter::Empty => lang.pick("has no value at all", "no tiene ningún valor").to_owned(),
        Matter::Constant => {
            lang.pick("has the same value in every row", "tiene el mismo valor en todas las filas").to_owned()
        }
        Matter::Duplicates { rows, share } if es => {
            format!("{} filas ({}) repiten otra anterior en todas las columnas", count(rows), percent(share))
        }
        Matter::Duplicates { rows, share } => {
            format!("{} rows ({}) repeat an earlier one in every column", count(rows), percent(share))
        }
        Matter::Missing { rows, share } if es => {
            format!("no tiene valor en {} filas ({})", count(rows), percent(share))
        }
        Matter::Missing { rows, share } => format!("has no value in {} rows ({})", count(rows), percent(share)),
        Matter::NearlyConstant { share } if es => format!("tiene el mismo valor en {} de las filas", percent(share)),
        Matter::NearlyConstant { share } => format!("has the same value in {} of the rows", percent(share)),
        Matter::Correlated { with, measure: name, value } if es => {
            format!("dice lo mismo que `{}` ({} {})", clip(with, 80), measure(name, lang), two(value))
        }
        Matter::Correlated { with, measure: name, value } => {
            format!("says the same as `{}` ({} {})", clip(with, 80), measure(name, lang), two(value))
        }
        Matter::ManyLevels { levels } if es => format!("tiene {} niveles distintos", count(levels)),
        Matter::ManyLevels { levels } => format!("has {} distinct levels", count(levels)),
        Matter::Skewed { skewness } if es => format!("es muy asimétrica (asimetría {})", two(skewness)),
        Matter::Skewed { skewness } => format!("is very skewed (skewness {})", two(skewness)),
        Matter::Outliers { rows, share } if es => {
            format!(
                "tiene {} valores atípicos ({}) según la regla del rango intercuartílico",
                count(rows),
                percent(share)
            )
        }
        Matter::Outliers { rows, share } => {
            format!("has {} outliers ({}) by the rule of the interquartile range", count(rows), percent(share))
        }
    }
}

/// The name of a measure of association.
pub fn measure(name: &str, lang: Lang) -> &str {
    match name {
        "pearson" => "Pearson",
        "spearman" => "Spearman",
        "cramers_v" => lang.pick("Cramér's V", "V de Cramér"),
        "mutual_information" => lang.pick("mutual information", "información mutua"),
        "eta_squared" => "η²",
        "roc_auc" => lang.pick("ROC AUC", "AUC ROC"),
        other => other,
    }
}

/// How much a finding weighs, in a word.
pub fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::High => lang.pick("high", "alta"),
        Severity::Medium => lang.pick("medium", "media"),
        Severity::Low => lang.pick("low", "baja"),
    }
}

/// What the values of a column are.
pub fn kind(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Number => lang.pick("number", "número"),
        Kind::Integer => lang.pick("whole number", "número entero"),
        Kind::Bool => lang.pick("yes or no", "sí o no"),
        Kind::Category => lang.pick("category", "categoría"),
        Kind::Text => lang.pick("text", "texto"),
        Kind::Date => lang.pick("date", "fecha"),
        Kind::Id => "id",
    }
}
