//! A run moves whenever something it waited for has come: an answer of the
//! catalogue, of a store, of a mail server. So a long job needs no steps of its
//! own to be known alive, and one that waits for what never comes is known not
//! to be.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::Progress;

/// A run, and what it moves.
pub(super) struct Moving<'a, T>(FuturesUnordered<Steps<'a, T>>);

struct Steps<'a, T> {
    run: BoxFuture<'a, T>,
    progress: Progress,
}

impl<'a, T> Moving<'a, T> {
    /// Each step of the run moves this.
    pub(super) fn new(run: BoxFuture<'a, T>, progress: Progress) -> Self {
        // Woken by itself alone, whatever else whoever waits for it waits for.
        Self(FuturesUnordered::from_iter([Steps { run, progress }]))
    }

    /// Its end; waiting for it may be given up and taken up again. For ever,
    /// once it has ended.
    pub(super) async fn ended(&mut self) -> T {
        match self.0.next().await {
            Some(ended) => ended,
            None => std::future::pending().await,
        }
    }
}

impl<T> Future for Steps<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.progress.moved();
        self.run.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use jiff::{SignedDuration, Timestamp};
    use tokio::sync::mpsc;

    use super::*;
    use crate::clock::FixedClock;

    #[tokio::test]
    async fn a_run_moves_when_what_it_waits_for_comes_and_not_when_it_is_only_asked_after() {
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let clock = FixedClock::at(start);
        let progress = Progress::new(Arc::new(clock.clone()));
        let (pages, mut arrive) = mpsc::unbounded_channel();
        let run = Box::pin(async move {
            let mut read = 0;
            while let Some(page) = arrive.recv().await {
                read += page;
            }
            read
        });
        let mut run = Moving::new(run, progress.clone());
        assert!(run.ended().now_or_never().is_none());
        let minutes_on = |minutes| {
            clock.set(start + SignedDuration::from_mins(minutes));
        };
        minutes_on(1);
        assert!(run.ended().now_or_never().is_none());
        assert_eq!(progress.idle(), SignedDuration::from_mins(1), "nothing has come");
        minutes_on(2);
        pages.send(7).unwrap();
        assert!(run.ended().now_or_never().is_none());
        assert_eq!(progress.idle(), SignedDuration::ZERO);
        minutes_on(3);
        drop(pages);
        assert_eq!(run.ended().await, 7);
        assert_eq!(progress.idle(), SignedDuration::ZERO);
    }
}
