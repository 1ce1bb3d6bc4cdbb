//! Where the store and what is live meet: the room directory, API keys, the signing keys in force,
//! revocations, and the door of each room.
//!
//! What is absent: HTTP, WebSockets and SQL. Reads on the token path come from bounded caches that
//! are never stale once a write was acknowledged; see [`fresh_cache`] for how.

pub mod api_keys;
pub mod audit;
pub mod call;
pub mod deliveries;
pub mod directory;
pub mod door;
pub mod fresh_cache;
pub mod history;
pub mod key_keeper;
pub mod keys;
pub mod limiters;
pub mod live;
pub mod moderation;
pub mod qualities;
pub mod revocations;
pub mod rotations;
pub mod stats;
pub mod token_report;
pub mod trace;

pub use api_keys::{ApiKeys, Caller};
pub use call::Calls;
pub use deliveries::Deliveries;
pub use directory::RoomDirectory;
pub use door::{Door, Doorkeeper};
pub use history::History;
pub use key_keeper::KeyKeeper;
pub use keys::Keys;
pub use limiters::Limiters;
pub use live::LiveRooms;
pub use moderation::Moderator;
pub use qualities::Qualities;
pub use revocations::Revocations;
pub use rotations::Rotations;
pub use stats::Stats;
pub use token_report::TokenReport;
pub use trace::Tracer;
