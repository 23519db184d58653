//! Several hands at work at once, each a task of its own.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// What each comes to, in the order they end. Whoever waits for them is woken
/// whenever one of them is: a run whose hands are at work moves. They end where it
/// is given up.
pub(super) async fn together<T, H>(hands: impl IntoIterator<Item = H>) -> Vec<T>
where
    T: Send + 'static,
    H: Future<Output = T> + Send + 'static,
{
    let moved = Arc::new(Notify::new());
    let mut at_work = JoinSet::new();
    for hand in hands {
        let moved = Arc::clone(&moved);
        let hand = async move {
            let mut hand = pin!(hand);
            poll_fn(|context| {
                moved.notify_one();
                hand.as_mut().poll(context)
            })
            .await
        };
        at_work.spawn(hand.in_current_span());
    }
    let mut all = pin!(at_work.join_all());
    loop {
        tokio::select! {
            all = &mut all => return all,
            () = moved.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    use tokio::sync::mpsc;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicU64);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Woken {
        /// How often, since this was asked last, once every task went as far as it can.
        async fn since(&self) -> u64 {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            self.0.swap(0, Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn who_waits_is_woken_when_something_comes_to_a_hand_and_not_otherwise() {
        let (pages, mut arriving): (Vec<_>, Vec<_>) =
            (0..3).map(|_| mpsc::unbounded_channel::<u64>()).unzip();
        let hands = arriving.drain(..).map(|mut arrive| async move {
            let mut read = 0;
            while let Some(page) = arrive.recv().await {
                read += page;
            }
            read
        });
        let mut all = pin!(together(hands));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        // They begin.
        for _ in 0..3 {
            assert!(all.as_mut().poll(&mut context).is_pending());
            woken.since().await;
        }
        assert!(all.as_mut().poll(&mut context).is_pending());
        assert_eq!(woken.since().await, 0, "nothing has come");
        for page in 1..=4 {
            pages[1].send(page).unwrap();
            assert_eq!(woken.since().await, 1, "page {page}");
            assert!(all.as_mut().poll(&mut context).is_pending());
        }
        pages[0].send(7).unwrap();
        drop(pages);
        woken.since().await;
        let Poll::Ready(mut read) = all.as_mut().poll(&mut context) else { panic!("all ended") };
        read.sort_unstable();
        assert_eq!(read, [0, 7, 10]);
    }

    #[tokio::test]
    async fn hands_end_where_nobody_waits_for_them_any_more() {
        let (ends, mut ended) = mpsc::unbounded_channel::<()>();
        let hands = vec![ends; 3].into_iter().map(|ends| async move {
            ends.closed().await;
        });
        let mut all = Box::pin(together(hands));
        assert!(futures_util::poll!(&mut all).is_pending());
        drop(all);
        assert_eq!(ended.recv().await, None);
    }
}
