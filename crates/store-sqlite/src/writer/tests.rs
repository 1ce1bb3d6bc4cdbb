use greenroom_domain::filter::RoomFilter;
use greenroom_domain::room::NewRoom;
use greenroom_domain::{AccountId, PageRequest, Room, RoomId, Timestamp};
use greenroom_store::{Account, RoomReads, SaveRoomError, Store};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::{OpenOptions, SqliteStore};

const ACCOUNT: AccountId = AccountId::from_uuid(Uuid::from_u128(1));

fn room(number: u128) -> Room {
    let id = RoomId::from_uuid(Uuid::from_u128(number));
    Room::create(
        id,
        ACCOUNT,
        NewRoom::default(),
        Timestamp::from_unix_secs(1),
    )
}

async fn store_with_an_account() -> (TempDir, SqliteStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let mut work = store.begin().await.unwrap();
    let account = Account {
        id: ACCOUNT,
        created_at: Timestamp::from_unix_secs(1),
    };
    work.add_account(&account).await.unwrap();
    work.commit().await.unwrap();
    (dir, store)
}

async fn add(store: &SqliteStore, room: &Room) -> Result<(), SaveRoomError> {
    let mut work = store.begin().await?;
    work.add_room(room).await?;
    Ok(work.commit().await?)
}

/// Sets something on the writing connection.
async fn set(store: &SqliteStore, pragma: &str) {
    let mut slot = store.writer.open_slot().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("PRAGMA {pragma}")))
        .execute(slot.connection.as_mut().unwrap())
        .await
        .unwrap();
}

async fn get(store: &SqliteStore, pragma: &str) -> i64 {
    let mut slot = store.writer.open_slot().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("PRAGMA {pragma}")))
        .fetch_one(slot.connection.as_mut().unwrap())
        .await
        .unwrap()
        .get(0)
}

fn is_not_writable(error: &StoreError) -> bool {
    matches!(error, StoreError::NotWritable(_))
}

#[tokio::test]
async fn every_commit_is_flushed_and_references_are_kept() {
    let (_dir, store) = store_with_an_account().await;
    assert_eq!(get(&store, "synchronous").await, 2, "FULL");
    assert_eq!(get(&store, "foreign_keys").await, 1);
    assert_eq!(get(&store, "temp_store").await, 2, "MEMORY");
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_dir, store) = store_with_an_account().await;
    let outcome = sqlx::query("DELETE FROM accounts").execute(&store.readers);
    assert!(outcome.await.is_err());
}

#[tokio::test]
async fn a_full_database_is_not_writable_until_there_is_room() {
    let (_dir, store) = store_with_an_account().await;
    let pages = get(&store, "page_count").await;
    set(&store, &format!("max_page_count = {pages}")).await;

    let mut acknowledged = 0;
    let refused = loop {
        match add(&store, &room(acknowledged + 1)).await {
            Ok(()) => acknowledged += 1,
            Err(SaveRoomError::Store(error)) => break error,
            Err(SaveRoomError::NameTaken) => unreachable!("the rooms have no names"),
        }
    };
    assert!(is_not_writable(&refused), "{refused:?}");
    assert!(store.writer.is_failing());
    assert!(store.room(room(1).id).await.unwrap().is_some());

    set(&store, "max_page_count = 1000000").await;
    store.check().await.unwrap();
    add(&store, &room(acknowledged + 1)).await.unwrap();
    let page = store
        .rooms(ACCOUNT, &RoomFilter::default(), PageRequest::default())
        .await
        .unwrap();
    assert_eq!(u128::from(page.total_results), acknowledged + 1);
}

