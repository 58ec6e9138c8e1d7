//! What the model is, in words and figures.

use super::super::models::Model;
use crate::data::Task;
use crate::package::Info;
use crate::visualization::Lang;
use crate::visualization::figures::{importance_of, out_of_fold_scores};
use crate::visualization::page::{Card, Cell, Markup, Table, cards, details, facts, gallery, html, picture};
use crate::visualization::report::model_facts;

/// Key figures, facts and metrics.
pub fn section(model: &Model, lang: Lang) -> Markup {
    let info = &model.package.info;
    let told = model_facts(lang, info);
    let told: Vec<(&str, Markup)> = told.iter().map(|(name, value)| (*name, html! { (value) })).collect();
    html! {
        (cards(&key_figures(model, lang)))
        (facts(&told))
        @if !info.out_of_fold.mean.is_empty() {
            (details(lang.pick("All metrics", "Todas las métricas"), &html! { (metrics(info, lang)) }))
        }
    }
}

fn key_figures(model: &Model, lang: Lang) -> Vec<Card> {
    let info = &model.package.info;
    let card = |label: &str, value: String, note: String| Card { label: label.to_owned(), value, note };
    let version = format!("{} {}", lang.pick("version", "versión"), info.version);
    let calibrated = if model.package.is_calibrated() {
        lang.pick("its probabilities are calibrated", "sus probabilidades están calibradas").to_owned()
    } else {
        String::new()
    };
    let mut all = vec![
        card(lang.pick("Algorithm", "Algoritmo"), info.algorithm.clone(), version),
        card(lang.pick("Training rows", "Filas de entrenamiento"), lang.count(info.provenance.rows), calibrated),
    ];
    if let Some(threshold) = info.decision.threshold() {
        let positive = info.target.classes.last().map_or("", String::as_str);
        let note = match lang {
            Lang::En => format!("from this probability on, the answer is {positive}"),
            Lang::Es => format!("desde esta probabilidad, la respuesta es {positive}"),
        };
        all.push(card(lang.pick("Threshold", "Umbral"), lang.value(threshold), note));
    }
    let wanted = match info.task() {
        Task::Binary => ["roc_auc", "f1"],
        Task::Multiclass => ["accuracy", "f1_macro"],
        Task::Regression => ["r2", "rmse"],
    };
    for name in wanted {
        if let Some(value) = info.out_of_fold.mean.get(name) {
            all.push(card(lang.metric(name), lang.value(*value), folds(info, lang)));
        }
    }
    all
}

fn folds(info: &Info, lang: Lang) -> String {
    match lang {
        Lang::En => format!("out of fold, {} folds", info.out_of_fold.folds),
        Lang::Es => format!("fuera de pliegue, {} pliegues", info.out_of_fold.folds),
    }
}

fn metrics(info: &Info, lang: Lang) -> Table {
    let caption = match lang {
        Lang::En => format!("Metrics {}: means and standard deviations", folds(info, lang)),
        Lang::Es => format!("Métricas {}: medias y desviaciones típicas", folds(info, lang)),
    };
    let mut table = Table::new(lang, caption)
        .column(lang.pick("metric", "métrica"))
        .numbers(lang.pick("mean", "media"))
        .numbers(lang.pick("deviation", "desviación"))
        .sortable();
    for (name, mean) in &info.out_of_fold.mean {
        let deviation = info.out_of_fold.std.get(name).copied();
        let cells = vec![Cell::text(lang.metric(name)), Cell::value(lang, Some(*mean)), Cell::value(lang, deviation)];
        table.row(cells);
    }
    table
}

/// What counts, and how the answers to the training rows were spread; none where the model tells neither.
pub fn figures(model: &Model, lang: Lang) -> Option<Markup> {
    let info = &model.package.info;
    let importance = model.package.importance().unwrap_or_default();
    let all = [importance_of(&info.algorithm, &importance, lang), out_of_fold_scores(&info.algorithm, info, lang)];
    let pictures: Vec<Markup> = all
        .iter()
        .enumerate()
        .filter_map(|(at, figure)| Some((at, figure.as_ref()?)))
        .map(|(at, figure)| picture(&figure.inline(&format!("figure-{at}")), &figure.description))
        .collect();
    (!pictures.is_empty()).then(|| gallery(&pictures))
}
