//! Opening: what is made, what is refused, and in which words.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use greenroom_store::Store;
use greenroom_store_sqlite::{OpenError, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

async fn refusal(dir: &Path) -> OpenError {
    SqliteStore::open(dir).await.err().unwrap()
}

/// Runs SQL on the database in `dir`, and gives the rows of it as text.
async fn run(dir: &Path, sql: &str) -> Vec<String> {
    let mut connection = SqliteConnectOptions::new()
        .filename(dir.join("greenroom.db"))
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    rows.iter()
        .map(|row| {
            row.try_get(0)
                .unwrap_or_else(|_| row.get::<i64, _>(0).to_string())
        })
        .collect()
}

#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    store.check().await.unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "changes",
            "greenroom.db",
            "greenroom.db-shm",
            "greenroom.db-wal"
        ]
    );
    store.close().await;
    assert!(!dir.path().join("greenroom.db-wal").exists());
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let schema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let first = run(dir.path(), schema).await;
    let version = run(dir.path(), "PRAGMA user_version").await;
    let bytes = fs::read(dir.path().join("greenroom.db")).unwrap();
    assert!(first.len() > 10);
    assert_eq!(version, ["2"]);

    for _ in 0..2 {
        SqliteStore::open(dir.path()).await.unwrap().close().await;
    }
    assert_eq!(run(dir.path(), schema).await, first);
    assert_eq!(run(dir.path(), "PRAGMA user_version").await, version);
    assert!(fs::read(dir.path().join("greenroom.db")).unwrap() == bytes);
    assert_eq!(run(dir.path(), "PRAGMA integrity_check").await, ["ok"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_an_empty_directory_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let path = dir.path().to_owned();
            tokio::spawn(async move { SqliteStore::open(&path).await })
        })
        .collect();
    for opened in opening {
        let store = opened.await.unwrap().unwrap();
        store.check().await.unwrap();
    }
}

#[tokio::test]
async fn an_empty_file_counts_as_none() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("greenroom.db"), b"").unwrap();
    fs::write(dir.path().join("changes"), b"abc").unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    store.check().await.unwrap();
}

#[tokio::test]
async fn a_directory_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let error = refusal(&missing).await;
    assert!(matches!(&error, OpenError::NoDirectory(path) if *path == missing));
    assert!(error.to_string().contains(missing.to_str().unwrap()));

    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = refusal(&file).await;
    assert!(matches!(&error, OpenError::NoDirectory(path) if *path == file));
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("greenroom.db");
    let mut damaged = b"SQLite format 3\0".to_vec();
    damaged.extend([0xff; 5_000]);
    for content in [vec![b'x'; 10_000], b"short".to_vec(), damaged] {
        fs::write(&path, &content).unwrap();
        let error = refusal(dir.path()).await;
        assert!(
            matches!(&error, OpenError::NotADatabase { path: named, .. } if *named == path),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
        assert!(fs::read(&path).unwrap() == content);
    }
}

#[tokio::test]
async fn a_damaged_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let path = dir.path().join("greenroom.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..4_096].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let error = refusal(dir.path()).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let schema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let newest = run(dir.path(), schema).await;
    for undo in [
        "DROP TABLE rotations",
        "DROP TABLE revoked_tokens",
        "PRAGMA user_version = 1",
    ] {
        run(dir.path(), undo).await;
    }
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    assert_eq!(run(dir.path(), schema).await, newest);
    assert_eq!(run(dir.path(), "PRAGMA user_version").await, ["2"]);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    run(dir.path(), "PRAGMA user_version = 99").await;
    let error = refusal(dir.path()).await;
    assert!(
        matches!(
            error,
            OpenError::NewerSchema {
                found: 99,
                known: 2,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("greenroom.db"), "{error}");
    assert_eq!(run(dir.path(), "PRAGMA user_version").await, ["99"]);
}

#[tokio::test]
async fn the_database_of_another_program_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "CREATE TABLE theirs (x)").await;
    let error = refusal(dir.path()).await;
    assert!(matches!(error, OpenError::ForeignDatabase(_)), "{error:?}");
    assert!(error.to_string().contains("greenroom.db"), "{error}");
    assert_eq!(
        run(dir.path(), "SELECT name FROM sqlite_schema").await,
        ["theirs"]
    );
    assert_eq!(run(dir.path(), "PRAGMA journal_mode").await, ["delete"]);
}
