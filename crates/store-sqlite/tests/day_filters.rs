//! Lists narrowed by days, against a filter that compares the days as text.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::cmp::Reverse;

use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::room::NewRoom;
use greenroom_domain::time::Day;
use greenroom_domain::{AccountId, PageRequest, Room, RoomId, Timestamp};
use greenroom_store::{Account, RoomReads, Store};
use greenroom_store_sqlite::SqliteStore;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

const DAYS: [&str; 5] = [
    "2021-04-23",
    "2021-04-24",
    "2021-04-25",
    "2021-04-26",
    "2021-04-27",
];

/// Days in the way of a filter: `eq`, `gte`, `lte`.
type Days = [Option<&'static str>; 3];

#[derive(Debug, Clone)]
struct Case {
    /// When each room was made and changed, in microseconds.
    rooms: Vec<(i64, i64)>,
    created: Days,
    updated: Days,
    page: (i64, i64),
}

#[test]
fn a_list_shows_what_the_days_say() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = runtime.block_on(SqliteStore::open(dir.path())).unwrap();
    let account = Cell::new(0);
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&case(), |case| {
        account.set(account.get() + 1);
        let account_id = AccountId::from_uuid(Uuid::from_u128(account.get()));
        let (found, total) = runtime.block_on(ask(&store, account_id, &case));
        let expected = expected(&case);
        prop_assert_eq!(total, u64::try_from(expected.len()).unwrap());
        let (number, size) = case.page;
        let skipped = usize::try_from((number - 1) * size).unwrap();
        let page: Vec<usize> = expected
            .into_iter()
            .skip(skipped)
            .take(usize::try_from(size).unwrap())
            .collect();
        prop_assert_eq!(found, page);
        Ok(())
    });
    outcome.unwrap();
}

fn case() -> impl Strategy<Value = Case> {
    (
        proptest::collection::vec((moment(), moment()), 0..30),
        days(),
        days(),
        (1..=3_i64, prop_oneof![1..=8_i64, Just(250)]),
    )
        .prop_map(|(rooms, created, updated, page)| Case {
            rooms,
            created,
            updated,
            page,
        })
}

/// A moment near one of the days, often right at its edge.
fn moment() -> impl Strategy<Value = i64> {
    let midnight = proptest::sample::select(&DAYS[..])
        .prop_map(|day| day.parse::<Day>().unwrap().start().unix_micros());
    let offset = prop_oneof![-1..=1_i64, 0..86_400_000_000_i64];
    (midnight, offset).prop_map(|(midnight, offset)| midnight + offset)
}

fn days() -> impl Strategy<Value = Days> {
    let day = || proptest::option::weighted(0.4, proptest::sample::select(&DAYS[..]));
    [day(), day(), day()]
}

async fn ask(store: &SqliteStore, account_id: AccountId, case: &Case) -> (Vec<usize>, u64) {
    let first_id = account_id.as_uuid().as_u128() * 1_000;
    let mut work = store.begin().await.unwrap();
    let created_at = Timestamp::from_unix_secs(0);
    let account = Account {
        id: account_id,
        created_at,
    };
    work.add_account(&account).await.unwrap();
    for (id, (created, updated)) in (first_id..).zip(&case.rooms) {
        let id = RoomId::from_uuid(Uuid::from_u128(id));
        let created_at = Timestamp::from_unix_micros(*created);
        let room = Room {
            updated_at: Timestamp::from_unix_micros(*updated),
            ..Room::create(id, account_id, NewRoom::default(), created_at)
        };
        work.add_room(&room).await.unwrap();
    }
    work.commit().await.unwrap();

    let filter = RoomFilter {
        unique_name: None,
        created: day_filter(case.created),
        updated: day_filter(case.updated),
    };
    let page = PageRequest::new(
        PageNumber::new(case.page.0).unwrap(),
        PageSize::new(case.page.1).unwrap(),
    );
    let found = store.rooms(account_id, &filter, page).await.unwrap();
    let indexes = found
        .items
        .iter()
        .map(|room| usize::try_from(room.id.as_uuid().as_u128() - first_id).unwrap())
        .collect();
    (indexes, found.total_results)
}

fn day_filter([eq, gte, lte]: Days) -> DayFilter {
    let day = |text: Option<&str>| text.map(|text| text.parse().unwrap());
    DayFilter {
        eq: day(eq),
        gte: day(gte),
        lte: day(lte),
    }
}

/// The indexes of the rooms that match, in the order of the list.
fn expected(case: &Case) -> Vec<usize> {
    let matches = |micros: i64, [eq, gte, lte]: Days| {
        let text = Timestamp::from_unix_micros(micros).to_rfc3339_micros();
        let day = &text[..10];
        eq.is_none_or(|eq| day == eq)
            && gte.is_none_or(|gte| day >= gte)
            && lte.is_none_or(|lte| day <= lte)
    };
    let mut found: Vec<usize> = (0..case.rooms.len())
        .filter(|index| {
            let (created, updated) = case.rooms[*index];
            matches(created, case.created) && matches(updated, case.updated)
        })
        .collect();
    found.sort_by_key(|index| (Reverse(case.rooms[*index].0), *index));
    found
}
