//! The keys of a server and their states: an immutable snapshot, replaced as a whole.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use greenroom_domain::Timestamp;
use greenroom_domain::limits::FAMILY_LIFE_MAX_SECS;

use crate::check::TokenError;
use crate::jwks::{Jwk, JwkSet};
use crate::key_id::KeyId;
use crate::signing_key::SigningKey;

/// How many keys are tried for a token that names none.
const UNNAMED_CANDIDATES_MAX: usize = 3;

/// Where a key is in its life. A key that is gone is in no ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published but not signing yet, so that everybody has it by the time it does.
    Next,
    /// Signs all tokens.
    Active {
        /// When it began to sign.
        since: Timestamp,
    },
    /// Signs no more; its tokens are still good.
    Retiring {
        /// The moment from which on its tokens are refused.
        until: Timestamp,
    },
}

impl fmt::Display for KeyState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next => out.write_str("next"),
            Self::Active { since } => write!(out, "active since {}", since.to_rfc3339_secs()),
            Self::Retiring { until } => write!(out, "retiring until {}", until.to_rfc3339_secs()),
        }
    }
}

/// Why keys do not make a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// No key signs.
    #[error("no key is active")]
    NoActive,
    /// More than one key would sign.
    #[error("more than one key is active")]
    SeveralActive,
    /// More than one key waits to sign.
    #[error("more than one key is next")]
    SeveralNext,
    /// One key stands there twice.
    #[error("the key {0} is there twice")]
    Duplicate(KeyId),
    /// More keys than [`KeyRing::KEYS_MAX`]: rotated too often within the time that a key retires.
    #[error(
        "more than {} keys; wait until retiring keys are gone",
        KeyRing::KEYS_MAX
    )]
    TooMany,
    /// No key of that id.
    #[error("there is no key {0}")]
    Unknown(KeyId),
}

/// A key in its place in the ring.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    key: Arc<SigningKey>,
    state: KeyState,
}

impl KeyEntry {
    /// The key pair.
    pub const fn key(&self) -> &Arc<SigningKey> {
        &self.key
    }

    /// The name of the key.
    pub fn kid(&self) -> KeyId {
        self.key.kid()
    }

    /// Where the key is in its life.
    pub const fn state(&self) -> KeyState {
        self.state
    }

    /// The key, unless its time is over.
    pub(crate) fn usable_key(&self, now: Timestamp) -> Result<&SigningKey, TokenError> {
        if self.is_gone(now) {
            return Err(TokenError::KeyRetired);
        }
        Ok(&self.key)
    }

    fn is_gone(&self, now: Timestamp) -> bool {
        matches!(self.state, KeyState::Retiring { until } if until <= now)
    }

    const fn is_next(&self) -> bool {
        matches!(self.state, KeyState::Next)
    }

    /// The order in a ring: active, then retiring from the newest, then next.
    fn rank(&self) -> (u8, Reverse<Option<Timestamp>>) {
        match self.state {
            KeyState::Active { .. } => (0, Reverse(None)),
            KeyState::Retiring { until } => (1, Reverse(Some(until))),
            KeyState::Next => (2, Reverse(None)),
        }
    }
}

/// All keys of a server: exactly one active, at most one next, the rest retiring.
#[derive(Debug, Clone)]
pub struct KeyRing {
    active: Arc<SigningKey>,
    /// All keys in the order of [`KeyEntry::rank`]; so few that a walk beats a map.
    entries: Vec<KeyEntry>,
}

impl KeyRing {
    /// Most keys in a ring: a rotation every two hours for as long as a key retires.
    pub const KEYS_MAX: usize = 16;

    /// Makes a ring of keys in any order.
    pub fn new(keys: Vec<(Arc<SigningKey>, KeyState)>) -> Result<Self, KeyRingError> {
        let entries = keys
            .into_iter()
            .map(|(key, state)| KeyEntry { key, state })
            .collect();
        Self::from_entries(entries)
    }

    /// Makes a ring of one key that signs from `now` on and one that waits.
    pub fn start(
        active: impl Into<Arc<SigningKey>>,
        next: impl Into<Arc<SigningKey>>,
        now: Timestamp,
    ) -> Result<Self, KeyRingError> {
        Self::new(vec![
            (active.into(), KeyState::Active { since: now }),
            (next.into(), KeyState::Next),
        ])
    }

    fn from_entries(mut entries: Vec<KeyEntry>) -> Result<Self, KeyRingError> {
        if entries.len() > Self::KEYS_MAX {
            return Err(KeyRingError::TooMany);
        }
        if entries.iter().filter(|entry| entry.is_next()).count() > 1 {
            return Err(KeyRingError::SeveralNext);
        }
        entries.sort_by_key(KeyEntry::rank);
        for (at, entry) in entries.iter().enumerate() {
            if entries
                .iter()
                .take(at)
                .any(|other| other.kid() == entry.kid())
            {
                return Err(KeyRingError::Duplicate(entry.kid()));
            }
        }
        let mut signing = entries
            .iter()
            .filter(|entry| matches!(entry.state, KeyState::Active { .. }));
        let active = signing.next().ok_or(KeyRingError::NoActive)?.key.clone();
        if signing.next().is_some() {
            return Err(KeyRingError::SeveralActive);
        }
        Ok(Self { active, entries })
    }

