//! How often and how long a stage may try: from `meta:` in dvc.yaml, or from the command line.

use std::time::Duration;

use crate::error::Result;
use crate::yaml::{Node, Value, parse_duration};

/// The pause before the second try, unless told; it doubles with each further one.
const DELAY: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_DELAY: Duration = Duration::from_secs(300);

/// What a stage may take. None where nothing was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Tries after the first.
    pub retries: Option<u32>,
    /// The pause before the second try.
    pub retry_delay: Option<Duration>,
    /// The longest one try may take.
    pub timeout: Option<Duration>,
}

impl Limits {
    /// What `meta:` of a stage says under `retries`, `retry_delay` and `timeout`; its other keys are the user's.
    ///
    /// # Errors
    /// Exit code 2 with the place of a value that is no number or no duration.
    pub fn of(meta: Option<&Node>) -> Result<Self> {
        let key = |name| meta.and_then(|node| node.get(name));
        let retries = key("retries").map(|node| match node.value {
            Value::Integer(n) => u32::try_from(n).map_err(|_| node.error("expected a number from 0 on")),
            _ => Err(node.error(format!("expected a whole number, found {}", node.describe()))),
        });
        let duration = |name| key(name).map(duration).transpose();
        Ok(Self { retries: retries.transpose()?, retry_delay: duration("retry_delay")?, timeout: duration("timeout")? })
    }

    /// These, and where they say nothing, the others.
    pub fn or(self, other: Self) -> Self {
        Self {
            retries: self.retries.or(other.retries),
            retry_delay: self.retry_delay.or(other.retry_delay),
            timeout: self.timeout.or(other.timeout),
        }
    }

    /// The pause after the try of that number, from 1.
    pub(super) fn delay_after(&self, attempt: u32) -> Duration {
        let doubled = self.retry_delay.unwrap_or(DELAY).saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        doubled.min(LONGEST_DELAY.max(self.retry_delay.unwrap_or(DELAY)))
    }
}

fn duration(node: &Node) -> Result<Duration> {
    let parsed = match &node.value {
        Value::Integer(n) => u64::try_from(*n).ok().map(Duration::from_secs),
        Value::Float(x) => Duration::try_from_secs_f64(*x).ok(),
        Value::String(text) => parse_duration(text),
        _ => None,
    };
    parsed.ok_or_else(|| node.error("expected a duration such as 90, 30s, 10m or 1.5h"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn limits_are_read_from_meta_and_the_command_line_wins() {
        let read = |text: &str| Limits::of(Some(&parse(text, "dvc.yaml").unwrap()));
        let limits = read("{retries: 2, timeout: 1.5h, retry_delay: 250ms, owner: me}").unwrap();
        let expected = Limits {
            retries: Some(2),
            retry_delay: Some(Duration::from_millis(250)),
            timeout: Some(Duration::from_secs(5400)),
        };
        assert_eq!(limits, expected);
        let asked = Limits { retries: Some(0), ..Limits::default() };
        assert_eq!(asked.or(limits), Limits { retries: Some(0), ..expected });
        assert_eq!(Limits::of(None).unwrap(), Limits::default());
        for (text, says) in [
            ("{retries: -1}", "dvc.yaml:1:11: `retries`: expected a number from 0 on"),
            ("{retries: often}", "dvc.yaml:1:11: `retries`: expected a whole number, found the text `often`"),
            ("{timeout: 10 weeks}", "dvc.yaml:1:11: `timeout`: expected a duration such as 90, 30s, 10m or 1.5h"),
            ("{timeout: -5}", "dvc.yaml:1:11: `timeout`: expected a duration"),
            ("{timeout: 1e300}", "dvc.yaml:1:11: `timeout`: expected a duration"),
        ] {
            let message = read(text).unwrap_err().message().to_owned();
            assert!(message.starts_with(says), "{message}");
        }
    }

    #[test]
    fn the_pause_doubles_up_to_a_limit() {
        let limits = Limits { retry_delay: Some(Duration::from_secs(2)), ..Limits::default() };
        let delays: Vec<u64> = [1, 2, 3, 40].iter().map(|&n| limits.delay_after(n).as_secs()).collect();
        assert_eq!(delays, [2, 4, 8, 300]);
        assert_eq!(Limits::default().delay_after(1), DELAY);
    }
}
