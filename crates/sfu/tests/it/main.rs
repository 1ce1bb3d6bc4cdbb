//! The real shard and many clients on a network that loses, delays and repeats, in virtual time.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and looks for one kind of event among all"
)]

mod flags;
mod forwarding;
mod layers;
mod loss;
mod network_change;
mod reports;
mod room;
mod sim;
mod text_and_mix;
