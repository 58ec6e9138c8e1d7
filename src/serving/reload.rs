//! Looks at the model files from time to time.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::service::Service;

/// A thread that loads what changed; it ends with this value.
pub struct Reloader {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Reloader {
    /// Looks each time so long has passed.
    pub fn start(service: Arc<Service>, every: Duration) -> Self {
        let (stop, stopped) = sync_channel::<()>(0);
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                service.models.reload(false);
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Reloader {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_default();
        }
    }
}
