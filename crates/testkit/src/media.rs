//! Browsers that are none, over real sockets: [`Driver`] runs [`greenroom_headless::Client`]s on a thread,
//! [`Session`] speaks the Janus protocol, and the actors of [`Session`] and [`Attendee`] put both together as the
//! browser SDK does. They speak to Greenroom and to stock Janus.
//!
//! What fails is told as an error, since the load generator uses them too.

mod actors;
mod attendee;
mod driver;
mod frames;
mod peer;
mod seat;
mod session;

pub use actors::{Mixed, Published, Subscribed, Texting};
pub use attendee::{Attendee, Identity};
pub use driver::Driver;
pub use peer::Peer;
pub use session::{Gateway, Session};

#[cfg(test)]
mod tests;
