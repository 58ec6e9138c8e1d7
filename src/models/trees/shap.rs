//! Shapley values of a tree's features: how far each moves a row's answer, where a feature that is not known sends the
//! row both ways, by the cover of the children (Lundberg et al., "From local explanations to global understanding with
//! explainable AI for trees", 2020; the values of its algorithm 2, which XGBoost's `pred_contribs` gives too).
//!
//! On the way to a leaf each feature has one condition, however often it is asked: an interval, and the share `z` of rows
//! that meet it by cover. With `o` = 1 where a row meets it and else 0, the leaf's part of feature `i` is the integral over
//! `t` from 0 to 1 of `(o_i - z_i) * product over j ≠ i of (o_j t + z_j (1 - t))`, which is Shapley's sum over subsets,
//! written with a beta integral for its factorials. It is a polynomial in `t`, so Gauss and Legendre's rule of half its
//! degree gives it exactly, and all of its terms have one sign: nothing cancels in deep trees.
//!
//! One walk through the tree does it for all leaves (as Yu et al., "Linear TreeShap", 2022, share their polynomials): at
//! every point of the rule the product of the factors is kept on the way down and what the leaves give is summed on the
//! way back, so that each branch adds its feature's part once. The walk takes rows side by side, each by itself.

use super::tree::{Entry, Tree};

/// Rows that walk through a tree together; rests take fewer.
const MANY: usize = 32;
const SOME: usize = 8;

/// What the way to a node asks of a feature.
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

/// A branch of a tree: the way from a split to one of its children.
struct Branch {
    /// All that the way down to its end asks of the feature that is split.
    condition: Condition,
    /// The node at its end.
    node: usize,
    /// Branches on the way from the root, itself included.
    level: usize,
    /// The level of the branch before it that asks of the same feature; 0 for none.
    before: usize,
    /// The share of rows that come to its end, by cover.
    reach: f64,
}

/// The branches of a tree, each before those below it.
pub struct Ways {
    branches: Vec<Branch>,
    /// The most branches one below the other.
    levels: usize,
    /// The rule that is exact for the most features that one way asks of: points with their weights.
    rule: Vec<(f64, f64)>,
}

impl Ways {
    /// The ways through a tree; none where its covers are no weights of rows.
    pub fn of(tree: &Tree) -> Option<Self> {
        let mut branches: Vec<Branch> = Vec::new();
        // The conditions of the present way, and how many features those up to each level ask of.
        let mut way: Vec<(Condition, usize)> = Vec::new();
        let (mut levels, mut features) = (0, 0);
        let mut pending: Vec<(usize, usize, f64, Option<Condition>)> = vec![(0, 0, 1.0, None)];
        while let Some((node, level, reach, condition)) = pending.pop() {
            if let Some(asked) = condition {
                way.truncate(level - 1);
                let before = way.iter().rposition(|(known, _)| known.feature == asked.feature);
                let condition = before.map_or(asked, |at| way[at].0.and(asked));
                let count = way.last().map_or(0, |(_, count)| *count) + usize::from(before.is_none());
                way.push((condition, count));
                (levels, features) = (levels.max(level), features.max(count));
                branches.push(Branch { condition, node, level, before: before.map_or(0, |at| at + 1), reach });
            }
            if let Some(both) = conditions(tree, node)? {
                // The left one is walked first.
                let below = |(child, condition): (usize, Condition)| {
                    (child, level + 1, reach * condition.share, Some(condition))
                };
                pending.extend(both.into_iter().rev().map(below));
            }
        }
        Some(Self { branches, levels, rule: gauss_legendre(features.div_ceil(2)) })
    }

    /// Adds the tree's answer for a row of which nothing is known to its outputs' sums.
    pub fn add_expected(&self, tree: &Tree, sums: &mut [f64]) {
        let root = self.branches.is_empty().then_some((0, 1.0));
        let leaves = self.branches.iter().filter(|branch| is_leaf(tree, branch.node));
        for (node, reach) in leaves.map(|branch| (branch.node, branch.reach)).chain(root) {
            sums.iter_mut().zip(tree.leaf(node)).for_each(|(sum, value)| *sum += reach * f64::from(*value));
        }
    }

    /// Adds the values of each feature, `stride` apart from row to row: of each row first those of the tree's first
    /// output. `rows` are row-major, NaN where a value is missing.
    pub fn add(&self, tree: &Tree, rows: &[f32], width: usize, sums: &mut [f64], stride: usize) {
        let (mut rows, mut sums) = (rows, sums);
        while !rows.is_empty() {
            let taken = match rows.len() / width {
                MANY.. => Walk::<MANY>::new(self, tree, rows, width).add(sums, stride),
                SOME.. => Walk::<SOME>::new(self, tree, rows, width).add(sums, stride),
                _ => Walk::<1>::new(self, tree, rows, width).add(sums, stride),
            };
            rows = rows.get(taken * width..).unwrap_or_default();
            sums = sums.get_mut(taken * stride..).unwrap_or_default();
        }
    }
}

