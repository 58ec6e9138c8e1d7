//! The usual charts as layers.

mod bars;
mod boxes;
mod heatmap;
mod histogram;
mod swarm;

pub use bars::{BarGroup, Direction, bars};
pub use boxes::{BoxSummary, boxes};
pub use heatmap::{Cell, heatmap, strength};
pub use histogram::histogram;
pub use swarm::{shaded, swarm};
