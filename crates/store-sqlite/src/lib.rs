//! The default store: one SQLite database inside the data directory.
//!
//! One connection writes, a few read; WAL keeps them out of each other's way, and
//! `synchronous = FULL` puts a commit on disk before it is acknowledged. Several processes may have
//! the same directory open; see below.
//!
//! What is absent: rules, the clock and randomness. To add a repository: a migration, a file with
//! its SQL and row mapping, and its lines in `unit_of_work.rs`.
//!
//! # Foreign changes
//!
//! After each commit, and before it is acknowledged, an instance adds one to a counter in the file
//! `changes` beside the database. What others added is the whole less what this instance added
//! itself. A process that dies between its commit and its count is found out by
//! [`Store::look_for_foreign_changes`](greenroom_store::Store::look_for_foreign_changes), which asks
//! the database itself.

mod api_keys;
mod changes;
mod counted;
mod cut;
mod error;
mod inspect;
mod migrations;
mod open;
mod outbox;
mod participants;
#[cfg(test)]
mod plans;
mod probe;
mod revocations;
mod revoked_tokens;
mod rooms;
mod rotations;
mod row;
mod sessions;
mod span;
mod store;
mod unit_of_work;
mod writer;

pub use inspect::{Inspection, check_copy, inspect, known_schema, snapshot};
pub use open::{DATABASE_FILE, OpenError, OpenOptions};
pub use store::SqliteStore;
