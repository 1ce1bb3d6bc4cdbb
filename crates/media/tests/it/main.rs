//! The engine over real loopback sockets, with headless clients.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and looks for the one event that it waits for"
)]

mod calls;
mod limits;
mod lives;
mod sound;
mod world;
