//! The graph that is shown: names, and which leads to which.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::engine::Stage;
use crate::error::{Error, Result, suggest};

/// Between the name of a group of stages and that of one of them.
const JOIN: char = '@';

/// A graph without circles; nodes stand after those that lead to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Their names.
    pub nodes: Vec<String>,
    /// For each node those that lead to it, in order.
    pub before: Vec<Vec<usize>>,
}

impl Graph {
    /// Stages and `.dvc` files; one leads to another that reads its outs.
    pub fn of_stages(stages: &[&Stage]) -> Self {
        let index = outs(stages);
        let before = stages.iter().map(|stage| {
            let deps = stage.deps.iter().flat_map(|dep| overlapping(&index, &dep.path));
            deps.map(|(stage, _)| stage).collect::<BTreeSet<usize>>().into_iter().collect()
        });
        let all = Self { before: before.collect(), nodes: stages.iter().map(|stage| stage.name.clone()).collect() };
        all.forwards()
    }

    /// Outs; one leads to those of a stage that reads it.
    pub fn of_outs(stages: &[&Stage]) -> Self {
        let index = outs(stages);
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut graph = Self::default();
        for out in stages.iter().flat_map(|stage| &stage.outs) {
            numbers.insert(&out.path, graph.nodes.len());
            graph.nodes.push(out.path.clone());
        }
        for stage in stages {
            let deps = stage.deps.iter().flat_map(|dep| overlapping(&index, &dep.path));
            let before: BTreeSet<usize> = deps.filter_map(|(_, out)| numbers.get(out).copied()).collect();
            graph.before.extend(stage.outs.iter().map(|_| before.iter().copied().collect::<Vec<_>>()));
        }
        graph.forwards()
    }

    /// Those nodes and all that leads to them; everything where none is named. A group is named by what stands
    /// before its `@`.
    ///
    /// # Errors
    /// Exit code 2 with a did-you-mean.
    pub fn leading_to(self, targets: &[String], what: &str) -> Result<Self> {
        if targets.is_empty() {
            return Ok(self);
        }
        let mut kept = vec![false; self.nodes.len()];
        for target in targets {
            let mut found = false;
            for (node, name) in self.nodes.iter().enumerate() {
                if name == target || name.split_once(JOIN).is_some_and(|(group, _)| group == target) {
                    (kept[node], found) = (true, true);
                }
            }
            if !found {
                return Err(Error::usage(format!("`{target}` is none of the {what} of dvc.yaml")).maybe_hint(suggest(
                    target,
                    what,
                    &self.nodes,
                )));
            }
        }
        for node in (0..kept.len()).rev().filter(|node| kept[*node]).collect::<Vec<_>>() {
            self.mark(node, &mut kept);
        }
        Ok(self.merged(|node| kept[node].then(|| self.nodes[node].clone())))
    }

    fn mark(&self, node: usize, kept: &mut [bool]) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            for &earlier in &self.before[node] {
                if !std::mem::replace(&mut kept[earlier], true) {
                    waiting.push(earlier);
                }
            }
        }
    }

    /// The stages of a group as one; none where the groups would go in a circle.
    pub fn collapsed(&self) -> Option<Self> {
        let group = |name: &str| name.split_once(JOIN).map_or(name, |(group, _)| group).to_owned();
        self.merged(|node| Some(group(&self.nodes[node]))).sorted()
    }

    /// Nodes by their new names, in the order of the first of each; those of one name become one, those of none go.
    fn merged(&self, name: impl Fn(usize) -> Option<String>) -> Self {
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut nodes: Vec<String> = Vec::new();
        let mut new = Vec::new();
        for node in 0..self.nodes.len() {
            new.push(name(node).map(|name| {
                *numbers.entry(name.clone()).or_insert_with(|| {
                    nodes.push(name);
                    nodes.len() - 1
                })
            }));
        }
        let mut sets = vec![BTreeSet::new(); nodes.len()];
        for (node, before) in self.before.iter().enumerate() {
            let Some(to) = new[node] else { continue };
            sets[to].extend(before.iter().filter_map(|&from| new[from]).filter(|&from| from != to));
        }
        Self { nodes, before: sets.into_iter().map(|set| set.into_iter().collect()).collect() }
    }

    /// In an order in which nothing leads back; a frozen stage may stand before what it reads.
    fn forwards(mut self) -> Self {
        if let Some(sorted) = self.sorted() {
            return sorted;
        }
        self.before.iter_mut().enumerate().for_each(|(node, before)| before.retain(|from| *from < node));
        self
    }

    /// Each node behind those that lead to it, else as they stand.
    fn sorted(&self) -> Option<Self> {
        let mut new: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut sorted = Self::default();
        while sorted.nodes.len() < self.nodes.len() {
            let ready =
                |node: &usize| new[*node].is_none() && self.before[*node].iter().all(|&from| new[from].is_some());
            let node = (0..self.nodes.len()).find(ready)?;
            new[node] = Some(sorted.nodes.len());
            sorted.nodes.push(self.nodes[node].clone());
            sorted.before.push(self.before[node].iter().filter_map(|&from| new[from]).collect());
        }
        Some(sorted)
    }

    /// The parts that nothing joins, in the order of their first nodes.
    pub fn components(&self) -> Vec<Self> {
        // Each node points at an earlier one of its part, the first at itself.
        let mut first: Vec<usize> = (0..self.nodes.len()).collect();
        let root = |first: &[usize], mut node: usize| {
            while first[node] != node {
                node = first[node];
            }
            node
        };
        for (from, to) in self.edges() {
            let (a, b) = (root(&first, from), root(&first, to));
            first[a.max(b)] = a.min(b);
        }
        let mut parts: BTreeMap<usize, Self> = BTreeMap::new();
        let mut new = vec![0; self.nodes.len()];
        for (node, name) in self.nodes.iter().enumerate() {
            let part = parts.entry(root(&first, node)).or_default();
            new[node] = part.nodes.len();
            part.nodes.push(name.clone());
            part.before.push(self.before[node].iter().map(|&from| new[from]).collect());
        }
        parts.into_values().collect()
    }

    /// Without edges that follow from others.
    pub fn reduced(&self) -> Self {
        let size = self.nodes.len().div_ceil(64);
        let mut reached: Vec<Vec<u64>> = Vec::with_capacity(self.nodes.len());
        let mut before = Vec::with_capacity(self.nodes.len());
        for all in &self.before {
            // Whatever leads to one of those before follows from that one.
            let mut beyond = vec![0u64; size];
            for &node in all {
                let known = reached.get(node).into_iter().flatten();
                beyond.iter_mut().zip(known).for_each(|(bits, other)| *bits |= other);
            }
            let follows = |node: &usize| beyond.get(node / 64).is_some_and(|bits| bits >> (node % 64) & 1 == 1);
            before.push(all.iter().copied().filter(|node| !follows(node)).collect());
            for &node in all {
                if let Some(bits) = beyond.get_mut(node / 64) {
                    *bits |= 1 << (node % 64);
                }
            }
            reached.push(beyond);
        }
        Self { nodes: self.nodes.clone(), before }
    }

    /// All edges, as from and to.
    pub fn edges(&self) -> Vec<(usize, usize)> {
        let to = |(to, before): (usize, &Vec<usize>)| before.iter().map(|&from| (from, to)).collect::<Vec<_>>();
        self.before.iter().enumerate().flat_map(to).collect()
    }

    /// How many nodes the longest way to each node has.
    pub fn layers(&self) -> Vec<usize> {
        let mut layers: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for before in &self.before {
            layers.push(before.iter().filter_map(|&node| layers.get(node)).max().map_or(0, |layer| layer + 1));
        }
        layers
    }
}

