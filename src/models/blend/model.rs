//! A fitted ensemble: its members and what combines them.

use serde::{Deserialize, Serialize};

use super::super::{Entry, FittedModel, REGISTRY, Share, checks};
use super::combiner::{Combiner, Units};
use crate::codec;
use crate::data::{Matrix, Scores};
use crate::error::{Error, Result};

/// The fitted members, each with its name and algorithm, and the combiner.
pub(super) struct Blended {
    pub(super) members: Vec<(String, &'static Entry, Box<dyn FittedModel>)>,
    pub(super) combiner: Combiner,
}

/// A [`Blended`] as stored: each algorithm's own bytes.
#[derive(Serialize, Deserialize)]
struct Saved {
    members: Vec<(String, SavedModel)>,
    combiner: SavedCombiner,
}

#[derive(Serialize, Deserialize)]
struct SavedModel {
    algorithm: String,
    version: u32,
    bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
enum SavedCombiner {
    Mean(Vec<f64>),
    /// Without units: log odds.
    Final(Option<(f64, f64)>, SavedModel),
}

impl SavedModel {
    fn of(entry: &Entry, model: &dyn FittedModel) -> Result<Self> {
        Ok(Self { algorithm: entry.name.to_owned(), version: entry.version, bytes: model.encode()? })
    }

    fn load(&self) -> Result<(&'static Entry, Box<dyn FittedModel>)> {
        let known = REGISTRY.iter().find(|entry| entry.name == self.algorithm && !entry.is_ensemble());
        let entry = known.ok_or_else(|| Error::failure("the members of the model are damaged"))?;
        if self.version > entry.version {
            let (name, found, read) = (entry.name, self.version, entry.version);
            let message = format!("its member `{name}` has version {found}, this program reads up to {read}");
            return Err(Error::data(message).hint("update mlops"));
        }
        Ok((entry, (entry.load)(&self.bytes)?))
    }
}

/// Reads an ensemble back.
///
/// # Errors
/// Exit code 1 for bytes that are not one, 3 for a member of a newer version.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let saved: Saved = codec::decode(bytes)?;
    let damaged = || Error::failure("the combination of the model is damaged");
    let mut members = Vec::with_capacity(saved.members.len().min(1024));
    for (name, model) in saved.members {
        let (entry, model) = model.load()?;
        members.push((name, entry, model));
    }
    let combiner = match saved.combiner {
        SavedCombiner::Mean(weights) => {
            let sound = weights.iter().all(|weight| (0.0..=1.0).contains(weight));
            if weights.len() != members.len() || !sound || weights.iter().sum::<f64>() <= 0.0 {
                return Err(damaged());
            }
            Combiner::Mean(weights)
        }
        SavedCombiner::Final(units, model) => {
            let (entry, model) = model.load()?;
            let units = units.map_or(Units::LogOdds, |(mean, deviation)| Units::Deviations { mean, deviation });
            Combiner::Final { entry, units, model }
        }
    };
    if members.is_empty() { Err(damaged()) } else { Ok(Box::new(Blended { members, combiner })) }
}

impl FittedModel for Blended {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        let scores = self.members.iter().map(|(_, _, model)| model.predict(x)).collect::<Result<Vec<Scores>>>()?;
        let (width, rows) = scores.first().map_or((0, 0), |first| (first.width, x.rows));
        if width == 0 || scores.iter().any(|scores| scores.width != width || scores.values.len() != width * rows) {
            return Err(Error::failure("the members of the model do not fit one another"));
        }
        checks::finite_scores(self.combiner.apply(&scores)?)
    }

    fn encode(&self) -> Result<Vec<u8>> {
        let members =
            self.members.iter().map(|(name, entry, model)| Ok((name.clone(), SavedModel::of(entry, model.as_ref())?)));
        let combiner = match &self.combiner {
            Combiner::Mean(weights) => SavedCombiner::Mean(weights.clone()),
            Combiner::Final { entry, units, model } => {
                let units = match units {
                    Units::LogOdds => None,
                    Units::Deviations { mean, deviation } => Some((*mean, *deviation)),
                };
                SavedCombiner::Final(units, SavedModel::of(entry, model.as_ref())?)
            }
        };
        codec::encode(&Saved { members: members.collect::<Result<_>>()?, combiner })
    }

    /// The mean of the members' importances, each as much as the member counts; none where one has none.
    fn importance(&self) -> Option<Vec<f64>> {
        let shares = self.combiner.shares(self.members.len())?;
        let mut sums: Vec<f64> = Vec::new();
        for ((_, _, model), share) in self.members.iter().zip(shares) {
            let importance = model.importance()?;
            sums.resize(importance.len().max(sums.len()), 0.0);
            sums.iter_mut().zip(importance).for_each(|(sum, value)| *sum += share * value);
        }
        let total: f64 = sums.iter().sum();
        (total > 0.0).then(|| sums.iter().map(|sum| sum / total).collect())
    }

    fn facts(&self) -> Vec<String> {
        let members = self.members().iter().map(Share::to_string).collect::<Vec<_>>().join(", ");
        let mut facts = vec![format!("members {members}")];
        for (name, _, model) in &self.members {
            facts.extend(model.facts().into_iter().map(|fact| format!("{name}: {fact}")));
        }
        facts
    }

    fn notes(&self) -> Vec<String> {
        let members = self
            .members
            .iter()
            .flat_map(|(name, _, model)| model.notes().into_iter().map(move |note| format!("{name}: {note}")));
        let of_final = match &self.combiner {
            Combiner::Mean(_) => Vec::new(),
            Combiner::Final { model, .. } => model.notes(),
        };
        members.chain(of_final.into_iter().map(|note| format!("final estimator: {note}"))).collect()
    }

    fn members(&self) -> Vec<Share> {
        let shares = self.combiner.shares(self.members.len());
        let share = |(at, (name, entry, _)): (usize, &(String, &'static Entry, _))| Share {
            name: name.clone(),
            algorithm: entry.name.to_owned(),
            share: shares.as_ref().and_then(|shares| shares.get(at).copied()),
        };
        self.members.iter().enumerate().map(share).collect()
    }
}
