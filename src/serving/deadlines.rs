//! Time limits that are set with every request and hardly ever reached.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::rt::{Sleep, Timer};

/// The limits of one connection, all by the same alarm. It wakes one task, so they must all be of that.
///
/// A later limit leaves the alarm where it is; only when it goes off too early is it set again. So the runtime's timers
/// hear of a connection once in a while and not twice a request.
#[derive(Clone)]
pub struct Deadlines(Arc<Mutex<Pin<Box<tokio::time::Sleep>>>>);

impl Deadlines {
    /// None yet. It needs a runtime.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Box::pin(tokio::time::sleep(std::time::Duration::MAX)))))
    }
}

impl Timer for Deadlines {
    fn sleep(&self, duration: std::time::Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, end: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline { alarm: self.clone(), end: end.into() })
    }
}

struct Deadline {
    alarm: Deadlines,
    end: tokio::time::Instant,
}

impl Sleep for Deadline {}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context) -> Poll<()> {
        let mut alarm = self.alarm.0.lock().unwrap_or_else(PoisonError::into_inner);
        if alarm.deadline() > self.end {
            alarm.as_mut().reset(self.end);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if alarm.deadline() == self.end {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(self.end);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_limit_is_reached_in_its_time_whatever_limits_are_beside_it() {
        let moment = Duration::from_millis(20);
        let (limits, start) = (Deadlines::new(), Instant::now());
        let after = |moments: u32| limits.sleep_until(start + moments * moment);
        // Given up before they are reached: an earlier one, and a later one.
        for given_up in [after(1), after(500)] {
            assert!(tokio::time::timeout(Duration::ZERO, given_up).await.is_err());
        }
        for moments in [3, 2, 6] {
            after(moments).await;
            assert!(start.elapsed() >= moments * moment, "{moments}");
        }
        for _ in 0..3 {
            tokio::select! {
                biased;
                () = after(500) => panic!("the later one came first"),
                () = after(10) => {}
            }
        }
        assert!(start.elapsed() >= 10 * moment);
    }
}
