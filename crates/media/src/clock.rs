//! The one place where media reads the clock.

use std::time::Instant;

/// The present.
#[expect(
    clippy::disallowed_methods,
    reason = "the media threads are the edge: they read the clock once for each batch, and hand it in"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
