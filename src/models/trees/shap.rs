//! Shapley values of a tree's features: how far each moves a row's answer, where a feature that is not known sends the
//! row both ways, by the cover of the children (Lundberg et al., "From local explanations to global understanding with
//! explainable AI for trees", 2020; the values of its algorithm 2, which XGBoost's `pred_contribs` gives too).
//!
//! They are summed leaf by leaf. On the way to a leaf each feature has one condition, however often it is asked: an
//! interval, and the share `z` of rows that meet it by cover. With `o` = 1 where a row meets it and else 0, the leaf's
//! part of feature `i` is the integral over `t` from 0 to 1 of `(o_i - z_i) * product over j ≠ i of (o_j t + z_j (1 - t))`,
//! which is Shapley's sum over subsets, written with a beta integral for its factorials. It is a polynomial in `t`, so
//! Gauss and Legendre's rule of half its degree gives it exactly, and all of its terms have one sign: nothing cancels
//! in deep trees. Rows that meet the same conditions of a leaf share its values.

use super::tree::{Entry, Tree};

/// Conditions up to which a leaf's values are kept by what rows meet, as so many tables.
const KEPT: usize = 10;

/// What the way to a leaf asks of a feature.
#[derive(Debug, Clone, Copy)]
struct Condition {
    feature: u32,
    /// Values from here on.
    low: f32,
    /// Values below.
    high: f32,
    /// Whether rows that miss the feature come this way.
    missing: bool,
    /// The share of rows that do, by cover.
    share: f64,
}

impl Condition {
    fn and(self, other: Self) -> Self {
        Self {
            feature: self.feature,
            low: self.low.max(other.low),
            high: self.high.min(other.high),
            missing: self.missing & other.missing,
            share: self.share * other.share,
        }
    }

    fn is_met(&self, value: f32) -> bool {
        if value.is_nan() { self.missing } else { (value >= self.low) & (value < self.high) }
    }
}

/// The ways to the leaves of a tree.
pub struct Ways {
    conditions: Vec<Condition>,
    /// Each leaf's node, and where its conditions end.
    leaves: Vec<(usize, usize)>,
}

/// What is still to be done on the walk through a tree.
enum Step {
    Visit(usize, Option<Condition>),
    /// Sets the condition back, or takes it away.
    Restore(usize, Option<Condition>),
}

impl Ways {
    /// The ways through a tree; none where its covers are no weights of rows.
    pub fn of(tree: &Tree) -> Option<Self> {
        let mut out = Self { conditions: Vec::new(), leaves: Vec::new() };
        let mut way: Vec<Condition> = Vec::new();
        let mut pending = vec![Step::Visit(0, None)];
        while let Some(step) = pending.pop() {
            match step {
                Step::Restore(at, Some(condition)) => way[at] = condition,
                Step::Restore(at, None) => way.truncate(at),
                Step::Visit(node, condition) => {
                    if let Some(condition) = condition {
                        match way.iter().position(|known| known.feature == condition.feature) {
                            Some(at) => {
                                pending.push(Step::Restore(at, Some(way[at])));
                                way[at] = way[at].and(condition);
                            }
                            None => {
                                pending.push(Step::Restore(way.len(), None));
                                way.push(condition);
                            }
                        }
                    }
                    match conditions(tree, node)? {
                        Some([(left, below), (right, above)]) => {
                            pending.extend([Step::Visit(right, Some(above)), Step::Visit(left, Some(below))]);
                        }
                        None => {
                            out.conditions.extend_from_slice(&way);
                            out.leaves.push((node, out.conditions.len()));
                        }
                    }
                }
            }
        }
        Some(out)
    }

    fn each(&self) -> impl Iterator<Item = (usize, &[Condition])> {
        let starts = std::iter::once(0).chain(self.leaves.iter().map(|(_, end)| *end));
        self.leaves.iter().zip(starts).map(|((node, end), start)| (*node, &self.conditions[start..*end]))
    }

    /// Adds the tree's answer for a row of which nothing is known to its outputs' sums.
    pub fn add_expected(&self, tree: &Tree, sums: &mut [f64]) {
        for (node, conditions) in self.each() {
            let share: f64 = conditions.iter().map(|condition| condition.share).product();
            sums.iter_mut().zip(tree.leaf(node)).for_each(|(sum, value)| *sum += share * f64::from(*value));
        }
    }

    /// Adds the values of each feature, `stride` apart from row to row: of each row first those of the tree's first
    /// output. `rows` are row-major, NaN where a value is missing.
    pub fn add(&self, tree: &Tree, rows: &[f32], width: usize, sums: &mut [f64], stride: usize) {
        let mut rules = Vec::new();
        let mut known = Known::default();
        for (node, conditions) in self.each() {
            let rule = rule(&mut rules, conditions.len().div_ceil(2));
            known.clear(conditions.len());
            for (row, sums) in rows.chunks_exact(width).zip(sums.chunks_mut(stride)) {
                let values = known.values(conditions, row, rule);
                for (output, leaf) in tree.leaf(node).iter().enumerate() {
                    let sums = &mut sums[output * width..];
                    for (condition, value) in conditions.iter().zip(values) {
                        sums[condition.feature as usize] += f64::from(*leaf) * value;
                    }
                }
            }
        }
    }
}

