//! Which model answers a request: the champion, or for a share of them the challenger.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::slot::Slot;
use crate::config::Route;
use crate::error::{Error, Result, suggest};
use crate::serving::contract::Rows;
use crate::yaml::Located;

/// In whose place a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its own.
    Champion,
    /// In that of the champion.
    Challenger,
    /// For the log alone.
    Shadow,
}

impl Role {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Role::Champion => "champion",
            Role::Challenger => "challenger",
            Role::Shadow => "shadow",
        }
    }
}

/// A name that is answered for. Models are told by their places.
pub struct Endpoint {
    /// The name.
    pub name: Arc<str>,
    /// Who answers.
    pub champion: usize,
    /// Who answers a share.
    pub challenger: Option<Share>,
    /// Who answers too, for the log alone.
    pub shadow: Option<usize>,
}

/// The share of the challenger.
pub struct Share {
    /// The challenger.
    pub model: usize,
    /// In percent.
    pub percent: f64,
    /// What requests are told apart by.
    pub by: By,
    seed: u64,
}

/// What requests are told apart by.
pub enum By {
    /// Their ids.
    Id,
    /// A header; their ids where it is absent.
    Header(HeaderName),
    /// A field of the first row, by its name; the champion answers where it is missing.
    Field(String),
}

impl Endpoint {
    /// Of one model.
    pub fn of_model(name: &str, at: usize) -> Self {
        Self { name: name.into(), champion: at, challenger: None, shadow: None }
    }

    /// Of a route.
    ///
    /// # Errors
    /// Exit code 2 for a model that there is not, and for a field that the champion has not.
    pub fn of_route(name: &str, route: &Route, slots: &[Slot]) -> Result<Self> {
        let names: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
        let place = |model: &Located<String>| model.find("model", &names);
        let champion = place(&route.champion)?;
        let challenger = route.challenger.as_ref().map(|challenger| {
            let by = by(route, &slots[champion])?;
            let percent = route.percent.as_ref().map_or(0.0, |percent| percent.value);
            // Routes differ in whom they choose.
            Ok::<_, Error>(Share { model: place(challenger)?, percent, by, seed: xxh3_64(name.as_bytes()) })
        });
        Ok(Self {
            name: name.into(),
            champion,
            challenger: challenger.transpose()?,
            shadow: route.shadow.as_ref().map(place).transpose()?,
        })
    }
}

impl Endpoint {
    /// Who answers for the log alone where this one has answered: where the shadow itself has, the champion does.
    pub fn shadow_of(&self, role: Role) -> Option<usize> {
        let answered = match (&self.challenger, role) {
            (Some(share), Role::Challenger) => share.model,
            _ => self.champion,
        };
        self.shadow.map(|shadow| if shadow == answered { self.champion } else { shadow })
    }
}

fn by(route: &Route, champion: &Slot) -> Result<By> {
    let Some(by) = &route.by else { return Ok(By::Id) };
    if let Some(header) = &by.header {
        let name = header.parse().map_err(|_| by.error(format!("`{header}` is no name of a header")))?;
        return Ok(By::Header(name));
    }
    let field = by.field.clone().unwrap_or_default();
    let model = champion.model();
    let fields: Vec<&str> = model.contract.fields.iter().map(|field| field.column.name.as_str()).collect();
    match fields.contains(&field.as_str()) {
        true => Ok(By::Field(field)),
        false => Err(by
            .error(format!("field `{field}` not found in the model `{}`", champion.name))
            .maybe_hint(suggest(&field, "fields", &fields))),
    }
}

impl Share {
    /// Whether a request is the challenger's; none where its rows decide.
    pub fn decides(&self, headers: &HeaderMap, id: &HeaderValue) -> Option<bool> {
        match &self.by {
            By::Id => Some(self.takes(id.as_bytes())),
            By::Header(name) => Some(self.takes(headers.get(name).unwrap_or(id).as_bytes())),
            By::Field(_) => None,
        }
    }

    /// Whether rows are the challenger's, by the field of the first.
    pub fn takes_first(&self, rows: &Rows) -> bool {
        let By::Field(field) = &self.by else { return false };
        rows.first(field).is_some_and(|text| self.takes(text.as_bytes()))
    }

    /// Whether requests of that value are the challenger's.
    pub fn takes(&self, value: &[u8]) -> bool {
        // 53 bits are what a number holds.
        let share = (xxh3_64_with_seed(value, self.seed) >> 11) as f64 / (1_u64 << 53) as f64;
        share * 100.0 < self.percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_stable_and_of_its_size() {
        let share = |percent, seed| Share { model: 1, percent, by: By::Id, seed };
        let taken =
            |share: &Share| (0..20_000).filter(|i| share.takes(format!("user-{i}").as_bytes())).collect::<Vec<_>>();
        let tenth = taken(&share(10.0, 7));
        assert!((1800..2200).contains(&tenth.len()), "{}", tenth.len());
        assert_eq!(tenth, taken(&share(10.0, 7)));
        let fifth = taken(&share(20.0, 7));
        assert!(tenth.iter().all(|key| fifth.contains(key)), "who was the challenger's stays with it as it grows");
        assert_ne!(tenth, taken(&share(10.0, 8)));
        assert_eq!((taken(&share(0.0, 7)).len(), taken(&share(100.0, 7)).len()), (0, 20_000));
    }
}
