//! Work for a thread of its own: who hands it over never waits. What it cannot keep up with is not taken.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Items that are worked on together, at the most.
const TOGETHER: usize = 256;

/// A bounded queue, in items and in bytes.
pub struct Queue<T> {
    /// None tells the thread to end.
    items: SyncSender<Option<(T, usize)>>,
    waiting: Arc<AtomicUsize>,
    most: usize,
    worker: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Send + 'static> Queue<T> {
    /// Starts a thread that works on what is offered; `items` and `bytes` may wait.
    pub fn start(items: usize, bytes: usize, work: impl FnMut(Vec<T>) + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(items);
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&waiting);
        let worker = std::thread::spawn(move || run(&receiver, &left, work));
        Self { items: sender, waiting, most: bytes, worker: Mutex::new(Some(worker)) }
    }

    /// Takes an item of so many bytes; false where there is no room for it.
    pub fn offer(&self, item: T, bytes: usize) -> bool {
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let taken = before.saturating_add(bytes) <= self.most && self.items.try_send(Some((item, bytes))).is_ok();
        if !taken {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        }
        taken
    }

    /// Waits until everything that was taken is done, and ends the thread.
    pub fn close(&self) {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker {
            // Where the thread has ended already there is nobody to tell.
            self.items.send(None).unwrap_or_default();
            worker.join().unwrap_or_default();
        }
    }
}

fn run<T>(items: &Receiver<Option<(T, usize)>>, waiting: &AtomicUsize, mut work: impl FnMut(Vec<T>)) {
    while let Ok(Some((first, mut bytes))) = items.recv() {
        let mut together = vec![first];
        let mut ends = false;
        while together.len() < TOGETHER && !ends {
            match items.try_recv() {
                Ok(Some((item, size))) => {
                    together.push(item);
                    bytes += size;
                }
                Ok(None) => ends = true,
                Err(_) => break,
            }
        }
        work(together);
        waiting.fetch_sub(bytes, Ordering::Relaxed);
        if ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_was_taken_is_done_and_what_is_too_much_is_not_taken() {
        let (go, wait) = mpsc::channel::<()>();
        let (told, begun) = mpsc::channel();
        let queue = Queue::start(2, 100, move |items: Vec<u32>| {
            told.send(items).unwrap();
            wait.recv().unwrap();
        });
        assert!(!queue.offer(0, 101), "larger than all of the room");
        assert!(queue.offer(1, 60));
        assert_eq!(begun.recv().unwrap(), [1]);
        assert!(!queue.offer(2, 60), "what is worked on takes room too");
        let taken: Vec<u32> = (3..10).filter(|item| queue.offer(*item, 1)).collect();
        assert_eq!(taken, [3, 4], "no more than two wait");
        (0..2).for_each(|_| go.send(()).unwrap());
        queue.close();
        assert_eq!(begun.iter().flatten().collect::<Vec<u32>>(), [3, 4]);
        assert!(!queue.offer(11, 1), "it has ended");
    }
}
