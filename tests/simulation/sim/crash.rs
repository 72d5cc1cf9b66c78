//! Cutting a run off: between two waits, or between two commits.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// Where a run is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// After it was polled so many times: it is dropped where it waits for a vendor.
    Polls(u32),
    /// After so many commits: whatever touches the state then fails, as if the process had died there.
    Commits(u64),
}

/// The future's output; `None` if it was dropped after `polls` polls without being done.
pub(crate) async fn at_most_polls<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
