//! What holds whatever happens.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const ROOMS: u128 = 3;
const PEOPLE: u128 = 4;

#[derive(Debug, Clone)]
enum Act {
    Join(u128, u128),
    Change(u128, u128, u8),
    Leave(u128, u128, usize),
    End(u128, bool),
    EndRoom(u128),
    LeaveAll,
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let place = || (0..ROOMS, 0..PEOPLE);
    prop_oneof![
        8 => place().prop_map(|(room, who)| Act::Join(room, who)),
        2 => (place(), 0..3_u8).prop_map(|((room, who), text)| Act::Change(room, who, text)),
        8 => (place(), 0..LeftReason::ALL.len())
            .prop_map(|((room, who), reason)| Act::Leave(room, who, reason)),
        2 => (0..ROOMS, any::<bool>()).prop_map(|(room, current)| Act::End(room, current)),
        1 => (0..ROOMS).prop_map(Act::EndRoom),
        1 => Just(Act::LeaveAll),
        4 => (0..20_i64).prop_map(Act::Wait),
    ]
}

/// What the entries add up to.
#[derive(Debug, Default)]
struct Record {
    active: BTreeMap<RoomId, Session>,
    present: BTreeMap<SessionId, BTreeMap<ParticipantId, Presence>>,
    ended: BTreeSet<SessionId>,
}

impl Record {
    /// Takes an entry, as a store with all its rules would.
    fn write(&mut self, entry: &Entry) {
        let room_id = entry.room.room_id;
        if let Some(event) = &entry.event {
            assert_eq!(event.room_id, room_id);
        }
        let kind = entry.event.as_ref().map(|event| &event.kind);
        match &entry.change {
            Change::Started(session) => {
                assert_eq!(session.room_id, room_id);
                assert!(!self.ended.contains(&session.id));
                assert_eq!(self.active.insert(room_id, *session), None);
                self.present.insert(session.id, BTreeMap::new());
                assert_eq!(kind, Some(&EventKind::SessionStarted));
            }
            Change::Joined(participant) => {
                let presence = Presence {
                    context: participant.context.clone(),
                    joined_at: participant.joined_at,
                };
                let there = self.there(room_id, participant.session_id);
                assert_eq!(there.insert(participant.id, presence), None);
                assert!(matches!(kind, Some(EventKind::ParticipantJoined { .. })));
            }
            Change::Changed {
                session_id,
                participant_id,
                context,
                ..
            } => {
                let there = self.there(room_id, *session_id);
                let presence = there.get_mut(participant_id).unwrap();
                assert_ne!(presence.context, *context);
                presence.context.clone_from(context);
                assert_eq!(kind, None);
            }
            Change::Left {
                session_id,
                participant_id,
                left,
            } => {
                let there = self.there(room_id, *session_id);
                let presence = there.remove(participant_id).unwrap();
                assert!(left.at >= presence.joined_at);
                let expected = EventKind::ParticipantLeft {
                    participant_id: *participant_id,
                    context: presence.context,
                    duration_secs: secs_between(presence.joined_at, left.at),
                    reason: left.reason,
                };
                assert_eq!(kind, Some(&expected));
            }
            Change::Ended { session_id, ended } => {
                assert!(self.there(room_id, *session_id).is_empty());
                let session = self.active.remove(&room_id).unwrap();
                assert!(ended.at >= session.created_at);
                self.present.remove(session_id);
                self.ended.insert(*session_id);
                assert!(matches!(kind, Some(EventKind::SessionEnded { .. })));
            }
        }
    }

    /// Who is in `session`, which is the active one of its room.
    fn there(
        &mut self,
        room_id: RoomId,
        session: SessionId,
    ) -> &mut BTreeMap<ParticipantId, Presence> {
        assert_eq!(self.active[&room_id].id, session);
        self.present.get_mut(&session).unwrap()
    }
}

/// Who is where, told by the acts alone.
type Model = BTreeMap<u128, BTreeMap<ParticipantId, Option<String>>>;

fn apply(act: &Act, now: Timestamp, book: &mut Book, model: &mut Model, ids: &Counting) {
    match *act {
        Act::Join(place, number) => {
            let context = Some(format!("{number}"));
            let note = Note::Joined {
                participant: who(number),
                context: context.clone(),
                at: now,
            };
            book.note(room(place), note, ids);
            model.entry(place).or_default().insert(who(number), context);
        }
        Act::Change(place, number, text) => {
            let context = Some(format!("said {text}"));
            let note = Note::Changed {
                participant: who(number),
                context: context.clone(),
                at: now,
            };
            book.note(room(place), note, ids);
            let there = model.entry(place).or_default();
            if let Some(said) = there.get_mut(&who(number)) {
                *said = context;
            }
        }
        Act::Leave(place, number, reason) => {
            let note = Note::Left {
                participant: who(number),
                reason: LeftReason::ALL[reason],
                at: now,
            };
            book.note(room(place), note, ids);
            model.entry(place).or_default().remove(&who(number));
        }
        Act::End(place, current) => {
            let room_id = room(place).room_id;
            let wanted = book.session(room_id).filter(|_| current);
            let id = wanted.unwrap_or_else(|| SessionId::from_uuid(Uuid::from_u128(1)));
            let ended = Ended {
                at: now,
                reason: EndReason::Api,
            };
            assert_eq!(book.end(room_id, id, ended, ids), wanted.is_some());
        }
        Act::EndRoom(place) => {
            book.end_room(room(place).room_id, now, ids);
            model.remove(&place);
        }
        Act::LeaveAll => {
            book.leave_all(now, ids);
            model.clear();
        }
        Act::Wait(_) => book.handle_timeout(now, ids),
    }
}

proptest! {
    #[test]
    fn the_record_always_adds_up(
        acts in prop::collection::vec(act(), 1..120),
        grace_secs in 0..20_u32,
    ) {
        let ids = Counting::default();
        let mut book = Book::new(grace_secs);
        let mut record = Record::default();
        let mut model = Model::new();
        let mut secs = 0;
        for act in &acts {
            if let Act::Wait(more) = act {
                secs += more;
            }
            apply(act, at(secs), &mut book, &mut model, &ids);
            for entry in entries(&mut book) {
                record.write(&entry);
            }
            for place in 0..ROOMS {
                let room_id = room(place).room_id;
                let session = record.active.get(&room_id).map(|session| session.id);
                prop_assert_eq!(book.session(room_id), session);
                let there = session.and_then(|id| record.present.get(&id));
                let there: BTreeMap<_, _> = there
                    .into_iter()
                    .flatten()
                    .map(|(id, presence)| (*id, presence.context.clone()))
                    .collect();
                prop_assert_eq!(there, model.get(&place).cloned().unwrap_or_default());
            }
            let present: usize = record.present.values().map(BTreeMap::len).sum();
            prop_assert_eq!((book.sessions(), book.present()), (record.active.len(), present));
        }
        // With everybody gone, every session ends within the grace.
        book.leave_all(at(secs), &ids);
        book.handle_timeout(at(secs + i64::from(grace_secs)), &ids);
        for entry in entries(&mut book) {
            record.write(&entry);
        }
        prop_assert_eq!((record.active.len(), book.deadline()), (0, None));
    }
}
