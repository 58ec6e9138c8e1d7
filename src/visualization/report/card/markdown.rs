//! A model card as Markdown.

use super::super::super::markdown::{code, table};
use super::super::super::{Dictionary, Lang};
use super::super::Model;
use super::of;
use crate::config::Config;
use crate::package::evaluation::{ClassTerms, Evaluation, ModelEvaluation, Slice};

/// Most important features told of, and slices.
const MOST: (usize, usize) = (15, 100);

/// The card of a model: facts, metrics, slices, importance and the dictionary of its inputs. Without an evaluation, what
/// is known of the model file alone.
pub fn model_card(config: &Config, model: &Model, evaluation: Option<&Evaluation>) -> String {
    let lang = config.main.lang;
    let measured = evaluation.and_then(|evaluation| evaluation.models.get(&model.info.algorithm));
    let mut card = Card { lang, text: format!("# {}\n", code(&model.file)) };
    let facts = of(lang, &model.info);
    let facts: Vec<Vec<String>> = facts.iter().map(|(name, value)| vec![(*name).to_owned(), code(value)]).collect();
    card.table(None, &[lang.pick("fact", "dato"), lang.pick("value", "valor")], &facts);
    if let (Some(evaluation), Some(measured)) = (evaluation, measured) {
        card.test(evaluation, measured, model);
    }
    card.out_of_fold(model);
    if let (Some(evaluation), Some(measured)) = (evaluation, measured) {
        card.slices(evaluation, measured);
    }
    card.members(model);
    card.importance(model);
    card.terms(model);
    card.notes(model);
    let dictionary = Dictionary::of_model(config, &model.info).markdown();
    card.text.push_str(&format!("\n## {}\n\n{dictionary}", lang.pick("Inputs", "Entradas")));
    card.text
}

struct Card {
    lang: Lang,
    text: String,
}

impl Card {
    /// A table below a heading, where it has rows.
    fn table(&mut self, heading: Option<&str>, titles: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        let heading = heading.map_or_else(String::new, |heading| format!("\n## {heading}\n"));
        self.text.push_str(&format!("{heading}\n{}", table(titles, rows)));
    }

    fn test(&mut self, evaluation: &Evaluation, measured: &ModelEvaluation, model: &Model) {
        let lang = self.lang;
        let is_champion = evaluation.champion == model.info.algorithm;
        let rows: Vec<Vec<String>> = measured
            .test
            .iter()
            .map(|(name, value)| {
                let interval = measured.intervals.get(name).map(|interval| {
                    format!("{} {} {}", lang.value(interval.low), lang.pick("to", "a"), lang.value(interval.high))
                });
                vec![code(name), lang.value(*value), interval.unwrap_or_default()]
            })
            .collect();
        let heading =
            format!("{} ({} {})", lang.pick("Test", "Prueba"), lang.count(evaluation.rows), lang.pick("rows", "filas"));
        let interval = evaluation.bootstrap.as_ref().map_or_else(
            || lang.pick("interval", "intervalo").to_owned(),
            |bootstrap| {
                format!("{} {} %", lang.pick("interval", "intervalo"), lang.plain(bootstrap.confidence * 100.0))
            },
        );
        self.table(Some(&heading), &[lang.pick("metric", "métrica"), lang.pick("value", "valor"), &interval], &rows);
        if is_champion {
            let text = lang.pick("The champion, by", "Es el campeón, por");
            let fold = lang.pick("out of fold", "en validación cruzada");
            self.text.push_str(&format!("\n{text} {} {fold}.\n", code(&evaluation.select)));
        }
    }

    fn out_of_fold(&mut self, model: &Model) {
        let lang = self.lang;
        let folds = &model.info.out_of_fold;
        if folds.folds == 0 {
            return;
        }
        let rows: Vec<Vec<String>> = folds
            .mean
            .iter()
            .map(|(name, mean)| {
                vec![code(name), lang.value(*mean), folds.std.get(name).map_or_else(String::new, |s| lang.value(*s))]
            })
            .collect();
        let heading = format!(
            "{} ({} {})",
            lang.pick("Out of fold", "Validación cruzada"),
            folds.folds,
            lang.pick("folds", "particiones")
        );
        let titles = [lang.pick("metric", "métrica"), lang.pick("mean", "media"), lang.pick("deviation", "desviación")];
        self.table(Some(&heading), &titles, &rows);
    }

    fn slices(&mut self, evaluation: &Evaluation, measured: &ModelEvaluation) {
        let lang = self.lang;
        let row = |slice: &Slice| {
            let value = slice.metrics.get(&evaluation.select).map_or_else(String::new, |value| lang.value(*value));
            let small = if slice.small { lang.pick("small", "pequeño") } else { "" };
            vec![code(&slice.column), code(&slice.level), lang.count(slice.rows), value, small.to_owned()]
        };
        let rows: Vec<Vec<String>> = measured.slices.iter().take(MOST.1).map(row).collect();
        let titles = [
            lang.pick("column", "columna"),
            lang.pick("level", "nivel"),
            lang.pick("rows", "filas"),
            lang.metric(&evaluation.select),
            "",
        ];
        self.table(Some(lang.pick("Slices", "Segmentos")), &titles, &rows);
    }

    fn members(&mut self, model: &Model) {
        let lang = self.lang;
        let row = |member: &crate::models::Share| {
            let share = member.share.map_or_else(String::new, |share| lang.value(share));
            let name = if member.name == member.algorithm {
                code(&member.name)
            } else {
                format!("{} ({})", code(&member.name), code(&member.algorithm))
            };
            vec![name, share]
        };
        let rows: Vec<Vec<String>> = model.members.iter().map(row).collect();
        let titles = [lang.pick("member", "miembro"), lang.pick("share", "parte")];
        self.table(Some(lang.pick("Members", "Miembros")), &titles, &rows);
    }

    fn importance(&mut self, model: &Model) {
        let lang = self.lang;
        let rows: Vec<Vec<String>> = model
            .importance
            .iter()
            .take(MOST.0)
            .map(|(feature, share)| vec![code(feature), lang.value(*share)])
            .collect();
        let titles = [lang.pick("feature", "variable"), lang.pick("importance", "importancia")];
        self.table(Some(lang.pick("Most important features", "Variables más importantes")), &titles, &rows);
    }

    fn terms(&mut self, model: &Model) {
        let lang = self.lang;
        let row = |class: &ClassTerms| {
            let terms: Vec<String> = class.terms.iter().map(|one| code(&one.term)).collect();
            vec![class.class.as_deref().map(code).unwrap_or_default(), terms.join(", ")]
        };
        let rows: Vec<Vec<String>> = model.terms.iter().map(row).collect();
        let titles = [lang.pick("class", "clase"), lang.pick("terms", "términos")];
        self.table(Some(lang.pick("Strongest terms", "Términos con más peso")), &titles, &rows);
    }

    fn notes(&mut self, model: &Model) {
        if model.notes.is_empty() {
            return;
        }
        let heading = self.lang.pick("Deserves a second look", "Merece otra mirada");
        self.text.push_str(&format!("\n## {heading}\n\n"));
        model.notes.iter().for_each(|note| self.text.push_str(&format!("- {note}\n")));
    }
}
