//! What is counted of each model and version.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::text::Text;
use crate::serving::models::{Counts, Models, Slot};

const LATENCY: &str = "mlops_model_duration_seconds";

/// Which models answer now, what each has answered, and how often they were loaded anew.
pub fn write(out: &mut Text, models: &Models) {
    out.family("mlops_model_info", "gauge", "The models that answer");
    for slot in models.slots() {
        let model = slot.model();
        let info = &model.package.info;
        let version = info.version.to_string();
        let labels = [
            ("name", slot.name.as_str()),
            ("model", &model.name),
            ("algorithm", &info.algorithm),
            ("version", &version),
        ];
        out.sample("mlops_model_info", &labels, 1);
    }
    let of_slots = |out: &mut Text, name, help, count: fn(&Slot) -> &AtomicU64| {
        out.family(name, "counter", help);
        for slot in models.slots() {
            out.sample(name, &[("name", slot.name.as_str())], count(slot).load(Ordering::Relaxed));
        }
    };
    of_slots(out, "mlops_reloads_total", "Models that took the place of another", |slot| &slot.reloads);
    of_slots(out, "mlops_reload_failures_total", "Model files that were refused", |slot| &slot.failures);
    let all: Vec<(&Slot, Arc<Counts>)> =
        models.slots().iter().flat_map(|slot| slot.counts().into_iter().map(move |counts| (slot, counts))).collect();
    let of_models = |out: &mut Text, name, help, count: fn(&Counts) -> &AtomicU64| {
        out.family(name, "counter", help);
        for (slot, counts) in &all {
            out.sample(name, &labels(slot, counts), count(counts).load(Ordering::Relaxed));
        }
    };
    of_models(out, "mlops_rows_total", "Rows answered", |counts| &counts.rows);
    of_models(out, "mlops_shadow_rows_total", "Rows answered for the log alone", |counts| &counts.shadow_rows);
    if all.iter().any(|(_, counts)| !counts.classes.is_empty()) {
        out.family("mlops_predictions_total", "counter", "Rows by predicted class");
        for (slot, counts) in &all {
            for (class, count) in &counts.classes {
                let labels = [&labels(slot, counts)[..], &[("class", class.as_str())]].concat();
                out.sample("mlops_predictions_total", &labels, count.load(Ordering::Relaxed));
            }
        }
    }
    out.family(LATENCY, "histogram", "From a request to a model until its answer is made");
    for (slot, counts) in &all {
        counts.latency.write(out, LATENCY, &labels(slot, counts));
    }
}

fn labels<'a>(slot: &'a Slot, counts: &'a Counts) -> [(&'a str, &'a str); 3] {
    [("name", &slot.name), ("model", &counts.model), ("version", &counts.version)]
}
