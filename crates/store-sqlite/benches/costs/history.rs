//! Lists of sessions and participants at two sizes, and what joining and leaving costs.

mod lists;

use std::time::Instant;

use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{
    AccountId, Participant, ParticipantId, RoomId, Session, SessionId, Timestamp,
};
use greenroom_store::{SessionReads, Store};
use greenroom_store_sqlite::SqliteStore;
use uuid::Uuid;

use lists::print_ratio;

use crate::timing::{cpu, micros, timed_by_turns};
use crate::{account_with_rooms, room};

/// Sessions of the two accounts; each session has ten participants.
const SIZES: [u64; 2] = [1_000, 10_000];

const EACH: u64 = 10;

/// Sessions begin this far apart and are twice as long, in seconds: 10,000 of them span 139 days.
const APART_SECS: u64 = 1_200;

const ROOMS: u64 = 200;

/// This many go on; each in a room of its own.
const ACTIVE: u64 = 50;

pub(crate) async fn run(store: &SqliteStore) {
    let mut accounts = Vec::new();
    for (number, sessions) in (4..).zip(SIZES) {
        let account = account_with_rooms(store, number, ROOMS).await;
        accounts.push(hold(store, account, sessions).await);
    }
    let accounts = [accounts.remove(0), accounts.remove(0)];
    println!(
        "{} sessions with {} participants each, and {} with as many",
        SIZES[0], EACH, SIZES[1]
    );
    lists::sessions(store, &accounts).await;
    lists::participants(store, &accounts).await;
    look_ups(store, &accounts).await;
    for (number, grouped) in (6..).zip([1, 10, 50]) {
        joins(store, number, grouped).await;
    }
}

/// An account with its history.
struct Held {
    account: AccountId,
    /// The room in which every second session took place.
    busy_room: RoomId,
    /// A session that as many joined as there are sessions.
    large: SessionId,
    /// A session of ten.
    small: SessionId,
}

fn at(session: u64, secs: u64) -> Timestamp {
    let secs = 1_609_459_200 + session * APART_SECS + secs;
    Timestamp::from_unix_secs(i64::try_from(secs).unwrap())
}

