//! Ensembles of several algorithms: what combines the members learns from their out-of-fold scores.
//!
//! Each member is fitted once in each fold, like any algorithm, and not again inside of it. Their scores of a fold are
//! combined by what the rows that the fold learns from teach, so that neither the members nor what combines them has seen
//! the rows that are scored: of `time`, that is the past alone. The combiner of the model itself learns from all folds.

use super::fit::{FitOptions, Rows};
use super::job::{Fits, Learner, certain, in_parallel};
use super::{ClassWeight, Fold, weights};
use crate::config;
use crate::data::{Scores, Target};
use crate::error::Result;
use crate::models::{Answers, Blend, Combiner, FitContext, FittedModel, HoldOut, Member};

/// The members as they are fitted; those without a class weight of their own take that of the ensemble.
pub(super) fn learners<'a>(blend: &'a Blend, class_weight: &ClassWeight) -> Result<Vec<Learner<'a>>> {
    let learner = |member: &'a Member| {
        let class_weight = own_or(Some(member), class_weight)?;
        Ok(Learner { name: &member.name, estimator: member.estimator.as_ref(), class_weight })
    };
    blend.members().iter().map(learner).collect()
}

fn own_or(member: Option<&Member>, class_weight: &ClassWeight) -> Result<ClassWeight> {
    match member.and_then(|member| member.class_weight.as_ref()) {
        Some((_, own)) => Ok(ClassWeight::from(&own.to::<config::ClassWeight>()?)),
        None => Ok(class_weight.clone()),
    }
}

/// The ensemble of the fitted members, which are taken, and of each fold its scores.
pub(super) fn combine(
    blend: &Blend,
    class_weight: &ClassWeight,
    rows: &Rows,
    options: &FitOptions,
    fits: &mut Fits,
) -> Result<(Box<dyn FittedModel>, Vec<Scores>)> {
    let class_weight = own_or(blend.final_estimator(), class_weight)?;
    let teaching = Teaching { blend, class_weight, rows, options, scores: &fits.scores, certain: certainties(rows) };
    // Of the folds first, whose number is that of the task; of all rows last.
    let mut combiners =
        in_parallel(rows.folds.len() + 1, options.threads, &|fold| teaching.combiner(rows.folds.get(fold)))?;
    let combiner = combiners.pop().unwrap_or_else(|| Combiner::even(blend.members().len()));
    let mut scores = Vec::with_capacity(rows.folds.len());
    for ((at, of_fold), certain) in combiners.iter().enumerate().zip(&teaching.certain) {
        scores.push(match certain {
            Some(certain) => certain.clone(),
            None => of_fold.apply(&fits.scores.iter().map(|of_member| of_member[at].clone()).collect::<Vec<_>>())?,
        });
    }
    Ok((blend.model(std::mem::take(&mut fits.models), combiner), scores))
}

/// Of each fold the scores of its rows, where it has nothing to learn.
fn certainties(rows: &Rows) -> Vec<Option<Scores>> {
    rows.folds.iter().map(|fold| certain(&rows.target, fold)).collect()
}

/// What combiners learn from.
struct Teaching<'a> {
    blend: &'a Blend,
    class_weight: ClassWeight,
    rows: &'a Rows,
    options: &'a FitOptions<'a>,
    /// By member and fold.
    scores: &'a [Vec<Scores>],
    certain: Vec<Option<Scores>>,
}

impl Teaching<'_> {
    /// What the rows teach that `fold` learns from, or all.
    fn combiner(&self, fold: Option<&Fold>) -> Result<Combiner> {
        let mut known = vec![fold.is_none(); self.rows.target.len()];
        fold.into_iter().flat_map(|fold| &fold.train).for_each(|row| known[*row] = true);
        // Fold, place in it, row.
        let mut places = Vec::new();
        for (at, fold) in self.rows.folds.iter().enumerate().filter(|(at, _)| self.certain[*at].is_none()) {
            places.extend(
                fold.test.iter().enumerate().filter(|(_, row)| known[**row]).map(|(place, row)| (at, place, *row)),
            );
        }
        let of_member = |scores: &Vec<Scores>| Scores {
            width: scores.first().map_or(1, |first| first.width),
            values: places.iter().flat_map(|(fold, place, _)| scores[*fold].row(*place).iter().copied()).collect(),
        };
        let scores: Vec<Scores> = self.scores.iter().map(of_member).collect();
        let rows: Vec<usize> = places.iter().map(|(_, _, row)| *row).collect();
        let target: Target = self.rows.target.select(&rows);
        let weights = self.rows.weights.as_ref().map(|weights| rows.iter().map(|row| weights[*row]).collect());
        let class_weights = self.class_weight.classes(&target, &self.rows.spec.classes)?;
        let weights = weights::rows(&target, weights, class_weights.as_deref());
        let answers = Answers { scores: &scores, target: &target, weights: weights.as_deref() };
        let context = FitContext {
            seed: self.options.seed,
            threads: (self.options.threads / (self.rows.folds.len() + 1)).max(1),
            progress: &|_, _| {},
            copies: None,
            hold_out: HoldOut::Any,
            class_weights: class_weights.as_deref(),
        };
        self.blend.combiner(&answers, &context)
    }
}
