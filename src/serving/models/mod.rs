//! The models that are served, the names they answer under, and how they are loaded anew.

mod counts;
mod model;
mod routing;
mod slot;
mod source;

pub use counts::Counts;
pub use model::{Model, Notes, Scored};
pub use routing::{By, Endpoint, Role};
pub use slot::{Outcome, Slot};
pub use source::Source;

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::{Entries, Route};
use crate::error::{Error, Result, suggest};

/// Every model, and every name that is answered for.
pub struct Models {
    slots: Vec<Slot>,
    endpoints: Vec<Endpoint>,
    places: HashMap<String, usize>,
    default: usize,
}

impl Models {
    /// Loads models by their names, and makes endpoints of them and of routes between them. `default` is the one for
    /// paths without a name: the first route, else the first model, where none is given.
    ///
    /// # Errors
    /// Exit code 2 for a name that stands for nothing, 3 for a model file that cannot be loaded.
    pub fn open(
        sources: Vec<(String, Source)>,
        routing: &Entries<Route>,
        default: Option<&str>,
        notes: Notes,
    ) -> Result<Self> {
        let notes = Arc::new(notes);
        let slots: Vec<Slot> = sources
            .into_iter()
            .map(|(name, source)| Slot::open(name, source, Arc::clone(&notes)))
            .collect::<Result<_>>()?;
        let names: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(
                Error::usage(format!("two models are called `{}`", twice.1)).hint("name them: `--model NAME=FILE`")
            );
        }
        let mut endpoints = Vec::new();
        for (name, route) in routing.iter() {
            endpoints.push(Endpoint::of_route(name, route, &slots)?);
        }
        for (at, name) in names.iter().enumerate() {
            if !endpoints.iter().any(|endpoint| *endpoint.name == **name) {
                endpoints.push(Endpoint::of_model(name, at));
            }
        }
        let places: HashMap<String, usize> =
            endpoints.iter().enumerate().map(|(at, endpoint)| (endpoint.name.to_string(), at)).collect();
        let default = match default {
            None => 0,
            Some(name) => *places.get(name).ok_or_else(|| {
                let known: Vec<&str> = endpoints.iter().map(|endpoint| &*endpoint.name).collect();
                Error::usage(format!("model `{name}` not found")).maybe_hint(suggest(name, "models", &known))
            })?,
        };
        if endpoints.is_empty() {
            return Err(Error::usage("there is no model to serve"));
        }
        Ok(Self { slots, endpoints, places, default })
    }

    /// The place of the endpoint of that name, or of the default one.
    pub fn place(&self, name: Option<&str>) -> Option<usize> {
        name.map_or(Some(self.default), |name| self.places.get(name).copied())
    }

    /// The endpoint at a place that [`Models::place`] gave.
    pub fn endpoint(&self, place: usize) -> &Endpoint {
        &self.endpoints[place]
    }

    /// Every endpoint.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Every model.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The model at the place that an endpoint names.
    pub fn slot(&self, at: usize) -> &Slot {
        &self.slots[at]
    }

    /// The default endpoint.
    pub fn default(&self) -> &Endpoint {
        &self.endpoints[self.default]
    }

    /// Name and file of every model.
    pub fn shown(&self) -> Vec<(String, String)> {
        self.slots.iter().map(|slot| (slot.name.clone(), slot.shown())).collect()
    }

    /// Did-you-mean for a name that stands for nothing.
    pub fn suggest(&self, name: &str) -> Option<String> {
        let known: Vec<&str> = self.endpoints.iter().map(|endpoint| &*endpoint.name).collect();
        suggest(name, "models", &known)
    }

    /// Of these fields, those that a model has must be in every one that takes its place.
    pub fn need(&mut self, fields: &[String]) {
        self.slots.iter_mut().for_each(|slot| slot.need(fields));
    }

    /// Loads every model whose file changed; each of them where `all`.
    pub fn reload(&self, all: bool) -> Vec<(&Slot, Outcome)> {
        self.slots.iter().map(|slot| (slot, slot.reload(all))).collect()
    }
}
