//! An ensemble as XGBoost's JSON model.
//!
//! What every row starts from stands in the leaves of each output's first tree and not in `base_score`, whose link
//! would take digits away; so the scores are the same, and any version that reads the format reads it.

use serde::Serialize;

use super::super::ensemble::{Answer, Ensemble};
use super::super::trees::{self, Entry};
use crate::error::{Error, Result};

/// The layout written: that of XGBoost 2.1, which later versions read too.
const VERSION: [u32; 3] = [2, 1, 0];
/// The parent of a root.
const NO_PARENT: i32 = i32::MAX;
/// The child of a leaf.
const NO_CHILD: i32 = -1;

/// Trees of one output, as XGBoost stores them: arrays over the nodes.
#[derive(Serialize, Default)]
struct Tree {
    base_weights: Vec<f32>,
    categories: [u8; 0],
    categories_nodes: [u8; 0],
    categories_segments: [u8; 0],
    categories_sizes: [u8; 0],
    default_left: Vec<u8>,
    id: usize,
    left_children: Vec<i32>,
    loss_changes: Vec<f32>,
    parents: Vec<i32>,
    right_children: Vec<i32>,
    split_conditions: Vec<f32>,
    split_indices: Vec<u32>,
    split_type: Vec<u8>,
    sum_hessian: Vec<f32>,
    tree_param: TreeParam,
}

#[derive(Serialize, Default)]
struct TreeParam {
    num_deleted: &'static str,
    num_feature: String,
    num_nodes: String,
    size_leaf_vector: &'static str,
}

#[derive(Serialize)]
struct Document {
    learner: Learner,
    version: [u32; 3],
}

#[derive(Serialize)]
struct Learner {
    attributes: Empty,
    feature_names: Vec<String>,
    feature_types: [u8; 0],
    gradient_booster: GradientBooster,
    learner_model_param: LearnerModelParam,
    objective: Objective,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct GradientBooster {
    model: Model,
    name: &'static str,
}

#[derive(Serialize)]
struct LearnerModelParam {
    base_score: &'static str,
    boost_from_average: &'static str,
    num_class: String,
    num_feature: String,
    num_target: String,
}

#[derive(Serialize)]
struct Objective {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reg_loss_param: Option<RegLossParam>,
    #[serde(skip_serializing_if = "Option::is_none")]
    softmax_multiclass_param: Option<SoftmaxParam>,
}

#[derive(Serialize)]
struct RegLossParam {
    scale_pos_weight: &'static str,
}

#[derive(Serialize)]
struct SoftmaxParam {
    num_class: String,
}

impl Objective {
    fn plain(name: &'static str) -> Self {
        let reg_loss_param = Some(RegLossParam { scale_pos_weight: "1" });
        Self { name, reg_loss_param, softmax_multiclass_param: None }
    }

