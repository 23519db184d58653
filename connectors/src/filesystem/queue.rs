//! Folders still to be read, shared between threads.
//!
//! Each thread goes deep first on a stack of its own, which keeps the number of
//! waiting folders small; it gives some away when others wait or its stack is
//! long. The scan is over when all threads wait.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A stack longer than this is shared.
const OWN: usize = 32;

/// What is shared.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    waiting: AtomicUsize,
    stopped: AtomicBool,
    threads: usize,
}

#[derive(Debug)]
struct State<T> {
    tasks: Vec<T>,
    waiting: usize,
}

impl<T> Queue<T> {
    /// A queue for this many threads, which starts with one task.
    pub(super) fn new(threads: usize, first: T) -> Self {
        Self {
            state: Mutex::new(State { tasks: vec![first], waiting: 0 }),
            ready: Condvar::new(),
            waiting: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            threads,
        }
    }

    /// The next task for a thread with this stack; none when all is done or
    /// was stopped.
    pub(super) fn take(&self, own: &mut Vec<T>) -> Option<T> {
        if self.is_stopped() {
            return None;
        }
        own.pop().or_else(|| self.wait())
    }

    fn wait(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if self.is_stopped() {
                return None;
            }
            if let Some(task) = state.tasks.pop() {
                return Some(task);
            }
            state.waiting += 1;
            self.waiting.store(state.waiting, Ordering::Relaxed);
            if state.waiting == self.threads {
                drop(state);
                self.stop();
                return None;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            self.waiting.store(state.waiting, Ordering::Relaxed);
        }
    }

    /// Gives others the older half of a stack, where they wait or it is long.
    pub(super) fn share(&self, own: &mut Vec<T>) {
        let others_wait = self.waiting.load(Ordering::Relaxed) > 0;
        if own.len() > OWN || (others_wait && own.len() > 1) {
            let half = own.len() / 2;
            self.lock().tasks.extend(own.drain(..half));
            self.ready.notify_all();
        }
    }

    /// Sends every thread home.
    pub(super) fn stop(&self) {
        let _state = self.lock();
        self.stopped.store(true, Ordering::Relaxed);
        self.ready.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn every_task_is_done_once_whoever_takes_it() {
        let queue = Queue::new(4, 12u32);
        let done = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut own = Vec::new();
                    while let Some(task) = queue.take(&mut own) {
                        done.fetch_add(1, Ordering::Relaxed);
                        own.extend([task.saturating_sub(1); 2].iter().filter(|_| task > 0));
                        queue.share(&mut own);
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), (1 << 13) - 1);
    }
}
