//! The ways a body of rows may be written.

use super::{Params, Rows, Shape, read_csv, read_envelope, read_lines, read_records};
use crate::serving::refusal::Refusal;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// One record of JSON, or a list of them.
    Records,
    /// One of MLflow's layouts.
    Mlflow,
    /// A record of JSON a line.
    Lines,
    /// Comma-separated values.
    Csv,
}

/// What a body says beside its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Whether it is a list.
    pub shape: Shape,
    /// Parameters beside the rows.
    pub params: Params,
}

impl Body {
    /// Reads the rows of a body.
    ///
    /// # Errors
    /// 400 for what is not written as it says, 413 for too many rows, 422 for what are no rows.
    pub fn read(self, bytes: &[u8], rows: &mut Rows) -> Result<Layout, Refusal> {
        let (mut shape, mut params) = (Shape::Many, Params::default());
        match self {
            Body::Records => shape = read_records(bytes, rows)?,
            Body::Mlflow => params = read_envelope(bytes, rows)?,
            Body::Lines => read_lines(bytes, rows)?,
            Body::Csv => read_csv(bytes, rows)?,
        }
        Ok(Layout { shape, params })
    }
}
