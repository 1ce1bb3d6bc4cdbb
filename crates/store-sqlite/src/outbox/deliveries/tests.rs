use std::collections::BTreeMap;

use greenroom_domain::room::NewRoom;
use greenroom_domain::session::EndReason;
use greenroom_domain::webhook::{WebhookSettings, WebhookUrl};
use greenroom_domain::{Event, EventKind, Room, SessionId, Timestamp};
use greenroom_store::outbox::{DeadReason, Settlement, Verdict};
use greenroom_store::{Account, Store};
use uuid::Uuid;

use super::*;
use crate::SqliteStore;
use crate::plans::plan;

fn wanted(room: bool, state: Option<StateFilter>, event_types: Option<Vec<String>>) -> Wanted {
    let filter = DeliveryFilter {
        room_id: room.then(|| RoomId::from_uuid(Uuid::from_u128(1))),
        state,
        event_types,
    };
    Wanted::new(AccountId::from_uuid(Uuid::from_u128(1)), &filter)
}

#[tokio::test]
async fn a_page_walks_what_it_shows_and_no_count_reads_an_event() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let typed = || Some(vec![EVENT_TYPES[1].to_owned()]);
    for room in [false, true] {
        for state in [None, Some(StateFilter::Dead)] {
            for types in [None, typed()] {
                let wanted = wanted(room, state, types);
                for end in [End::Newest, End::Oldest] {
                    let mut places = QueryBuilder::new("");
                    wanted.push_places(&mut places, end, 20, 5);
                    let plan = plan(&store, places.sql().as_str()).await;
                    let index = if room {
                        "INDEX outbox_by_room (room_id=? AND state=? AND seq>? AND seq<?)"
                    } else {
                        "INDEX outbox_of_account (account_id=? AND state=? AND event_type=? AND seq>? AND seq<?)"
                    };
                    assert!(plan.contains(index), "{plan}");
                    assert!(!plan.contains("SCAN outbox"), "{plan}");
                    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
                }
                let block = wanted.block(End::Newest, 5_000);
                for sql in [wanted.total().sql(), block.sql()] {
                    let plan = plan(&store, sql.as_str()).await;
                    let counts = "SEARCH outbox_counts USING PRIMARY KEY (list=? AND owner=?)";
                    assert!(plan.contains(counts), "{plan}");
                    assert!(!plan.contains(" outbox "), "{plan}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_a_row_has_besides_is_looked_up() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let rows = wanted(false, None, None).rows(End::Newest, 20, 0);
    let plan = plan(&store, rows.sql().as_str()).await;
    for table in ["outbox", "outbox_attempts", "outbox_queues", "waiting"] {
        assert!(!plan.contains(&format!("SCAN {table}")), "{table}: {plan}");
    }
}

/// What the counts have to be, by what stands in the outbox.
async fn check_counts(store: &SqliteStore) {
    type Counts = BTreeMap<(i64, Vec<u8>, i64, String, String), i64>;
    let read = async |sql: &'static str| -> Counts {
        let rows = sqlx::query(sql).fetch_all(&store.readers).await.unwrap();
        let place = |row: &SqliteRow| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
        rows.iter().map(|row| (place(row), row.get(5))).collect()
    };
    let kept =
        read("SELECT list, owner, block, state, event_type, events FROM outbox_counts").await;
    let counted = read(
        "SELECT 1, account_id, seq >> 10, state, event_type, count(*) FROM outbox GROUP BY 2, 3, 4, 5 \
         UNION ALL \
         SELECT 2, room_id, seq >> 10, state, event_type, count(*) FROM outbox GROUP BY 2, 3, 4, 5",
    )
    .await;
    assert!(kept == counted, "counts are not what stands in the outbox");
}

fn time(unix_secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(unix_secs)
}

fn event_id(number: u32) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number.into()))
}

/// Five rooms with 500 events each.
async fn fill(store: &SqliteStore) {
    let account_id = AccountId::from_uuid(Uuid::from_u128(1));
    let mut work = store.begin().await.unwrap();
    let account = Account {
        id: account_id,
        created_at: time(0),
    };
    work.add_account(&account).await.unwrap();
    for room in 0..5 {
        let id = RoomId::from_uuid(Uuid::from_u128(room));
        let webhook = WebhookSettings {
            event_url: WebhookUrl::new("https://example.com/".to_owned()).ok(),
            ..WebhookSettings::default()
        };
        let new = NewRoom {
            webhook,
            ..NewRoom::default()
        };
        let room = Room::create(id, account_id, new, time(0));
        work.add_room(&room).await.unwrap();
    }
    for number in 0..2_500_u32 {
        let kind = if number % 3 == 0 {
            EventKind::SessionStarted
        } else {
            EventKind::SessionEnded {
                duration_secs: 1,
                reason: EndReason::Empty,
            }
        };
        let event = Event {
            id: event_id(number),
            room_id: RoomId::from_uuid(Uuid::from_u128(u128::from(number % 5))),
            account_id,
            session_id: SessionId::from_uuid(Uuid::from_u128(1)),
            occurred_at: time(i64::from(number)),
            kind,
        };
        assert!(work.add_event(&event).await.unwrap());
    }
    work.commit().await.unwrap();
}

#[tokio::test]
async fn counts_follow_every_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    fill(&store).await;
    check_counts(&store).await;

    let settled = |number: u32, verdict| Settlement {
        event_id: event_id(number),
        verdict,
        at: time(10_000),
        log: Vec::new(),
    };
    let dead = Verdict::Dead {
        reason: DeadReason::Expired,
        next_due_at: time(10_000),
    };
    let settlements: Vec<_> = (0..2_000)
        .map(|number| {
            settled(
                number,
                if number % 7 == 0 {
                    dead
                } else {
                    Verdict::Delivered
                },
            )
        })
        .collect();
    let mut work = store.begin().await.unwrap();
    work.settle_events(&settlements).await.unwrap();
    work.commit().await.unwrap();
    check_counts(&store).await;

    let mut work = store.begin().await.unwrap();
    let forgotten = work
        .forget_events(time(10_001), time(0), 900)
        .await
        .unwrap();
    assert_eq!(forgotten, 900);
    assert!(work.replay_dead(None, time(20_000)).await.unwrap() > 200);
    assert!(
        work.replay_event(event_id(1_999), time(20_000))
            .await
            .unwrap()
    );
    work.commit().await.unwrap();
    check_counts(&store).await;
}
