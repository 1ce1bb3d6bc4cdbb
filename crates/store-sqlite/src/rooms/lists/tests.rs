use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::room::NewRoom;
use greenroom_domain::time::Day;
use greenroom_domain::{RoomId, Timestamp};
use greenroom_store::{Account, RoomReads, Store};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::SqliteStore;

const DAY_MICROS: i64 = 86_400_000_000;

async fn empty_store() -> (TempDir, SqliteStore, AccountId) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let account = Account {
        id: AccountId::from_uuid(Uuid::from_u128(1)),
        created_at: Timestamp::from_unix_secs(0),
    };
    let mut work = store.begin().await.unwrap();
    work.add_account(&account).await.unwrap();
    work.commit().await.unwrap();
    (dir, store, account.id)
}

fn made(account_id: AccountId, number: u128, created: i64, updated: i64) -> Room {
    let id = RoomId::from_uuid(Uuid::from_u128(number));
    let created_at = Timestamp::from_unix_micros(created);
    Room {
        updated_at: Timestamp::from_unix_micros(updated),
        ..Room::create(id, account_id, NewRoom::default(), created_at)
    }
}

async fn plan(store: &SqliteStore, sql: &str) -> String {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
        .fetch_all(&store.readers)
        .await
        .unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}

#[tokio::test]
async fn every_list_has_its_index_and_no_count_reads_a_room() {
    let (_dir, store, _) = empty_store().await;
    let creation = "INDEX rooms_by_creation (account_id=? AND created_at>? AND created_at<?)";
    let blocks = "SEARCH room_blocks USING PRIMARY KEY (account_id=? AND starts_at>? AND";
    let days = "SEARCH room_block_days USING PRIMARY KEY (account_id=? AND starts_at>? AND";
    for (sql, index) in [
        (BY_NAME, "INDEX rooms_by_name"),
        (FROM_NEWEST, creation),
        (FROM_OLDEST, creation),
        (COUNT_FEW, "COVERING INDEX rooms_by_change"),
        (COUNT_ALL, "SEARCH accounts"),
        (COUNT_BY_CREATION, blocks),
        (COUNT_BY_CHANGE, days),
        (BLOCK_FROM_NEWEST, blocks),
        (BLOCK_FROM_OLDEST, blocks),
        (CHANGED_BLOCK_FROM_NEWEST, days),
        (CHANGED_BLOCK_FROM_OLDEST, days),
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN room"), "{sql}\n{plan}");
    }
    let few = plan(&store, OF_FEW).await;
    assert!(
        few.contains("INDEX rooms_by_change (account_id=? AND updated_at>?"),
        "{few}"
    );
}

#[tokio::test]
async fn few_and_many_are_listed_alike() {
    let (_dir, store, account) = empty_store().await;
    let mut work = store.begin().await.unwrap();
    for number in 0..200 {
        let day = |step: i64| i64::try_from(number).unwrap() * step % 7 * DAY_MICROS;
        let room = made(account, number, day(3), day(5));
        work.add_room(&room).await.unwrap();
    }
    work.commit().await.unwrap();

    let filter = RoomFilter {
        unique_name: None,
        created: days(Some("1970-01-02"), None),
        updated: days(Some("1970-01-03"), Some("1970-01-05")),
    };
    let narrowed = Narrowed::new(account, &filter);
    let mut reader = store.readers.acquire().await.unwrap();
    let total = narrowed.count_few(&mut reader).await.unwrap().unwrap();
    assert_eq!(narrowed.count(&mut reader).await.unwrap(), total);
    for number in 1..=i64::try_from(total.div_ceil(20)).unwrap() {
        let page = PageRequest::new(PageNumber::new(number).unwrap(), PageSize::default());
        let few = narrowed.page_of_few(&mut reader, page).await.unwrap();
        let cut = Cut::of(page, total).unwrap();
        let many = narrowed.page_of_many(&mut reader, cut).await.unwrap();
        let rooms = |rows: Vec<SqliteRow>| rows.iter().map(room).collect::<Result<Vec<_>, _>>();
        assert_eq!(rooms(few).unwrap(), rooms(many).unwrap(), "page {number}");
    }
}

/// Rooms in the order that they were made; `None` when deleted.
struct Model {
    account: AccountId,
    rooms: Vec<Option<(i64, i64)>>,
    random: u64,
}

