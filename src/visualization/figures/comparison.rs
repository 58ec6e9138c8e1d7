//! Models beside one another.

use super::models::{Model, all, subtitle, told};
use crate::data::Task;
use crate::package::evaluation::Evaluation;
use crate::visualization::chart::{Axis, BarGroup, Chart, Direction, Sheet, bars, number};
use crate::visualization::scene::Ink;
use crate::visualization::{Figure, Lang};

/// Share of the range of values that a number needs beside its bar.
const ROOM: f64 = 0.3;
/// Height of a bar with its gap.
const ROW: f64 = 26.0;
/// Room behind the longest bar for its number.
const BEHIND: f64 = 1.3;

/// The main metrics of all models on the test rows, with their intervals.
pub fn model_comparison(evaluation: &Evaluation, lang: Lang) -> Figure {
    let metrics: &[&str] = match evaluation.task {
        Task::Binary => &["roc_auc", "pr_auc", "f1", "accuracy", "log_loss", "brier"],
        Task::Multiclass => &["f1_macro", "accuracy", "balanced_accuracy", "roc_auc", "mcc", "log_loss"],
        Task::Regression => &["rmse", "mae", "medae", "r2"],
    };
    let known = metrics.iter().filter(|name| all(evaluation).any(|model| model.evaluation.test.contains_key(**name)));
    let charts = known.map(|name| chart(evaluation, name, lang)).collect();
    let values = told(evaluation, &evaluation.select, lang);
    let select = lang.metric(&evaluation.select);
    let champion = &evaluation.champion;
    let description = match lang {
        Lang::En => format!("Metrics of each model on the test rows. {select}: {values}. The champion is {champion}."),
        Lang::Es => {
            format!("Métricas de cada modelo en las filas de prueba. {select}: {values}. El campeón es {champion}.")
        }
    };
    let mut below = subtitle(evaluation, lang);
    if let Some(bootstrap) = &evaluation.bootstrap {
        let confidence = crate::visualization::chart::percent(bootstrap.confidence, lang);
        below += &match lang {
            Lang::En => format!(" · lines are {confidence} intervals"),
            Lang::Es => format!(" · las líneas son intervalos del {confidence}"),
        };
    }
    let title = lang.pick("Models compared", "Comparación de modelos");
    Sheet::grid(title, 2, charts).language(lang).subtitle(below).described(description).figure()
}

fn chart(evaluation: &Evaluation, metric: &str, lang: Lang) -> Chart {
    let models: Vec<Model> = all(evaluation).collect();
    let value = |model: &Model| model.evaluation.test.get(metric).copied().unwrap_or(f64::NAN);
    let interval = |model: &Model| model.evaluation.intervals.get(metric).map(|i| (i.low, i.high));
    let ends = models.iter().flat_map(|model| {
        let (low, high) = interval(model).unwrap_or((value(model), value(model)));
        [low * BEHIND, high * BEHIND]
    });
    // The number of a bar to the left has room beside it.
    let (least, most) = models.iter().map(value).fold((0.0, 0.0), |(l, m): (f64, f64), v| (l.min(v), m.max(v)));
    let room = (least < 0.0).then_some(least - (most - least) * ROOM);
    let x = Axis::from_zero("", ends.chain(room));
    let y = Axis::categories("", models.iter().map(|model| model.name.to_owned()).collect());
    // A group a model, so that each has its colour; all but its own bar are no numbers.
    let groups = models.iter().flat_map(|model| {
        let mut group = BarGroup::new(Ink::Series(model.nth), vec![f64::NAN; models.len()]);
        group.values[model.nth] = value(model);
        group.intervals = vec![None; models.len()];
        group.intervals[model.nth] = interval(model);
        group.labels = models.iter().map(|model| number(value(model), 3, lang)).collect();
        bars(&[group], Direction::Right)
    });
    let direction = match crate::metrics::find(metric) {
        Ok(found) if found.higher_is_better => lang.pick("higher is better", "mayor es mejor"),
        _ => lang.pick("lower is better", "menor es mejor"),
    };
    let title = format!("{} ({direction})", lang.metric(metric));
    Chart::new(x, y).with(groups).titled(title).wide(430.0).high(models.len() as f64 * ROW)
}
