//! For tests: a process that ends at some point where it waits.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Lets a future wait so often, and then drops it, as a process that ends. What
/// it came to, where it was quicker.
pub(crate) async fn cut_short<T>(future: impl Future<Output = T>, polls: u64) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
