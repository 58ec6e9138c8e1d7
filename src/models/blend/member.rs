//! The members of an ensemble, as configured.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::super::{Entry, Estimator, REGISTRY};
use crate::error::{Error, Result, suggest};
use crate::yaml::{Node, Value};

/// The key that says the algorithm, where the name does not.
const ALGORITHM: &str = "algorithm";
/// The key of a member's own class weight.
const CLASS_WEIGHT: &str = "class_weight";
/// More members than anyone waits for.
const MOST: usize = 100;

/// One algorithm of an ensemble.
pub struct Member {
    /// Its name among the others; that of the algorithm where it needs none of its own.
    pub name: String,
    /// The algorithm.
    pub entry: &'static Entry,
    /// It, with the member's parameters.
    pub estimator: Box<dyn Estimator>,
    /// Its own class weight as written: key and value.
    pub class_weight: Option<(Node, Node)>,
    /// Where the algorithm is named.
    pub at: Node,
}

/// The members under `estimators`.
///
/// # Errors
/// Exit code 2, pointing at what cannot be a member.
pub(in super::super) fn members(estimators: &Node) -> Result<Vec<Member>> {
    let expected = "expected a mapping such as `{rf: {}, deep: {algorithm: xgb, max_depth: 9}}`";
    let entries = estimators
        .as_mapping()
        .ok_or_else(|| estimators.error(format!("{expected}, found {}", estimators.describe())))?;
    if !(2..=MOST).contains(&entries.len()) {
        let message = format!("expected 2 to {MOST} members, found {}", entries.len());
        return Err(estimators.error(message).hint("name algorithms, such as `{lr: {}, xgb: {}}`"));
    }
    entries.iter().map(|(name, params)| Member::new(name, params)).collect()
}

/// The members where none are named: the two that take everything.
pub(in super::super) fn usual_members() -> Node {
    Node::from_json(&json!({"rf": {}, "xgb": {}}))
}

impl Member {
    fn new(name: &Node, params: &Node) -> Result<Self> {
        let text = name.as_str().unwrap_or_default();
        let (params, algorithm, class_weight) = taken_apart(params)?;
        let at = algorithm.unwrap_or_else(|| name.clone());
        let entry = found(&at).map_err(|error| {
            // A name that is nearly an algorithm's, or an ensemble's, has its own hint.
            let has_own = error.hint_text().is_some_and(|hint| !hint.starts_with(ABLE));
            if at == *name && !has_own {
                error.hint(format!("say what it is: `{text}: {{algorithm: xgb}}`"))
            } else {
                error
            }
        })?;
        Ok(Self { name: text.to_owned(), entry, estimator: (entry.build)(&params)?, class_weight, at })
    }

    /// The final estimator: a mapping that names its algorithm.
    ///
    /// # Errors
    /// Exit code 2, pointing at what is wrong.
    pub(in super::super) fn of_final(node: &Node) -> Result<Self> {
        let (params, algorithm, class_weight) = taken_apart(node)?;
        let at = algorithm.ok_or_else(|| {
            node.error("it names no algorithm").hint("such as `final_estimator: {algorithm: lr, c: 0.1}`")
        })?;
        let entry = found(&at)?;
        Ok(Self { name: entry.name.to_owned(), entry, estimator: (entry.build)(&params)?, class_weight, at })
    }
}

/// How the list of what may stand for a member begins.
const ABLE: &str = "algorithms";

/// Parameters, algorithm and class weight.
type Parts = (Node, Option<Node>, Option<(Node, Node)>);

fn taken_apart(node: &Node) -> Result<Parts> {
    let mut params = node.clone();
    let entries = match &mut params.value {
        Value::Null => return Ok((node.with(Value::Mapping(Vec::new())), None, None)),
        Value::Mapping(entries) => entries,
        _ => return Err(node.error(format!("expected parameters, found {}", node.describe()))),
    };
    let mut take = |wanted: &str| {
        let at = entries.iter().position(|(key, _)| key.as_str() == Some(wanted))?;
        Some(entries.remove(at))
    };
    let (algorithm, class_weight) = (take(ALGORITHM), take(CLASS_WEIGHT));
    Ok((params, algorithm.map(|(_, value)| value), class_weight))
}

/// The algorithm that stands at a place.
fn found(at: &Node) -> Result<&'static Entry> {
    let wanted = at.as_str().ok_or_else(|| at.error(format!("expected an algorithm, found {}", at.describe())))?;
    let able = || REGISTRY.iter().filter(|entry| !entry.is_ensemble()).map(|entry| entry.name).collect::<Vec<_>>();
    let unknown =
        || -> Error { at.error(format!("unknown algorithm `{wanted}`")).maybe_hint(suggest(wanted, ABLE, &able())) };
    let entry = REGISTRY.iter().find(|entry| entry.name == wanted).ok_or_else(unknown)?;
    if entry.is_ensemble() {
        return Err(at
            .error(format!("`{wanted}` is an ensemble itself, and an ensemble has no ensembles in it"))
            .hint(format!("name its members instead; algorithms: {}", able().join(", "))));
    }
    Ok(entry)
}

/// The schema of members: name → algorithm, parameters, class weight.
pub(in super::super) fn estimators_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": member_schema("Its algorithm; by default the member's name."),
        "minProperties": 2,
        "maxProperties": MOST,
    })
}

/// The schema of the final estimator.
pub(in super::super) fn final_schema(_: &mut SchemaGenerator) -> Schema {
    let mut schema = member_schema("Its algorithm.");
    schema["required"] = json!([ALGORITHM]);
    json_schema!({"anyOf": [schema, {"type": "null"}]})
}

/// What stands beside the algorithm depends on it; its own schema says what.
fn member_schema(algorithm: &str) -> serde_json::Value {
    // Naming all of them here would ask each for its schema, this one among them.
    json!({
        "type": ["object", "null"],
        "properties": {
            ALGORITHM: {"type": "string", "description": algorithm},
            CLASS_WEIGHT: {"description": "How much each class weighs for it."},
        },
    })
}
