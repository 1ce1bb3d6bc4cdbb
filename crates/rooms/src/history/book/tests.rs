use greenroom_domain::event::{Event, EventKind};
use greenroom_domain::{AccountId, EventId};
use uuid::Uuid;

use super::entry::secs_between;
use super::*;
use crate::call::tests::fixture::Counting;

mod journeys;
mod properties;

const GRACE_SECS: u32 = 15;
const START: Timestamp = Timestamp::from_unix_secs(1_800_000_000);

fn at(secs: i64) -> Timestamp {
    START.saturating_add_secs(secs)
}

fn room(number: u128) -> RoomRef {
    RoomRef {
        room_id: RoomId::from_uuid(Uuid::from_u128(number)),
        account_id: AccountId::from_uuid(Uuid::from_u128(1_000 + number)),
    }
}

fn who(number: u128) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(2_000 + number))
}

fn join(number: u128, secs: i64) -> Note {
    Note::Joined {
        participant: who(number),
        context: Some(format!("context {number}")),
        at: at(secs),
    }
}

fn leave(number: u128, secs: i64) -> Note {
    Note::Left {
        participant: who(number),
        reason: LeftReason::Left,
        at: at(secs),
    }
}

fn change(number: u128, context: &str, secs: i64) -> Note {
    Note::Changed {
        participant: who(number),
        context: Some(context.to_owned()),
        at: at(secs),
    }
}

fn entries(book: &mut Book) -> Vec<Entry> {
    std::iter::from_fn(|| book.poll_entry()).collect()
}

/// What happened, in short: `start`, `join 1`, `change 1`, `left 1 left`, `end empty`, each with its second.
fn told(book: &mut Book) -> Vec<String> {
    entries(book).iter().map(short).collect()
}

fn short(entry: &Entry) -> String {
    let secs = |at: Timestamp| at.micros_since(START) / 1_000_000;
    let number = |id: ParticipantId| id.as_uuid().as_u128() - 2_000;
    match &entry.change {
        Change::Started(session) => format!("start @{}", secs(session.created_at)),
        Change::Joined(participant) => {
            let number = number(participant.id);
            format!("join {number} @{}", secs(participant.joined_at))
        }
        Change::Changed {
            participant_id, at, ..
        } => format!("change {} @{}", number(*participant_id), secs(*at)),
        Change::Left {
            participant_id,
            left,
            ..
        } => {
            let (number, reason) = (number(*participant_id), left.reason.as_str());
            format!("left {number} {reason} @{}", secs(left.at))
        }
        Change::Ended { ended, .. } => {
            format!("end {} @{}", ended.reason.as_str(), secs(ended.at))
        }
    }
}
