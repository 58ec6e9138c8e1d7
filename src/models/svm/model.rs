//! Fitted machines: their decisions, and the answers made of them.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kernel::Kernel;
use super::platt::Platt;
use super::temperature::Temperature;
use crate::codec;
use crate::data::{Matrix, Scores};
use crate::error::{Error, Result};
use crate::models::lanes::{LANES, Lanes, Vectors};
use crate::models::linear_model::LinearModel;
use crate::models::{Contributions, FittedModel, RawScore, checks};

/// How rows are decided on.
#[derive(Debug, Serialize, Deserialize)]
pub enum Rule {
    /// A sum over the features for each machine.
    Plane(LinearModel),
    /// A sum over the support vectors for each machine.
    Kernel {
        /// How alike two rows are.
        kernel: Kernel,
        /// The training rows that count.
        vectors: Vectors,
        /// One a machine.
        intercepts: Vec<f64>,
        /// `support vectors * machines`, vector by vector.
        coefficients: Vec<f64>,
    },
}

/// What decisions become.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Probabilities of two classes, by the one machine of class 1.
    Binary {
        /// Of its decisions.
        platt: Platt,
    },
    /// Probabilities of a class for each machine: the greatest decision has the greatest.
    Multiclass {
        /// Of the decisions.
        temperature: Temperature,
        /// Whether a training row had the class: others have no probability.
        present: Vec<bool>,
    },
    /// `mean + scale * decision`.
    Value {
        /// Mean of the training targets.
        mean: f64,
        /// Their standard deviation, or 1.
        scale: f64,
    },
}

/// One machine or several.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    /// How rows are decided on.
    pub rule: Rule,
    /// What decisions become.
    pub answer: Answer,
    /// What about the fit deserves a second look.
    pub notes: Vec<String>,
}

impl Rule {
    /// Intercepts, one a machine, and coefficients.
    fn numbers(&self) -> (&[f64], &[f64]) {
        match self {
            Rule::Plane(plane) => (&plane.intercepts, &plane.coefficients),
            Rule::Kernel { intercepts, coefficients, .. } => (intercepts, coefficients),
        }
    }

    /// Whether its parts fit together, as they may not where a file is damaged.
    fn is_sound(&self) -> bool {
        let (intercepts, coefficients) = self.numbers();
        match self {
            Rule::Plane(plane) => coefficients.len() == plane.deviations.len() * intercepts.len(),
            Rule::Kernel { kernel, vectors, .. } => {
                let bearable = !matches!(kernel, Kernel::Poly { degree, .. } if !(1..=20).contains(degree));
                let whole = vectors.rows().checked_mul(intercepts.len()) == Some(coefficients.len());
                vectors.is_sound() && bearable && whole
            }
        }
    }

    /// Decisions of each row, row-major.
    pub fn decisions(&self, x: &Matrix) -> Result<Vec<f64>> {
        match self {
            Rule::Plane(plane) => {
                checks::predict_width(x, plane.coefficients.len() / plane.intercepts.len())?;
                checks::all_finite("svm", x)?;
                Ok(plane.sums(x))
            }
            Rule::Kernel { kernel, vectors, intercepts, coefficients } => {
                vectors.check(x)?;
                checks::all_finite("svm", x)?;
                let machines = intercepts.len();
                let mut sums = intercepts.repeat(x.rows);
                sums.par_chunks_mut(LANES * machines).enumerate().for_each(|(chunk, sums)| {
                    let lanes = Lanes::new(x, chunk * LANES);
                    for (row, coefficients) in coefficients.chunks_exact(machines).enumerate() {
                        let kernels = kernel.of(vectors, row, &lanes);
                        for (sums, kernel) in sums.chunks_exact_mut(machines).zip(kernels) {
                            sums.iter_mut().zip(coefficients).for_each(|(sum, w)| *sum += w * kernel);
                        }
                    }
                });
                Ok(sums)
            }
        }
    }
}

impl Answer {
    /// Numbers in a row of scores.
    fn width(&self) -> usize {
        match self {
            Answer::Binary { .. } => 2,
            Answer::Multiclass { present, .. } => present.len(),
            Answer::Value { .. } => 1,
        }
    }

