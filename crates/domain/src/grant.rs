//! What a token allows: to join one room of one account. Every rule about who may grant it is here.

use crate::{AccountId, Room, RoomId};

/// The permission to join one room; the only thing a token can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JoinGrant {
    room_id: RoomId,
    account_id: AccountId,
}

/// The room does not exist for this caller. Unknown, deleted and foreign rooms are one and the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such room for this account")]
pub struct NoSuchRoom;

impl JoinGrant {
    /// Grants `caller` a join to `room`, which has to be a room of its own.
    pub fn issue(caller: AccountId, room: Option<&Room>) -> Result<Self, NoSuchRoom> {
        match room {
            Some(room) if room.account_id == caller => Ok(Self {
                room_id: room.id,
                account_id: caller,
            }),
            Some(_) | None => Err(NoSuchRoom),
        }
    }

    /// Restores a grant from a token whose signature was checked.
    pub const fn from_verified(room_id: RoomId, account_id: AccountId) -> Self {
        Self {
            room_id,
            account_id,
        }
    }

    /// The room that may be joined.
    pub const fn room_id(&self) -> RoomId {
        self.room_id
    }

    /// The account that granted it.
    pub const fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// Whether `room` is the very room that this grant was made for.
    pub fn opens(&self, room: &Room) -> bool {
        room.id == self.room_id && room.account_id == self.account_id
    }
}
