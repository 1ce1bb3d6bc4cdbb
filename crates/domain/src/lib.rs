//! The nouns and rules of Greenroom: ids, rooms, sessions, participants, join grants, limits, filters and paging.
//!
//! What is absent: IO, async, the clock and randomness. `now` is an argument ([`Timestamp`]) and
//! random bytes come from an [`Entropy`] that was handed in, so every rule here can be tested
//! by values alone.

pub mod api_key;
pub mod clock;
pub mod entropy;
pub mod event;
pub mod filter;
pub mod grant;
pub mod id;
pub mod limits;
pub mod paging;
pub mod participant;
pub mod rate_limit;
pub mod room;
pub mod rotation;
pub mod session;
pub mod time;
pub mod ttl;
pub mod webhook;

pub use clock::Clock;
pub use entropy::Entropy;
pub use event::{Event, EventKind};
pub use grant::JoinGrant;
pub use id::{AccountId, ApiKeyId, EventId, FamilyId, ParticipantId, RoomId, SessionId, TokenId};
pub use paging::{Page, PageMeta, PageRequest};
pub use participant::Participant;
pub use room::Room;
pub use rotation::Rotation;
pub use session::Session;
pub use time::Timestamp;
