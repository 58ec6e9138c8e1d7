//! So many in a time.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many in a time, such as `100/s`, `600/min` or `1000/h`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Rate {
    text: String,
    /// The time from one to the next.
    pub interval: Duration,
}

/// The most in a second.
const MOST: f64 = 1e6;

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(count, unit)| {
            let seconds = match unit.trim() {
                "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
            let count = count.trim().parse::<f64>().ok().filter(|count| *count > 0.0 && *count / seconds <= MOST)?;
            // A rate of next to nothing has no time that can be told.
            Duration::try_from_secs_f64(seconds / count).ok().filter(|interval| interval.as_secs() <= 86_400)
        });
        match parsed {
            Some(interval) => Ok(Self { text, interval }),
            None => Err(format!("`{text}` is no rate, such as `100/s`, `600/min` or `1000/h`")),
        }
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.text
    }
}
