//! Whole trees against a search that looks at every row for every split.

use super::*;
use crate::data::{Block, Matrix, SparseBlock, SplitMix64};

const ROWS: usize = 300;

/// Two dense features with ties and missing values, a one-hot column of four levels, some rows without, and two sparse
/// features that share rows.
fn matrix() -> Matrix {
    let mut random = SplitMix64::new(4);
    let mut dense = |levels: usize| {
        let value = |random: &mut SplitMix64| match random.below(6) {
            0 => f64::NAN,
            _ => random.below(levels) as f64 - 3.0,
        };
        (0..ROWS).map(|_| value(&mut random)).collect::<Vec<f64>>()
    };
    let columns = vec![dense(7), dense(40)];
    let mut hot = SparseBlock { width: 4, starts: vec![0], ..SparseBlock::default() };
    let mut shared = SparseBlock { width: 2, starts: vec![0], ..SparseBlock::default() };
    for _ in 0..ROWS {
        let level = random.below(5) as u32;
        if level < 4 {
            hot.indices.push(level);
            hot.values.push(1.0);
        }
        hot.starts.push(hot.indices.len());
        for at in 0..2 {
            if random.below(3) == 0 {
                shared.indices.push(at);
                shared.values.push(random.below(5) as f64);
            }
        }
        shared.starts.push(shared.indices.len());
    }
    let names: Vec<String> = (0..8).map(|at| at.to_string()).collect();
    Matrix {
        rows: ROWS,
        names: names.into(),
        blocks: vec![Block::Dense(columns), Block::Sparse(hot), Block::Sparse(shared)],
    }
}

/// Gradients of quarters, so that every sum is exact in any order.
fn derivatives(x: &[f64]) -> Vec<[f32; 2]> {
    let mut random = SplitMix64::new(5);
    let value = |row: &[f64]| if row[0].is_nan() { 1.0 } else { row[0] } + if row[3].is_nan() { 0.0 } else { 4.0 };
    x.chunks(8)
        .map(|row| [(value(row) + random.below(12) as f64) as f32 / 4.0, 0.25 * (1 + random.below(3)) as f32])
        .collect()
}

fn growth(max_depth: usize, max_leaves: Option<usize>) -> Growth {
    Growth { max_depth, max_leaves, min_child_weight: 2.0, gamma: 0.0, of_tree: 1.0, of_split: 1.0 }
}

fn grow(x: &Matrix, derivatives: &[[f32; 2]], growth: &Growth, threads: usize) -> Tree {
    let rows: Vec<u32> = (0..x.rows as u32).collect();
    let binned = Binned::of(x, Layout::of(x, &rows, None, 256));
    let statistic = Derivatives { rows: derivatives, outputs: 1, output: 0, lambda: 1.0, alpha: 0.5, eta: 1.0 };
    let part = Grower { binned: &binned, statistic: &statistic, growth, seed: 1, threads }.grow(&mut rows.clone());
    let tree = Tree::grown(&part, &statistic, 1).unwrap();
    // A row's own way through the bins ends in the leaf that the tree sends it to.
    let scorer = Scorer::of(std::slice::from_ref(&tree), x.width());
    let mut scores = vec![0.0; x.rows];
    scorer.add(1, (x, 0..x.rows), &mut scores, |_| 0, 1);
    let mut sent = 0;
    for (leaf, rows) in part.send(&binned, &mut rows.clone()) {
        let mut value = Vec::new();
        statistic.leaf(&part.nodes[leaf].sums, &mut value);
        sent += rows.len();
        assert!(rows.iter().all(|row| scores[*row as usize] == f64::from(value[0])), "leaf {leaf}");
    }
    assert_eq!(sent, x.rows);
    tree
}

/// The gain of sending these rows left, by the definition.
fn gain(derivatives: &[[f32; 2]], rows: &[usize], is_left: &dyn Fn(usize) -> bool) -> Option<f64> {
    let sums = |side: bool| {
        let of_side = rows.iter().filter(|row| is_left(**row) == side);
        of_side.fold([0.0, 0.0], |sums, row| [0, 1].map(|at| sums[at] + f64::from(derivatives[*row][at])))
    };
    let score = |[g, h]: [f64; 2]| (g.abs() - 0.5).max(0.0).powi(2) / (h + 1.0);
    let (left, right) = (sums(true), sums(false));
    let parent = [left[0] + right[0], left[1] + right[1]];
    (left[1] >= 2.0 && right[1] >= 2.0).then(|| score(left) + score(right) - score(parent))
}

