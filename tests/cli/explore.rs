//! `explore`: what is found, on the project's rows and on any table, however hostile.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project};

const OUTPUTS: [&str; 6] = [
    "reports/explore.html",
    "reports/figures/correlation_table_20240131.png",
    "reports/figures/distribution_table_20240131.png",
    "reports/figures/missing_table_20240131.png",
    "reports/figures/target_table_20240131.png",
    "reports/metrics/explore_table_20240131.json",
];

/// What `explore --json` tells of a table.
fn look(folder: &Sandbox, arguments: &[&str]) -> Json {
    serde_json::from_str(&folder.ok(&[&["--json", "explore"], arguments].concat()).stdout).unwrap()
}

fn findings(found: &Json) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    found["findings"].as_array().unwrap().iter().map(|f| (text(&f["finding"]), text(&f["column"]))).collect()
}

#[test]
fn the_stage_writes_its_outs_alike_at_any_number_of_threads_in_both_languages() {
    for task in ["binary", "multiclass", "regression"] {
        let project = generated_project(task);
        project.stages("clean");
        project.ok(&["--threads", "1", "explore"]);
        let all = |project: &Sandbox| -> Vec<Vec<u8>> { OUTPUTS.iter().map(|path| project.bytes(path)).collect() };
        let one = all(&project);
        project.ok(&["--threads", "8", "explore"]);
        assert!(one == all(&project), "{task}");
        let page = project.read(OUTPUTS[0]);
        assert!(page.contains("<html lang=\"en\">") && page.len() < 3_000_000);
        // Every picture has words for who cannot see it.
        assert_eq!(page.matches("<svg ").count(), page.matches("role=\"img\"").count());
        assert!(page.matches("<svg ").count() > 5 && !page.contains("://"), "{task}");
        project.edit("configs/config.yaml", "  seed: 42\n", "  seed: 42\n  lang: es\n");
        project.ok(&["explore"]);
        assert!(project.read(OUTPUTS[0]).contains("Valores ausentes"));
    }
}

#[test]
fn validate_brings_the_stage_up_to_date_with_its_config() {
    let project = Sandbox::wine();
    project.write("configs/explore.yaml", "explore: {data: features, formats: [svg]}\n");
    project.run(&["validate"]).refused(2, "`reports/figures/target_wine_20251120.svg` is not among the outs");
    project.ok(&["validate", "--fix"]);
    let pipeline = project.read("dvc.yaml");
    assert!(pipeline.contains("reports/figures/target_${config.dataset}_${config.date}.svg"), "{pipeline}");
    assert!(!pipeline.contains("reports/figures/target_${config.dataset}_${config.date}.png"), "{pipeline}");
    project.stages("features");
    project.ok(&["explore"]);
    assert!(project.path("reports/figures/missing_wine_20251120.svg").is_file());
    for (config, message) in [
        ("explore: {bins: 1}\n", "`explore.bins`: expected a number from 2 to 200, found `1`"),
        ("explore: {columns: [nothing]}\n", "column `nothing` not found"),
        ("explore: {top: 3}\n", "`explore.top`: unknown key"),
    ] {
        project.write("configs/explore.yaml", config);
        project.run(&["explore"]).refused(2, message);
    }
}

#[test]
fn leaks_ids_constants_gaps_and_copies_are_found_the_gravest_first() {
    let folder = Sandbox::empty();
    let row = |i: usize| {
        let positive = i.is_multiple_of(17);
        let answer = if positive { "yes" } else { "no" };
        let gap = if i.is_multiple_of(5) { String::new() } else { (i % 90).to_string() };
        let x = i * 31 % 97;
        format!("K{i:05},{answer},{},same,{gap},{x},{},,{}\n", u8::from(positive) * 7, 3 * x + 1, i * 13 % 7)
    };
    let header = "key,answer,refund,country,gap,x,x3,empty,noise\n";
    let csv: String = std::iter::once(header.to_owned()).chain((0..600).map(row)).collect();
    folder.write("t.csv", &csv);
    let found = look(&folder, &["t.csv", "--target", "answer", "--html", "t.html"]);
    let told = findings(&found);
    let place = |finding: &str, column: &str| {
        let wanted = (finding.to_owned(), column.to_owned());
        told.iter().position(|one| *one == wanted).unwrap_or_else(|| panic!("{wanted:?} not in {told:?}"))
    };
    assert_eq!(place("leak", "refund"), 0);
    for (finding, column) in [("id_like", "key"), ("constant", "country"), ("empty", "empty"), ("missing", "gap")] {
        place(finding, column);
    }
    assert!(place("constant", "country") < place("correlated", "x"));
    assert_eq!(found["target"]["classes"][1]["level"], "yes");
    assert!(!told.iter().any(|(finding, column)| finding == "leak" && column == "noise"));
    let page = folder.read("t.html");
    assert!(page.contains("alone predicts the target"), "{page}");
    let shown = folder.ok(&["explore", "t.csv", "-t", "answer"]).stdout;
    assert!(shown.contains("600 rows, 9 columns") && shown.contains("high"), "{shown}");
}

#[test]
fn hostile_tables_are_looked_at_or_refused_and_never_become_markup() {
    let folder = Sandbox::empty();
    let levels: String = (0..10_000).map(|i| format!("level {},{}\n", i % 9_000, i % 2)).collect();
    let wide: Vec<String> = (0..500).map(|i| format!("column {i}")).collect();
    let numbers = (0..500).map(|i| (i * 7).to_string()).collect::<Vec<_>>().join(",");
    let long = "é".repeat(100_000);
    let evil = "</script><script>alert(1)</script>";
    for (name, text) in [
        ("one row", "a,b\n1,x\n".to_owned()),
        ("one column", "a\n1\n2\n3\n".to_owned()),
        ("all missing", "a,b\n,\n,\n,\n".to_owned()),
        ("levels", format!("a,b\n{levels}")),
        ("wide", format!("{}\n{numbers}\n{numbers}\n", wide.join(","))),
        ("unicode", "größe,año,名前\n1,2,三\n4,5,六\n".to_owned()),
        ("markup", format!("\"{evil}\",\"<b>\"\n{evil},1\n\"<img src=x onerror=alert(1)>\",2\n")),
        ("huge", "a,b\n1.7e308,-1.7e308\n-1.7e308,5e-324\n0,1e200\n1.7e308,3\n".to_owned()),
        ("long", format!("a,{long}\n{long},1\n")),
        ("odd spaces", "a,b\r\n\" \u{1b}[2J\",\u{7f}\r\nx,y\r\n".to_owned()),
    ] {
        folder.write("t.csv", &text);
        let ran = folder.run(&["explore", "t.csv", "--html", "t.html"]);
        assert!(ran.code == 0 && !ran.stdout.contains('\u{1b}'), "{name}: {}\n{}", ran.stdout, ran.stderr);
        let page = folder.read("t.html");
        assert!(page.len() < 3_000_000, "{name}: {} bytes", page.len());
        assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>"), "{name}");
        assert!(!page.contains("NaN") && !page.contains("inf\""), "{name}");
    }
    folder.write("t.csv", "");
    assert_eq!(folder.run(&["explore", "t.csv"]).code, 3);
    folder.write("t.csv", "a,b\n");
    folder.run(&["explore", "t.csv"]).refused(3, "has no rows");
    folder.run(&["explore", "none.csv"]).refused(1, "none.csv");
    folder.write("t.csv", "age,plan\n1,x\n2,y\n");
    folder.run(&["explore", "t.csv", "--target", "agee"]).refused(3, "did you mean `age`?");
}
