//! The data dictionary: descriptions in the config, shown as Markdown.

use crate::sandbox::{Sandbox, generated_project};

const COLUMNS: &str = "  columns:
    a: {description: \"Size | of the *thing*\", unit: cm}
    color: Colour as seen
    ratio: {description: a for each}
    y: what is predicted
";

fn described() -> Sandbox {
    let sandbox = generated_project("binary");
    let config = sandbox.read("configs/config.yaml");
    sandbox.write("configs/config.yaml", &format!("{config}{COLUMNS}"));
    sandbox.edit("configs/features.yaml", "features:\n", "features:\n  drop: [b]\n");
    sandbox
}

#[test]
fn a_dataset_and_a_model_are_shown_with_descriptions() {
    let sandbox = described();
    sandbox.stages("split");
    let csv = "data/interim/table-features_interim_20240131.csv";
    let text = sandbox.ok(&["show", csv, "--md"]).stdout;
    for line in [
        "# `data/interim/table-features_interim_20240131.csv`",
        "400 rows, 8 columns, phase features.",
        "| column | kind | description | unit | missing | values | role |",
        "| `row_id` | id |  |  | 0.0 % |  | id |",
        "| `a` | number | Size \\| of the *thing* | cm | 9.2 % | 0.0206 to 9.9966 | feature |",
        "| `b` | number |  |  | 0.0 % | -1.982 to 2 | dropped |",
        "| `color` | category | Colour as seen |  | 6.0 % | `blue`, `green`, `odd, \"quoted\"`, `red` | feature |",
        "| `y` | category | what is predicted |  | 0.0 % | `no`, `yes` | target |",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` not in\n{text}");
    }
    sandbox.ok(&["train", "--algorithm", "dt"]);
    let text = sandbox.ok(&["show", "models/dt_table_v1.bin", "--md"]).stdout;
    let inputs = text.split("## Inputs").nth(1).unwrap();
    assert!(inputs.contains("| `a` | number | Size \\| of the *thing* | cm |"), "{text}");
    assert!(inputs.contains("| `ratio` | number | a for each |") && !inputs.contains("| `b` |"), "{text}");
    let text = sandbox.ok(&["show", "configs", "--md"]).stdout;
    assert!(text.contains("## configs/config.yaml\n\n```yaml\nconfig:\n"), "{text}");
    sandbox.run(&["show", csv, "--md", "--json"]).refused(2, "--json");
}

#[test]
fn descriptions_change_no_artifact() {
    let (plain, sandbox) = (described(), described());
    plain.edit("configs/config.yaml", COLUMNS, "");
    for project in [&plain, &sandbox] {
        project.stages("split");
        project.ok(&["train", "--algorithm", "dt"]);
    }
    for folder in ["data", "models"] {
        assert!(!plain.files(folder).is_empty() && plain.files(folder) == sandbox.files(folder), "{folder}");
    }
}

#[test]
fn what_does_not_fit_is_named_where_it_stands() {
    for (from, to, message) in [
        (
            "color: Colour",
            "colour: Colour",
            "configs/config.yaml:11:5: `config.columns.colour`: column `colour` not found",
        ),
        ("color: Colour", "colour: Colour", "did you mean `color`?"),
        ("unit: cm", "units: cm", "configs/config.yaml:10:47: `config.columns.a.units`: unknown key"),
        ("what is predicted", "3", "configs/config.yaml:13:8: `config.columns.y`"),
    ] {
        let sandbox = described();
        sandbox.edit("configs/config.yaml", from, to);
        sandbox.run(&["validate"]).refused(2, message);
    }
}