impl Model {
    /// Numbers that look random and are the same in every run.
    fn random(&mut self, below: i64) -> i64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.random >> 33).unwrap() % below
    }

    async fn add(&mut self, store: &SqliteStore, times: impl IntoIterator<Item = i64>) {
        let mut work = store.begin().await.unwrap();
        for time in times {
            let number = u128::try_from(self.rooms.len()).unwrap();
            work.add_room(&made(self.account, number, time, time))
                .await
                .unwrap();
            self.rooms.push(Some((time, time)));
        }
        work.commit().await.unwrap();
    }

    async fn change(&mut self, store: &SqliteStore, count: usize, on_day: impl Fn(i64) -> i64) {
        let mut work = store.begin().await.unwrap();
        for _ in 0..count {
            let number = self.random(i64::try_from(self.rooms.len()).unwrap());
            let index = usize::try_from(number).unwrap();
            let updated = on_day(self.random(6)) * DAY_MICROS + self.random(DAY_MICROS);
            if let Some((created, changed)) = &mut self.rooms[index] {
                *changed = updated;
                let number = u128::try_from(number).unwrap();
                let room = made(self.account, number, *created, updated);
                assert!(work.save_room(&room).await.unwrap());
            }
        }
        work.commit().await.unwrap();
    }

    async fn delete(&mut self, store: &SqliteStore, keep_every: usize) {
        let mut work = store.begin().await.unwrap();
        for (index, place) in self.rooms.iter_mut().enumerate() {
            if index % keep_every != 0 && place.take().is_some() {
                let id = RoomId::from_uuid(Uuid::from_u128(u128::try_from(index).unwrap()));
                let at = Timestamp::from_unix_secs(0);
                assert!(work.delete_room(self.account, id, at).await.unwrap());
            }
        }
        work.commit().await.unwrap();
    }

    /// What each filter shows, on pages near and far.
    async fn check_lists(&self, store: &SqliteStore) {
        for filter in filters() {
            let matches = |days: DayFilter, micros| {
                let time = Timestamp::from_unix_micros(micros);
                days.from().is_none_or(|from| time >= from)
                    && days.until().is_none_or(|until| time < until)
            };
            let mut expected: Vec<(Reverse<i64>, u128)> = (0..)
                .zip(&self.rooms)
                .filter_map(|(number, times)| {
                    times.map(|(created, updated)| (number, created, updated))
                })
                .filter(|(_, created, updated)| {
                    matches(filter.created, *created) && matches(filter.updated, *updated)
                })
                .map(|(number, created, _)| (Reverse(created), number))
                .collect();
            expected.sort_unstable();
            let expected: Vec<u128> = expected.into_iter().map(|(_, number)| number).collect();
            for (size, stride) in [(20, 7), (250, 3)] {
                let pages = expected.len().div_ceil(size);
                for number in (1..=pages + 1).step_by(stride).chain([pages.max(1)]) {
                    let page = PageRequest::new(
                        PageNumber::new(i64::try_from(number).unwrap()).unwrap(),
                        PageSize::new(i64::try_from(size).unwrap()).unwrap(),
                    );
                    let found = store.rooms(self.account, &filter, page).await.unwrap();
                    let numbers: Vec<u128> = found
                        .items
                        .iter()
                        .map(|room| room.id.as_uuid().as_u128())
                        .collect();
                    let shown = expected.chunks(size).nth(number - 1).unwrap_or_default();
                    assert_eq!(numbers, shown, "page {number} of {filter:?}");
                    assert_eq!(found.total_results, u64::try_from(expected.len()).unwrap());
                }
            }
        }
    }
}

fn days(gte: Option<&str>, lte: Option<&str>) -> DayFilter {
    let day = |text: Option<&str>| text.map(|text| text.parse::<Day>().unwrap());
    DayFilter {
        eq: None,
        gte: day(gte),
        lte: day(lte),
    }
}

fn filters() -> Vec<RoomFilter> {
    let spans = [
        DayFilter::default(),
        days(Some("1970-01-02"), None),
        days(None, Some("1970-01-02")),
        days(Some("1970-01-03"), Some("1970-01-03")),
    ];
    let mut filters = Vec::new();
    for created in spans {
        for updated in spans {
            filters.push(RoomFilter {
                unique_name: None,
                created,
                updated,
            });
        }
    }
    filters
}

