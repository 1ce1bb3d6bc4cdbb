//! Meetings one by one.

use super::*;

fn book() -> (Book, Counting) {
    (Book::new(GRACE_SECS), Counting::default())
}

#[test]
fn a_session_goes_from_the_first_join_to_the_last_leave() {
    let (mut book, ids) = book();
    for note in [join(1, 0), join(2, 5), leave(1, 20), leave(2, 30)] {
        book.note(room(1), note, &ids);
    }
    assert_eq!(book.deadline(), Some(at(45)));
    book.handle_timeout(at(44), &ids);
    assert!(book.session(room(1).room_id).is_some());
    book.handle_timeout(at(45), &ids);
    assert_eq!(
        told(&mut book),
        [
            "start @0",
            "join 1 @0",
            "join 2 @5",
            "left 1 left @20",
            "left 2 left @30",
            "end empty @30"
        ]
    );
    assert_eq!(book.session(room(1).room_id), None);
    assert_eq!(
        (book.sessions(), book.present(), book.deadline()),
        (0, 0, None)
    );
}

#[test]
fn a_reload_does_not_split_a_meeting() {
    let (mut book, ids) = book();
    book.note(room(1), join(1, 0), &ids);
    let session = book.session(room(1).room_id);
    book.note(room(1), leave(1, 10), &ids);
    book.note(room(1), join(2, 24), &ids);
    book.handle_timeout(at(100), &ids);
    assert_eq!(book.session(room(1).room_id), session);
    assert_eq!(
        told(&mut book),
        ["start @0", "join 1 @0", "left 1 left @10", "join 2 @24"]
    );
}

#[test]
fn without_a_grace_a_session_ends_with_the_last_leave() {
    let ids = Counting::default();
    let mut book = Book::new(0);
    for note in [join(1, 0), leave(1, 3), join(1, 4)] {
        book.note(room(1), note, &ids);
    }
    assert_eq!(
        told(&mut book),
        [
            "start @0",
            "join 1 @0",
            "left 1 left @3",
            "end empty @3",
            "start @4",
            "join 1 @4"
        ]
    );
}

#[test]
fn events_say_how_long_it_was_in_whole_seconds() {
    let ids = Counting::default();
    let mut book = Book::new(0);
    let kicked = Note::Left {
        participant: who(1),
        reason: LeftReason::Kicked,
        at: at(3).saturating_add_micros(-1),
    };
    book.note(room(1), join(1, 0), &ids);
    book.note(room(1), kicked, &ids);
    let events: Vec<Event> = entries(&mut book)
        .into_iter()
        .filter_map(|entry| entry.event)
        .collect();
    let context = Some("context 1".to_owned());
    let kinds: Vec<_> = events.iter().map(|event| event.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            EventKind::SessionStarted,
            EventKind::ParticipantJoined {
                participant_id: who(1),
                context: context.clone()
            },
            EventKind::ParticipantLeft {
                participant_id: who(1),
                context,
                duration_secs: 2,
                reason: LeftReason::Kicked
            },
            EventKind::SessionEnded {
                duration_secs: 2,
                reason: EndReason::Empty
            }
        ]
    );
    let ids: BTreeSet<EventId> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 4);
    assert!(events.iter().all(|event| {
        let RoomRef {
            room_id,
            account_id,
        } = room(1);
        event.room_id == room_id && event.account_id == account_id
    }));
}

#[test]
fn what_makes_no_difference_is_not_written() {
    let (mut book, ids) = book();
    for note in [
        leave(1, 0),
        change(1, "nobody", 0),
        join(1, 1),
        change(1, "context 1", 2),
        join(1, 3),
        change(1, "another", 4),
        change(2, "nobody", 5),
        leave(2, 6),
    ] {
        book.note(room(1), note, &ids);
    }
    assert_eq!(told(&mut book), ["start @1", "join 1 @1", "change 1 @4"]);
}

#[test]
fn the_context_that_was_said_last_is_told_on_leaving() {
    let (mut book, ids) = book();
    for note in [join(1, 0), change(1, "another", 1), leave(1, 2)] {
        book.note(room(1), note, &ids);
    }
    let last = entries(&mut book).pop().unwrap().event.unwrap().kind;
    assert!(
        matches!(&last, EventKind::ParticipantLeft { context: Some(text), .. } if text == "another"),
        "{last:?}"
    );
}

#[test]
fn the_api_ends_a_session_once() {
    let (mut book, ids) = book();
    let ended = Ended {
        at: at(9),
        reason: EndReason::Api,
    };
    book.note(room(1), join(1, 0), &ids);
    let session = book.session(room(1).room_id).unwrap();
    book.note(room(1), leave(1, 8), &ids);
    assert!(!book.end(room(2).room_id, session, ended, &ids));
    assert!(book.end(room(1).room_id, session, ended, &ids));
    assert!(!book.end(room(1).room_id, session, ended, &ids));
    assert_eq!(
        told(&mut book),
        [
            "start @0",
            "join 1 @0",
            "left 1 left @8",
            "end Ended from API @9"
        ]
    );
    book.note(room(1), join(2, 10), &ids);
    assert_ne!(book.session(room(1).room_id), Some(session));
    assert!(!book.end(room(1).room_id, session, ended, &ids));
}