    /// Appends the answer to one row's decisions.
    fn push(&self, decisions: &[f64], out: &mut Vec<f64>) {
        match self {
            Answer::Value { mean, scale } => out.extend(decisions.iter().map(|decision| mean + scale * decision)),
            Answer::Binary { platt } => {
                out.extend(decisions.iter().map(|decision| platt.probability(*decision)).flat_map(|p| [1.0 - p, p]));
            }
            Answer::Multiclass { temperature, present } => {
                let from = out.len();
                let own = |(decision, present): (&f64, &bool)| if *present { *decision } else { f64::NEG_INFINITY };
                out.extend(decisions.iter().zip(present).map(own));
                temperature.probabilities(&mut out[from..]);
            }
        }
    }
}

impl Machine {
    /// Whether all its numbers are finite.
    pub fn is_finite(&self) -> bool {
        let (intercepts, coefficients) = self.rule.numbers();
        let answer = match &self.answer {
            Answer::Binary { platt } => platt.slope.is_finite() && platt.offset.is_finite(),
            Answer::Multiclass { temperature, .. } => temperature.inverse.is_finite(),
            Answer::Value { mean, scale } => mean.is_finite() && scale.is_finite(),
        };
        answer && intercepts.iter().chain(coefficients).all(|w| w.is_finite())
    }
}

/// Reads machines back.
///
/// # Errors
/// Exit code 1 for bytes that are none.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let model: Machine = codec::decode(bytes)?;
    let machines = model.rule.numbers().0.len();
    let wanted = match &model.answer {
        Answer::Multiclass { present, .. } => present.len(),
        Answer::Binary { .. } | Answer::Value { .. } => 1,
    };
    if machines == 0 || machines != wanted || !model.rule.is_sound() {
        return Err(Error::failure("the machines of the model are damaged"));
    }
    Ok(Box::new(model))
}

impl FittedModel for Machine {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        let (machines, width) = (self.rule.numbers().0.len(), self.answer.width());
        let mut values = Vec::with_capacity(x.rows * width);
        for decisions in self.rule.decisions(x)?.chunks_exact(machines) {
            self.answer.push(decisions, &mut values);
        }
        checks::finite_scores(Scores { width, values })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }

    /// Of the coefficients, as of other linear models; kernels have none a feature.
    fn importance(&self) -> Option<Vec<f64>> {
        match &self.rule {
            Rule::Plane(plane) => plane.importance(),
            Rule::Kernel { .. } => None,
        }
    }

    fn leanings(&self) -> Option<Vec<f64>> {
        match &self.rule {
            Rule::Plane(plane) => plane.leanings(),
            Rule::Kernel { .. } => None,
        }
    }

    /// Of planes, in the units of what their decisions become.
    fn contributions(&self, x: &Matrix) -> Result<Option<Contributions>> {
        let Rule::Plane(plane) = &self.rule else { return Ok(None) };
        let Some(mut found) = plane.contributions(x)? else { return Ok(None) };
        let (raw_score, scale, shift) = match &self.answer {
            Answer::Binary { platt } => (RawScore::LogOdds, platt.slope, platt.offset),
            Answer::Multiclass { temperature, .. } => (RawScore::LogOdds, temperature.inverse, 0.0),
            Answer::Value { mean, scale } => (RawScore::Value, *scale, *mean),
        };
        found.values.iter_mut().for_each(|value| *value *= scale);
        found.scores.iter_mut().chain(&mut found.expected).for_each(|score| *score = scale * *score + shift);
        if let Answer::Multiclass { present, .. } = &self.answer {
            let all = found.scores.chunks_exact_mut(present.len()).chain([&mut found.expected[..]]);
            let absent = all.flat_map(|scores| scores.iter_mut().zip(present).filter(|(_, present)| !**present));
            absent.for_each(|(score, _)| *score = f64::NEG_INFINITY);
        }
        Ok(Some(Contributions { raw_score, ..found }))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
