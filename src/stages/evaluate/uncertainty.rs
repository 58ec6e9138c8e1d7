//! How sure the metrics are: intervals of every model, and the champion against each of the others.

use super::super::Context;
use super::{Evaluated, Test};
use crate::data::Target;
use crate::error::Result;
use crate::metrics::bootstrap::{self, Sample};
use crate::metrics::{McNemar, Metric};
use crate::package::evaluation::{Comparison, Evaluation, Resampling};

/// Adds intervals and comparisons; `order` names the models from the champion on.
///
/// # Errors
/// Exit code 1 for rows that cannot be resampled.
pub fn add(
    ctx: &Context,
    evaluation: &mut Evaluation,
    evaluated: &[Evaluated],
    order: &[&str],
    test: &Test,
) -> Result<()> {
    let config = &ctx.config.evaluate.bootstrap;
    let (rows, confidence) = (test.table.rows(), config.confidence.value);
    let resamples = bootstrap::resamples(rows, config.resamples.value);
    let ranked: Vec<&Evaluated> =
        order.iter().filter_map(|name| evaluated.iter().find(|one| one.algorithm() == *name)).collect();
    let mut comparisons: Vec<Comparison> = ranked
        .iter()
        .skip(1)
        .map(|other| Comparison {
            challenger: other.algorithm().to_owned(),
            differences: Default::default(),
            mcnemar: mcnemar(ranked[0], other, test),
        })
        .collect();
    if resamples > 0 {
        evaluation.bootstrap = Some(Resampling { resamples: resamples as u64, confidence });
        let samples: Vec<Sample> = ranked.iter().map(|one| sample(one, test)).collect::<Result<_>>()?;
        let values =
            bootstrap::bootstrap(&samples.iter().collect::<Vec<_>>(), rows, resamples, ctx.config.evaluate.seed);
        for (at, (one, sample)) in ranked.iter().zip(&samples).enumerate() {
            let named = || sample.metrics().iter().map(|metric| metric.name.to_owned()).zip(&values[at]);
            if let Some(model) = evaluation.models.get_mut(one.algorithm()) {
                let intervals = named().filter_map(|(name, v)| Some((name, bootstrap::interval(v, confidence)?)));
                model.intervals = intervals.collect();
            }
            if let Some(comparison) = at.checked_sub(1).and_then(|at| comparisons.get_mut(at)) {
                let both = named().zip(&values[0]);
                let differences =
                    both.filter_map(|((name, v), best)| Some((name, bootstrap::paired(best, v, confidence)?)));
                comparison.differences = differences.collect();
            }
        }
    }
    evaluation.comparisons = comparisons;
    Ok(())
}

fn sample(one: &Evaluated, test: &Test) -> Result<Sample> {
    match &test.target {
        Target::Classes { codes, .. } => Sample::classes(codes, &one.scores, &one.decided),
        Target::Values(actual) => Sample::values(actual, &one.scores.values),
    }
}

fn mcnemar(first: &Evaluated, second: &Evaluated, test: &Test) -> Option<McNemar> {
    let Target::Classes { codes, .. } = &test.target else { return None };
    Some(McNemar::of(codes, &first.decided, &second.decided))
}

/// How sure the champion is better than the next, for people.
pub fn told(evaluation: &Evaluation, select: &Metric) -> Option<String> {
    let next = evaluation.comparisons.first()?;
    let difference = next.differences.get(select.name)?;
    let percent = 100.0 * evaluation.bootstrap.as_ref()?.confidence;
    let interval = evaluation.models.get(&evaluation.champion)?.intervals.get(select.name)?;
    let p = match difference.p_value < 0.001 {
        true => "p < 0.001".to_owned(),
        false => format!("p {:.3}", difference.p_value),
    };
    Some(format!(
        "{} on the test rows {:.4} to {:.4} ({percent:.0} %); less that of {}: {:+.4} to {:+.4}, {p}",
        select.name, interval.low, interval.high, next.challenger, difference.low, difference.high
    ))
}