/// The best gain of any threshold and direction for missing values.
fn best(x: &[f64], derivatives: &[[f32; 2]], rows: &[usize]) -> f64 {
    let mut best: f64 = 0.0;
    for feature in 0..8 {
        let mut values: Vec<f64> = rows.iter().map(|row| x[row * 8 + feature]).filter(|v| !v.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        for threshold in values.iter().copied().chain([f64::INFINITY]) {
            for default in [false, true] {
                let is_left = |row: usize| {
                    let value = x[row * 8 + feature];
                    if value.is_nan() { default } else { value < threshold }
                };
                best = best.max(gain(derivatives, rows, &is_left).unwrap_or(0.0));
            }
        }
    }
    best
}

#[test]
fn every_split_is_the_best_there_is_and_no_good_one_is_left_out() {
    let x = matrix();
    let rows = x.to_row_major(f64::NAN);
    let derivatives = derivatives(&rows);
    let tree = grow(&x, &derivatives, &growth(6, None), 1);
    let mut groups = vec![(0, 0, (0..ROWS).collect::<Vec<usize>>())];
    let mut splits = 0;
    while let Some((node, depth, group)) = groups.pop() {
        let best = best(&rows, &derivatives, &group);
        match tree.entries()[node] {
            Entry::Leaf { .. } => assert!(depth == 6 || best < 1e-5, "node {node} could gain {best}"),
            Entry::Split { feature, threshold, default_left, gain, .. } => {
                splits += 1;
                assert!((f64::from(gain) - best).abs() < 1e-4 * best, "node {node} gains {gain} of {best}");
                let is_left = |row: &usize| {
                    let value = rows[row * 8 + feature as usize];
                    if value.is_nan() { default_left } else { value < f64::from(threshold) }
                };
                let (left, right) = tree.children(node);
                let (a, b): (Vec<usize>, Vec<usize>) = group.iter().partition(|row| is_left(row));
                groups.extend([(left, depth + 1, a), (right, depth + 1, b)]);
            }
        }
    }
    assert!(splits > 8, "{splits}");
}

#[test]
fn threads_and_the_order_of_growth_change_nothing() {
    let x = matrix().select(&(0..40 * ROWS).map(|at| at % ROWS).collect::<Vec<_>>());
    let derivatives = derivatives(&x.to_row_major(f64::NAN));
    let tree = grow(&x, &derivatives, &growth(6, None), 1);
    assert!(tree.entries().len() > 20);
    for threads in [2, 8] {
        assert!(grow(&x, &derivatives, &growth(6, None), threads) == tree, "{threads} threads");
    }
    assert!(grow(&x, &derivatives, &growth(6, Some(1000)), 2) == tree, "best first");
    let few = grow(&x, &derivatives, &growth(6, Some(7)), 1);
    assert_eq!(few.entries().iter().filter(|entry| matches!(entry, Entry::Leaf { .. })).count(), 7);
}

#[test]
fn what_is_no_tree_is_refused() {
    let leaf = Entry::Leaf { value: 1.0, cover: 1.0 };
    let split = Entry::Split { feature: 0, threshold: 0.0, default_left: true, gain: 1.0, cover: 2.0 };
    for entries in [vec![], vec![split], vec![split, leaf], vec![leaf, leaf], vec![split, leaf, leaf, leaf]] {
        assert!(Tree::of(entries.clone(), Vec::new(), 1).is_none(), "{entries:?}");
    }
    let tree = Tree::of(vec![split, leaf, split, leaf, leaf], Vec::new(), 1).unwrap();
    assert_eq!((tree.children(0), tree.children(2), tree.children(4)), ((1, 2), (3, 4), (4, 4)));
    assert!(tree.fits(1) && !tree.fits(0));
    assert!(Tree::of(vec![leaf], vec![0.5; 2], 3).is_none() && Tree::of(vec![leaf], vec![0.5; 3], 3).is_some());
}

#[test]
fn few_rows_are_split_as_by_their_histogram() {
    let x = matrix();
    let derivatives = derivatives(&x.to_row_major(f64::NAN));
    let all: Vec<u32> = (0..x.rows as u32).collect();
    let binned = Binned::of(&x, Layout::of(&x, &all, None, 256));
    let statistic = Derivatives { rows: &derivatives, outputs: 1, output: 0, lambda: 1.0, alpha: 0.0, eta: 1.0 };
    let growth = Growth { min_child_weight: 0.0, ..growth(6, None) };
    let mut split = 0;
    for seed in 0..300 {
        let (rows, _) = draw::rows(all.iter().copied(), 0.004 * (1 + seed % 50) as f64, seed);
        let mut sums = [0.0; 2];
        rows.iter().for_each(|row| Derivatives::add(&mut sums, statistic.row(*row as usize)));
        let allowed = draw::features(8, [1.0, 0.5][seed as usize % 2], seed);
        let search = || split::Search::new(&binned.layout, &statistic, &growth, allowed.as_deref(), sums);
        let whole = search().best(&histogram::sum(&binned, &statistic, &rows, 1));
        let few = search().best_of_few(&histogram::of_few(&binned, &statistic, &rows));
        assert_eq!(format!("{few:?}"), format!("{whole:?}"), "rows {rows:?}");
        split += usize::from(few.is_some());
    }
    assert!(split > 200, "{split}");
}