/// What the counts have to be, by what rooms there are. No block is empty, spans two days or has
/// more than 1,000 rooms unless they were made at one time.
async fn check_counts(store: &SqliteStore) {
    let read = async |sql: &'static str| {
        let rows = sqlx::query(sql).fetch_all(&store.readers).await.unwrap();
        let read = |row: &SqliteRow| (row.get(0), row.get(1), row.get(2));
        rows.iter().map(read).collect::<Vec<(i64, i64, i64)>>()
    };
    let blocks = read("SELECT starts_at, room_count, 0 FROM room_blocks").await;
    let starts: Vec<i64> = blocks.iter().map(|(start, ..)| *start).collect();
    let mut of_blocks: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut of_days: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    let rooms = "SELECT created_at, updated_at, 0 FROM rooms WHERE deleted_at IS NULL";
    for (created, updated, _) in read(rooms).await {
        let start = starts[starts.partition_point(|start| *start <= created) - 1];
        let midnight = |micros: i64| micros.div_euclid(DAY_MICROS) * DAY_MICROS;
        assert_eq!(midnight(start), midnight(created));
        of_blocks.entry(start).or_default().push(created);
        *of_days.entry((start, midnight(updated))).or_default() += 1;
    }
    let counted: Vec<_> = of_blocks
        .iter()
        .map(|(start, rooms)| (*start, i64::try_from(rooms.len()).unwrap(), 0))
        .collect();
    assert_eq!(blocks, counted);
    let days = read("SELECT starts_at, updated_day, room_count FROM room_block_days").await;
    let counted: Vec<_> = of_days
        .iter()
        .map(|((start, day), count)| (*start, *day, *count))
        .collect();
    assert_eq!(days, counted);
    for (start, rooms) in of_blocks {
        let at_one_time = rooms.iter().all(|created| *created == start);
        assert!(rooms.len() <= 1_000 || at_one_time, "{start}");
    }
}

#[tokio::test]
async fn lists_and_counts_follow_every_write() {
    let (_dir, store, account) = empty_store().await;
    let mut model = Model {
        account,
        rooms: Vec::new(),
        random: 1,
    };
    // One after the other on one day, then at one time, then anywhere, before 1970 as well.
    model
        .add(&store, (0..2_500).map(|number| number * 1_000))
        .await;
    model
        .add(&store, std::iter::repeat_n(2 * DAY_MICROS + 5, 1_200))
        .await;
    let anywhere: Vec<i64> = (0..2_000)
        .map(|_| model.random(4 * DAY_MICROS) - DAY_MICROS)
        .collect();
    model.add(&store, anywhere.clone()).await;
    check_counts(&store).await;
    model.check_lists(&store).await;

    model.change(&store, 3_000, |day| day - 1).await;
    check_counts(&store).await;
    model.check_lists(&store).await;

    model.delete(&store, 3).await;
    model.add(&store, anywhere).await;
    check_counts(&store).await;
    model.check_lists(&store).await;

    model.delete(&store, usize::MAX).await;
    check_counts(&store).await;
    model.add(&store, [7]).await;
    check_counts(&store).await;
    model.check_lists(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_hold_while_many_write() {
    let (_dir, store, account) = empty_store().await;
    let store = Arc::new(store);
    let writers: Vec<_> = (0..3_u32)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..40_u32 {
                    let id = u128::from(writer * 1_000 + number);
                    let new = made(account, id, i64::from(number), i64::from(number));
                    let mut work = store.begin().await.unwrap();
                    work.add_room(&new).await.unwrap();
                    work.commit().await.unwrap();
                    if number % 3 == 0 {
                        let mut work = store.begin().await.unwrap();
                        let at = Timestamp::from_unix_secs(0);
                        work.delete_room(account, new.id, at).await.unwrap();
                        work.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    let everything = days(Some("1969-12-31"), None);
    let page = PageRequest::new(PageNumber::default(), PageSize::new(250).unwrap());
    while writers.iter().any(|writer| !writer.is_finished()) {
        for (created, updated) in [
            (DayFilter::default(), DayFilter::default()),
            (everything, DayFilter::default()),
            (DayFilter::default(), everything),
        ] {
            let filter = RoomFilter {
                unique_name: None,
                created,
                updated,
            };
            let found = store.rooms(account, &filter, page).await.unwrap();
            assert_eq!(
                found.total_results,
                u64::try_from(found.items.len()).unwrap(),
                "the page and the total are of one moment"
            );
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    check_counts(&store).await;
}
