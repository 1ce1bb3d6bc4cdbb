//! What the mixed audio tells a client.

use std::borrow::Cow;

use greenroom_rooms::call::audio::{Event, Participant};
use greenroom_rooms::call::{LegId, Refusal};
use serde::Serialize;

use super::super::fault::Fault;
use super::super::room::{Listing, Shown};
use super::super::{Room, Way};

/// The member `data` of the plugin's frames.
#[derive(Debug, Default, Serialize)]
pub(super) struct Data<'a> {
    audiobridge: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<Person<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaving: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kicked: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<[Listing; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'static, str>>,
}

/// A leg as the others see it.
#[derive(Debug, Serialize)]
struct Person<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    setup: bool,
    muted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    talking: Option<bool>,
}

impl<'a> From<&'a Participant> for Person<'a> {
    fn from(from: &'a Participant) -> Self {
        Self {
            id: from.id.0,
            display: from.display.as_deref(),
            setup: from.setup,
            muted: from.muted,
            talking: from.talking,
        }
    }
}

impl Data<'static> {
    /// The answer to `exists`.
    pub(super) fn exists(room: Shown, exists: bool) -> Self {
        Self {
            audiobridge: "success",
            room: Some(room),
            exists: Some(exists),
            ..Self::default()
        }
    }
}

fn people(participants: &[Participant]) -> Vec<Person<'_>> {
    participants.iter().map(Person::from).collect()
}

/// What to tell, as a reply in that way or as a push.
pub(super) fn data(event: &Event, way: Option<Way>, room: Room) -> Data<'_> {
    let said = |audiobridge| Data {
        audiobridge,
        room: Some(room.into()),
        ..Data::default()
    };
    match event {
        Event::Joined {
            id, participants, ..
        } => Data {
            id: Some(id.0),
            participants: Some(people(participants)),
            ..said("joined")
        },
        // Without an id: with one it would be the reply to the client's own join.
        Event::ParticipantJoined(participant) => Data {
            participants: Some(vec![participant.into()]),
            ..said("joined")
        },
        Event::ParticipantChanged(participant) => Data {
            participants: Some(vec![participant.into()]),
            ..said("event")
        },
        Event::Configured { .. } => Data {
            audiobridge: "event",
            result: Some("ok"),
            ..Data::default()
        },
        Event::Left(LegId(id)) => Data {
            id: Some(*id),
            ..said("left")
        },
        Event::Leaving(LegId(id)) => Data {
            leaving: Some(*id),
            ..said("event")
        },
        Event::Kicked(LegId(id)) => Data {
            kicked: Some(*id),
            ..said("event")
        },
        Event::Talking(LegId(id), talking) => Data {
            id: Some(*id),
            ..said(if *talking {
                "talking"
            } else {
                "stopped-talking"
            })
        },
        Event::Participants(participants) if way == Some(Way::RoomList) => Data {
            audiobridge: "success",
            list: Some(Listing::only(room, room, participants.len())),
            ..Data::default()
        },
        Event::Participants(participants) => Data {
            participants: Some(people(participants)),
            ..said("participants")
        },
    }
}

/// What to tell of a request that was not done.
pub(super) fn fault(fault: &Fault) -> Data<'static> {
    Data {
        audiobridge: "event",
        error_code: Some(number(fault)),
        error: Some(fault.reason()),
        ..Data::default()
    }
}

/// The plugin's number for it, as in Janus.
const fn number(fault: &Fault) -> u16 {
    match fault {
        Fault::NotJson(_) => 481,
        Fault::UnknownRequest(_)
        | Fault::Refused(
            Refusal::NotPossible | Refusal::NotPublished | Refusal::AlreadyPublished,
        ) => 482,
        Fault::Missing(_) => 483,
        Fault::Invalid { .. } => 484,
        Fault::NoSuchRoom => 485,
        Fault::Refused(Refusal::NotJoined) => 487,
        Fault::NotHere | Fault::Refused(Refusal::RoomFull) => 489,
        Fault::Refused(Refusal::IdTaken) => 490,
        Fault::Refused(Refusal::AlreadyJoined) => 491,
        Fault::Refused(Refusal::NoSuchFeed) => 492,
        Fault::WrongJsep(_) | Fault::Refused(Refusal::InvalidSdp) => 493,
        Fault::Refused(Refusal::LimitReached | Refusal::MediaUnavailable) => 499,
    }
}
