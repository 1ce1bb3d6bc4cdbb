//! Where the time of unit tests begins.

use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can be had in no other way; no test depends on which"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}
