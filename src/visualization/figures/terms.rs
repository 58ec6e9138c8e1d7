//! The words that speak for each class.

use super::importance::{FEATURES, horizontal};
use super::models::{Model, all};
use crate::package::evaluation::{ClassTerms, Evaluation};
use crate::visualization::chart::Sheet;
use crate::visualization::{Figure, Lang};

/// Classes that have a chart of their own.
const CLASSES: usize = 12;

/// The terms of texts that speak most for each class in the champion, or in the first model that tells.
pub fn terms(evaluation: &Evaluation, lang: Lang) -> Figure {
    let title = lang.pick("Strongest terms", "Términos con más peso");
    let Some(model) = telling(evaluation) else {
        let none = lang.pick("No model tells of terms of texts.", "Ningún modelo informa de términos de textos.");
        return Sheet::grid(title, 1, Vec::new()).language(lang).subtitle(none).described(none).figure();
    };
    let classes: Vec<&ClassTerms> = model.evaluation.terms.iter().filter(|class| !class.terms.is_empty()).collect();
    let several = columns(&classes) > 1;
    let chart = |class: &&ClassTerms| {
        let named: Vec<(String, f64)> = class
            .terms
            .iter()
            .take(FEATURES)
            .map(|one| (if several { format!("{}: {}", one.column, one.term) } else { one.term.clone() }, one.leaning))
            .collect();
        let shown: Vec<(&str, f64)> = named.iter().map(|(name, leaning)| (name.as_str(), *leaning)).collect();
        let label = match &class.class {
            Some(_) => lang.pick("How far it speaks for the class", "Cuánto habla a favor de la clase"),
            None => lang.pick("How much it counts", "Cuánto cuenta"),
        };
        let chart =
            horizontal(&shown, &[], model.nth, label, lang).wide(if classes.len() == 1 { 720.0 } else { 420.0 });
        chart.titled(class.class.as_deref().unwrap_or(model.name))
    };
    let first = classes.iter().filter_map(|class| {
        let term = &class.terms.first()?.term;
        Some(class.class.as_ref().map_or_else(|| term.clone(), |class| format!("{class} {term}")))
    });
    let first = first.collect::<Vec<_>>().join(", ");
    let description = match lang {
        Lang::En => format!("The terms that speak most for each class in {}. The strongest: {first}.", model.name),
        Lang::Es => {
            format!("Los términos que más hablan a favor de cada clase en {}. Los primeros: {first}.", model.name)
        }
    };
    let charts = classes.iter().take(CLASSES).map(chart).collect();
    Sheet::grid(format!("{title}: {}", model.name), if classes.len() == 1 { 1 } else { 2 }, charts)
        .language(lang)
        .subtitle(lang.pick(
            "as the model learned them from the training rows",
            "según los aprendió el modelo de las filas de entrenamiento",
        ))
        .described(description)
        .figure()
}

/// The champion, or the first model that tells.
fn telling(evaluation: &Evaluation) -> Option<Model<'_>> {
    let able = || all(evaluation).filter(|model| model.evaluation.terms.iter().any(|class| !class.terms.is_empty()));
    able().find(|model| model.name == evaluation.champion).or_else(|| able().next())
}

/// Number of text columns that terms are of.
fn columns(classes: &[&ClassTerms]) -> usize {
    let mut columns: Vec<&str> =
        classes.iter().flat_map(|class| &class.terms).map(|term| term.column.as_str()).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.len()
}