#[test]
fn who_joined_after_an_end_was_decided_goes_on_in_another_session() {
    let (mut book, ids) = book();
    book.note(room(1), join(1, 0), &ids);
    let session = book.session(room(1).room_id).unwrap();
    let ended = Ended {
        at: at(9),
        reason: EndReason::Api,
    };
    assert!(book.end(room(1).room_id, session, ended, &ids));
    assert_ne!(book.session(room(1).room_id), Some(session));
    assert_eq!(book.present(), 1);
    assert_eq!(
        told(&mut book),
        [
            "start @0",
            "join 1 @0",
            "left 1 session_ended @9",
            "end Ended from API @9",
            "start @9",
            "join 1 @9"
        ]
    );
}

#[test]
fn a_deleted_room_ends_its_session() {
    let (mut book, ids) = book();
    book.note(room(1), join(1, 0), &ids);
    book.note(room(2), join(2, 0), &ids);
    book.end_room(room(1).room_id, at(5), &ids);
    book.end_room(room(3).room_id, at(5), &ids);
    book.note(room(1), leave(1, 6), &ids);
    assert_eq!(
        told(&mut book),
        [
            "start @0",
            "join 1 @0",
            "start @0",
            "join 2 @0",
            "left 1 room_deleted @5",
            "end room_deleted @5"
        ]
    );
    assert_eq!((book.sessions(), book.present()), (1, 1));
}

#[test]
fn a_stop_lets_everybody_leave_and_ends_nothing() {
    let (mut book, ids) = book();
    book.note(room(1), join(1, 0), &ids);
    book.note(room(1), join(2, 1), &ids);
    book.leave_all(at(7), &ids);
    book.note(room(1), leave(1, 8), &ids);
    assert_eq!(
        told(&mut book),
        [
            "start @0",
            "join 1 @0",
            "join 2 @1",
            "left 1 stale @7",
            "left 2 stale @7"
        ]
    );
    assert_eq!(book.sessions(), 1);
}

/// A session that goes on with `present`, as the record of a run before has it.
fn on_record(present: &[u128]) -> (Session, Vec<Participant>) {
    let RoomRef {
        room_id,
        account_id,
    } = room(1);
    let id = SessionId::from_uuid(Uuid::from_u128(7));
    let mut session = Session::start(id, room_id, account_id, at(0));
    session.updated_at = at(50);
    let participant = |&number: &u128| Participant {
        id: who(number),
        session_id: id,
        room_id,
        account_id,
        context: None,
        joined_at: at(50),
        updated_at: at(50),
        left: None,
    };
    (session, present.iter().map(participant).collect())
}

#[test]
fn after_a_crash_people_left_when_the_server_was_last_alive() {
    let (mut book, ids) = book();
    let (session, present) = on_record(&[1, 2]);
    book.resume(session, present, Some(at(60)), at(90), &ids);
    assert_eq!(book.session(room(1).room_id), Some(session.id));
    assert_eq!(told(&mut book), ["left 1 stale @60", "left 2 stale @60"]);
    book.handle_timeout(at(104), &ids);
    assert_eq!(book.sessions(), 1);
    book.handle_timeout(at(105), &ids);
    assert_eq!(told(&mut book), ["end stale @60"]);
}

#[test]
fn nobody_left_before_they_joined() {
    for last_alive in [None, Some(at(20))] {
        let (mut book, ids) = book();
        let (session, present) = on_record(&[1]);
        book.resume(session, present, last_alive, at(90), &ids);
        assert_eq!(told(&mut book), ["left 1 stale @50"]);
    }
}

#[test]
fn after_a_restart_the_same_meeting_goes_on() {
    let (mut book, ids) = book();
    let (session, present) = on_record(&[1]);
    book.resume(session, present, Some(at(60)), at(90), &ids);
    book.note(room(1), join(1, 100), &ids);
    book.handle_timeout(at(500), &ids);
    book.note(room(1), leave(1, 600), &ids);
    book.handle_timeout(at(615), &ids);
    assert_eq!(
        told(&mut book),
        [
            "left 1 stale @60",
            "join 1 @100",
            "left 1 left @600",
            "end empty @600"
        ]
    );
}

#[test]
fn a_session_in_which_nobody_was_left_ends_when_the_last_one_left() {
    let (mut book, ids) = book();
    let (session, _) = on_record(&[]);
    book.resume(session, Vec::new(), Some(at(60)), at(90), &ids);
    book.handle_timeout(at(105), &ids);
    assert_eq!(told(&mut book), ["end stale @50"]);
}

#[test]
fn yesterdays_meeting_is_not_taken_up() {
    let (mut book, ids) = book();
    let (session, present) = on_record(&[1]);
    let now = at(60 + RESUME_MAX_SECS + 1);
    book.resume(session, present, Some(at(60)), now, &ids);
    book.handle_timeout(now, &ids);
    assert_eq!(told(&mut book), ["left 1 stale @60", "end stale @60"]);
}

#[test]
fn of_two_sessions_on_record_one_goes_on() {
    let (mut book, ids) = book();
    let (session, present) = on_record(&[1]);
    book.note(room(1), join(2, 80), &ids);
    let current = book.session(room(1).room_id);
    book.resume(session, present, Some(at(60)), at(90), &ids);
    assert_eq!(
        told(&mut book),
        [
            "start @80",
            "join 2 @80",
            "left 1 stale @60",
            "end stale @60"
        ]
    );
    assert_eq!(book.session(room(1).room_id), current);
}
