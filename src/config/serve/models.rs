//! `serve.models` and `serve.routing`: which files are served, under which names, and which of them answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Serve;
use crate::config::Problems;
use crate::yaml::Located;

/// In place of a file: the champion of the project.
pub const CHAMPION: &str = "champion";

/// Letters of a name at the most.
const LONGEST_NAME: usize = 64;

/// Which models answer under a name.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The name of the model that answers.
    pub champion: Located<String>,
    /// The name of the model that answers a share of the requests in its place.
    #[serde(default)]
    pub challenger: Option<Located<String>>,
    /// That share, in percent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<Located<f64>>,
    /// What decides which of the two answers: requests of the same value always go the same way. The request's id where
    /// none is given.
    #[serde(default)]
    pub by: Option<Located<By>>,
    /// The name of a model that computes its answer too, once the request is answered, for the log of predictions alone.
    /// It may be the challenger: of what that has answered itself, the champion computes the other answer.
    #[serde(default)]
    pub shadow: Option<Located<String>>,
}

/// What requests are told apart by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct By {
    /// The value of this header; the request's id where it is absent.
    pub header: Option<String>,
    /// The value of this field of the champion, in the first row.
    pub field: Option<String>,
}

/// Whether a text may name a model: letters, digits, `-`, `_` and `.`, the first a letter or digit, 64 at the most.
pub fn is_model_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

pub(super) fn validate(serve: &Serve, problems: &mut Problems) {
    let models: Vec<&str> = serve.models.iter().map(|(name, _)| name.as_str()).collect();
    problems.check(!models.is_empty(), || {
        crate::error::Error::usage("configs/serve.yaml: `serve.models` is empty")
            .hint("name one, such as `a: models/a.bin`")
    });
    let names = serve.models.iter().map(|(name, _)| name).chain(serve.routing.iter().map(|(name, _)| name));
    for name in names.clone() {
        problems.check(is_model_name(name), || {
            name.error(format!("`{}` cannot be the name of a model", name.value))
                .hint("names are of letters, digits, `-`, `_` and `.`, and begin with a letter or a digit")
        });
    }
    for (name, file) in serve.models.iter() {
        problems.check(!file.is_empty(), || name.error("no file").hint("name a model file, or `champion`"));
    }
    for (name, route) in serve.routing.iter() {
        route.validate(name, &models, problems);
    }
    if let Some(default) = &serve.default {
        let names: Vec<&str> = names.map(|name| name.as_str()).collect();
        problems.take(default.find("model", &names));
    }
}

impl Route {
    fn validate(&self, name: &Located<String>, models: &[&str], problems: &mut Problems) {
        let others = self.challenger.iter().chain(&self.shadow);
        for model in std::iter::once(&self.champion).chain(others.clone()) {
            problems.take(model.find("model", models));
        }
        for other in others {
            problems.check(other.value != self.champion.value, || {
                other.error(format!("`{}` is the champion itself", other.value))
            });
        }
        // Else the model would no longer be reached by its own name.
        problems.check(!models.contains(&name.as_str()) || name.value == self.champion.value, || {
            name.error(format!("`{}` is a model that this route has not for its champion", name.value))
                .hint("give the route a name of its own")
        });
        problems.check(self.challenger.is_some() || self.shadow.is_some(), || {
            name.error("a route needs a `challenger` or a `shadow`")
                .hint("write it such as `{champion: a, challenger: b, percent: 10}`")
        });
        match (&self.challenger, &self.percent) {
            (Some(challenger), None) => problems.check(false, || {
                challenger
                    .error("a challenger needs the `percent` of the requests that it answers")
                    .hint("such as `percent: 10`")
            }),
            (None, Some(percent)) => problems.check(false, || percent.error("a percentage needs a `challenger`")),
            (_, Some(percent)) => problems.check((0.0..=100.0).contains(&percent.value), || {
                percent.error(format!("expected a number from 0 to 100, found `{}`", percent.value))
            }),
            (None, None) => {}
        }
        if let Some(by) = &self.by {
            problems.check(by.header.is_some() != by.field.is_some(), || {
                by.error("expected one of `header` and `field`").hint("such as `by: {header: x-user}`")
            });
        }
    }
}
