//! The signalling that the vendor's browser SDK speaks: the Janus core protocol over a WebSocket,
//! as `docs/protocol.md` describes it.
//!
//! [`wire`] knows the frames, [`Connection`] what they do, [`plugins`] what is asked of a room's call
//! and told by it; all three are pure: frames, news and `now` in, frames, asks, effects and a
//! deadline out. What is absent from them: sockets, async, the clock and randomness. All of that is
//! in [`websocket`] alone. What tokens and rooms are is behind [`Gate`].

pub mod connection;
pub mod gate;
pub mod plugins;
pub mod websocket;
pub mod wire;

pub use connection::{Config, Connection, Output, Outputs, TokenExpiry};
pub use gate::{Gate, Refusal};
pub use plugins::Room;
