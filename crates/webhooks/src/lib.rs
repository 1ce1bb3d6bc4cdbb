//! Webhooks: tells receivers what happened in rooms. Signed, in order for each room, and again until they have
//! taken it or too much time has passed. What the events are, and what is promised, is in `docs/webhooks.md`.
//!
//! Pure are [`body`], [`signature`], [`network`] (which addresses may be dialled), [`retry`] and [`slots`] (what may
//! go now). [`sender`] does one delivery over the network, [`dispatcher`] runs the whole over the store.
//!
//! What is absent: making events, which is the business of whoever changes what they tell of, in the same unit of work.

pub mod body;
pub mod dispatcher;
pub mod network;
pub mod retry;
pub mod sender;
pub mod signature;
pub mod slots;
pub mod stats;
pub mod target;

pub use dispatcher::{Dispatcher, DispatcherParts};
pub use network::NetworkPolicy;
pub use retry::RetryPolicy;
pub use sender::Sender;
pub use signature::WebhookKey;
pub use stats::WebhookStats;
