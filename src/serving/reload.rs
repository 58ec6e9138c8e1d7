//! Looks at the model files from time to time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::service::Service;

/// How long a model that is being loaded may take once the server is to stop: a disk may never answer.
const GRACE: Duration = Duration::from_secs(2);

/// A thread that loads what changed; it ends with this value.
pub struct Reloader {
    stop: Option<SyncSender<()>>,
    ended: Receiver<()>,
}

impl Reloader {
    /// Looks each time so long has passed.
    pub fn start(service: Arc<Service>, every: Duration) -> Self {
        let (stop, stopped) = sync_channel::<()>(0);
        let (ends, ended) = sync_channel::<()>(0);
        std::thread::spawn(move || {
            // Gone when the thread is.
            let _ends = ends;
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                service.models.reload(false);
            }
        });
        Self { stop: Some(stop), ended }
    }
}

impl Drop for Reloader {
    fn drop(&mut self) {
        self.stop = None;
        self.ended.recv_timeout(GRACE).unwrap_or_default();
    }
}
