use std::fs;
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};

use greenroom_domain::AccountId;
use greenroom_store::{Account, ApiKeyReads, Store};
use uuid::Uuid;

use super::*;
use crate::SqliteStore;

const AT: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

async fn add_account(store: &SqliteStore, number: u128) -> Account {
    let account = Account {
        id: AccountId::from_uuid(Uuid::from_u128(number)),
        created_at: AT,
    };
    let mut work = store.begin().await.unwrap();
    work.add_account(&account).await.unwrap();
    work.commit().await.unwrap();
    account
}

#[tokio::test]
async fn a_database_in_use_is_looked_at_and_copied() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let looked_at = inspect(dir.path()).await.unwrap();
    assert_eq!(looked_at.schema, known_schema());
    assert!(looked_at.faults.is_empty(), "{looked_at:?}");
    let account = add_account(&store, 1).await;
    assert_eq!(inspect(dir.path()).await.unwrap().newest, Some(AT));

    let changes = store.foreign_changes();
    let copy = tempfile::tempdir().unwrap();
    let file = copy.path().join(DATABASE_FILE);
    fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .unwrap();
    assert_eq!(snapshot(dir.path(), &file).await.unwrap(), known_schema());
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(store.foreign_changes(), changes, "nothing was written");
    add_account(&store, 2).await;

    let copied = SqliteStore::open(copy.path()).await.unwrap();
    assert_eq!(copied.first_account().await.unwrap(), Some(account));
    copied.check().await.unwrap();
}

#[tokio::test]
async fn what_is_there_already_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let copy = dir.path().join("copy");
    fs::write(&copy, "something").unwrap();
    assert!(snapshot(dir.path(), &copy).await.is_err());
    assert_eq!(fs::read(&copy).unwrap(), b"something");
}

#[tokio::test]
async fn damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    add_account(&store, 1).await;
    store.close().await;
    let path = dir.path().join(DATABASE_FILE);
    let file = fs::File::options().write(true).open(&path).unwrap();
    for page in 3..fs::metadata(&path).unwrap().len() / 4096 {
        file.write_all_at(&[0xa5; 64], page * 4096).unwrap();
    }
    // As faults, or as a refusal where not even the schema can be read.
    match inspect(dir.path()).await {
        Ok(looked_at) => assert!((1..=11).contains(&looked_at.faults.len()), "{looked_at:?}"),
        Err(error) => assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}"),
    }
    assert!(check_copy(&path).await.is_err());
    let copy = dir.path().join("copy");
    assert!(snapshot(dir.path(), &copy).await.is_err());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    assert!(inspect(dir.path()).await.is_err());
    assert!(
        snapshot(dir.path(), &dir.path().join("copy"))
            .await
            .is_err()
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
