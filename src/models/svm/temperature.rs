//! Temperature scaling (Guo et al. 2017): the decisions of several classes to probabilities, in the order of the
//! decisions, which scaling each class by itself would not keep.

use serde::{Deserialize, Serialize};

use crate::models::exp::softmax;

const MOST_STEPS: usize = 100;
/// Below this a step makes no way.
const SHORTEST: f64 = 1e-10;
/// A derivative below this is an optimum.
const FLAT: f64 = 1e-5;
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

/// The loss at a temperature and its derivatives.
struct Loss {
    value: f64,
    first: f64,
    second: f64,
}

impl Temperature {
    /// The least log loss.
    pub fn fit(unseen: &Unseen) -> Self {
        let mut fit = Self { inverse: 0.0 };
        let mut loss = fit.loss(unseen);
        for _ in 0..MOST_STEPS {
            // The loss is convex: downhill is where Newton's step leads.
            let step = -loss.first / loss.second;
            if loss.first.abs() < FLAT || !step.is_finite() {
                break;
            }
            let mut length = 1.0;
            let next = loop {
                let next = Self { inverse: fit.inverse + length * step };
                let lower = next.loss(unseen);
                if lower.value < loss.value + 1e-4 * length * step * loss.first {
                    break Some((next, lower));
                }
                length /= 2.0;
                if length < SHORTEST {
                    break None;
                }
            };
            let Some((next, lower)) = next else { break };
            (fit, loss) = (next, lower);
        }
        Self { inverse: fit.inverse.max(LEAST) }
    }

    /// Turns decisions into their probabilities.
    pub fn probabilities(self, decisions: &mut [f64]) {
        decisions.iter_mut().for_each(|decision| *decision *= self.inverse);
        softmax(decisions);
    }

    fn loss(self, unseen: &Unseen) -> Loss {
        let mut loss = Loss { value: 0.0, first: 0.0, second: 0.0 };
        let mut probabilities = vec![0.0; unseen.classes];
        let rows = unseen.decisions.chunks_exact(unseen.classes).zip(&unseen.wanted).zip(&unseen.weights);
        for ((decisions, wanted), weight) in rows {
            probabilities.copy_from_slice(decisions);
            self.probabilities(&mut probabilities);
            let products = || probabilities.iter().zip(decisions);
            let mean: f64 = products().map(|(p, d)| p * d).sum();
            let spread: f64 = products().map(|(p, d)| p * (d - mean) * (d - mean)).sum();
            // The logarithm of the greatest probability tells that of the sum.
            let (p, most) = products().fold((0.0, 0.0), |best, (p, d)| if *p > best.0 { (*p, *d) } else { best });
            loss.value += weight * (self.inverse * (most - wanted) - libm::log(p));
            loss.first += weight * (mean - wanted);
            loss.second += weight * spread;
        }
        loss
    }
}
