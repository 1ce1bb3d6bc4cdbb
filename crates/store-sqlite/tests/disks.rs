//! Disks that take no more: a full one and a read-only one, each a small file system of its own in a
//! private mount namespace, where this test program runs again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use greenroom_domain::filter::RoomFilter;
use greenroom_domain::room::NewRoom;
use greenroom_domain::{AccountId, PageRequest, Room, RoomId, Timestamp};
use greenroom_store::{Account, RoomReads, SaveRoomError, Store, StoreError};
use greenroom_store_sqlite::{OpenError, SqliteStore};
use uuid::Uuid;

/// Where the small disk is mounted, in the inner run.
const DISK: &str = "GREENROOM_TEST_DISK";

/// Runs the ignored test `name` of this program on a disk of 2 MiB; `false` if nothing can be mounted
/// here.
fn on_a_small_disk(name: &str) -> bool {
    let disk = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=2m tmpfs \"${DISK}\"");
    let in_a_namespace = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .env(DISK, disk.path());
        command.status().is_ok_and(|status| status.success())
    };
    if !in_a_namespace(&mount) {
        return false;
    }
    let passed = in_a_namespace(&format!("{mount} && exec \"$@\""));
    assert!(passed, "{name} failed, see above");
    true
}

fn disk() -> Option<PathBuf> {
    std::env::var_os(DISK).map(PathBuf::from)
}

#[test]
fn a_full_disk() {
    if !on_a_small_disk("inside_a_full_disk") {
        eprintln!("skipped: no private mounts here");
    }
}

#[test]
fn a_read_only_disk() {
    if !on_a_small_disk("inside_a_read_only_disk") {
        eprintln!("skipped: no private mounts here");
    }
}

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

async fn open_with_an_account(dir: &Path) -> SqliteStore {
    let store = SqliteStore::open(dir).await.unwrap();
    let mut work = store.begin().await.unwrap();
    let account = Account {
        id: ACCOUNT,
        created_at: Timestamp::from_unix_secs(1),
    };
    work.add_account(&account).await.unwrap();
    work.commit().await.unwrap();
    store
}

async fn add(store: &SqliteStore, room: &Room) -> Result<(), SaveRoomError> {
    let mut work = store.begin().await?;
    work.add_room(room).await?;
    Ok(work.commit().await?)
}

/// Adds rooms until one is refused; how many there are then, and why.
async fn add_until_refused(store: &SqliteStore, mut count: u128) -> (u128, StoreError) {
    loop {
        match add(store, &room(count + 1)).await {
            Ok(()) => count += 1,
            Err(SaveRoomError::Store(error)) => return (count, error),
            Err(SaveRoomError::NameTaken) => unreachable!("the rooms have no names"),
        }
    }
}

async fn total(store: &SqliteStore) -> u128 {
    let page = store
        .rooms(ACCOUNT, &RoomFilter::default(), PageRequest::default())
        .await
        .unwrap();
    page.total_results.into()
}

fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
}

fn is_not_writable(error: &StoreError) -> bool {
    matches!(error, StoreError::NotWritable(_))
}

#[tokio::test]
#[ignore = "run by `a_full_disk`, on a small disk"]
async fn inside_a_full_disk() {
    let Some(disk) = disk() else { return };
    let filler = disk.join("filler");
    let store = open_with_an_account(&disk).await;
    let mut count = 0;
    for round in 1..=3 {
        add(&store, &room(count + 1)).await.unwrap();
        count += 1;
        fill(&filler);
        let (added, refused) = add_until_refused(&store, count).await;
        count = added;
        assert!(is_not_writable(&refused), "round {round}: {refused:?}");

        for _ in 0..3 {
            let again = add(&store, &room(count + 1)).await;
            assert!(matches!(again, Err(SaveRoomError::Store(error)) if is_not_writable(&error)));
            assert!(is_not_writable(&store.check().await.unwrap_err()));
        }
        assert_eq!(store.room(room(count).id).await.unwrap(), Some(room(count)));
        assert_eq!(store.room(room(count + 1).id).await.unwrap(), None);
        assert_eq!(total(&store).await, count);
        let elsewhere = SqliteStore::open(&disk).await.unwrap();
        assert_eq!(total(&elsewhere).await, count, "opened on the full disk");
        elsewhere.close().await;

        fs::remove_file(&filler).unwrap();
        store.check().await.unwrap();
        store.look_for_foreign_changes().await.unwrap();
    }
    add(&store, &room(count + 1)).await.unwrap();
    store.close().await;

    let reopened = SqliteStore::open(&disk).await.unwrap();
    assert_eq!(total(&reopened).await, count + 1);
}

#[tokio::test]
#[ignore = "run by `a_read_only_disk`, on a small disk"]
async fn inside_a_read_only_disk() {
    let Some(disk) = disk() else { return };
    let store = open_with_an_account(&disk).await;
    add(&store, &room(1)).await.unwrap();
    store.close().await;
    drop(store);
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&disk)
        .status();
    assert!(remounted.unwrap().success());

    let refused = SqliteStore::open(&disk).await.err().unwrap();
    assert!(
        matches!(&refused, OpenError::NotWritable { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains(disk.to_str().unwrap()));
}