/// The stage that writes each out, by path.
fn outs<'a>(stages: &[&'a Stage]) -> BTreeMap<&'a str, usize> {
    let all = stages.iter().enumerate();
    all.flat_map(|(at, stage)| stage.outs.iter().map(move |out| (out.path.as_str(), at))).collect()
}

/// The outs that are, hold or lie in `path`, with their stages.
fn overlapping<'a>(outs: &BTreeMap<&'a str, usize>, path: &str) -> Vec<(usize, &'a str)> {
    let above = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
    let mut found: Vec<(usize, &str)> =
        above.filter_map(|folder| outs.get_key_value(folder)).map(|(out, stage)| (*stage, *out)).collect();
    let inside = format!("{path}/");
    let below = outs
        .range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded))
        .take_while(|(out, _)| out.starts_with(&inside));
    found.extend(below.map(|(out, stage)| (*stage, *out)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let nodes: Vec<String> = edges.iter().map(|(name, _)| (*name).to_owned()).collect();
        let at = |name: &&str| nodes.iter().position(|node| node == name).unwrap();
        Graph {
            before: edges.iter().map(|(_, before)| before.iter().map(at).collect()).collect(),
            nodes: nodes.clone(),
        }
    }

    fn shown(graph: &Graph) -> Vec<String> {
        graph.edges().iter().map(|&(a, b)| format!("{}-{}", graph.nodes[a], graph.nodes[b])).collect()
    }

    #[test]
    fn edges_that_follow_from_others_go() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"]), ("d", &["a", "b", "c"]), ("e", &["a"])]);
        assert_eq!(shown(&graph.reduced()), ["a-b", "b-c", "c-d", "a-e"]);
    }

    #[test]
    fn parts_that_nothing_joins_stand_apart() {
        let parts = graph(&[("a", &[]), ("x", &[]), ("b", &[]), ("c", &["a", "b"]), ("y", &["x"])]).components();
        let nodes: Vec<String> = parts.iter().map(|part| part.nodes.join("")).collect();
        assert_eq!(
            (nodes, shown(&parts[0])),
            (vec!["abc".to_owned(), "xy".to_owned()], vec!["a-c".into(), "b-c".into()])
        );
    }

    #[test]
    fn targets_are_stages_and_groups() {
        let all = graph(&[("a", &[]), ("t@1", &["a"]), ("t@2", &["a"]), ("e", &["t@1", "t@2"]), ("x", &[])]);
        for (target, nodes) in [("t", &["a", "t@1", "t@2"][..]), ("t@2", &["a", "t@2"]), ("x", &["x"])] {
            assert_eq!(all.clone().leading_to(&[target.to_owned()], "stages").unwrap().nodes, nodes);
        }
        assert_eq!(all.clone().leading_to(&[], "stages").unwrap(), all);
        let error = all.leading_to(&["t@3".to_owned()], "stages").unwrap_err();
        assert_eq!(error.message(), "`t@3` is none of the stages of dvc.yaml");
    }

    #[test]
    fn groups_become_one_unless_they_would_go_in_a_circle() {
        let groups = graph(&[("t@1", &[]), ("e", &["t@1"]), ("t@2", &[]), ("f", &["t@1", "t@2"])]).collapsed().unwrap();
        assert_eq!(
            (groups.nodes.clone(), shown(&groups)),
            (vec!["t".into(), "e".into(), "f".into()], vec!["t-e".into(), "t-f".into()])
        );
        assert_eq!(graph(&[("t@1", &[]), ("e", &["t@1"]), ("t@2", &["e"])]).collapsed(), None);
    }
}
