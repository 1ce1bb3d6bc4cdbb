//! The real shard and many clients on a network that loses, delays and repeats, in virtual time.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod forwarding;
mod sim;
