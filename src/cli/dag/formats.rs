//! The graph as text for other programs, and as a list.

use serde_json::{Value as Json, json};

use super::graph::Graph;

/// A flowchart as DVC writes it.
pub fn mermaid(graph: &Graph) -> String {
    let mut order: Vec<usize> = (0..graph.nodes.len()).collect();
    order.sort_unstable_by_key(|&node| &graph.nodes[node]);
    let mut numbers = vec![0; order.len()];
    let mut lines = vec!["flowchart TD".to_owned()];
    for (at, &node) in order.iter().enumerate() {
        numbers[node] = at + 1;
        let name = graph.nodes[node].replace('"', "#quot;");
        lines.push(format!("\tnode{}[\"{name}\"]", at + 1));
    }
    let mut edges: Vec<(usize, usize)> = graph.edges().iter().map(|&(a, b)| (numbers[a], numbers[b])).collect();
    edges.sort_unstable();
    lines.extend(edges.iter().map(|(from, to)| format!("\tnode{from}-->node{to}")));
    lines.join("\n")
}

/// A graph for Graphviz.
pub fn dot(graph: &Graph) -> String {
    let quoted = |node: usize| format!("\"{}\"", graph.nodes[node].replace('\\', "\\\\").replace('"', "\\\""));
    let mut lines = vec!["digraph {".to_owned()];
    lines.extend((0..graph.nodes.len()).map(|node| format!("  {};", quoted(node))));
    lines.extend(graph.edges().iter().map(|&(from, to)| format!("  {} -> {};", quoted(from), quoted(to))));
    lines.push("}".to_owned());
    lines.join("\n")
}

/// Nodes and edges by name.
pub fn json(graph: &Graph) -> Json {
    let edge = |&(from, to): &(usize, usize)| json!({ "from": graph.nodes[from], "to": graph.nodes[to] });
    json!({ "nodes": graph.nodes, "edges": graph.edges().iter().map(edge).collect::<Vec<_>>() })
}

/// Each node below the last of those that lead to it; the others are named beside it.
pub fn list(graph: &Graph) -> String {
    let layers = graph.layers();
    let parent = |node: usize| graph.before[node].iter().copied().max_by_key(|&earlier| (layers[earlier], earlier));
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for node in 0..graph.nodes.len() {
        match parent(node) {
            Some(parent) => below[parent].push(node),
            None => waiting.push((node, 0)),
        }
    }
    waiting.reverse();
    let mut lines = Vec::new();
    while let Some((node, depth)) = waiting.pop() {
        let others: Vec<&str> = graph.before[node]
            .iter()
            .filter(|&&earlier| Some(earlier) != parent(node))
            .map(|&earlier| graph.nodes[earlier].as_str())
            .collect();
        let also = if others.is_empty() { String::new() } else { format!("  (and {})", others.join(", ")) };
        lines.push(format!("{}{}{also}", "  ".repeat(depth), graph.nodes[node]));
        waiting.extend(below[node].iter().rev().map(|&next| (next, depth + 1)));
    }
    lines.join("\n")
}
