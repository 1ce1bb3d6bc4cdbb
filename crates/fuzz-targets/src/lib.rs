//! What the fuzz targets do with their input: one function each, which panics if something does
//! not hold that has to hold for every input.
//!
//! `fuzz/` runs them under libFuzzer (nightly toolchain); `tests/corpora.rs` replays the committed
//! corpora on every `cargo test`. `fuzz/README.md` tells how to run them and how to add an input.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a panic is how a fuzz target says that it has found something"
)]

mod janus_frame;
mod query;
mod token;

pub use janus_frame::janus_frame;
pub use query::query;
pub use token::{known_tokens, token};
