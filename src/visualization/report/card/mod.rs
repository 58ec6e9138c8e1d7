//! Model cards: what a model is, how good it is and what it asks for, as Markdown and as a section of the report.

mod markdown;

pub use markdown::model_card;

use super::super::page::{Markup, facts as list, html};
use super::super::{Dictionary, Lang};
use super::Facts;
use crate::package::{By, Decision, Info};

/// Columns of the dictionary on the page.
const MOST: usize = 300;
/// Texts in a fact at the most.
const LISTED: usize = 20;

/// The card of the champion; the others have theirs beside their files.
pub fn section(facts: &Facts) -> Option<Markup> {
    let lang = facts.lang();
    let (model, _) = facts.champion()?;
    let all = of(lang, &model.info);
    let all: Vec<(&str, Markup)> = all.iter().map(|(name, value)| (*name, html! { (value) })).collect();
    let caption = lang
        .pick("Data dictionary: the columns the model asks for", "Diccionario de datos: columnas que pide el modelo");
    Some(html! {
        p { code { (model.file) } ". " (lang.pick("A card of each model lies beside its file, as Markdown.", "Junto al archivo de cada modelo está su ficha, en Markdown.")) }
        (list(&all))
        (Dictionary::of_model(facts.config, &model.info).table(caption, MOST))
    })
}

/// What is known of any model: names and texts.
pub fn of(lang: Lang, info: &Info) -> Vec<(&'static str, String)> {
    let pick = |english, spanish| lang.pick(english, spanish);
    let target = &info.target;
    let provenance = &info.provenance;
    let mut all = vec![
        (pick("algorithm", "algoritmo"), info.algorithm.clone()),
        (pick("parameters", "parámetros"), info.params.to_string()),
        (pick("dataset", "datos"), format!("{}, {} {}", info.dataset, pick("version", "versión"), info.version)),
        (pick("target", "objetivo"), format!("{}: {}", target.column, lang.task(target.task))),
    ];
    if !target.classes.is_empty() {
        let counts: Vec<String> = target
            .classes
            .iter()
            .enumerate()
            .take(LISTED)
            .map(|(at, class)| match provenance.class_counts.get(at) {
                Some(rows) => format!("{class} ({} {})", lang.count(*rows), pick("rows", "filas")),
                None => class.clone(),
            })
            .collect();
        all.push((pick("classes", "clases"), cut(counts, target.classes.len())));
    }
    all.extend(decided(lang, &info.decision, &target.classes).map(|text| (pick("decides", "decide"), text)));
    let learned: Vec<String> = info.learned.iter().map(|step| step.name.clone()).collect();
    let needs: Vec<String> = info.needs().into_iter().map(str::to_owned).collect();
    let all_needs = needs.len();
    all.extend([
        (
            pick("trained on", "entrenado con"),
            format!(
                "{} {}, {} {}",
                lang.count(provenance.rows),
                pick("rows", "filas"),
                pick("seed", "semilla"),
                provenance.seed
            ),
        ),
        (pick("training data (XXH3)", "datos de entrenamiento (XXH3)"), provenance.train_data.clone()),
        (pick("rows need", "las filas necesitan"), cut(needs.into_iter().take(LISTED).collect(), all_needs)),
        (pick("learned steps", "pasos aprendidos"), learned.join(", ")),
        (pick("features", "variables"), lang.count(info.features.len() as u64)),
    ]);
    all
}

/// A list that says how many there are in all.
fn cut(listed: Vec<String>, all: usize) -> String {
    let more = if all > listed.len() { format!(", … ({all})") } else { String::new() };
    listed.join(", ") + &more
}

/// What rows are decided by; none for numbers and for the likeliest class.
fn decided(lang: Lang, decision: &Decision, classes: &[String]) -> Option<String> {
    let what = match &decision.by {
        By::Greatest => return None,
        By::Threshold(value) => {
            let positive = classes.last().map(String::as_str).unwrap_or_default();
            format!("{positive} {} {}", lang.pick("from", "desde"), lang.value(*value))
        }
        By::Thresholds(values) => {
            let each = classes.iter().zip(values).map(|(class, value)| format!("{class} {}", lang.value(*value)));
            cut(each.take(LISTED).collect(), values.len())
        }
        By::LeastCost => {
            lang.pick("by the probabilities of all classes", "por las probabilidades de todas las clases").to_owned()
        }
    };
    Some(format!("{what} ({})", lang.rule(&decision.rule)))
}
