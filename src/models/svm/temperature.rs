//! Temperature scaling (Guo et al. 2017): the decisions of several classes to probabilities, in the order of the
//! decisions, which scaling each class by itself would not keep.

use serde::{Deserialize, Serialize};

use super::descent::{FLAT, Loss, least};
use crate::models::exp::softmax;

/// Decisions that tell nothing still order the classes.
const LEAST: f64 = 1e-6;

/// The probabilities of decisions: `softmax(inverse * decisions)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Temperature {
    /// One over the temperature; above 0.
    pub inverse: f64,
}

/// Decisions for rows that the machines have not seen, of the classes that there are.
pub struct Unseen {
    classes: usize,
    /// Row by row, one a class.
    decisions: Vec<f64>,
    /// What the decisions of each row should tend to, each of them times its probability.
    wanted: Vec<f64>,
    weights: Vec<f64>,
}

impl Unseen {
    /// The decisions of each class, none for one that no training row had; class and weight of each row.
    ///
    /// The targets are short of 0 and 1 as Platt has them, so that decisions that part the rows do not become
    /// certainties: a row is of its class, and a little of each, as if the class had one row more of every class.
    pub fn new(of_classes: &[Option<Vec<f64>>], codes: &[u32], weights: &[f64]) -> Self {
        let mut totals = vec![0.0; of_classes.len()];
        codes.iter().zip(weights).for_each(|(code, weight)| totals[*code as usize] += weight);
        let present: Vec<&Vec<f64>> = of_classes.iter().flatten().collect();
        let (classes, rows) = (present.len(), 0..codes.len());
        let decisions: Vec<f64> = rows.flat_map(|row| present.iter().map(move |decisions| decisions[row])).collect();
        let wanted = |(row, (code, decisions)): (usize, (&u32, &[f64]))| {
            let own = of_classes[*code as usize].as_ref().map_or(0.0, |decisions| decisions[row]);
            let total = totals[*code as usize];
            (total * own + decisions.iter().sum::<f64>()) / (total + classes as f64)
        };
        let wanted = codes.iter().zip(decisions.chunks_exact(classes)).enumerate().map(wanted).collect();
        Self { classes, decisions, wanted, weights: weights.to_vec() }
    }
}

impl Temperature {
    /// The least log loss.
    pub fn fit(unseen: &Unseen) -> Self {
        let [inverse] = least(unseen, [0.0]);
        Self { inverse: inverse.max(LEAST) }
    }

    /// Turns decisions into their probabilities.
    pub fn probabilities(self, decisions: &mut [f64]) {
        decisions.iter_mut().for_each(|decision| *decision *= self.inverse);
        softmax(decisions);
    }
}

impl Unseen {
    /// Calls `of` with the decisions of each row, their probabilities, what they should tend to, and the weight.
    fn rows(&self, inverse: f64, mut of: impl FnMut(&[f64], &[f64], f64, f64)) {
        let mut probabilities = vec![0.0; self.classes];
        let rows = self.decisions.chunks_exact(self.classes).zip(&self.wanted).zip(&self.weights);
        for ((decisions, wanted), weight) in rows {
            probabilities.copy_from_slice(decisions);
            Temperature { inverse }.probabilities(&mut probabilities);
            of(decisions, &probabilities, *wanted, *weight);
        }
    }
}

/// The log loss by the inverse.
impl Loss<1> for Unseen {
    fn value(&self, [inverse]: [f64; 1]) -> f64 {
        let mut value = 0.0;
        self.rows(inverse, |decisions, probabilities, wanted, weight| {
            let products = probabilities.iter().zip(decisions);
            // The logarithm of the greatest probability tells that of the sum.
            let (p, most) = products.fold((0.0, 0.0), |best, (p, d)| if *p > best.0 { (*p, *d) } else { best });
            value += weight * (inverse * (most - wanted) - libm::log(p));
        });
        value
    }

    fn newton(&self, [inverse]: [f64; 1]) -> Option<([f64; 1], f64)> {
        let (mut first, mut second) = (0.0, 0.0);
        self.rows(inverse, |decisions, probabilities, wanted, weight| {
            let products = || probabilities.iter().zip(decisions);
            let mean: f64 = products().map(|(p, d)| p * d).sum();
            let spread: f64 = products().map(|(p, d)| p * (d - mean) * (d - mean)).sum();
            first += weight * (mean - wanted);
            second += weight * spread;
        });
        let step = -first / second;
        (first.abs() >= FLAT && step.is_finite()).then_some(([step], step * first))
    }
}
