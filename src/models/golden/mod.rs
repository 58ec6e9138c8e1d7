//! Algorithms beside scikit-learn 1.9.1, on formulas instead of random numbers so that both have the same rows.
//!
//! The rows here are those of tests/golden/nb_knn_svm.py, which `svm/tests.rs` shares; the linear models have their own.

mod linear;
mod naive_bayes;
mod nearest_neighbours;

use super::{FitContext, FittedModel, REGISTRY};
use crate::data::{Block, Matrix, SparseBlock, Target};
use crate::error::Result;
use crate::yaml::parse;

const ROWS: usize = 90;
pub const SHOWN: [usize; 8] = [0, 13, 26, 39, 52, 65, 78, 89];

/// Two dense features; a category of five levels and two counts as a sparse block.
pub struct Sample {
    pub x: Matrix,
    pub value: Vec<f64>,
    pub weights: Vec<f64>,
}

impl Sample {
    /// `shift` is added to the dense features.
    pub fn new(shift: f64) -> Self {
        let wave = |row: usize, step: usize, period: usize| (row * step % period) as f64;
        let a: Vec<f64> = (0..ROWS).map(|row| wave(row, 37, 101) / 50.0 - 1.0).collect();
        let b: Vec<f64> = (0..ROWS).map(|row| wave(row, 53, 97) / 48.0 - 1.0).collect();
        let mut sparse = SparseBlock { width: 7, starts: vec![0], ..SparseBlock::default() };
        let mut value = Vec::new();
        for row in 0..ROWS {
            let (level, counts) = ((row * 7 + row / 11) % 5, [wave(row, 3, 4), (row / 7 % 3) as f64]);
            let cells = [(level, 1.0), (5, counts[0]), (6, counts[1])];
            for (at, cell) in cells.into_iter().filter(|(_, cell)| *cell != 0.0) {
                sparse.indices.push(at as u32);
                sparse.values.push(cell);
            }
            sparse.starts.push(sparse.indices.len());
            let bonus = if level == 2 { 0.8 } else { 0.0 };
            value.push(a[row] * 1.5 + b[row] * a[row] + bonus - counts[0] * 0.2 + wave(row, 29, 31) / 60.0);
        }
        let dense = [a, b].into_iter().map(|column| column.iter().map(|v| v + shift).collect()).collect();
        Self {
            x: Matrix {
                rows: ROWS,
                names: (0..9).map(|at| format!("f{at}")).collect(),
                blocks: vec![Block::Dense(dense), Block::Sparse(sparse)],
            },
            value,
            weights: (0..ROWS).map(|row| 1.0 + (row % 4) as f64).collect(),
        }
    }

    fn classes(&self, cuts: &[f64]) -> Target {
        let code = |v: &f64| cuts.iter().filter(|cut| v > cut).count() as u32;
        Target::Classes { codes: self.value.iter().map(code).collect(), classes: cuts.len() + 1 }
    }

    /// Two classes, three classes.
    pub fn targets(&self) -> [Target; 2] {
        [self.classes(&[0.2]), self.classes(&[-0.4, 0.6])]
    }
}

pub fn fit(name: &str, params: &str, x: &Matrix, y: &Target, weights: Option<&[f64]>) -> Result<Box<dyn FittedModel>> {
    let entry = REGISTRY.iter().find(|e| e.name == name).unwrap();
    let context = FitContext::of(1, 1);
    (entry.build)(&parse(params, "").unwrap()).unwrap().fit(x, y, weights, &context)
}

pub fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    for (row, expected) in SHOWN.iter().zip(expected) {
        let found = found[*row];
        assert!((found - expected).abs() <= tolerance, "{what}, row {row}: {found} is not {expected}");
    }
}
