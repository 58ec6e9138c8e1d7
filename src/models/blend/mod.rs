//! Ensembles of other algorithms: members that are fitted apart, and a combiner that makes one answer of theirs.
//!
//! What a combiner learns, it learns from answers to rows that the members have not seen, which takes folds and the
//! transforms inside of them. So a [`Blend`] is fitted by who has these (`package`): each member in each fold and on all
//! rows, then the [`Combiner`], then [`Blend::model`] puts them together.

mod combiner;
#[cfg(test)]
mod golden;
mod member;
mod model;
mod weights;

pub use combiner::{Answers, Combiner};
pub use member::Member;
pub(super) use member::{estimators_schema, final_schema, members, usual_members};
pub(super) use model::load;

use model::Blended;

use super::{Estimator, FitContext, FittedModel, checks};
use crate::data::{Matrix, Target, Task};
use crate::error::{Error, Result};

/// An ensemble with checked parameters.
pub struct Blend {
    name: &'static str,
    members: Vec<Member>,
    rule: Rule,
}

/// How the answers of the members become one.
pub(super) enum Rule {
    /// Their mean, with these weights.
    Mean(Vec<f64>),
    /// Their mean, with the weights that fit best out of fold.
    BestMean,
    /// By an algorithm that learns from them; none is the usual one of the task.
    Final(Option<Box<Member>>),
}

/// The usual final estimators: of classes, and of numbers.
static USUAL: [(&str, &super::Entry); 2] = [("lr", &super::lr::ENTRY), ("ridge", &super::ridge::ENTRY)];

impl Blend {
    pub(super) fn new(name: &'static str, members: Vec<Member>, rule: Rule) -> Self {
        Self { name, members, rule }
    }

    /// The members, in the order of the config.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The final estimator, where one is configured.
    pub fn final_estimator(&self) -> Option<&Member> {
        match &self.rule {
            Rule::Final(member) => member.as_deref(),
            Rule::Mean(_) | Rule::BestMean => None,
        }
    }

    /// All that is fitted: the members, and the final estimator where one is configured.
    pub fn parts(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().chain(self.final_estimator())
    }

    /// Learns how the answers of the members become one. Where there is nothing to be learned, because there are no
    /// answers or all are to rows of one class, the members count alike.
    ///
    /// # Errors
    /// As of the final estimator's fit.
    pub fn combiner(&self, answers: &Answers, context: &FitContext) -> Result<Combiner> {
        let even = Combiner::even(self.members.len());
        Ok(match &self.rule {
            Rule::Mean(weights) => Combiner::Mean(weights.clone()),
            _ if !answers.teach() => even,
            Rule::BestMean => Combiner::Mean(weights::best(answers)),
            Rule::Final(Some(member)) => {
                combiner::learned(&self.names(), member.entry, member.estimator.as_ref(), answers, context)?
            }
            Rule::Final(None) => {
                let (_, entry) = USUAL[usize::from(answers.target.task() == Task::Regression)];
                let estimator = (entry.build)(&crate::yaml::Node::empty())?;
                combiner::learned(&self.names(), entry, estimator.as_ref(), answers, context)?
            }
        })
    }

    /// The fitted ensemble of the fitted members, in their order.
    pub fn model(&self, fitted: Vec<Box<dyn FittedModel>>, combiner: Combiner) -> Box<dyn FittedModel> {
        let members = self.members.iter().zip(fitted).map(|(member, model)| (member.name.clone(), member.entry, model));
        Box::new(Blended { members: members.collect(), combiner })
    }

    fn names(&self) -> Vec<&str> {
        self.members.iter().map(|member| member.name.as_str()).collect()
    }
}

impl Estimator for Blend {
    fn blend(&self) -> Option<&Blend> {
        Some(self)
    }

    fn check_weights(&self) -> Result<()> {
        self.parts().try_for_each(|part| match part.entry.takes_weights {
            true => part.estimator.check_weights(),
            false => checks::no_weights(part.entry.name, Some(&[])),
        })
    }

    fn fit(&self, _: &Matrix, _: &Target, _: Option<&[f64]>, _: &FitContext) -> Result<Box<dyn FittedModel>> {
        Err(Error::usage(format!(
            "`{}` learns from its members' out-of-fold predictions, which only `train` has",
            self.name
        ))
        .hint(format!("use one of its members here: {}", self.names().join(", "))))
    }
}
