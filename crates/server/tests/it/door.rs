//! The door over real WebSockets, in this process.

mod bounds;
mod claims;
mod closing;
mod counting;
mod expiry;
mod frames;
mod keys;
mod malformed;
mod peers;
mod people;
mod refusals;
mod removal;
mod reuse;
pub(crate) mod sdk;
mod swap;
