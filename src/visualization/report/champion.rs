//! The report in short: the champion and how good it is.

use super::super::Lang;
use super::super::page::{Card, Markup, Tone, badge, cards, html, notice};
use super::{Facts, higher_is_better};
use crate::data::Task;
use crate::package::evaluation::Comparison;

/// A sentence on what is predicted from what.
pub fn lead(facts: &Facts) -> Markup {
    let (lang, evaluation) = (facts.lang(), facts.evaluation);
    let main = &facts.config.main;
    html! {
        p {
            (lang.pick("Predicts", "Predice")) " " code { (evaluation.target) } ", " (lang.task(evaluation.task))
            @if !evaluation.classes.is_empty() && evaluation.classes.len() <= 10 {
                " (" (evaluation.classes.join(", ")) ")"
            }
            ". " (lang.pick("Snapshot", "Instantánea del")) " " (main.date.value)
            ", " (lang.pick("version", "versión")) " " (main.version.value) "."
        }
    }
}

/// Key figures, the comparison in words, and quality gates.
pub fn overview(facts: &Facts) -> Markup {
    html! {
        (cards(&key_figures(facts)))
        @if let Some(text) = verdict(facts) { p { (text) } }
        (gates(facts))
        @for warning in warnings(facts) { (notice(Tone::Warning, &html! { p { (warning) } })) }
    }
}

fn key_figures(facts: &Facts) -> Vec<Card> {
    let (lang, evaluation) = (facts.lang(), facts.evaluation);
    let champion = Card {
        label: lang.pick("Champion", "Campeón").to_owned(),
        value: evaluation.champion.clone(),
        note: format!(
            "{} {} {}",
            lang.pick("of", "entre"),
            lang.count(evaluation.models.len() as u64),
            lang.pick("models, chosen out of fold", "modelos, elegido por validación cruzada")
        ),
    };
    let mut all = vec![champion];
    if let Some((model, measured)) = facts.champion() {
        let interval = measured.intervals.get(&evaluation.select).map(|interval| {
            let confidence = evaluation.bootstrap.as_ref().map_or(0.95, |bootstrap| bootstrap.confidence);
            let (low, high) = (lang.value(interval.low), lang.value(interval.high));
            let percent = lang.plain((confidence * 1000.0).round() / 10.0);
            format!("{percent} %: {low} {} {high}", lang.pick("to", "a"))
        });
        all.push(Card {
            label: format!("{} {}", facts.select(), lang.pick("on test rows", "en prueba")),
            value: measured.test.get(&evaluation.select).map_or_else(|| "–".to_owned(), |v| lang.value(*v)),
            note: interval.unwrap_or_default(),
        });
        all.extend(gain(facts));
        all.push(Card {
            label: lang.pick("Training rows", "Filas de entrenamiento").to_owned(),
            value: lang.count(model.info.provenance.rows),
            note: format!("{} {}", model.info.inputs.len(), lang.pick("columns", "columnas")),
        });
    }
    let positive = facts.champion().and_then(|(_, measured)| measured.curves.first()).map(|curve| &curve.scores);
    let share = positive.filter(|_| evaluation.task == Task::Binary).map(|curve| {
        let share = curve.positives as f64 / (curve.positives + curve.negatives).max(1) as f64;
        let class = evaluation.classes.last().map(String::as_str).unwrap_or_default();
        format!("{} {class}", lang.percent(share))
    });
    all.push(Card {
        label: lang.pick("Test rows", "Filas de prueba").to_owned(),
        value: lang.count(evaluation.rows),
        note: share.unwrap_or_default(),
    });
    all
}

/// How much better the champion is than the baseline.
fn gain(facts: &Facts) -> Option<Card> {
    let (lang, select) = (facts.lang(), &facts.evaluation.select);
    let baseline = facts.measured("baseline")?.test.get(select).copied()?;
    let difference = facts.difference("baseline")?;
    (facts.evaluation.champion != "baseline").then(|| Card {
        label: lang.pick("Against the baseline", "Frente a la línea base").to_owned(),
        value: lang.signed(difference),
        note: format!("{}: {}", lang.pick("baseline", "línea base"), lang.value(baseline)),
    })
}

