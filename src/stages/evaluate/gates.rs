//! Quality gates: bounds on the champion's test metrics.

use super::super::train::point_at;
use super::super::{Context, Report};
use super::{Evaluated, value};
use crate::data::Task;
use crate::error::Result;
use crate::metrics;

/// A quality gate of the config.
pub struct Gate {
    metric: &'static str,
    min: Option<f64>,
    max: Option<f64>,
}

/// Those of the config.
///
/// # Errors
/// Exit code 2 for a metric that is not defined for the task.
pub fn of(ctx: &Context, task: Task) -> Result<Vec<Gate>> {
    let gate = |(name, gate): &(crate::yaml::Located<String>, crate::config::Gate)| {
        let metric = metrics::find_for(name, task).map_err(|e| point_at(name, &e))?;
        Ok(Gate { metric: metric.name, min: gate.min, max: gate.max })
    };
    ctx.config.evaluate.gates.iter().map(gate).collect()
}

/// Tells which are missed, or that all are passed.
pub fn check(gates: &[Gate], champion: &Evaluated, report: &mut Report) {
    for gate in gates {
        let found = value(&champion.test, gate.metric);
        let below = |min: f64| found.is_none_or(|v| v < min);
        let above = |max: f64| found.is_none_or(|v| v > max);
        let shown = found.map_or_else(|| "undefined".to_owned(), |v| format!("{v:.4}"));
        if let Some(min) = gate.min.filter(|min| below(*min)) {
            report.missed_gates.push(format!("{} is {shown}, at least {min} is asked", gate.metric));
        }
        if let Some(max) = gate.max.filter(|max| above(*max)) {
            report.missed_gates.push(format!("{} is {shown}, at most {max} is asked", gate.metric));
        }
    }
    if report.missed_gates.is_empty() && !gates.is_empty() {
        let gates: Vec<&str> = gates.iter().map(|g| g.metric).collect();
        report.notes.push(format!("quality gates passed: {}", gates.join(", ")));
    }
}
