//! What features count for.

use super::models::{all, subtitle};
use crate::package::evaluation::Evaluation;
use crate::visualization::chart::{Axis, BarGroup, Chart, Direction, Sheet, bars, number};
use crate::visualization::scene::Ink;
use crate::visualization::{Figure, Lang};

/// Features of a model, and models, that are shown at the most.
pub(super) const FEATURES: usize = 15;
const MODELS: usize = 12;
/// Columns of the permutation importance.
const COLUMNS: usize = 25;
/// Height of a bar with its gap.
const ROW: f64 = 21.0;
/// Room behind the longest bar for its number.
const BEHIND: f64 = 1.2;

/// The features that count most in each model, by what the model itself tells.
pub fn importance(evaluation: &Evaluation, lang: Lang) -> Figure {
    let able: Vec<_> = all(evaluation).filter(|model| !model.evaluation.importance.is_empty()).collect();
    let alone = able.len() == 1;
    let charts = able.iter().take(MODELS).map(|model| {
        let shown: Vec<(&str, f64)> = model
            .evaluation
            .importance
            .iter()
            .take(FEATURES)
            .map(|one| (one.feature.as_str(), one.importance))
            .collect();
        let label = lang.pick("Share of the importance", "Proporción de la importancia");
        let chart = horizontal(&shown, &[], model.nth, label, lang).titled(model.name);
        chart.wide(if alone { 720.0 } else { 480.0 })
    });
    let most = able
        .iter()
        .filter_map(|model| Some(format!("{} {}", model.name, model.evaluation.importance.first()?.feature)));
    let most = most.collect::<Vec<_>>().join(", ");
    let description = match lang {
        _ if able.is_empty() => lang
            .pick(
                "None of the models tells how much its features count.",
                "Ningún modelo informa de cuánto cuentan sus variables.",
            )
            .to_owned(),
        Lang::En => format!("How much each feature counts in each model. The most important one: {most}."),
        Lang::Es => format!("Cuánto cuenta cada variable en cada modelo. La más importante: {most}."),
    };
    // It comes of the training rows alone.
    let mut below = lang.pick("as the models themselves tell it", "según los propios modelos").to_owned();
    if able.is_empty() {
        below = format!("{below} · {description}");
    }
    if able.len() > MODELS {
        below += &match lang {
            Lang::En => format!(" · {MODELS} of {} models", able.len()),
            Lang::Es => format!(" · {MODELS} de {} modelos", able.len()),
        };
    }
    let title = lang.pick("Feature importance", "Importancia de las variables");
    let columns = if alone { 1 } else { 2 };
    Sheet::grid(title, columns, charts.collect()).language(lang).subtitle(below).described(description).figure()
}

/// How much worse the champion is with each column in random order, with the deviation over the orders. Nothing where
/// that was not measured.
pub fn permutation_importance(evaluation: &Evaluation, lang: Lang) -> Option<Figure> {
    let found = evaluation.permutation_importance.as_ref()?;
    let shown: Vec<(&str, f64)> = found.columns.iter().take(COLUMNS).map(|c| (c.feature.as_str(), c.mean)).collect();
    let intervals: Vec<(f64, f64)> =
        found.columns.iter().take(COLUMNS).map(|c| (c.mean - c.std, c.mean + c.std)).collect();
    let nth = all(evaluation).find(|model| model.name == evaluation.champion).map_or(0, |model| model.nth);
    let (metric, repeats) = (lang.metric(&found.metric), found.repeats);
    let label = match lang {
        Lang::En => format!("How much worse {metric} gets"),
        Lang::Es => format!("Cuánto empeora {metric}"),
    };
    let first = shown.first().map(|(name, mean)| format!("{name} {}", number(*mean, 3, lang))).unwrap_or_default();
    let description = match lang {
        Lang::En => format!("How much worse {metric} is with a column in random order. The most: {first}."),
        Lang::Es => format!("Cuánto empeora {metric} al desordenar una columna. La que más: {first}."),
    };
    let orders = match lang {
        Lang::En => format!("{repeats} random orders, lines are their standard deviation"),
        Lang::Es => format!("{repeats} órdenes al azar, las líneas son su desviación típica"),
    };
    let title = lang.pick("Permutation importance", "Importancia por permutación");
    let chart = horizontal(&shown, &intervals, nth, &label, lang);
    let sheet = Sheet::of(format!("{title}: {}", evaluation.champion), chart).language(lang);
    Some(sheet.subtitle(format!("{} · {orders}", subtitle(evaluation, lang))).described(description).figure())
}

pub(super) fn horizontal(
    shown: &[(&str, f64)],
    intervals: &[(f64, f64)],
    nth: usize,
    label: &str,
    lang: Lang,
) -> Chart {
    let ends = intervals.iter().flat_map(|(low, high)| [*low, *high]).chain(shown.iter().map(|(_, value)| *value));
    let x = Axis::from_zero(label, ends.map(|end| end * BEHIND));
    let y = Axis::categories("", shown.iter().map(|(name, _)| (*name).to_owned()).collect());
    let mut group = BarGroup::new(Ink::Series(nth), shown.iter().map(|(_, value)| *value).collect());
    group.intervals = intervals.iter().map(|interval| Some(*interval)).collect();
    group.labels = shown.iter().map(|(_, value)| number(*value, 3, lang)).collect();
    Chart::new(x, y).with(bars(&[group], Direction::Right)).high((shown.len() as f64 * ROW).max(ROW * 2.0))
}
