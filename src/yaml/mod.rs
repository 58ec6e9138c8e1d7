//! YAML with locations: every value knows its file, line, column and key path.
//!
//! Parsing gives a [`Node`]; [`Node::to`] turns it into any `Deserialize` type with errors that
//! point into the file; [`edit`] changes one value in the text and leaves the rest alone.

mod de;
mod duration;
pub mod edit;
mod node;
mod parse;
mod plain;
mod schema;

pub use de::Located;
pub use duration::{Timespan, parse_duration};
pub use node::{Location, Node, Value};
pub use parse::{parse, read};
pub use plain::{Kind, kind};
pub use schema::schema;
