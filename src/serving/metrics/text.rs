//! The text format of Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts as text.
#[derive(Default)]
pub struct Text(pub String);

impl Text {
    /// Begins the samples of a name.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text never fails.
        write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n").unwrap_or_default();
    }

    /// A counter that has one sample.
    pub fn counter(&mut self, name: &str, help: &str, count: &AtomicU64) {
        self.family(name, "counter", help);
        self.sample(name, &[], count.load(Ordering::Relaxed));
    }

    /// One sample.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let before = if at == 0 { '{' } else { ',' };
            write!(self.0, "{before}{label}=\"{text}\"").unwrap_or_default();
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        writeln!(self.0, " {value}").unwrap_or_default();
    }
}