    /// The ring after a rotation: the next key signs, the active one retires for as long as any
    /// of its tokens can live, and `fresh` waits. With no key waiting, `fresh` signs at once.
    pub fn rotate(
        &self,
        fresh: impl Into<Arc<SigningKey>>,
        now: Timestamp,
    ) -> Result<Self, KeyRingError> {
        let until = now.saturating_add_secs(FAMILY_LIFE_MAX_SECS);
        let kept = self
            .entries
            .iter()
            .filter(|entry| !entry.is_gone(now))
            .map(|entry| match entry.state {
                KeyState::Active { .. } => KeyEntry {
                    key: entry.key.clone(),
                    state: KeyState::Retiring { until },
                },
                KeyState::Next | KeyState::Retiring { .. } => entry.clone(),
            })
            .collect();
        Self::with_fresh(kept, fresh.into(), now)
    }

    /// The ring without the key `kid`: every token it signed is refused from now on. If it was the
    /// active key, the next one signs; `fresh` fills the place that became empty, and is dropped
    /// if none did.
    pub fn revoke(
        &self,
        kid: KeyId,
        fresh: impl Into<Arc<SigningKey>>,
        now: Timestamp,
    ) -> Result<Self, KeyRingError> {
        if !self.contains(kid) {
            return Err(KeyRingError::Unknown(kid));
        }
        let kept = self
            .entries
            .iter()
            .filter(|entry| entry.kid() != kid && !entry.is_gone(now))
            .cloned()
            .collect();
        Self::with_fresh(kept, fresh.into(), now)
    }

    /// Fills the places of the active and the next key, in this order.
    fn with_fresh(
        mut entries: Vec<KeyEntry>,
        fresh: Arc<SigningKey>,
        now: Timestamp,
    ) -> Result<Self, KeyRingError> {
        let has_active = entries
            .iter()
            .any(|entry| matches!(entry.state, KeyState::Active { .. }));
        let next = entries.iter_mut().find(|entry| entry.is_next());
        let place = match (has_active, next) {
            (true, Some(_)) => None,
            (true, None) => Some(KeyState::Next),
            (false, Some(next)) => {
                next.state = KeyState::Active { since: now };
                Some(KeyState::Next)
            }
            (false, None) => Some(KeyState::Active { since: now }),
        };
        if let Some(state) = place {
            entries.push(KeyEntry { key: fresh, state });
        }
        Self::from_entries(entries)
    }

    /// The ring without the retiring keys whose time is over; `None` if there are none.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Option<Self> {
        let kept: Vec<KeyEntry> = self
            .entries
            .iter()
            .filter(|entry| !entry.is_gone(now))
            .cloned()
            .collect();
        (kept.len() < self.entries.len()).then(|| Self {
            active: self.active.clone(),
            entries: kept,
        })
    }

    /// When [`Self::expire`] will next have something to do, if ever.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.entries
            .iter()
            .filter_map(|entry| match entry.state {
                KeyState::Retiring { until } => Some(until),
                KeyState::Next | KeyState::Active { .. } => None,
            })
            .min()
    }

    /// All keys: active, retiring from the newest, next.
    pub fn entries(&self) -> &[KeyEntry] {
        &self.entries
    }

    /// The key that signs.
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// Whether there is such a key, in whatever state.
    pub fn contains(&self, kid: KeyId) -> bool {
        self.get(kid).is_some()
    }

    /// The public keys for others to verify with. A key is published from before it signs until
    /// after its last token has expired.
    pub fn jwks(&self) -> JwkSet {
        JwkSet {
            keys: self
                .entries
                .iter()
                .map(|entry| Jwk::of(&entry.key))
                .collect(),
        }
    }

    /// The key of that id. The next key counts too: on another machine it may already sign.
    pub(crate) fn get(&self, kid: KeyId) -> Option<&KeyEntry> {
        self.entries.iter().find(|entry| entry.kid() == kid)
    }

    /// The key whose tokens have exactly this header, in base64url.
    pub(crate) fn by_header_segment(&self, segment: &str) -> Option<&KeyEntry> {
        self.entries
            .iter()
            .find(|entry| entry.key.header_segment() == segment)
    }

    /// The keys to try for a token that names none: active, then retiring from the newest.
    pub(crate) fn unnamed_candidates(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.entries
            .iter()
            .filter(move |entry| !entry.is_next() && !entry.is_gone(now))
            .map(|entry| entry.key.as_ref())
            .take(UNNAMED_CANDIDATES_MAX)
    }
}

#[cfg(test)]
mod tests;
