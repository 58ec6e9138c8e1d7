//! configs/features.yaml: derived columns, and what is learned later in `train`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::{self, Located, Node};

/// The learned steps where the file names none.
const LEARNED: &str = "\
- impute: {columns: numeric, strategy: median}
- impute: {columns: categorical, strategy: constant, value: missing}
- scale: {method: standard}
- encode: {method: onehot}
";

/// Features and how they are made.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// Columns that are no features.
    pub drop: Vec<Located<String>>,
    /// Derived columns, which learn nothing, in order.
    pub derive: Vec<Node>,
    /// Steps fitted on training rows in `train`, in order.
    #[serde(default = "learned")]
    pub learned: Vec<Node>,
}

fn learned() -> Vec<Node> {
    let node = yaml::parse(LEARNED, "").ok();
    node.as_ref().and_then(Node::as_sequence).unwrap_or_default().to_vec()
}
