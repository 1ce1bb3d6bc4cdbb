//! What the messages tell a client over the WebSocket.

use std::borrow::Cow;

use greenroom_rooms::call::Refusal;
use greenroom_rooms::call::text::Member;
use serde::Serialize;

use super::super::fault::Fault;
use super::super::room::{Listing, Shown};
use super::super::{Room, Way};

/// The member `data` of the plugin's frames.
#[derive(Debug, Default, Serialize)]
pub(super) struct Data<'a> {
    textroom: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    janus_room_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<Person<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<[Listing; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'static, str>>,
}

/// Somebody who gets messages.
#[derive(Debug, Serialize)]
pub(super) struct Person<'a> {
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
}

impl<'a> From<&'a Member> for Person<'a> {
    fn from(member: &'a Member) -> Self {
        Self {
            username: &member.username,
            display: member.display.as_deref(),
        }
    }
}

/// The reply to a setup; the number is what the client then calls the room on the data channel.
pub(super) fn offered(room: Room) -> Data<'static> {
    Data {
        janus_room_id: Some(room.number()),
        ..done()
    }
}

/// The reply to an answer.
pub(super) fn done() -> Data<'static> {
    Data {
        textroom: "event",
        result: Some("ok"),
        ..Data::default()
    }
}

/// The answer to `exists`.
pub(super) fn exists(room: Shown, exists: bool) -> Data<'static> {
    Data {
        textroom: "success",
        room: Some(room),
        exists: Some(exists),
        ..Data::default()
    }
}

/// The answer to a list, of people or of rooms.
pub(super) fn members(members: &[Member], way: Option<Way>, room: Room) -> Data<'_> {
    let data = Data {
        textroom: "success",
        ..Data::default()
    };
    if way == Some(Way::RoomList) {
        Data {
            list: Some(Listing::only(room, room, members.len())),
            ..data
        }
    } else {
        Data {
            room: Some(room.into()),
            participants: Some(members.iter().map(Person::from).collect()),
            ..data
        }
    }
}

/// What to tell of a request that was not done.
pub(super) fn fault(fault: &Fault) -> Data<'static> {
    Data {
        textroom: "event",
        error_code: Some(number(fault)),
        error: Some(fault.reason()),
        ..Data::default()
    }
}

/// The plugin's number for it, as in Janus.
pub(super) const fn number(fault: &Fault) -> u16 {
    match fault {
        Fault::NotJson(_) => 412,
        Fault::Missing(_) => 413,
        Fault::Invalid { .. } | Fault::WrongJsep(_) | Fault::Refused(Refusal::InvalidSdp) => 414,
        Fault::UnknownRequest(_) => 415,
        Fault::Refused(
            Refusal::NotPossible | Refusal::NotPublished | Refusal::AlreadyPublished,
        ) => 416,
        Fault::NoSuchRoom => 417,
        Fault::NotHere | Fault::Refused(Refusal::RoomFull) => 419,
        Fault::Refused(Refusal::IdTaken) => 420,
        Fault::Refused(Refusal::AlreadyJoined) => 421,
        Fault::Refused(Refusal::NotJoined) => 422,
        Fault::Refused(Refusal::NoSuchFeed) => 423,
        Fault::Refused(Refusal::LimitReached | Refusal::MediaUnavailable) => 499,
    }
}
