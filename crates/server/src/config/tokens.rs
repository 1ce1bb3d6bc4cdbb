//! `[tokens]`: how tokens are checked.

use greenroom_rooms::live::ReusePolicy;
use serde::{Deserialize, Serialize};

/// What happens to a session whose token expires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenExpiry {
    /// It ends, unless a new token comes in time.
    #[default]
    Close,
    /// It stays until it leaves, but no new one starts with that token.
    Keep,
}

/// What happens when a token family that is in the room comes a second time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenReuse {
    /// Both stay.
    #[default]
    Allow,
    /// The newcomer is refused.
    RejectNew,
    /// The older one is closed.
    ReplaceOld,
}

impl TokenExpiry {
    /// As it is set and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Keep => "keep",
        }
    }
}

impl TokenReuse {
    /// As it is set and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::RejectNew => "reject_new",
            Self::ReplaceOld => "replace_old",
        }
    }
}

impl From<TokenReuse> for ReusePolicy {
    fn from(reuse: TokenReuse) -> Self {
        match reuse {
            TokenReuse::Allow => Self::Allow,
            TokenReuse::RejectNew => Self::RejectNew,
            TokenReuse::ReplaceOld => Self::ReplaceOld,
        }
    }
}

/// How tokens are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenSettings {
    /// How many seconds a token may come from the future (`nbf`, `iat`); 60 at most. There is no such
    /// leeway for its expiry.
    pub leeway_secs: u32,
    /// What happens to a session whose token expires: `close` or `keep`.
    pub expiry: TokenExpiry,
    /// Whether one token family may have several sessions: `allow`, `reject_new` or `replace_old`.
    pub reuse: TokenReuse,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            leeway_secs: 5,
            expiry: TokenExpiry::Close,
            reuse: TokenReuse::Allow,
        }
    }
}
