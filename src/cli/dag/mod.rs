//! `dag`: the graph of dvc.yaml, as boxes, a list, Mermaid, DOT or JSON.

mod draw;
mod formats;
mod graph;
mod layout;
mod route;

use std::process::{Command, Stdio};

use clap::Args;

use super::args::Global;
use super::failures::Failures;
use super::printer::Printer;
use super::session;
use crate::engine::{Repo, Stage};
use crate::project::Project;
use draw::Signs;
use graph::Graph;

const EXAMPLES: &str = "\
Examples:
  mlops dag                        the stages of dvc.yaml, as boxes
  mlops dag evaluate               what leads to evaluate
  mlops dag --collapse             the stages of a foreach or matrix as one
  mlops dag --outs                 the files that stages write
  mlops dag --md >> README.md      a Mermaid graph that GitHub draws";

/// Where neither the terminal nor an option says how wide it is.
const WIDTH: usize = 120;

/// Options of `dag`.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub struct DagArgs {
    /// Only these stages and what leads to them; with --outs, files
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The files that stages write, in place of the stages
    #[arg(long, short)]
    outs: bool,
    /// The stages of a foreach or matrix as one
    #[arg(long, conflicts_with = "outs")]
    collapse: bool,
    /// A Mermaid flowchart
    #[arg(long, group = "format")]
    mermaid: bool,
    /// A Mermaid flowchart in a Markdown fence
    #[arg(long, group = "format")]
    md: bool,
    /// A graph for Graphviz
    #[arg(long, group = "format")]
    dot: bool,
    /// An indented list, as where boxes are too wide
    #[arg(long, group = "format")]
    list: bool,
    /// Lines in boxes for edges too that follow from others; every other format has them anyway
    #[arg(long)]
    all_edges: bool,
    /// Boxes of plain ASCII
    #[arg(long)]
    ascii: bool,
    /// Columns that boxes may take; by default those of the terminal
    #[arg(long, value_name = "N")]
    width: Option<usize>,
}

/// Reads dvc.yaml and prints its graph.
pub fn run(printer: &Printer, global: &Global, options: &DagArgs) -> Result<(), Failures> {
    let project = Project::with_pipeline(&session::start(global))?;
    let pipeline = Repo::pipeline(project.root())?;
    let stages: Vec<&Stage> = pipeline.data.iter().chain(&pipeline.stages).collect();
    let graph = if options.outs { Graph::of_outs(&stages) } else { Graph::of_stages(&stages) };
    let graph = graph.leading_to(&options.targets, if options.outs { "files" } else { "stages" })?;
    let graph = match options.collapse.then(|| graph.collapsed()) {
        Some(None) => {
            printer.note("collapsed, the groups would go in a circle; every stage is shown");
            graph
        }
        Some(Some(collapsed)) => collapsed,
        None => graph,
    };
    if printer.is_json() {
        return Ok(printer.document(&formats::json(&graph))?);
    }
    let text = match options {
        DagArgs { mermaid: true, .. } => formats::mermaid(&graph),
        DagArgs { md: true, .. } => format!("```mermaid\n{}\n```", formats::mermaid(&graph)),
        DagArgs { dot: true, .. } => formats::dot(&graph),
        DagArgs { list: true, .. } => formats::list(&graph),
        _ => boxes(&graph, options),
    };
    if text.is_empty() {
        printer.note("dvc.yaml has no stages");
        return Ok(());
    }
    Ok(printer.line(&text)?)
}

fn boxes(graph: &Graph, options: &DagArgs) -> String {
    let reduced = if options.all_edges { graph.clone() } else { graph.reduced() };
    let width = options.width.or_else(terminal).unwrap_or(WIDTH);
    let signs = if options.ascii { &Signs::ASCII } else { &Signs::LINES };
    let drawn =
        reduced.components().into_iter().map(|part| Some(draw::draw(&part, &layout::layout(&part, width)?, signs)));
    let drawn: Option<Vec<String>> = drawn.collect();
    drawn.map_or_else(|| formats::list(graph), |parts| parts.join("\n"))
}

/// Columns of the terminal on stdin, where there is one.
fn terminal() -> Option<usize> {
    if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()) {
        return Some(columns);
    }
    let output = Command::new("stty").arg("size").stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1)?.parse().ok().filter(|columns| *columns > 0)
}