fn uuid(account: AccountId, kind: u64, number: u64) -> Uuid {
    // Scattered as real ids are, but the same in each run.
    let mixed = (number ^ kind << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Uuid::from_u128(
        u128::from(mixed) << 64 | account.as_uuid().as_u128() << 56 | u128::from(number),
    )
}

fn session(account: AccountId, number: u64, room_number: u64) -> Session {
    let id = SessionId::from_uuid(uuid(account, 1, number));
    Session::start(id, room(account, room_number).id, account, at(number, 0))
}

fn participant(session: &Session, number: u64, joined: Timestamp) -> Participant {
    let context = if number.is_multiple_of(10) {
        format!("guest {number}")
    } else {
        "guest".to_owned()
    };
    Participant {
        id: ParticipantId::from_uuid(uuid(session.account_id, 2, number)),
        session_id: session.id,
        room_id: session.room_id,
        account_id: session.account_id,
        context: Some(context),
        joined_at: joined,
        updated_at: joined,
        left: None,
    }
}

async fn hold(store: &SqliteStore, account: AccountId, count: u64) -> Held {
    for from in (0..count).step_by(500) {
        let mut work = store.begin().await.unwrap();
        for number in from..count.min(from + 500) {
            let active = number + ACTIVE >= count;
            let room = match number % 2 {
                0 if !active => 0,
                _ => 1 + number % (ROOMS - 1),
            };
            let session = session(account, number, room);
            work.add_session(&session).await.unwrap();
            let joins = if number == count / 2 { count } else { EACH };
            for guest in 0..joins {
                let place = if joins == EACH {
                    number * EACH
                } else {
                    1 << 32
                };
                let joined = at(number, guest % 600);
                let mut one = participant(&session, place + guest, joined);
                if !active || guest % 2 == 0 {
                    let left = at(number, 2 * APART_SECS - guest % 600);
                    (one.updated_at, one.left) = (
                        left,
                        Some(Left {
                            at: left,
                            reason: LeftReason::Left,
                        }),
                    );
                }
                work.add_participant(&one).await.unwrap();
            }
            if !active {
                let ended = Ended {
                    at: at(number, 2 * APART_SECS),
                    reason: EndReason::Empty,
                };
                assert!(work.end_session(session.id, ended).await.unwrap());
            }
        }
        work.commit().await.unwrap();
    }
    Held {
        account,
        busy_room: room(account, 0).id,
        large: session(account, count / 2, 0).id,
        small: session(account, count / 2 + 1, 0).id,
    }
}

async fn look_ups(store: &SqliteStore, accounts: &[Held; 2]) {
    for (number, name) in [
        "a session by id",
        "a participant by id",
        "the active sessions of 20 rooms",
        "2 sessions of each of 20 rooms",
        "10 participants of each of 20 sessions",
    ]
    .into_iter()
    .enumerate()
    {
        let [few, many] =
            [(&accounts[0], SIZES[0]), (&accounts[1], SIZES[1])].map(|(held, count)| {
                let account = held.account;
                let rooms: Vec<_> = (0..20).map(|number| room(account, 5 * number).id).collect();
                let sessions: Vec<_> = (0..20)
                    .map(|number| session(account, number * count / 20, 0).id)
                    .collect();
                let guest = ParticipantId::from_uuid(uuid(account, 2, 7 * EACH));
                async move || match number {
                    0 => assert!(store.session(account, held.small).await.unwrap().is_some()),
                    1 => assert!(store.participant(account, guest).await.unwrap().is_some()),
                    2 => assert!(!store.active_sessions(&rooms).await.unwrap().is_empty()),
                    3 => assert!(!store.sessions_of(&rooms, 2).await.unwrap().is_empty()),
                    _ => assert!(
                        !store
                            .participants_of(&sessions, 10)
                            .await
                            .unwrap()
                            .is_empty()
                    ),
                }
            });
        let [few, many] = timed_by_turns(few, many).await;
        print_ratio(name, [(few, SIZES[0]), (many, SIZES[1])]);
    }
}

/// People join and leave sessions that go on, ten in each, `grouped` changes to a unit of work.
async fn joins(store: &SqliteStore, number: u64, grouped: usize) {
    const MEETINGS: u64 = 400;
    let account = account_with_rooms(store, number, MEETINGS).await;
    let mut changes = Vec::new();
    let mut work = store.begin().await.unwrap();
    for number in 0..MEETINGS {
        let session = session(account, number, number);
        work.add_session(&session).await.unwrap();
        let guests: Vec<_> = (0..EACH)
            .map(|guest| participant(&session, number * EACH + guest, at(number, guest)))
            .collect();
        changes.extend(guests.iter().cloned().map(|guest| (guest, false)));
        changes.extend(guests.into_iter().map(|guest| (guest, true)));
    }
    work.commit().await.unwrap();

    let (begun, used) = (Instant::now(), cpu());
    for group in changes.chunks(grouped) {
        let mut work = store.begin().await.unwrap();
        for (guest, leaves) in group {
            if *leaves {
                let left = Left {
                    at: guest.joined_at.saturating_add_secs(600),
                    reason: LeftReason::Left,
                };
                let id = guest.session_id;
                assert!(work.end_participation(id, guest.id, left).await.unwrap());
            } else {
                work.add_participant(guest).await.unwrap();
            }
        }
        work.commit().await.unwrap();
    }
    let people = u32::try_from(MEETINGS * EACH).unwrap();
    let (elapsed, used) = (
        begun.elapsed() / people,
        cpu().saturating_sub(used) / people,
    );
    println!(
        "a join and a leave, {grouped} to a unit of work: {:.0} µs of the processor, {:.0} µs in all; \
         1,000 a second take {:.0} % of a core",
        micros(used),
        micros(elapsed),
        used.as_secs_f64() * 1_000.0 * 100.0
    );
}
