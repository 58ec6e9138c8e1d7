//! `mlops dag`: the graph of dvc.yaml.

use crate::sandbox::Sandbox;

const DIAMOND: &str = "stages:
  raw: {cmd: x, outs: [r]}
  left: {cmd: x, deps: [r], outs: [l]}
  right: {cmd: x, deps: [r], outs: [q]}
  join: {cmd: x, deps: [r, l, q], outs: [j]}
";

fn pipeline(text: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("dvc.yaml", text);
    sandbox
}

#[test]
fn a_diamond_is_drawn_without_edges_that_follow_from_others() {
    let expected = [
        "      ┌─────┐",
        "      │ raw │",
        "      └──┬──┘",
        "         │",
        "    ┌────┴────┐",
        "    ▼         ▼",
        "┌──────┐  ┌───────┐",
        "│ left │  │ right │",
        "└───┬──┘  └───┬───┘",
        "    │         │",
        "    └────┬────┘",
        "         ▼",
        "     ┌──────┐",
        "     │ join │",
        "     └──────┘",
        "",
    ];
    let sandbox = pipeline(DIAMOND);
    assert_eq!(sandbox.ok(&["dag"]).stdout, expected.join("\n"));
    // What ran is no matter of the graph.
    sandbox.write("dvc.lock", "broken: [");
    let ascii = sandbox.ok(&["dag", "--ascii"]).stdout;
    assert!(ascii.is_ascii() && ascii.contains("| left |  | right |"), "{ascii}");
    assert_eq!(sandbox.ok(&["dag", "left"]).stdout.matches('▼').count(), 1);
    // Where boxes are too wide, a list has every edge.
    assert_eq!(sandbox.ok(&["dag", "--width", "12"]).stdout, "raw\n  left\n  right\n    join  (and raw, left)\n");
}

/// What `dvc dag --mermaid` prints (3.67.1).
#[test]
fn other_programs_get_every_edge() {
    let sandbox = pipeline(DIAMOND);
    let mermaid = "flowchart TD\n\tnode1[\"join\"]\n\tnode2[\"left\"]\n\tnode3[\"raw\"]\n\tnode4[\"right\"]\n\tnode2-->node1\n\tnode3-->node1\n\tnode3-->node2\n\tnode3-->node4\n\tnode4-->node1\n";
    assert_eq!(sandbox.ok(&["dag", "--mermaid"]).stdout, mermaid);
    assert_eq!(sandbox.ok(&["dag", "--md"]).stdout, format!("```mermaid\n{mermaid}```\n"));
    let dot = sandbox.ok(&["dag", "--dot"]).stdout;
    assert!(dot.starts_with("digraph {\n") && dot.contains("  \"raw\" -> \"join\";\n"), "{dot}");
    let json: serde_json::Value = serde_json::from_str(&sandbox.ok(&["dag", "--outs", "--json"]).stdout).unwrap();
    assert_eq!(json["nodes"], serde_json::json!(["r", "l", "q", "j"]));
    assert_eq!(json["edges"].as_array().unwrap().len(), 5);
    sandbox.run(&["dag", "jion"]).refused(2, "did you mean `join`?");
    sandbox.run(&["dag", "--dot", "--md"]).refused(2, "cannot be used with");
    pipeline("stages: {a: {cmd: x, outs: [o], deps: [o]}}").run(&["dag"]).refused(2, "dvc.yaml:1:");
    Sandbox::empty().run(&["dag"]).refused(2, "no project");
    assert_eq!(pipeline("stages: {}").ok(&["dag"]).stdout, "");
}

#[test]
fn the_project_s_own_pipeline_fits_a_terminal() {
    let wine = Sandbox::wine();
    let drawn = wine.ok(&["dag", "--width", "80"]).stdout;
    for stage in ["ingest", "clean", "features", "split", "train@baseline", "train@xgb", "evaluate", "predict"] {
        assert!(drawn.contains(&format!("│ {stage} │")), "{stage}\n{drawn}");
    }
    // All five models meet in one row above `evaluate`; `features` and `explore`, `report` and `predict` part.
    assert_eq!(drawn.matches('▼').count(), 12, "{drawn}");
    let collapsed = wine.ok(&["dag", "--collapse"]).stdout;
    assert!(collapsed.contains("│ train │") && !collapsed.contains('@'), "{collapsed}");
}

#[test]
fn data_files_lead_to_stages_and_frozen_ones_stand_where_they_belong() {
    let sandbox = pipeline(
        "stages:\n  late: {cmd: x, deps: [o], outs: [p], frozen: true}\n  early: {cmd: x, deps: [in.csv], outs: [o]}\n",
    );
    sandbox.write(
        "in.csv.dvc",
        "outs:\n- md5: 3ab8a1fbd5b1c5d5e8b8b8b8b8b8b8b8\n  size: 1\n  hash: md5\n  path: in.csv\n",
    );
    let list = "in.csv.dvc\n  early\n    late\n";
    assert_eq!(sandbox.ok(&["dag", "--list"]).stdout, list);
    assert_eq!(sandbox.ok(&["dag", "--outs", "--list"]).stdout, "in.csv\n  o\n    p\n");
    assert_eq!(sandbox.ok(&["dag"]).stdout.matches('▼').count(), 2);
}
