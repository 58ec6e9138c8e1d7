//! The reference of the configuration as Markdown.

use serde_json::Value as Json;

use super::schemas::{file_name, fill_in};
use super::terms::{self, Key};
use crate::config;
use crate::data::Task;
use crate::metrics::METRICS;
use crate::models;
use crate::transforms::{self, Phase};

const HEAD: &str = "\
# Configuration

Written by `mlops docs --configuration` from the types and registries that read the files; change those, not this.

Every file of `configs/` has one root key, its own name. Only `config.yaml` must be there: a file or a key that is
left out takes its defaults, and a key without a default may be left out or be `null`. Unknown keys are refused.
`mlops validate` checks all of it, `mlops show configs` prints the settings in force.

Editors check and complete the files as you type, by the JSON Schemas in [schemas](schemas): `mlops docs --out docs`
writes them into your project, and the first line of a config file names its own, from where the file lies:

```yaml
# yaml-language-server: $schema=../docs/schemas/train.schema.json
```
";

const STEPS: &str = "
## Steps

A step is an item of a list: `- name: {parameters}`, or `- name` where it needs none. Row filters act on labelled
rows before the split, never at prediction; column fixes learn nothing and act everywhere, in the same order; learned
steps are fitted on training rows only, in `train`, and kept in the model file.
";

const ALGORITHMS: &str = "
## Algorithms

A key of `train.algorithms` each: `name: {parameters}`, `{}` for the defaults. Those that take class weights also take
`class_weight` among their parameters, which goes before that of all.
";

const METRIC_HEAD: &str = "
## Metrics

For `evaluate.select`, `evaluate.gates` and, where marked, `train.threshold`. All are computed as scikit-learn does.

| metric | tasks | better | threshold | meaning |
|---|---|---|---|---|
";

/// Every key of every config file, every step, algorithm and metric.
pub fn configuration() -> String {
    let mut text = HEAD.to_owned();
    for (name, schema) in config::schemas() {
        let mut schema = schema.to_value();
        if name == "config" {
            // Steps, algorithms and metrics have their own parts below; the builtin tables have none.
            fill_in(name, &mut schema);
        }
        let about = schema["description"].as_str().unwrap_or_default();
        text.push_str(&format!(
            "\n## {name}.yaml\n\n{about} Schema for editors: [{0}](schemas/{0}).\n",
            file_name(name)
        ));
        table(&mut text, &schema, "key");
    }
    text.push_str(STEPS);
    for entry in transforms::REGISTRY {
        let places = places(entry.phases);
        text.push_str(&format!("\n### {}\n\n{}. {places}\n", entry.name, capital(entry.summary)));
        table(&mut text, &(entry.schema)().to_value(), "parameter");
    }
    text.push_str(ALGORITHMS);
    for entry in models::REGISTRY {
        let takes = |takes: bool, what: &str| if takes { what.to_owned() } else { format!("no {what}") };
        text.push_str(&format!(
            "\n### {}\n\n{}. Tasks: {}; takes {}, {}{}.\n",
            entry.name,
            capital(entry.summary),
            tasks(entry.tasks),
            takes(entry.takes_weights, "class weights"),
            takes(entry.takes_missing, "missing values"),
            if entry.takes_sparse { "" } else { "; makes sparse features dense" },
        ));
        table(&mut text, &(entry.schema)().to_value(), "parameter");
    }
    text.push_str(METRIC_HEAD);
    for metric in METRICS {
        let better = if metric.higher_is_better { "higher" } else { "lower" };
        let threshold = if metric.has_threshold() { "yes" } else { "" };
        row(&mut text, &[&format!("`{}`", metric.name), &tasks(metric.tasks), better, threshold, metric.summary]);
    }
    text
}

fn table(text: &mut String, schema: &Json, what: &str) {
    let keys = terms::keys(schema);
    if keys.is_empty() {
        return text.push_str("\nIt takes no parameters.\n");
    }
    text.push_str(&format!("\n| {what} | type | default | meaning |\n|---|---|---|---|\n"));
    keys.iter().for_each(|key| key_rows(text, "", key));
}

/// The row of a key, and those of the keys below it.
fn key_rows(text: &mut String, above: &str, key: &Key) {
    let path = format!("{above}{}", key.name);
    let kind = terms::kind(key.schema);
    row(text, &[&format!("`{path}`"), &kind, &terms::default(key), &terms::meaning(key.schema)]);
    let below = [
        (format!("{path}."), key.schema),
        (format!("{path}[]."), &key.schema["items"]),
        (format!("{path}.<name>."), &key.schema["additionalProperties"]),
    ];
    for (path, schema) in &below {
        terms::keys(schema).iter().for_each(|key| key_rows(text, path, key));
    }
}

fn row(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn tasks(tasks: &[Task]) -> String {
    tasks.iter().map(|task| task.name()).collect::<Vec<_>>().join(", ")
}

/// Where a step of these phases may stand.
fn places(phases: &[Phase]) -> String {
    let place = |phase: &Phase| match phase {
        Phase::RowFilter => "Row filter: `clean.steps`.",
        Phase::ColumnFix => "Column fix: `clean.steps`, `features.derive`.",
        Phase::Learned => "Learned: `features.learned`.",
    };
    phases.iter().map(place).collect::<Vec<_>>().join(" ")
}
