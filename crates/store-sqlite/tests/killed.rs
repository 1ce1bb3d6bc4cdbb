//! A process that writes is killed, again and again, while another has the database open: whatever it
//! acknowledged is there, whole, and was announced.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use greenroom_domain::filter::RoomFilter;
use greenroom_domain::room::NewRoom;
use greenroom_domain::{AccountId, FamilyId, PageRequest, Room, RoomId, Timestamp};
use greenroom_store::{Account, RevocationReads, RoomReads, Store};
use greenroom_store_sqlite::SqliteStore;
use uuid::Uuid;

/// The data directory of the inner run, and the number of its first room.
const DIR: &str = "GREENROOM_TEST_DIR";
const FIRST: &str = "GREENROOM_TEST_FIRST";

const ROUNDS: u128 = 8;
const WRITERS: u128 = 4;

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

fn family(number: u128) -> FamilyId {
    FamilyId::from_uuid(Uuid::from_u128(number))
}

#[tokio::test]
async fn what_was_acknowledged_survives() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let mut work = store.begin().await.unwrap();
    let account = Account {
        id: ACCOUNT,
        created_at: Timestamp::from_unix_secs(1),
    };
    work.add_account(&account).await.unwrap();
    work.commit().await.unwrap();

    let mut acknowledged = Vec::new();
    for round in 1..=ROUNDS {
        let before = store.foreign_changes();
        let lines = usize::try_from(round * 23).unwrap();
        acknowledged.extend(run_and_kill(dir.path(), round * 1_000_000, lines));
        assert_ne!(store.foreign_changes(), before);
        for number in &acknowledged {
            let found = store.room(room(*number).id).await.unwrap();
            assert_eq!(found, Some(room(*number)), "round {round}");
        }
        assert_whole(&store).await;
        store.check().await.unwrap();
    }
    store.close().await;

    let reopened = SqliteStore::open(dir.path()).await.unwrap();
    for number in &acknowledged {
        assert!(reopened.room(room(*number).id).await.unwrap().is_some());
    }
}

/// Lets the inner run write until it has acknowledged so many rooms, then kills it.
fn run_and_kill(dir: &Path, first: u128, lines: usize) -> Vec<u128> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside_the_writer", "--ignored", "--nocapture"])
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut numbers = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // A last line that was cut off was not acknowledged.
        let line = line.unwrap();
        let number = line
            .strip_prefix("committed ")
            .and_then(|rest| rest.strip_suffix('.'));
        numbers.extend(number.map(|number| number.parse::<u128>().unwrap()));
        if numbers.len() == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(numbers.len() >= lines);
    numbers
}

/// Every room was written together with a family of the same number: there are as many of both, and
/// the total that is kept is the number of rooms.
async fn assert_whole(store: &SqliteStore) {
    let start = Timestamp::from_unix_secs(0);
    let families = store.revoked_families(start).await.unwrap();
    for (family, _) in &families {
        let room = store.room(RoomId::from_uuid(family.as_uuid())).await;
        assert!(room.unwrap().is_some());
    }
    let page = store
        .rooms(ACCOUNT, &RoomFilter::default(), PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.total_results, u64::try_from(families.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `what_was_acknowledged_survives`, to be killed"]
async fn inside_the_writer() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let first: u128 = std::env::var(FIRST).unwrap().parse().unwrap();
    let store = SqliteStore::open(Path::new(&dir)).await.unwrap();
    let store = std::sync::Arc::new(store);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move {
                for number in (first + writer..).step_by(usize::try_from(WRITERS).unwrap()) {
                    let mut work = store.begin().await.unwrap();
                    work.add_room(&room(number)).await.unwrap();
                    let until = Timestamp::from_unix_secs(9);
                    work.revoke_family(family(number), until).await.unwrap();
                    work.commit().await.unwrap();
                    println!("committed {number}.");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}
