//! What one model file alone has to show, without an evaluation.

use super::importance::{FEATURES, horizontal};
use crate::data::Task;
use crate::package::Info;
use crate::visualization::chart::{Axis, Chart, Layer, Sheet, histogram, number};
use crate::visualization::scene::{Dash, Ink};
use crate::visualization::{Figure, Lang};

/// Classes that have a chart of their own.
const MOST_CLASSES: usize = 9;

/// The features that count most, by what the model itself tells: names and shares, the greatest first. Nothing where
/// it tells none.
pub fn importance_of(model: &str, importance: &[(String, f64)], lang: Lang) -> Option<Figure> {
    let all: f64 = importance.iter().map(|(_, share)| *share).sum();
    let first = importance.first().filter(|_| all > 0.0)?;
    let shown: Vec<(&str, f64)> =
        importance.iter().take(FEATURES).map(|(name, share)| (name.as_str(), *share / all)).collect();
    let label = lang.pick("Share of the importance", "Proporción de la importancia");
    let description = match lang {
        Lang::En => format!("How much each feature counts. The most: {} {}.", first.0, number(first.1 / all, 3, lang)),
        Lang::Es => {
            format!("Cuánto cuenta cada variable. La que más: {} {}.", first.0, number(first.1 / all, 3, lang))
        }
    };
    let more = importance.len().saturating_sub(FEATURES);
    let below = match lang {
        _ if more == 0 => String::new(),
        Lang::En => format!("the first {FEATURES} of {} features", importance.len()),
        Lang::Es => format!("las primeras {FEATURES} de {} variables", importance.len()),
    };
    let title = format!("{}: {model}", lang.pick("Feature importance", "Importancia de las variables"));
    let sheet = Sheet::of(title, horizontal(&shown, &[], 0, label, lang)).language(lang);
    Some(sheet.subtitle(below).described(description).figure())
}

/// How the scores of the training rows are spread, each row scored by a fold that had not seen it. Nothing where none
/// were kept.
pub fn out_of_fold_scores(model: &str, info: &Info, lang: Lang) -> Option<Figure> {
    let classes = &info.target.classes;
    // Of two classes, the one is what the other is not.
    let outputs: Vec<usize> = match info.task() {
        Task::Binary => vec![1],
        Task::Multiclass => (0..classes.len().min(MOST_CLASSES)).collect(),
        Task::Regression => vec![0],
    };
    let counts = |output: &usize| info.scores.counts.get(*output).filter(|counts| counts.iter().any(|rows| *rows > 0));
    let several = outputs.len() > 1;
    let charts: Vec<Chart> = outputs
        .iter()
        .filter_map(|output| {
            let chart = spread(info, *output, counts(output)?, lang);
            let class = classes.get(*output).map_or("", String::as_str);
            Some(if several { chart.titled(class).wide(340.0).high(200.0) } else { chart })
        })
        .collect();
    if charts.is_empty() {
        return None;
    }
    let description = lang.pick(
        "Spread of the answers to the training rows, each given by a fold that had not seen the row.",
        "Distribución de las respuestas a las filas de entrenamiento, cada una de un pliegue que no había visto la fila.",
    );
    let title = format!("{}: {model}", lang.pick("Out-of-fold answers", "Respuestas fuera de pliegue"));
    let below = match lang {
        Lang::En => format!("{} training rows", lang.count(info.provenance.rows)),
        Lang::Es => format!("{} filas de entrenamiento", lang.count(info.provenance.rows)),
    };
    let sheet = Sheet::grid(title, if several { 3 } else { 1 }, charts).language(lang);
    Some(sheet.subtitle(below).described(description).figure())
}

fn spread(info: &Info, output: usize, counts: &[u64], lang: Lang) -> Chart {
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let shares: Vec<f64> = counts.iter().map(|rows| *rows as f64 / all).collect();
    let y =
        Axis::from_zero(lang.pick("Share of the rows", "Proporción de las filas"), shares.iter().copied()).percent();
    let x = match info.target.classes.get(output) {
        Some(class) => Axis::share(&match lang {
            Lang::En => format!("Predicted probability of {class}"),
            Lang::Es => format!("Probabilidad predicha de {class}"),
        }),
        None => Axis::fitted(lang.pick("Predicted value", "Valor predicho"), info.scores.edges.iter().copied()),
    };
    let chosen = info.decision.threshold().map(|at| {
        let name = format!("{} ({})", lang.pick("chosen threshold", "umbral elegido"), number(at, 3, lang));
        let line = Layer::reference(vec![(at, 0.0), (at, shares.iter().copied().fold(0.0, f64::max))]).named(name);
        Layer { ink: Ink::Text, dash: Dash::SOLID, ..line }
    });
    Chart::new(x, y).with(histogram(&info.scores.edges, &shares, 0, None)).with(chosen).high(260.0)
}
