//! The edges: clocks, waiting, descriptors.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(5);

/// The present.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the bench reads the clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// CPU time that this thread has used, in nanoseconds.
pub(crate) fn own_cpu_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = time.tv_sec.saturating_mul(1_000_000_000) + time.tv_nsec;
    u64::try_from(nanos).unwrap_or_default()
}

/// Looks until `found` finds something; `None` after `limit`.
pub(crate) fn wait_for<T>(limit: Duration, mut found: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = now();
    loop {
        if let Some(found) = found() {
            return Some(found);
        }
        if begun.elapsed() >= limit {
            return None;
        }
        pause(POLL);
    }
}

/// Waits between two looks at something that does not tell when it changes.
#[expect(
    clippy::disallowed_methods,
    reason = "what other processes do has to be polled"
)]
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}

/// Raises the limit of open files to what this process may have; children inherit it. Fails if that
/// is less than `needed`.
pub(crate) fn raise_open_files(needed: u64) -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|maximum| maximum < needed) {
        anyhow::bail!(
            "{needed} open files are needed, but the hard limit is {}: raise it (`ulimit -Hn`)",
            limit.maximum.unwrap_or_default()
        );
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("cannot raise the limit of open files")
}
