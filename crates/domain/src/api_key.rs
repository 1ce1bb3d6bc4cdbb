//! What is kept of an API key: never the key itself, only how to recognise it.

use crate::{AccountId, ApiKeyId, Timestamp};

/// The public beginning of an API key, by which it is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApiKeyPrefix(String);

impl ApiKeyPrefix {
    /// How many characters of a key are its prefix: `KEY_` and 8 more, or fewer for a short key.
    pub const CHARS: usize = 12;

    /// Takes the prefix of a whole key; `None` if the text has no [`Self::CHARS`] ASCII characters.
    pub fn of_key(key: &str) -> Option<Self> {
        let prefix = key.get(..Self::CHARS)?;
        prefix
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
            .then(|| Self(prefix.to_owned()))
    }

    /// Restores a prefix that was stored.
    pub const fn from_stored(prefix: String) -> Self {
        Self(prefix)
    }

    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The record of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, by which it is listed and revoked.
    pub id: ApiKeyId,
    /// Whose key it is.
    pub account_id: AccountId,
    /// What it is for, in the operator's words.
    pub label: String,
    /// Its public beginning; several keys may share one.
    pub prefix: ApiKeyPrefix,
    /// SHA-256 of the whole key. Keys are random, so no slow hash is needed.
    pub sha256: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key opens anything at `now`.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}
