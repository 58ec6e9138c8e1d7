//! Platt scaling: decisions to probabilities (Platt 1999), by Newton's method as Lin, Lin and Weng 2007 have it and
//! LIBSVM does.

use serde::{Deserialize, Serialize};

use super::descent::{FLAT, Loss, least};
use crate::models::exp::sigmoid;

/// Keeps the second derivatives invertible.
const RIDGE: f64 = 1e-12;
/// The probability of a decision: `1 / (1 + exp(-(slope * decision + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// How fast it rises.
    pub slope: f64,
    /// The log odds of a decision of 0.
    pub offset: f64,
}

/// What it is fitted to.
struct Points(Vec<Point>);

/// A decision, the probability it should get, and its weight.
struct Point {
    decision: f64,
    target: f64,
    weight: f64,
}

impl Platt {
    /// Fits it to decisions for rows that the machine has not seen; the least log loss, with targets short of 0 and 1.
    pub fn fit(decisions: &[f64], signs: &[f64], weights: &[f64]) -> Self {
        let total = |positive: bool| {
            let of_sign = signs.iter().zip(weights).filter(|(sign, _)| (**sign > 0.0) == positive);
            of_sign.map(|(_, weight)| weight).sum::<f64>()
        };
        let (positive, negative) = (total(true), total(false));
        let (high, low) = ((positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0));
        let points = decisions
            .iter()
            .zip(signs)
            .zip(weights)
            .map(|((decision, sign), weight)| Point {
                decision: *decision,
                target: if *sign > 0.0 { high } else { low },
                weight: *weight,
            })
            .collect();
        let [slope, offset] = least(&Points(points), [0.0, libm::log((positive + 1.0) / (negative + 1.0))]);
        Self { slope, offset }
    }

    /// The probability of a decision.
    pub fn probability(self, decision: f64) -> f64 {
        sigmoid(self.slope * decision + self.offset)
    }
}

/// The log loss by slope and offset.
impl Loss<2> for Points {
    fn value(&self, [slope, offset]: [f64; 2]) -> f64 {
        let of_point = |point: &Point| {
            let odds = slope * point.decision + offset;
            // -(t ln p + (1 - t) ln(1 - p)), without an overflow.
            let softplus = odds.max(0.0) + libm::log1p(libm::exp(-odds.abs()));
            point.weight * (softplus - point.target * odds)
        };
        self.0.iter().map(of_point).sum()
    }

    fn newton(&self, [slope, offset]: [f64; 2]) -> Option<([f64; 2], f64)> {
        let platt = Platt { slope, offset };
        let (mut g, mut h) = ([0.0; 2], [RIDGE, RIDGE, 0.0]);
        for point in &self.0 {
            let p = platt.probability(point.decision);
            let (first, second) = (point.weight * (p - point.target), point.weight * p * (1.0 - p));
            g[0] += point.decision * first;
            g[1] += first;
            h[0] += point.decision * point.decision * second;
            h[1] += second;
            h[2] += point.decision * second;
        }
        if g[0].abs() < FLAT && g[1].abs() < FLAT {
            return None;
        }
        let determinant = h[0] * h[1] - h[2] * h[2];
        let slope = -(h[1] * g[0] - h[2] * g[1]) / determinant;
        let offset = -(h[0] * g[1] - h[2] * g[0]) / determinant;
        Some(([slope, offset], g[0] * slope + g[1] * offset))
    }
}
