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

mod datagram;
mod janus_frame;
mod query;
mod sdp;
mod token;

pub use datagram::datagram;
pub use janus_frame::janus_frame;
pub use query::query;
pub use sdp::sdp;
pub use token::{known_tokens, token};