    fn classes(classes: usize) -> Self {
        let softmax_multiclass_param = Some(SoftmaxParam { num_class: classes.to_string() });
        Self { name: "multi:softprob", reg_loss_param: None, softmax_multiclass_param }
    }
}

#[derive(Serialize)]
struct Model {
    gbtree_model_param: GbtreeModelParam,
    iteration_indptr: Vec<usize>,
    tree_info: Vec<usize>,
    trees: Vec<Tree>,
}

#[derive(Serialize)]
struct GbtreeModelParam {
    num_parallel_tree: String,
    num_trees: String,
}

/// The ensemble as a document that `xgboost.Booster.load_model` reads, with the names of its features.
///
/// # Errors
/// Exit code 1 for trees that JSON cannot hold.
pub fn export(ensemble: &Ensemble, features: &[String]) -> Result<String> {
    let outputs = ensemble.answer.outputs();
    let model = model(ensemble, outputs);
    if model.trees.iter().flat_map(|tree| &tree.split_conditions).any(|value| !value.is_finite()) {
        return Err(Error::failure("a tree holds a value that XGBoost's format cannot hold"));
    }
    // The bases stand in the leaves: 0.5 is a margin of 0 where the link is the logistic one.
    let (objective, base_score, classes, targets) = match ensemble.answer {
        Answer::LogOdds { classes: 2 } => (Objective::plain("binary:logistic"), "5E-1", 0, 1),
        Answer::LogOdds { classes } => (Objective::classes(classes), "0E0", classes, 1),
        Answer::Shares { .. } | Answer::Value { .. } => (Objective::plain("reg:squarederror"), "0E0", 0, outputs),
    };
    let learner_model_param = LearnerModelParam {
        base_score,
        boost_from_average: "0",
        num_class: classes.to_string(),
        num_feature: ensemble.width.to_string(),
        num_target: targets.to_string(),
    };
    let learner = Learner {
        attributes: Empty {},
        feature_names: super::names(features),
        feature_types: [],
        gradient_booster: GradientBooster { model, name: "gbtree" },
        learner_model_param,
        objective,
    };
    serde_json::to_string(&Document { learner, version: VERSION })
        .map_err(|e| Error::failure("cannot write the trees").because(e))
}

/// The trees, output by output, as one round for those side by side and else as a round of each.
fn model(ensemble: &Ensemble, outputs: usize) -> Model {
    let mut of_output: Vec<Vec<Tree>> = (0..outputs).map(|_| Vec::new()).collect();
    for (at, tree) in ensemble.trees.iter().enumerate() {
        for (output, trees) in of_output.iter_mut().enumerate() {
            // The value of a leaf that this output takes; of a sum each tree has one output.
            let value = match (ensemble.averaged, at % outputs == output) {
                (true, _) => output,
                (false, true) => 0,
                (false, false) => continue,
            };
            let base = if trees.is_empty() { ensemble.start(output) } else { 0.0 };
            trees.push(Tree::of(tree, value, &|leaf| base + ensemble.scaled(leaf), ensemble.width));
        }
    }
    let each = of_output.first().map_or(0, Vec::len);
    let parallel = if ensemble.averaged { each.max(1) } else { 1 };
    let mut of_output: Vec<_> = of_output.into_iter().map(Vec::into_iter).collect();
    let (mut trees, mut tree_info) = (Vec::with_capacity(each * outputs), Vec::with_capacity(each * outputs));
    for _ in 0..each / parallel {
        for (output, of_output) in of_output.iter_mut().enumerate() {
            for tree in of_output.by_ref().take(parallel) {
                tree_info.push(output);
                trees.push(Tree { id: trees.len(), ..tree });
            }
        }
    }
    let iteration_indptr = (0..=trees.len()).step_by(parallel * outputs).collect();
    let gbtree_model_param =
        GbtreeModelParam { num_parallel_tree: parallel.to_string(), num_trees: trees.len().to_string() };
    Model { gbtree_model_param, iteration_indptr, tree_info, trees }
}

impl Tree {
    /// A tree, with value `at` of its leaves; these go through `value`. Children stand side by side, which XGBoost
    /// relies on: it takes the node behind the left child for the right one.
    fn of(tree: &trees::Tree, at: usize, value: &dyn Fn(f32) -> f64, width: usize) -> Self {
        let count = tree.entries().len();
        let mut out = Tree { parents: vec![NO_PARENT; count], split_type: vec![0; count], ..Tree::default() };
        let mut order = vec![0];
        for id in 0..count {
            let node = order[id];
            match tree.entries()[node] {
                Entry::Split { feature, threshold, default_left, gain, cover } => {
                    let (left, right) = tree.children(node);
                    let first = order.len();
                    order.extend([left, right]);
                    out.parents[first..first + 2].fill(id as i32);
                    out.push([first as i32, first as i32 + 1], feature, threshold, cover);
                    out.base_weights.push(0.0);
                    out.default_left.push(u8::from(default_left));
                    out.loss_changes.push(gain);
                }
                Entry::Leaf { cover, .. } => {
                    let leaf = value(tree.leaf(node).get(at).copied().unwrap_or_default()) as f32;
                    out.push([NO_CHILD; 2], 0, leaf, cover);
                    out.base_weights.push(leaf);
                    out.default_left.push(0);
                    out.loss_changes.push(0.0);
                }
            }
        }
        out.tree_param = TreeParam {
            num_deleted: "0",
            num_feature: width.to_string(),
            num_nodes: count.to_string(),
            size_leaf_vector: "1",
        };
        out
    }

    fn push(&mut self, [left, right]: [i32; 2], feature: u32, condition: f32, cover: f32) {
        self.left_children.push(left);
        self.right_children.push(right);
        self.split_indices.push(feature);
        self.split_conditions.push(condition);
        self.sum_hessian.push(cover);
    }
}
