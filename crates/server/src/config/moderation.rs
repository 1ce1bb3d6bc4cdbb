//! `[moderation]`: what becomes of tokens.

use greenroom_rooms::moderation::ModerationPolicy;
use serde::{Deserialize, Serialize};

/// What becomes of the tokens of those who are put out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModerationSettings {
    /// Whether a kick revokes the token families that the kicked came with, so that neither a refresh
    /// nor another join with them succeeds.
    pub kick_revokes: bool,
    /// Whether ending a session does so for all who are in it.
    pub end_revokes: bool,
}

impl ModerationSettings {
    /// As the moderator goes by it.
    pub const fn policy(&self) -> ModerationPolicy {
        ModerationPolicy {
            kick_revokes: self.kick_revokes,
            end_revokes: self.end_revokes,
        }
    }
}

impl Default for ModerationSettings {
    fn default() -> Self {
        let ModerationPolicy {
            kick_revokes,
            end_revokes,
        } = ModerationPolicy::default();
        Self {
            kick_revokes,
            end_revokes,
        }
    }
}