fn is_leaf(tree: &Tree, node: usize) -> bool {
    matches!(tree.entries().get(node), Some(Entry::Leaf { .. }))
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

/// At one point of the rule, a number for rows that meet a condition and one for those that do not.
#[derive(Clone, Copy, Default)]
struct Pair {
    met: f64,
    unmet: f64,
}

impl Pair {
    /// The number of a row; all bits of `met` are set where it meets the condition, else none. No branch, so that rows
    /// go side by side.
    fn of(self, met: u64) -> f64 {
        f64::from_bits(self.met.to_bits() & met | self.unmet.to_bits() & !met)
    }
}

/// What a branch does at one point of the rule.
#[derive(Clone, Copy, Default)]
struct Effect {
    /// What it multiplies with.
    factor: Pair,
    /// One divided by that.
    inverse: Pair,
    /// What its feature adds for each unit that the leaves below give.
    part: Pair,
}

impl Effect {
    fn of(share: f64, (at, weight): (f64, f64)) -> Self {
        let rest = share * (1.0 - at);
        let factor = Pair { met: at + rest, unmet: rest };
        // No row comes here that does not meet a condition which none is known to meet.
        let inverse = Pair { met: 1.0 / factor.met, unmet: if rest > 0.0 { 1.0 / rest } else { 0.0 } };
        let part = Pair { met: weight * (1.0 - share) * inverse.met, unmet: -weight * share * inverse.unmet };
        Self { factor, inverse, part }
    }
}

/// `N` rows on their way through a tree. Everything is kept by level, and the root is level 0.
struct Walk<'a, const N: usize> {
    ways: &'a Ways,
    tree: &'a Tree,
    width: usize,
    outputs: usize,
    /// Values of each feature.
    values: Vec<[f32; N]>,
    /// The branch of each level.
    branches: Vec<usize>,
    /// Which rows meet the condition of each level.
    met: Vec<[u64; N]>,
    /// By level and point.
    effects: Vec<Effect>,
    /// The product of all factors, by level and point.
    products: Vec<[f64; N]>,
    /// What the leaves below give, by level, output and point.
    given: Vec<[f64; N]>,
}

impl<'a, const N: usize> Walk<'a, N> {
    /// The first `N` rows.
    fn new(ways: &'a Ways, tree: &'a Tree, rows: &[f32], width: usize) -> Self {
        let (points, outputs) = (ways.rule.len(), tree.outputs());
        let mut values = vec![[0.0; N]; width];
        for (lane, row) in rows.chunks_exact(width).take(N).enumerate() {
            values.iter_mut().zip(row).for_each(|(lanes, value)| lanes[lane] = *value);
        }
        let levels = ways.levels + 1;
        Self {
            ways,
            tree,
            width,
            outputs,
            values,
            branches: vec![0; levels],
            met: vec![[0; N]; levels],
            effects: vec![Effect::default(); levels * points],
            products: vec![[1.0; N]; levels * points],
            given: vec![[0.0; N]; levels * points * outputs],
        }
    }

    /// Adds what each feature does to each row's outputs, and tells the number of rows.
    fn add(&mut self, sums: &mut [f64], stride: usize) -> usize {
        let mut level = 0;
        for (at, branch) in self.ways.branches.iter().enumerate() {
            while level >= branch.level {
                self.leave(level, sums, stride);
                level -= 1;
            }
            level = branch.level;
            self.branches[level] = at;
            self.enter(branch);
        }
        (1..=level).rev().for_each(|level| self.leave(level, sums, stride));
        N
    }

    fn enter(&mut self, branch: &Branch) {
        let points = self.ways.rule.len();
        let Branch { condition, level, before, .. } = *branch;
        let values = &self.values[condition.feature as usize];
        self.met[level] = values.map(|value| 0u64.wrapping_sub(u64::from(condition.is_met(value))));
        let (met, met_before) = (&self.met[level], &self.met[before]);
        let (above, here) = self.products[(level - 1) * points..].split_at_mut(points);
        for (point, at) in self.ways.rule.iter().enumerate() {
            let effect = Effect::of(condition.share, *at);
            self.effects[level * points + point] = effect;
            let (above, here) = (&above[point], &mut here[point]);
            for lane in 0..N {
                here[lane] = above[lane] * effect.factor.of(met[lane]);
            }
            if before > 0 {
                // The condition stands in for the one before it.
                let inverse = self.effects[before * points + point].inverse;
                for lane in 0..N {
                    here[lane] *= inverse.of(met_before[lane]);
                }
            }
        }
        let given = &mut self.given[level * points * self.outputs..][..points * self.outputs];
        if !is_leaf(self.tree, branch.node) {
            given.fill([0.0; N]);
            return;
        }
        for (value, given) in self.tree.leaf(branch.node).iter().zip(given.chunks_exact_mut(points)) {
            let value = f64::from(*value);
            given.iter_mut().zip(&here[..points]).for_each(|(given, product)| *given = product.map(|p| value * p));
        }
    }

    fn leave(&mut self, level: usize, sums: &mut [f64], stride: usize) {
        let points = self.ways.rule.len();
        let size = points * self.outputs;
        let Branch { condition, before, .. } = self.ways.branches[self.branches[level]];
        let (met, met_before) = (&self.met[level], &self.met[before]);
        let (above, here) = self.given[(level - 1) * size..].split_at_mut(size);
        above.iter_mut().zip(&*here).for_each(|(above, here)| (0..N).for_each(|lane| above[lane] += here[lane]));
        for (output, given) in here[..size].chunks_exact(points).enumerate() {
            let mut found = [0.0; N];
            for (point, given) in given.iter().enumerate() {
                let part = self.effects[level * points + point].part;
                for lane in 0..N {
                    found[lane] += given[lane] * part.of(met[lane]);
                }
                if before > 0 {
                    // Leaves below are not the earlier branch's, which counts them with its own.
                    let part = self.effects[before * points + point].part;
                    for lane in 0..N {
                        found[lane] -= given[lane] * part.of(met_before[lane]);
                    }
                }
            }
            let first = output * self.width + condition.feature as usize;
            for (lane, found) in found.into_iter().enumerate() {
                sums[lane * stride + first] += found;
            }
        }
    }
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
