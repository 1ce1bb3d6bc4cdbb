//! Waiting: for a condition, and never longer than a limit that only a fault can reach.

use std::panic::Location;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

/// Longest that anything a test waits for may take. Far more than it needs on a slow machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Waits until `condition` holds; panics when it does not within `limit`.
#[track_caller]
pub fn eventually(
    limit: Duration,
    condition: impl AsyncFnMut() -> bool,
) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let polled = timeout(limit, poll(condition)).await;
        assert!(
            polled.is_ok(),
            "what {caller} waits for did not happen in {limit:?}"
        );
    }
}

async fn poll(mut condition: impl AsyncFnMut() -> bool) {
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if condition().await {
            return;
        }
    }
}

/// What `work` comes to; panics when that takes longer than [`LIMIT`].
#[track_caller]
pub fn within<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move {
        let Ok(outcome) = timeout(LIMIT, work).await else {
            panic!("what {caller} waits for did not happen in {LIMIT:?}")
        };
        outcome
    }
}
