//! The page of the report and the model cards.

use crate::sandbox::{Sandbox, generated_project};

/// Bytes that a page may take, whatever it tells of.
const MOST: usize = 3_000_000;

fn reported(task: &str) -> Sandbox {
    let project = generated_project(task);
    project.stages("evaluate");
    project.ok(&["report"]);
    project
}

#[test]
fn every_task_has_a_page_and_cards() {
    for task in ["binary", "multiclass", "regression"] {
        let project = reported(task);
        let page = project.read("reports/report.html");
        assert!(page.len() < MOST, "{task}: {}", page.len());
        for wanted in ["id=\"pipeline\"", "id=\"models\"", "id=\"card\"", "id=\"provenance\"", "<svg", "role=\"img\""] {
            assert!(page.contains(wanted), "{task}: no {wanted}");
        }
        assert_eq!(page.contains("id=\"threshold-slider\""), task == "binary", "{task}");
        assert!(!page.contains("https://") && !page.contains(project.path("").to_str().unwrap()), "{task}");
        let card = project.read("models/xgb_table_v1.md");
        for wanted in ["# `models/xgb_table_v1.bin`", "## Test (", "## Out of fold (", "## Inputs"] {
            assert!(card.contains(wanted), "{task}: no {wanted} in\n{card}");
        }
    }
}

#[test]
fn pages_and_cards_are_the_same_at_any_number_of_threads_and_in_spanish_if_wanted() {
    let project = reported("binary");
    let bytes = |project: &Sandbox| (project.bytes("reports/report.html"), project.bytes("models/xgb_table_v1.md"));
    let first = bytes(&project);
    for threads in ["1", "8"] {
        project.ok(&["--threads", threads, "report"]);
        assert!(bytes(&project) == first, "{threads}");
    }
    project.edit("configs/config.yaml", "  seed: 42\n", "  seed: 42\n  lang: es\n");
    project.ok(&["report"]);
    let page = project.read("reports/report.html");
    assert!(page.contains("<html lang=\"es\">") && page.contains("Diccionario de datos"), "not Spanish");
    assert!(project.read("models/xgb_table_v1.md").contains("## Entradas"));
    project.edit("configs/config.yaml", "  lang: es\n", "  lang: fr\n");
    project.run(&["report"]).refused(2, "`fr`");
}

#[test]
fn descriptions_are_escaped_and_reach_the_page() {
    let project = generated_project("binary");
    let config = project.read("configs/config.yaml");
    project.write("configs/config.yaml", &format!("{config}  columns:\n    a: \"<script>alert(1)</script> & more\"\n"));
    project.stages("evaluate");
    project.ok(&["report"]);
    let page = project.read("reports/report.html");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more") && !page.contains("<script>alert"));
}

#[test]
fn a_run_is_a_page_with_its_time_and_place() {
    let project = generated_project("binary");
    project.ok(&["run-all", "--to", "split"]);
    project.ok(&["runs", "show", "latest", "--html", "run.html"]);
    let page = project.read("run.html");
    for wanted in [" UTC", "ingest", "id=\"place\"", "run-all --to split"] {
        assert!(page.contains(wanted), "no {wanted}");
    }
}