/// The children of a split with what it asks of rows on their way there; nothing for a leaf, and none for covers that
/// are no weights.
fn conditions(tree: &Tree, node: usize) -> Option<Option<[(usize, Condition); 2]>> {
    let Entry::Split { feature, threshold, default_left, .. } = *tree.entries().get(node)? else { return Some(None) };
    let (left, right) = tree.children(node);
    let [below, above] = [left, right].map(|child| match tree.entries().get(child) {
        Some(Entry::Split { cover, .. } | Entry::Leaf { cover, .. }) => f64::from(*cover),
        None => f64::NAN,
    });
    if !(below >= 0.0 && above >= 0.0 && (below + above).is_finite()) || (node == 0 && below + above == 0.0) {
        return None;
    }
    // Where no row came, none is likelier to go left.
    let share = if below + above > 0.0 { below / (below + above) } else { 0.5 };
    let below = Condition { feature, low: f32::NEG_INFINITY, high: threshold, missing: default_left, share };
    let above = Condition { low: threshold, high: f32::INFINITY, missing: !default_left, share: 1.0 - share, ..below };
    Some(Some([(left, below), (right, above)]))
}

/// Values of a leaf's features for rows seen before, by the conditions that they meet.
#[derive(Default)]
struct Known {
    /// One more than the number of the values; 0 for none yet.
    places: Vec<u32>,
    values: Vec<f64>,
    met: Vec<bool>,
}

impl Known {
    fn clear(&mut self, conditions: usize) {
        self.values.clear();
        self.places.clear();
        self.places.resize(if conditions <= KEPT { 1 << conditions } else { 1 }, 0);
    }

    fn values(&mut self, conditions: &[Condition], row: &[f32], rule: &[(f64, f64)]) -> &[f64] {
        let is_met = |condition: &Condition| condition.is_met(row[condition.feature as usize]);
        let mut place = 0;
        if conditions.len() <= KEPT {
            place = conditions.iter().rev().fold(0, |place, condition| place << 1 | usize::from(is_met(condition)));
        } else {
            self.clear(conditions.len());
        }
        if self.places[place] == 0 {
            self.met.clear();
            self.met.extend(conditions.iter().map(is_met));
            push(conditions, &self.met, rule, &mut self.values);
            self.places[place] = (self.values.len() / conditions.len().max(1)) as u32;
        }
        let end = self.places[place] as usize * conditions.len();
        &self.values[end.saturating_sub(conditions.len())..end]
    }
}

/// Appends the values of a leaf of 1 for a row that meets these of its conditions.
fn push(conditions: &[Condition], met: &[bool], rule: &[(f64, f64)], out: &mut Vec<f64>) {
    let from = out.len();
    out.resize(from + conditions.len(), 0.0);
    // No row comes here that does not meet such a condition, known or not.
    if conditions.iter().zip(met).any(|(condition, met)| condition.share == 0.0 && !met) {
        return;
    }
    let pairs = || conditions.iter().zip(met).map(|(condition, met)| (condition.share, f64::from(u8::from(*met))));
    for (at, weight) in rule {
        let factor = |(share, met): (f64, f64)| met * at + share * (1.0 - at);
        let all: f64 = pairs().map(factor).product();
        for (value, pair) in out[from..].iter_mut().zip(pairs()) {
            *value += weight * (pair.1 - pair.0) * (all / factor(pair));
        }
    }
}

/// The rule of so many points, made where it is not there yet.
fn rule(rules: &mut Vec<Vec<(f64, f64)>>, points: usize) -> &[(f64, f64)] {
    while rules.len() <= points {
        rules.push(gauss_legendre(rules.len()));
    }
    &rules[points]
}

