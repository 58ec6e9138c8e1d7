//! The time that a task will still take, by how fast it went so far.

use std::time::Duration;

/// Steps ahead before there is anything to go by.
const STEPS: u32 = 3;
/// Time before there is anything to go by.
const SINCE: Duration = Duration::from_secs(1);

/// What is known of the speed of a task. The clock is the caller's: `now` counts from wherever, and never goes back.
///
/// The speed is work by time, of which what is long past counts less: half as much where it lies half of the task's
/// age back. So a fit that grows slower from round to round is not promised to end as fast as it began, and one slow
/// round does not make hours of minutes.
#[derive(Debug, Default)]
pub struct Estimate {
    begin: Option<Duration>,
    /// The last step: when, and units done.
    last: (Duration, u64),
    steps: u32,
    work: f64,
    time: f64,
}

impl Estimate {
    /// The time left at `now`, where `done` of `total` units are done; none before there is a basis, and at the end.
    /// What was done when it is first asked is no work of its own: it may have been done long ago.
    pub fn left(&mut self, now: Duration, done: u64, total: u64) -> Option<Duration> {
        let Some(begin) = self.begin else {
            self.begin = Some(now);
            self.last = (now, done);
            return None;
        };
        let age = now.saturating_sub(begin);
        if done > self.last.1 {
            let (took, did) = (now.saturating_sub(self.last.0).as_secs_f64(), done - self.last.1);
            let kept = 0.5_f64.powf(2.0 * took / age.as_secs_f64().max(1e-9));
            self.work = self.work * kept + did as f64;
            self.time = self.time * kept + took;
            self.steps += 1;
            self.last = (now, done);
        }
        let left = total.checked_sub(self.last.1).filter(|left| *left > 0)?;
        if self.steps < STEPS || age < SINCE {
            return None;
        }
        // Time without a step counts too: what stands still is no closer to its end.
        let idle = now.saturating_sub(self.last.0).as_secs_f64();
        Duration::try_from_secs_f64(left as f64 * (self.time + idle) / self.work).ok()
    }
}

/// An estimate in words, no more exact than it can be.
pub fn told(left: Duration) -> String {
    let seconds = left.as_secs();
    let about = match seconds {
        0..10 => return "a few seconds left".to_owned(),
        10..60 => format!("{} s", (seconds + 2) / 5 * 5),
        60..3570 => format!("{} min", (seconds + 30) / 60),
        _ => {
            let minutes = seconds.saturating_add(150) / 300 * 5;
            format!("{} h {:02} min", minutes / 60, minutes % 60)
        }
    };
    format!("about {about} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: f64) -> Duration {
        Duration::from_secs_f64(count)
    }

    /// What is told of a task of 100 units that are done at these moments.
    fn at(moments: impl Iterator<Item = f64>) -> Vec<Option<f64>> {
        let mut estimate = Estimate::default();
        estimate.left(seconds(0.0), 0, 100);
        let told = |(at, moment)| estimate.left(seconds(moment), at as u64 + 1, 100).map(|left| left.as_secs_f64());
        moments.enumerate().map(told).collect()
    }

    #[test]
    fn what_goes_evenly_is_foretold_exactly_once_there_is_a_basis() {
        let told = at((1..=100).map(f64::from));
        assert_eq!(told[..2], [None, None], "three steps are the least");
        for (at, left) in told[2..99].iter().enumerate() {
            let left = left.unwrap();
            assert!((left - (97 - at) as f64).abs() < 1e-6, "{left} after {} units", at + 3);
        }
        assert_eq!(told[99], None, "nothing is left");
        assert_eq!(at((1..=20).map(|at| f64::from(at) / 100.0)), vec![None; 20], "too soon to tell");
    }

    #[test]
    fn what_slows_down_is_believed_to_stay_slow() {
        // 40 units of 1 s, then 60 of 4 s: the mean over all would tell 0.7 of the truth at unit 60.
        let moment = |unit: i32| f64::from(unit.min(40) + 4 * (unit - 40).max(0));
        let told = at((1..=100).map(moment));
        let (left, truth) = (told[59].unwrap(), 4.0 * 40.0);
        assert!((0.75..=1.05).contains(&(left / truth)), "{left} of {truth}");
        let (left, truth) = (told[79].unwrap(), 4.0 * 20.0);
        assert!((0.9..=1.05).contains(&(left / truth)), "{left} of {truth}");
    }

    #[test]
    fn what_was_done_before_is_no_speed_and_standing_still_brings_no_end() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.left(seconds(100.0), 40, 50), None);
        for (at, done) in [(2.0, 41), (4.0, 42)] {
            assert_eq!(estimate.left(seconds(100.0 + at), done, 50), None);
        }
        let left = estimate.left(seconds(106.0), 43, 50).unwrap().as_secs_f64();
        assert!((left - 14.0).abs() < 1e-6, "{left}");
        let later = estimate.left(seconds(126.0), 43, 50).unwrap().as_secs_f64();
        assert!(later > 2.0 * left, "{later}");
        // Threads may tell of their steps in another order.
        assert!(estimate.left(seconds(126.0), 42, 50).unwrap().as_secs_f64() >= later);
    }

    #[test]
    fn words_are_no_more_exact_than_the_estimate() {
        for (left, words) in [
            (0, "a few seconds left"),
            (13, "about 15 s left"),
            (59, "about 60 s left"),
            (95, "about 2 min left"),
            (3569, "about 59 min left"),
            (3600, "about 1 h 00 min left"),
            (9000, "about 2 h 30 min left"),
        ] {
            assert_eq!(told(Duration::from_secs(left)), words);
        }
    }
}
