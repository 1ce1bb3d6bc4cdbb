//! Live rooms, doors and calls over a real store and the real media engine.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod engine;
mod history;
mod lines;
mod moderation;
mod rotations;
mod support;
