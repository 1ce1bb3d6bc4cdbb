//! The engine over real loopback sockets, with headless clients.

mod calls;
mod limits;
mod lives;
mod sound;
mod world;
