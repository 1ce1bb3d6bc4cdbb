//! The mixer in virtual time: what is heard, by whom, and at what cost.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "tests compute with sounds"
)]

mod arbitrary;
mod cost;
mod handover;
mod hearing;
mod network;
mod speaking;
mod stage;
mod talking;