/// Points between 0 and 1 and their weights, which integrate polynomials of a degree below twice their number exactly.
fn gauss_legendre(points: usize) -> Vec<(f64, f64)> {
    let n = points as f64;
    let point = |at: usize| {
        let mut x = libm::cos(std::f64::consts::PI * (at as f64 + 0.75) / (n + 0.5));
        let mut slope = 1.0;
        // Newton's method, from a guess so close that few steps suffice.
        for _ in 0..8 {
            let (mut value, mut before) = (1.0, 0.0);
            for degree in 1..=points {
                let degree = degree as f64;
                (value, before) = (((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree, value);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        ((1.0 + x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..points).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitMix64;

    /// A random tree whose features come again on one way, of leaves with two values.
    fn tree(random: &mut SplitMix64, features: usize, depth: usize) -> Tree {
        fn grow(random: &mut SplitMix64, features: usize, depth: usize, entries: &mut Vec<Entry>) -> f32 {
            let at = entries.len();
            if depth == 0 || random.below(8) == 0 {
                // A leaf without any cover is a way that no training row took.
                let cover = random.below(5) as f32;
                entries.push(Entry::Leaf { value: 0.0, cover });
                return cover;
            }
            entries.push(Entry::Leaf { value: 0.0, cover: 0.0 });
            let cover = grow(random, features, depth - 1, entries) + grow(random, features, depth - 1, entries);
            entries[at] = Entry::Split {
                feature: random.below(features) as u32,
                threshold: random.below(5) as f32,
                default_left: random.below(2) == 0,
                gain: 1.0,
                cover,
            };
            cover
        }
        let mut entries = Vec::new();
        grow(random, features, depth, &mut entries);
        let leaves = entries.iter().filter(|entry| matches!(entry, Entry::Leaf { .. })).count();
        let values = (0..2 * leaves).map(|_| random.unit_f64() as f32 - 0.5).collect();
        Tree::of(entries, values, 2).unwrap()
    }

    /// The tree's first answer where only the features of `known` are known.
    fn answer(tree: &Tree, node: usize, row: &[f32], known: usize) -> f64 {
        match conditions(tree, node).unwrap() {
            None => f64::from(tree.leaf(node)[0]),
            Some([(left, below), (right, above)]) => {
                let value = row[below.feature as usize];
                if known >> below.feature & 1 == 1 {
                    answer(tree, if below.is_met(value) { left } else { right }, row, known)
                } else {
                    below.share * answer(tree, left, row, known) + above.share * answer(tree, right, row, known)
                }
            }
        }
    }

    #[test]
    fn values_are_shapleys_by_the_definition_and_sum_to_the_answer() {
        let mut random = SplitMix64::new(3);
        let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
        let mut tried = 0;
        for features in [1, 2, 5] {
            for _ in 0..60 {
                let tree = tree(&mut random, features, 6);
                let Some(ways) = Ways::of(&tree) else { continue };
                let rows: Vec<f32> = (0..6 * features)
                    .map(|_| if random.below(5) == 0 { f32::NAN } else { random.below(6) as f32 - 0.5 })
                    .collect();
                let mut found = vec![0.0; 6 * 2 * features];
                ways.add(&tree, &rows, features, &mut found, 2 * features);
                let mut expected = [0.0; 2];
                ways.add_expected(&tree, &mut expected);
                for (row, found) in rows.chunks(features).zip(found.chunks(2 * features)) {
                    assert!((expected[0] - answer(&tree, 0, row, 0)).abs() < 1e-12);
                    for (feature, found) in found.iter().enumerate().take(features) {
                        let subsets = (0..1usize << features).filter(|subset| subset >> feature & 1 == 0);
                        let by_definition: f64 = subsets
                            .map(|subset| {
                                let size = subset.count_ones() as usize;
                                let weight = factorial(size) * factorial(features - size - 1) / factorial(features);
                                weight * (answer(&tree, 0, row, subset | 1 << feature) - answer(&tree, 0, row, subset))
                            })
                            .sum();
                        assert!((found - by_definition).abs() < 1e-12, "{found} {by_definition}");
                    }
                    let sum = expected[0] + found[..features].iter().sum::<f64>();
                    assert!((sum - answer(&tree, 0, row, usize::MAX)).abs() < 1e-12);
                    tried += 1;
                }
            }
        }
        assert!(tried > 500, "{tried}");
    }

    #[test]
    fn a_way_of_very_many_features_loses_no_digits() {
        let depth = 300;
        let split = |at: usize| Entry::Split {
            feature: at as u32,
            threshold: 0.5,
            default_left: true,
            gain: 1.0,
            cover: (depth - at + 1) as f32,
        };
        let mut entries = Vec::new();
        for at in 0..depth {
            entries.extend([split(at), Entry::Leaf { value: at as f32, cover: 1.0 }]);
        }
        entries.push(Entry::Leaf { value: 1000.0, cover: 1.0 });
        let tree = Tree::of(entries, Vec::new(), 1).unwrap();
        let ways = Ways::of(&tree).unwrap();
        let (mut found, mut expected) = (vec![0.0; depth], [0.0]);
        ways.add(&tree, &vec![1.0; depth], depth, &mut found, depth);
        ways.add_expected(&tree, &mut expected);
        assert!((expected[0] + found.iter().sum::<f64>() - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn covers_that_are_no_weights_give_none() {
        let split = Entry::Split { feature: 0, threshold: 0.5, default_left: true, gain: 1.0, cover: 2.0 };
        for covers in [[0.0, 0.0], [-1.0, 2.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            let leaf = |cover| Entry::Leaf { value: 1.0, cover };
            let tree = Tree::of(vec![split, leaf(covers[0]), leaf(covers[1])], Vec::new(), 1).unwrap();
            assert!(Ways::of(&tree).is_none(), "{covers:?}");
        }
    }
}
