use greenroom_domain::PageRequest;
use greenroom_domain::filter::RoomFilter;
use greenroom_domain::room::NewRoom;
use greenroom_store::{Account, RoomReads, Store};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::*;
use crate::SqliteStore;

#[tokio::test]
async fn no_statement_scans() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    for sql in [BY_ID, OF_ACCOUNT, UPDATE, DELETE] {
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&store.readers)
            .await
            .unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        assert!(steps[0].starts_with("SEARCH "), "{sql}\n{steps:?}");
        assert!(!steps.concat().contains("SCAN"), "{sql}\n{steps:?}");
    }
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
