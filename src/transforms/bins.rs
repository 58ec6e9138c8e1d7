//! `bins`: a number's bin as a category.

use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::{add_new, number_text, require, wrong_kind};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Categories, Column, Kind, NULL_CODE, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "bins",
    version: 1,
    summary: "the bin a number falls into, as a category; null stays null",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// A numeric column.
    column: Located<String>,
    /// Rising numbers; `[18, 65]` makes three bins: below 18, from 18 to below 65, and 65 or more.
    #[schemars(length(min = 1))]
    edges: Located<Vec<Located<f64>>>,
    /// One name a bin, so one more than edges; such as `< 18`, `[18, 65)`, `>= 65` where none are given.
    #[schemars(length(min = 2))]
    labels: Option<Located<Vec<Located<String>>>>,
    /// The new column; `<column>_bin` where none is given.
    name: Option<String>,
}

struct Bins {
    column: Located<String>,
    edges: Vec<f64>,
    labels: Vec<String>,
    name: String,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    if params.edges.is_empty() {
        return Err(params.edges.error("expected at least one edge"));
    }
    let mut edges: Vec<f64> = Vec::new();
    for edge in params.edges.iter() {
        if !edge.is_finite() {
            return Err(edge.error("expected a finite number").hint("the outer bins have no bound already"));
        }
        if edges.last().is_some_and(|last| *last >= edge.value) {
            return Err(edge.error("edges must rise"));
        }
        edges.push(edge.value);
    }
    let labels = match &params.labels {
        None => default_labels(&edges),
        Some(labels) => {
            if labels.len() != edges.len() + 1 {
                return Err(labels.error(format!(
                    "expected {} labels for {} edges, found {}",
                    edges.len() + 1,
                    edges.len(),
                    labels.len()
                )));
            }
            for (at, label) in labels.iter().enumerate() {
                if labels[..at].iter().any(|l| l.value == label.value) {
                    return Err(label.error(format!("label `{}` is listed twice", label.value)));
                }
            }
            labels.iter().map(|l| l.value.clone()).collect()
        }
    };
    let name = params.name.unwrap_or_else(|| format!("{}_bin", params.column.value));
    Ok(Step::ColumnFix(Box::new(Bins { column: params.column, edges, labels, name })))
}

fn default_labels(edges: &[f64]) -> Vec<String> {
    let text = |edge: Option<&f64>| edge.map_or_else(String::new, |x| number_text(*x));
    let inner = edges.windows(2).map(|pair| format!("[{}, {})", text(pair.first()), text(pair.last())));
    let first = format!("< {}", text(edges.first()));
    let last = format!(">= {}", text(edges.last()));
    [first].into_iter().chain(inner).chain([last]).collect()
}

impl ColumnFix for Bins {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.column.find("column", columns)?;
        add_new(&self.name, columns, &self.column)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = require(table, &self.column)?;
        let Values::Number(numbers) = &column.values else {
            return Err(wrong_kind(&self.column, column.kind, "a numeric column"));
        };
        let bin = |x: &f64| if x.is_nan() { NULL_CODE } else { self.edges.partition_point(|edge| edge <= x) as u32 };
        let codes = numbers.iter().map(bin).collect();
        let values = Values::Category(Categories { codes, levels: self.labels.clone() });
        table.set(Column { name: self.name.clone(), kind: Kind::Category, values });
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn bin(params: &str) -> Result<Vec<Option<String>>> {
        let Step::ColumnFix(fix) = build(&parse(params, "f.yaml")?)? else { panic!() };
        let mut table = Table::new(vec![Column::number("age", vec![17.9, 18.0, 64.0, 65.0, f64::NAN])]);
        fix.apply(&mut table)?;
        let Values::Category(bins) = &table.column("age_bin").unwrap().values else { panic!() };
        Ok(bins.iter().map(|b| b.map(str::to_owned)).collect())
    }

    #[test]
    fn bins_are_half_open_and_the_outer_ones_unbounded() {
        let found = bin("{column: age, edges: [18, 65]}").unwrap();
        let expected = [Some("< 18"), Some("[18, 65)"), Some("[18, 65)"), Some(">= 65"), None];
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
        let found = bin("{column: age, edges: [18], labels: [minor, adult]}").unwrap();
        assert_eq!(found[0].as_deref(), Some("minor"));
    }

    #[test]
    fn bad_edges_and_labels_are_refused_in_their_place() {
        for (params, expected) in [
            ("{column: age, edges: []}", "f.yaml:1:22: `edges`: expected at least one edge"),
            ("{column: age, edges: [2, 1]}", "f.yaml:1:26: `edges[1]`: edges must rise"),
            ("{column: age, edges: [1], labels: [a]}", "f.yaml:1:35: `labels`: expected 2 labels for 1 edges, found 1"),
            ("{column: age, edges: [1], labels: [a, a]}", "f.yaml:1:39: `labels[1]`: label `a` is listed twice"),
        ] {
            assert_eq!(bin(params).unwrap_err().message(), expected, "{params}");
        }
    }
}
