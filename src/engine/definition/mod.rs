//! What is to be run: dvc.yaml with its variables and templates, `.dvc` files, parameters.
//!
//! [`Pipeline::load`] gives every [`Stage`] with all `${…}` resolved, refused where DVC would refuse it too, and where
//! DVC has something that this engine has not.

mod commit;
mod data;
mod discover;
mod expand;
mod expression;
mod json;
mod merge;
mod out;
mod params;
mod path;
mod pipeline;
mod stage;
mod template;
mod toml;
mod values;

pub use commit::commit;
pub use expression::{BoolOptions, ListOptions, Parsing};
pub use out::{Out, OutKind};
pub use params::{ParamReader, Params};
pub use pipeline::{FILE, Pipeline};
pub use stage::{Dep, Stage};
