use greenroom_domain::room::NewRoom;
use greenroom_store::{Account, RoomReads, Store};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::*;
use crate::SqliteStore;

async fn plan(store: &SqliteStore, sql: &str) -> String {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
        .fetch_all(&store.readers)
        .await
        .unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}

#[tokio::test]
async fn no_statement_scans_or_sorts() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    for sql in [
        BY_ID,
        OF_ACCOUNT,
        BY_NAME,
        PAGE,
        COUNT_ALL,
        COUNT_BY_CREATION,
        COUNT_BY_CHANGE,
        UPDATE,
        DELETE,
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.starts_with("SEARCH "), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN"), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

#[tokio::test]
async fn every_list_has_its_index_and_no_total_reads_a_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let page = plan(&store, PAGE).await;
    assert!(
        page.contains("INDEX rooms_by_creation (account_id=? AND created_at>? AND created_at<?)"),
        "{page}"
    );
    for (sql, index) in [
        (
            PAGE_OF_FEW,
            "INDEX rooms_by_change (account_id=? AND updated_at>?",
        ),
        (COUNT_BY_CREATION, "COVERING INDEX rooms_by_creation"),
        (COUNT_BY_CHANGE, "COVERING INDEX rooms_by_change"),
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
    }
    let name = plan(&store, BY_NAME).await;
    assert!(name.contains("INDEX rooms_by_name"), "{name}");
}

#[tokio::test]
async fn few_and_many_are_listed_alike() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let account = Account {
        id: AccountId::from_uuid(Uuid::from_u128(1)),
        created_at: Timestamp::from_unix_secs(0),
    };
    let mut work = store.begin().await.unwrap();
    work.add_account(&account).await.unwrap();
    for number in 0..200 {
        let id = RoomId::from_uuid(Uuid::from_u128(number));
        let number = i64::try_from(number).unwrap();
        let day = |step: i64| Timestamp::from_unix_secs(number * step % 7 * 86_400);
        let room = Room {
            updated_at: day(5),
            ..Room::create(id, account.id, NewRoom::default(), day(3))
        };
        work.add_room(&room).await.unwrap();
    }
    work.commit().await.unwrap();

    let day = |text: &str| text.parse().ok();
    let filter = RoomFilter {
        unique_name: None,
        created: DayFilter {
            gte: day("1970-01-02"),
            ..DayFilter::default()
        },
        updated: DayFilter {
            gte: day("1970-01-03"),
            lte: day("1970-01-05"),
            ..DayFilter::default()
        },
    };
    let mut reader = store.readers.acquire().await.unwrap();
    let page = PageRequest::default();
    let mut listed = Vec::new();
    for statement in [PAGE, PAGE_OF_FEW] {
        let rows = rows_of_page(&mut reader, statement, account.id, &filter, page)
            .await
            .unwrap();
        let rooms: Result<Vec<Room>, StoreError> = rows.iter().map(room).collect();
        listed.push(rooms.unwrap());
    }
    assert_eq!(listed[0].len(), 20);
    assert_eq!(listed[0], listed[1]);
}

#[tokio::test]
async fn values_outside_the_rules_are_named_but_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let account = Account {
        id: AccountId::from_uuid(Uuid::from_u128(1)),
        created_at: Timestamp::from_unix_secs(1),
    };
    let room = Room::create(
        RoomId::from_uuid(Uuid::from_u128(2)),
        account.id,
        NewRoom::default(),
        Timestamp::from_unix_secs(1),
    );
    let mut work = store.begin().await.unwrap();
    work.add_account(&account).await.unwrap();
    work.add_room(&room).await.unwrap();
    work.commit().await.unwrap();

    for (damage, damaged) in [
        ("max_participants = 99", "max_participants"),
        ("webhook_timeout_secs = -1", "webhook_timeout_secs"),
        ("webhook_event_url = 'secret'", "webhook_event_url"),
        ("unique_name = ''", "unique_name"),
        (
            "unique_name = CAST(x'ff736563726574' AS TEXT)",
            "unique_name",
        ),
    ] {
        let mut transaction = store.writer.begin().await.unwrap();
        let sql = format!("UPDATE rooms SET {damage}");
        sqlx::query(AssertSqlSafe(sql))
            .execute(transaction.connection().unwrap())
            .await
            .unwrap();
        transaction.done(Ok(())).unwrap();
        let mut work = crate::unit_of_work::SqliteUnitOfWork(transaction);
        let inside = greenroom_store::UnitOfWork::room_of(&mut work, account.id, room.id).await;
        assert!(is_inconsistent(&inside, damaged), "{damage}: {inside:?}");
        work.0.commit().await.unwrap();

        let alone = store.room(room.id).await;
        assert!(is_inconsistent(&alone, damaged), "{damage}: {alone:?}");
        let listed = store
            .rooms(account.id, &RoomFilter::default(), PageRequest::default())
            .await;
        assert!(is_inconsistent(&listed, damaged), "{damage}: {listed:?}");
        assert!(!format!("{alone:?}").contains("secret"));

        let mut work = store.begin().await.unwrap();
        work.save_room(&room).await.unwrap();
        work.commit().await.unwrap();
    }
}

fn is_inconsistent<T>(outcome: &Result<T, StoreError>, damaged: &str) -> bool {
    matches!(
        outcome,
        Err(StoreError::Inconsistent { table: "rooms", column, .. }) if *column == damaged
    )
}