#[tokio::test]
async fn a_read_only_database_is_not_writable_but_can_be_read() {
    let (_dir, store) = store_with_an_account().await;
    add(&store, &room(1)).await.unwrap();
    set(&store, "query_only = ON").await;

    let Err(SaveRoomError::Store(refused)) = add(&store, &room(2)).await else {
        panic!("written");
    };
    assert!(is_not_writable(&refused), "{refused:?}");
    assert!(is_not_writable(&store.check().await.unwrap_err()));
    assert!(store.room(room(1).id).await.unwrap().is_some());

    set(&store, "query_only = OFF").await;
    store.check().await.unwrap();
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let (dir, patient) = store_with_an_account().await;
    let options = OpenOptions {
        wait: Duration::from_millis(300),
        ..OpenOptions::default()
    };
    let [store, elsewhere] = [
        SqliteStore::open_with(dir.path(), &options).await.unwrap(),
        SqliteStore::open_with(dir.path(), &options).await.unwrap(),
    ];
    let work = store.begin().await.unwrap();
    for locked_out in [&store, &elsewhere] {
        let refused = locked_out.begin().await.err().unwrap();
        assert!(is_not_writable(&refused), "{refused:?}");
        assert!(
            !locked_out.writer.is_failing(),
            "a queue is no disk trouble"
        );
    }
    drop(work);
    add(&patient, &room(1)).await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let (_dir, store) = store_with_an_account().await;
    let before = store.foreign_changes();
    let mut work = store.writer.begin().await.unwrap();
    sqlx::query("ROLLBACK")
        .execute(work.connection().unwrap())
        .await
        .unwrap();
    work.done(Ok(())).unwrap();
    // As when SQLite rolled back by itself: there is nothing left to commit or to roll back.
    assert!(work.commit().await.is_err());

    add(&store, &room(1)).await.unwrap();
    assert_eq!(get(&store, "synchronous").await, 2, "FULL");
    assert_ne!(
        store.foreign_changes(),
        before,
        "what others did meanwhile cannot be told"
    );
}

#[tokio::test]
async fn a_commit_nobody_waits_for_is_finished_and_counted() {
    let (dir, store) = store_with_an_account().await;
    let elsewhere = SqliteStore::open(dir.path()).await.unwrap();
    let before = elsewhere.foreign_changes();
    let mut work = store.begin().await.unwrap();
    work.add_room(&room(1)).await.unwrap();
    {
        let mut commit = work.commit();
        std::future::poll_fn(|context| {
            let _ = commit.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    // Begins when the commit is through.
    drop(store.begin().await.unwrap());
    assert!(store.room(room(1).id).await.unwrap().is_some());
    assert_ne!(elsewhere.foreign_changes(), before);
}

#[tokio::test]
async fn a_commit_that_was_not_counted_is_found_in_the_database() {
    let (dir, store) = store_with_an_account().await;
    let elsewhere = SqliteStore::open(dir.path()).await.unwrap();
    let before = store.foreign_changes();
    let mut work = elsewhere.writer.begin().await.unwrap();
    let outcome = sqlx::query("UPDATE write_probe SET writes = writes + 1")
        .execute(work.connection().unwrap())
        .await;
    work.done(outcome).unwrap();
    let committed = sqlx::query("COMMIT")
        .execute(work.connection().unwrap())
        .await;
    work.done(committed).unwrap();
    drop(work);

    assert_eq!(store.foreign_changes(), before, "nothing was counted");
    store.look_for_foreign_changes().await.unwrap();
    let found = store.foreign_changes();
    assert_ne!(found, before);
    store.look_for_foreign_changes().await.unwrap();
    assert_eq!(store.foreign_changes(), found);
}

#[tokio::test]
async fn a_held_count_does_not_hold_up_a_commit() {
    let (dir, store) = store_with_an_account().await;
    let elsewhere = SqliteStore::open(dir.path()).await.unwrap();
    let before = elsewhere.foreign_changes();
    let holder = std::fs::File::open(dir.path().join("changes")).unwrap();
    holder.lock().unwrap();
    add(&store, &room(1)).await.unwrap();
    assert_eq!(elsewhere.foreign_changes(), before);
    elsewhere.look_for_foreign_changes().await.unwrap();
    assert_ne!(elsewhere.foreign_changes(), before);
}

#[tokio::test]
async fn own_checkpoints_are_no_foreign_changes() {
    let (_dir, store) = store_with_an_account().await;
    set(&store, "wal_autocheckpoint = 5").await;
    let before = store.foreign_changes();
    for number in 1..=50 {
        add(&store, &room(number)).await.unwrap();
        store.look_for_foreign_changes().await.unwrap();
        assert_eq!(store.foreign_changes(), before, "commit {number}");
    }
}