/// Whether the champion is surely better than the next one.
fn verdict(facts: &Facts) -> Option<String> {
    let (lang, evaluation) = (facts.lang(), facts.evaluation);
    let next: &Comparison = evaluation.comparisons.iter().find(|c| c.challenger != "baseline")?;
    let difference = next.differences.get(&evaluation.select)?;
    let sure = difference.low > 0.0 || difference.high < 0.0;
    let (champion, next) = (&evaluation.champion, &next.challenger);
    let found = facts.difference(next)?;
    let better = (found > 0.0) == higher_is_better(&evaluation.select)?;
    let told = match (lang, sure, better) {
        (Lang::En, false, _) => {
            format!("These test rows do not tell the champion {champion} from the next one, {next}")
        }
        (Lang::En, true, true) => format!("The champion {champion} is clearly better than the next one, {next}"),
        (Lang::En, true, false) => format!("On the test rows {next} is clearly better than the champion {champion}"),
        (Lang::Es, false, _) => {
            format!("Estas filas de prueba no distinguen al campeón {champion} del siguiente, {next}")
        }
        (Lang::Es, true, true) => format!("El campeón {champion} es claramente mejor que el siguiente, {next}"),
        (Lang::Es, true, false) => {
            format!("En las filas de prueba {next} es claramente mejor que el campeón {champion}")
        }
    };
    let (low, high) = (lang.signed(difference.low), lang.signed(difference.high));
    let by = lang.pick("the difference in", "la diferencia en");
    let is = lang.pick("is", "es de");
    let (found, to) = (lang.signed(found), lang.pick("to", "a"));
    Some(format!("{told}: {by} {} {is} {found} ({low} {to} {high}).", facts.select()))
}

/// Quality gates with what was reached.
fn gates(facts: &Facts) -> Markup {
    let lang = facts.lang();
    let test = facts.champion().map(|(_, measured)| &measured.test);
    let gates = &facts.config.evaluate.gates;
    let found = |metric: &str| test.and_then(|test| test.get(metric).copied());
    html! {
        @if !gates.is_empty() {
            h3 { (lang.pick("Quality gates", "Requisitos de calidad")) }
            ul {
                @for (metric, gate) in gates.iter() {
                    @let value = found(&metric.value);
                    @let passed = value.is_some_and(|v| gate.min.is_none_or(|m| v >= m) && gate.max.is_none_or(|m| v <= m));
                    li {
                        (lang.metric(&metric.value)) " "
                        strong { (value.map_or_else(|| "–".to_owned(), |v| lang.value(v))) } " "
                        @if let Some(min) = gate.min { "≥ " (lang.plain(min)) " " }
                        @if let Some(max) = gate.max { "≤ " (lang.plain(max)) " " }
                        @if passed { (badge(Tone::Good, lang.pick("passed", "superado"))) }
                        @else { (badge(Tone::Bad, lang.pick("missed", "no superado"))) }
                    }
                }
            }
        }
    }
}

fn warnings(facts: &Facts) -> Vec<String> {
    let lang = facts.lang();
    let mut all = Vec::new();
    if facts.evaluation.champion == "baseline" {
        all.push(lang.pick(
            "The baseline is the champion: no model has learned anything from the columns.",
            "La línea base es el campeón: ningún modelo ha aprendido nada de las columnas.",
        ));
    } else if !facts.evaluation.models.contains_key("baseline") {
        all.push(lang.pick(
            "There is no baseline to compare with: add `baseline: {}` to the algorithms.",
            "No hay línea base con la que comparar: añada `baseline: {}` a los algoritmos.",
        ));
    }
    let mut all: Vec<String> = all.into_iter().map(str::to_owned).collect();
    for model in facts.models {
        all.extend(model.notes.iter().map(|note| format!("{}: {note}", model.info.algorithm)));
    }
    all
}
