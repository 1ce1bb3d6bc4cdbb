//! A room: long-lived, made by REST, the place that tokens open.

use crate::limits::ROOM_NAME_MAX_CHARS;
use crate::webhook::WebhookSettings;
use crate::{AccountId, RoomId, Timestamp};

/// What is wrong with a room's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoom {
    /// The name is empty or longer than [`ROOM_NAME_MAX_CHARS`].
    #[error("must have between 1 and {ROOM_NAME_MAX_CHARS} characters")]
    NameLength,
    /// The name holds U+0000, which not every database can keep.
    #[error("must not contain U+0000")]
    NameNul,
    /// Outside [`MaxParticipants::MIN`] to [`MaxParticipants::MAX`].
    #[error(
        "must be between {} and {}",
        MaxParticipants::MIN,
        MaxParticipants::MAX
    )]
    MaxParticipants,
}

/// A room's name, unique within its account and compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    /// Takes a name of 1 to [`ROOM_NAME_MAX_CHARS`] characters, none of them U+0000.
    pub fn new(text: String) -> Result<Self, InvalidRoom> {
        let chars = text.chars().count();
        if chars == 0 || chars > ROOM_NAME_MAX_CHARS {
            return Err(InvalidRoom::NameLength);
        }
        if text.contains('\0') {
            return Err(InvalidRoom::NameNul);
        }
        Ok(Self(text))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many people a room holds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxParticipants(u8);

impl MaxParticipants {
    /// The smallest room.
    pub const MIN: u8 = 2;
    /// The largest room.
    pub const MAX: u8 = 50;
    /// The size when none is asked for.
    pub const DEFAULT: u8 = 10;

    /// Takes a number of people; refused outside the bounds, never clamped.
    pub fn new(count: i64) -> Result<Self, InvalidRoom> {
        u8::try_from(count)
            .ok()
            .filter(|count| (Self::MIN..=Self::MAX).contains(count))
            .map(Self)
            .ok_or(InvalidRoom::MaxParticipants)
    }

    /// The number of people.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for MaxParticipants {
    fn default() -> Self {
        Self(Self::DEFAULT)
    }
}

/// A room of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its id, never used again.
    pub id: RoomId,
    /// Who owns it.
    pub account_id: AccountId,
    /// Its name, if it has one.
    pub unique_name: Option<RoomName>,
    /// How many people it holds at once.
    pub max_participants: MaxParticipants,
    /// Whether sessions in it are to be recorded.
    pub enable_recording: bool,
    /// Where its events go.
    pub webhook: WebhookSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The settings of a room that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRoom {
    /// Its name, if it has one.
    pub unique_name: Option<RoomName>,
    /// How many people it holds at once.
    pub max_participants: MaxParticipants,
    /// Whether sessions in it are to be recorded.
    pub enable_recording: bool,
    /// Where its events go.
    pub webhook: WebhookSettings,
}

/// A change to a room: `None` leaves a setting as it is, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomPatch {
    /// The new name.
    pub unique_name: Option<Option<RoomName>>,
    /// The new size.
    pub max_participants: Option<MaxParticipants>,
    /// Whether sessions are to be recorded from now on.
    pub enable_recording: Option<bool>,
    /// Where events go.
    pub webhook_event_url: Option<Option<crate::webhook::WebhookUrl>>,
    /// Where they go when that fails.
    pub webhook_event_failover_url: Option<Option<crate::webhook::WebhookUrl>>,
    /// How long one delivery may take.
    pub webhook_timeout: Option<Option<crate::webhook::WebhookTimeout>>,
}

impl Room {
    /// Makes the room `new` for `account_id`.
    pub fn create(id: RoomId, account_id: AccountId, new: NewRoom, now: Timestamp) -> Self {
        Self {
            id,
            account_id,
            unique_name: new.unique_name,
            max_participants: new.max_participants,
            enable_recording: new.enable_recording,
            webhook: new.webhook,
            created_at: now,
            updated_at: now,
        }
    }

    /// Applies a change at `now`.
    #[must_use]
    pub fn updated(self, patch: RoomPatch, now: Timestamp) -> Self {
        Self {
            unique_name: patch.unique_name.unwrap_or(self.unique_name),
            max_participants: patch.max_participants.unwrap_or(self.max_participants),
            enable_recording: patch.enable_recording.unwrap_or(self.enable_recording),
            webhook: WebhookSettings {
                event_url: patch.webhook_event_url.unwrap_or(self.webhook.event_url),
                event_failover_url: patch
                    .webhook_event_failover_url
                    .unwrap_or(self.webhook.event_failover_url),
                timeout: patch.webhook_timeout.unwrap_or(self.webhook.timeout),
            },
            updated_at: now,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::WebhookTimeout;

    fn room() -> Room {
        let new = NewRoom {
            unique_name: Some(RoomName::new("standup".into()).unwrap()),
            webhook: WebhookSettings {
                timeout: WebhookTimeout::new(3).ok(),
                ..Default::default()
            },
            ..NewRoom::default()
        };
        let id = RoomId::from_uuid(uuid::Uuid::from_u128(1));
        let account = AccountId::from_uuid(uuid::Uuid::from_u128(2));
        Room::create(id, account, new, Timestamp::from_unix_secs(1))
    }

    #[test]
    fn absent_leaves_and_null_clears() {
        let later = Timestamp::from_unix_secs(2);
        let same = room().updated(RoomPatch::default(), later);
        assert_eq!(
            same,
            Room {
                updated_at: later,
                ..room()
            }
        );
        let patch = RoomPatch {
            unique_name: Some(None),
            webhook_timeout: Some(None),
            ..Default::default()
        };
        let cleared = room().updated(patch, later);
        assert_eq!(cleared.unique_name, None);
        assert_eq!(cleared.webhook.timeout, None);
        assert_eq!(cleared.created_at, room().created_at);
    }

    #[test]
    fn bounds_hold() {
        assert!(RoomName::new(String::new()).is_err());
        assert_eq!(RoomName::new("a\0b".into()), Err(InvalidRoom::NameNul));
        assert!(RoomName::new("é".repeat(ROOM_NAME_MAX_CHARS)).is_ok());
        assert!(RoomName::new("é".repeat(ROOM_NAME_MAX_CHARS + 1)).is_err());
        assert_eq!(
            [1, 2, 50, 51].map(|count| MaxParticipants::new(count).is_ok()),
            [false, true, true, false]
        );
    }
}
