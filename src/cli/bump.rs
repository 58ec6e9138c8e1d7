//! `bump`: the next version, or a new snapshot date.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::args::Bump;
use super::failures::Failures;
use super::session::Session;
use super::settings::{self, Change};
use crate::data::dates;

/// Changes configs/config.yaml in place and prints old and new.
pub fn run(session: &Session, what: &Bump) -> Result<(), Failures> {
    let main = &session.config.main;
    let (name, old, new) = match what {
        Bump::Version { value } => {
            let old = main.version.value;
            ("version", old.to_string(), value.unwrap_or(old.saturating_add(1)).to_string())
        }
        Bump::Date { value } => ("date", main.date.value.clone(), value.clone().unwrap_or_else(today)),
    };
    let value = if name == "date" { json!(new).to_string() } else { new.clone() };
    let change = Change { key: format!("config.{name}"), value };
    settings::apply(&session.project, &[change])?;
    if session.printer.is_json() {
        return Ok(session.printer.document(&json!({ "key": name, "from": old, "to": new }))?);
    }
    Ok(session.printer.line(&format!("{name}: {old} → {new}"))?)
}

/// Today in UTC, YYYYMMDD.
pub(super) fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let day = i64::try_from(seconds / 86_400 * 86_400).unwrap_or(0);
    dates::format_iso(day).replace('-', "")
}

#[cfg(test)]
mod tests {
    #[test]
    fn today_is_a_date() {
        let today = super::today();
        assert!(today.len() == 8 && today.bytes().all(|b| b.is_ascii_digit()), "{today}");
    }
}
