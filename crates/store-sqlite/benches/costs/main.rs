//! What a commit, a look-up and a list cost: `cargo bench -p greenroom-store-sqlite`.
//!
//! Each line ends with a ratio to another figure of the same run; absolute times depend on the disk.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints, and may fail by panicking"
)]

mod history;
mod timing;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::room::{NewRoom, RoomName};
use greenroom_domain::{AccountId, PageRequest, Room, RoomId, Timestamp};
use greenroom_store::{Account, RoomReads, Store};
use greenroom_store_sqlite::SqliteStore;
use timing::{micros, timed};
use uuid::Uuid;

const SMALL: u64 = 1_000;
const LARGE: u64 = 100_000;

/// Rooms are made this far apart, in seconds: 100,000 of them span 139 days.
const APART_SECS: u64 = 120;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    runtime.block_on(run(dir.path()));
}

async fn run(dir: &Path) {
    let store = Arc::new(SqliteStore::open(dir).await.unwrap());
    Box::pin(commits(&store, dir)).await;
    let small = account_with_rooms(&store, 2, SMALL).await;
    let large = account_with_rooms(&store, 3, LARGE).await;
    look_ups(&store, large).await;
    lists(&store, small, large).await;
    Box::pin(history::run(&store)).await;
    println!(
        "foreign_changes: {:.2} µs",
        micros(
            timed(10_000, async || {
                std::hint::black_box(store.foreign_changes());
            })
            .await
        )
    );
    println!(
        "check: {:.0} µs",
        micros(timed(200, async || store.check().await.unwrap()).await)
    );
}

async fn commits(store: &Arc<SqliteStore>, dir: &Path) {
    // About what such a commit adds to the write-ahead log.
    let added = vec![1; 24 * 1024];
    let mut file = File::create(dir.join("floor")).unwrap();
    let floor = timed(500, async || {
        file.write_all(&added).unwrap();
        file.sync_all().unwrap();
    })
    .await;
    println!(
        "24 KiB added to a file and flushed: {:.0} µs",
        micros(floor)
    );

    account_with_rooms(store, 1, 0).await;
    let account = account(1);
    for writers in [1, 8] {
        const COMMITS: u64 = 1_600;
        let begun = Instant::now();
        let tasks: Vec<_> = (0..writers)
            .map(|writer| {
                let store = Arc::clone(store);
                tokio::spawn(async move {
                    for number in 0..COMMITS / writers {
                        let id = writers * 1_000_000 + writer * 100_000 + number;
                        let mut work = store.begin().await.unwrap();
                        work.add_room(&room(account, id)).await.unwrap();
                        work.commit().await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let each = begun.elapsed() / u32::try_from(COMMITS).unwrap();
        println!(
            "commit of one room, {writers} at a time: {:.0} µs, {:.0} a second, {:.2} times the flush",
            micros(each),
            1.0 / each.as_secs_f64(),
            each.as_secs_f64() / floor.as_secs_f64()
        );
    }
}

async fn look_ups(store: &SqliteStore, large: AccountId) {
    let mut number = 0;
    let found = timed(20_000, async || {
        number = (number + 7_919) % LARGE;
        let id = room(large, number).id;
        assert!(store.room(id).await.unwrap().is_some());
    })
    .await;
    println!("a room by id, of {LARGE}: {:.1} µs", micros(found));
}

async fn lists(store: &SqliteStore, small: AccountId, large: AccountId) {
    let day = |text: &str| text.parse().unwrap();
    let one_day = DayFilter {
        eq: Some(day("2021-01-01")),
        ..DayFilter::default()
    };
    let all_days = DayFilter {
        gte: Some(day("2021-01-01")),
        ..DayFilter::default()
    };
    let by = |created, updated| RoomFilter {
        created,
        updated,
        ..RoomFilter::default()
    };
    let any = DayFilter::default();
    let cases = [
        ("first page", by(any, any), 1),
        ("page in the middle", by(any, any), 2),
        ("last page", by(any, any), 0),
        ("made on one day", by(one_day, any), 1),
        ("made since the first day", by(all_days, any), 1),
        ("changed on one day", by(any, one_day), 1),
        ("changed since the first day", by(any, all_days), 1),
        (
            "of one name",
            RoomFilter {
                unique_name: Some("room 500".to_owned()),
                ..RoomFilter::default()
            },
            1,
        ),
    ];
    for (name, filter, page) in cases {
        let [few, many] = [(small, SMALL), (large, LARGE)].map(|(account, count)| {
            let number = match page {
                0 => count / 20,
                2 => count / 40 + 1,
                first => first,
            };
            let filter = filter.clone();
            async move {
                let number = PageNumber::new(i64::try_from(number).unwrap()).unwrap();
                let page = PageRequest::new(number, PageSize::default());
                timed(200, async || {
                    let found = store.rooms(account, &filter, page).await.unwrap();
                    assert!(!found.items.is_empty());
                })
                .await
            }
        });
        let (few, many) = (few.await, many.await);
        println!(
            "list, {name}: {:.0} µs of {SMALL}, {:.0} µs of {LARGE}, ratio {:.2}",
            micros(few),
            micros(many),
            many.as_secs_f64() / few.as_secs_f64()
        );
    }
}

fn account(number: u64) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number.into()))
}

fn room(account_id: AccountId, number: u64) -> Room {
    let id = account_id.as_uuid().as_u128() << 64 | u128::from(number);
    let made_at = 1_609_459_200 + number * APART_SECS;
    let new = NewRoom {
        unique_name: Some(RoomName::new(format!("room {number}")).unwrap()),
        ..NewRoom::default()
    };
    Room::create(
        RoomId::from_uuid(Uuid::from_u128(id)),
        account_id,
        new,
        Timestamp::from_unix_secs(i64::try_from(made_at).unwrap()),
    )
}

async fn account_with_rooms(store: &SqliteStore, number: u64, rooms: u64) -> AccountId {
    let account_id = account(number);
    let mut work = store.begin().await.unwrap();
    let created_at = Timestamp::from_unix_secs(0);
    let account = Account {
        id: account_id,
        created_at,
    };
    work.add_account(&account).await.unwrap();
    for number in 0..rooms {
        work.add_room(&room(account_id, number)).await.unwrap();
    }
    work.commit().await.unwrap();
    account_id
}
