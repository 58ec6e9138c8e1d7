//! The plan: what would run, and why.

use serde_json::{Value as Json, json};

use super::printer::{FAINT, Printer, STRONG};
use crate::engine::{Decision, Plan, Reason, Step};
use crate::error::Result;

/// Prints what becomes of each stage; `-v` style details are below each stage that has several reasons.
///
/// # Errors
/// Exit code 1 where stdout cannot be written.
pub fn tell(printer: &Printer, plan: &Plan) -> Result<()> {
    let steps: Vec<&Step> = plan.steps.iter().filter(|step| step.decision != Decision::NotSelected).collect();
    if printer.is_json() {
        return printer.document(&json!({ "stages": steps.into_iter().map(step).collect::<Vec<_>>() }));
    }
    for step in steps {
        let name = printer.styled(STRONG, &format!("{:16}", step.stage.name));
        let first = match &step.decision {
            Decision::Run(reasons) => {
                reasons.first().map_or_else(|| "run".to_owned(), |first| format!("run ({first})"))
            }
            other => other.to_string(),
        };
        printer.line(&format!("{name}  {first}"))?;
        if let Decision::Run(reasons) = &step.decision {
            for reason in reasons.iter().skip(1) {
                printer.line(&printer.styled(FAINT, &format!("{:23}{reason}", "")))?;
            }
        }
    }
    Ok(())
}

fn step(step: &Step) -> Json {
    let (decision, why) = match &step.decision {
        Decision::UpToDate => ("up to date", &[][..]),
        Decision::NotSelected => ("not selected", &[][..]),
        Decision::Run(why) => ("run", why.as_slice()),
    };
    json!({ "name": step.stage.name, "decision": decision, "reasons": reasons(why), "commands": step.stage.commands })
}

/// Reasons as data.
pub fn reasons(reasons: &[Reason]) -> Json {
    let reason = |reason: &Reason| {
        let mut data = json!({ "kind": reason.kind(), "text": reason.to_string() });
        if let (Some(data), Reason::Param { key, before, now }) = (data.as_object_mut(), reason) {
            let value = |node: &Option<crate::yaml::Node>| node.as_ref().map_or(Json::Null, crate::yaml::Node::to_json);
            data.insert("key".to_owned(), json!(key));
            data.insert("before".to_owned(), value(before));
            data.insert("now".to_owned(), value(now));
        }
        data
    };
    Json::Array(reasons.iter().map(reason).collect())
}
