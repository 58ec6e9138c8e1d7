//! The trees of XGBoost's JSON model.

use serde_json::Value as Json;

use super::super::trees::{Entry, Tree};
use super::import::{damaged, whole};
use crate::error::{Error, Result};

/// The trees of each output in the order of the rounds, each output's as many.
pub struct Forest {
    /// By output.
    pub trees: Vec<Vec<Tree>>,
    /// Boosting rounds.
    pub rounds: usize,
}

/// Reads all trees of a learner with so many outputs.
///
/// # Errors
/// Exit code 3 for what is no tree, or splits categories, or has several values in a leaf.
pub fn read(learner: &Json, outputs: usize) -> Result<Forest> {
    let unknown = || damaged("is damaged, or laid out as no known version writes it");
    let model = learner.pointer("/gradient_booster/model").ok_or_else(unknown)?;
    let found = model.get("trees").and_then(Json::as_array).ok_or_else(unknown)?;
    let of_output = model.get("tree_info").and_then(Json::as_array).ok_or_else(unknown)?;
    if found.is_empty() {
        return Err(damaged("holds no tree"));
    }
    if found.len() != of_output.len() {
        return Err(unknown());
    }
    let mut trees: Vec<Vec<Tree>> = (0..outputs).map(|_| Vec::new()).collect();
    for (tree, output) in found.iter().zip(of_output) {
        let output = whole(output).and_then(|output| trees.get_mut(output)).ok_or_else(unknown)?;
        check_plain(tree)?;
        output.push(Arrays::of(tree).and_then(|arrays| arrays.tree()).ok_or_else(unknown)?);
    }
    let parallel = model.pointer("/gbtree_model_param/num_parallel_tree").and_then(whole).unwrap_or(1).max(1);
    let each = trees.first().map_or(0, Vec::len);
    if trees.iter().any(|of_output| of_output.len() != each) || each < parallel || !each.is_multiple_of(parallel) {
        return Err(unknown());
    }
    Ok(Forest { trees, rounds: each / parallel })
}

fn check_plain(tree: &Json) -> Result<()> {
    let some = |key: &str| {
        let values = tree.get(key).and_then(Json::as_array);
        values.is_some_and(|values| values.iter().any(|value| whole(value).is_some_and(|value| value > 0)))
    };
    let nodes = tree.get("categories_nodes").and_then(Json::as_array).is_some_and(|nodes| !nodes.is_empty());
    if nodes || some("split_type") {
        return Err(Error::data("the file splits features into categories, and the matrix holds numbers alone")
            .hint("train without `enable_categorical`, on the matrix that `mlops export --matrix` writes"));
    }
    if tree.pointer("/tree_param/size_leaf_vector").and_then(whole).is_some_and(|size| size > 1) {
        return Err(Error::data("the file holds trees of several outputs")
            .hint("train with `multi_strategy=\"one_output_per_tree\"`"));
    }
    Ok(())
}

/// A tree as it is stored: arrays over the nodes.
struct Arrays<'a> {
    left: &'a [Json],
    right: &'a [Json],
    features: &'a [Json],
    conditions: &'a [Json],
    default_left: &'a [Json],
    gains: &'a [Json],
    covers: &'a [Json],
}

impl<'a> Arrays<'a> {
    fn of(tree: &'a Json) -> Option<Self> {
        let array = |key: &str| tree.get(key).and_then(Json::as_array).map(Vec::as_slice);
        Some(Self {
            left: array("left_children")?,
            right: array("right_children")?,
            features: array("split_indices")?,
            conditions: array("split_conditions")?,
            default_left: array("default_left")?,
            gains: array("loss_changes").unwrap_or_default(),
            covers: array("sum_hessian").unwrap_or_default(),
        })
    }

    /// The nodes from the root down; none where one has an unknown child or is reached twice.
    fn tree(&self) -> Option<Tree> {
        let number = |values: &[Json], at: usize| values.get(at).and_then(Json::as_f64).map(|value| value as f32);
        let mut entries = Vec::with_capacity(self.left.len());
        let mut seen = vec![false; self.left.len()];
        let mut pending = vec![0];
        while let Some(at) = pending.pop() {
            if std::mem::replace(seen.get_mut(at)?, true) {
                return None;
            }
            let condition = number(self.conditions, at)?;
            // What only importance and explanations read may be left out.
            let cover = number(self.covers, at).unwrap_or_default();
            let [left, right] = [self.left, self.right].map(|children| children.get(at).and_then(Json::as_i64));
            match (left?, right?) {
                (-1, -1) => entries.push(Entry::Leaf { value: condition, cover }),
                (left, right) => {
                    let default = self.default_left.get(at)?;
                    entries.push(Entry::Split {
                        feature: u32::try_from(self.features.get(at)?.as_u64()?).ok()?,
                        threshold: condition,
                        default_left: default.as_bool().or_else(|| default.as_u64().map(|value| value != 0))?,
                        gain: number(self.gains, at).unwrap_or_default(),
                        cover,
                    });
                    pending.extend([usize::try_from(right).ok()?, usize::try_from(left).ok()?]);
                }
            }
        }
        Tree::of(entries, Vec::new(), 1)
    }
}
