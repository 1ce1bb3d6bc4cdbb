//! `[sessions]`: when a meeting is over.

use greenroom_rooms::history::GRACE_SECS;
use serde::{Deserialize, Serialize};

/// The longest grace, in seconds: an hour.
const GRACE_MAX_SECS: u32 = 3_600;

/// When a meeting is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// How many seconds a session goes on after the last one left, so that a reload or a restart of
    /// the server does not split a meeting; 3600 at most.
    pub grace_secs: u32,
}

impl SessionSettings {
    /// Whether the grace is in its range.
    pub(super) const fn is_in_range(&self) -> bool {
        self.grace_secs <= GRACE_MAX_SECS
    }
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            grace_secs: GRACE_SECS,
        }
    }
}
