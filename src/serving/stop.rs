//! The word that ends a server.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};

use tokio::sync::Notify;

/// Tells a server to stop, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    yes: AtomicBool,
    told: Notify,
}

impl Stop {
    /// Not asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// No more connections are accepted; what was accepted is answered.
    pub fn ask(&self) {
        self.0.yes.store(true, Ordering::SeqCst);
        self.0.told.notify_waiters();
    }

    /// Waits until it is asked.
    pub async fn asked(&self) {
        // From here on it is told of whoever asks, also before it is looked at.
        let mut told = pin!(self.0.told.notified());
        let mut waits: Option<Waker> = None;
        poll_fn(|context| {
            if self.0.yes.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            // Connections look at this with every step of theirs, and need to say only once whom to wake.
            if waits.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                return Poll::Pending;
            }
            waits = Some(context.waker().clone());
            told.as_mut().poll(context)
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::{Context, Wake};

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn whoever_looked_last_is_woken() {
        let stop = Stop::new();
        let all: [Arc<Woken>; 2] = Default::default();
        let mut asked = pin!(stop.asked());
        for woken in [&all[0], &all[1], &all[1]] {
            let waker = Waker::from(Arc::clone(woken));
            assert!(asked.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        stop.ask();
        assert_eq!(all.each_ref().map(|woken| woken.0.load(Ordering::SeqCst)), [0, 1]);
        assert!(asked.poll(&mut Context::from_waker(Waker::noop())).is_ready());
        assert!(pin!(stop.asked()).poll(&mut Context::from_waker(Waker::noop())).is_ready(), "from the beginning");
    }
}
