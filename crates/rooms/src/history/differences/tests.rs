use std::collections::BTreeMap;

use greenroom_domain::{AccountId, ParticipantId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::call::tests::fixture::Counting;
use crate::history::book::Book;
use crate::history::{Note, RoomRef};

const ROOMS: u128 = 4;
const PEOPLE: u128 = 3;
const NOW: Timestamp = Timestamp::from_unix_secs(1_800_000_000);

type Record = BTreeMap<SessionId, (Session, BTreeMap<ParticipantId, Participant>)>;

/// Takes the entries, with the rules of a store.
fn write(record: &mut Record, entries: &[Entry]) {
    for entry in entries {
        match &entry.change {
            Change::Started(session) => {
                let taken = record
                    .values()
                    .any(|(other, _)| other.room_id == session.room_id);
                assert!(!taken, "a room has one active session");
                assert!(
                    record
                        .insert(session.id, (*session, BTreeMap::new()))
                        .is_none()
                );
            }
            Change::Joined(participant) => {
                let (_, present) = record.get_mut(&participant.session_id).unwrap();
                assert!(
                    present
                        .insert(participant.id, participant.clone())
                        .is_none()
                );
            }
            Change::Changed {
                session_id,
                participant_id,
                context,
                ..
            } => {
                let (_, present) = record.get_mut(session_id).unwrap();
                present
                    .get_mut(participant_id)
                    .unwrap()
                    .context
                    .clone_from(context);
            }
            Change::Left {
                session_id,
                participant_id,
                ..
            } => {
                let (_, present) = record.get_mut(session_id).unwrap();
                assert!(present.remove(participant_id).is_some());
            }
            Change::Ended { session_id, .. } => {
                let (_, present) = record.remove(session_id).unwrap();
                assert!(present.is_empty());
            }
        }
    }
}

fn note(book: &mut Book, ids: &Counting, (place, who, joins): (u128, u128, u8)) {
    let room = RoomRef {
        room_id: RoomId::from_uuid(Uuid::from_u128(place)),
        account_id: AccountId::from_uuid(Uuid::from_u128(9)),
    };
    let participant = ParticipantId::from_uuid(Uuid::from_u128(who));
    let note = match joins {
        0 => Note::Left {
            participant,
            reason: LeftReason::Left,
            at: NOW,
        },
        text => Note::Joined {
            participant,
            context: Some(format!("{text}")),
            at: NOW,
        },
    };
    book.note(room, note, ids);
}

fn drain(book: &mut Book) -> Vec<Entry> {
    std::iter::from_fn(|| book.poll_entry()).collect()
}

proptest! {
    #[test]
    fn the_record_is_right_again_whatever_was_lost(
        grace in 0..2_u32,
        before in prop::collection::vec((0..ROOMS, 0..PEOPLE, 0..3_u8), 0..30),
        lost in prop::collection::vec((0..ROOMS, 0..PEOPLE, 0..3_u8), 0..30),
    ) {
        let ids = Counting::default();
        let mut book = Book::new(grace);
        let mut record = Record::new();
        for step in before {
            note(&mut book, &ids, step);
        }
        write(&mut record, &drain(&mut book));
        for step in lost {
            note(&mut book, &ids, step);
        }
        drop(drain(&mut book));
        let meetings: Vec<Meeting> = book.meetings().cloned().collect();
        let stored = record
            .values()
            .map(|(session, present)| (*session, present.values().cloned().collect()))
            .collect();
        let mended = differences(stored, &meetings, NOW, &ids);
        write(&mut record, &mended);
        prop_assert_eq!(record.len(), meetings.len());
        for meeting in &meetings {
            let (session, present) = &record[&meeting.session.id];
            prop_assert_eq!(session, &meeting.session);
            let present: BTreeMap<_, _> =
                present.iter().map(|(id, participant)| (*id, &participant.context)).collect();
            let expected: BTreeMap<_, _> =
                meeting.present.iter().map(|(id, presence)| (*id, &presence.context)).collect();
            prop_assert_eq!(present, expected);
        }
        let stored = record
            .values()
            .map(|(session, present)| (*session, present.values().cloned().collect()))
            .collect();
        prop_assert_eq!(differences(stored, &meetings, NOW, &ids), Vec::new());
    }
}
