//! Opening: what is made, what is refused, and in which words.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::{AccountId, PageRequest};
use greenroom_store::{RoomReads, Store};
use greenroom_store_sqlite::{OpenError, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use uuid::Uuid;

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
    assert_eq!(version, [NEWEST.to_string()]);

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

/// The schema as earlier versions left it.
const OLDER: [&str; 5] = [
    include_str!("../migrations/0001_rooms_and_keys.sql"),
    include_str!("../migrations/0002_rotations.sql"),
    include_str!("../migrations/0003_room_counts.sql"),
    include_str!("../migrations/0004_sessions.sql"),
    include_str!("../migrations/0005_outbox.sql"),
];

/// The version of the schema that this version makes.
const NEWEST: usize = OLDER.len() + 1;

async fn make_older(dir: &Path, version: usize) {
    run(dir, "PRAGMA journal_mode = WAL").await;
    for step in &OLDER[..version] {
        run(dir, step).await;
    }
    let marks = format!("PRAGMA application_id = 0x47726e72; PRAGMA user_version = {version}");
    run(dir, &marks).await;
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let schema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let newest = run(dir.path(), schema).await;
    for version in 1..=OLDER.len() {
        let dir = tempfile::tempdir().unwrap();
        make_older(dir.path(), version).await;
        SqliteStore::open(dir.path()).await.unwrap().close().await;
        assert_eq!(run(dir.path(), schema).await, newest, "{version}");
        let marked = run(dir.path(), "PRAGMA user_version").await;
        assert_eq!(marked, [NEWEST.to_string()]);
    }
}

#[tokio::test]
async fn rooms_of_an_older_schema_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    make_older(dir.path(), 2).await;
    // 1,200 rooms a minute apart over the midnight of 1970-01-01, 1,200 at one time, 300 deleted; the odd ones
    // were changed two days later.
    let rooms = "
        INSERT INTO accounts (id, created_at) VALUES (unhex(format('%032x', 1)), 0);
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2699)
        INSERT INTO rooms (id, account_id, max_participants, enable_recording, created_at, updated_at, deleted_at)
        SELECT unhex(format('%032x', n)), unhex(format('%032x', 1)), 10, 0, time,
            time + n % 2 * 172800000000, iif(n < 2400, NULL, 0)
        FROM (SELECT n, iif(n < 1200, n - 600, 1200) * 60000000 AS time FROM numbers)";
    run(dir.path(), rooms).await;

    let store = SqliteStore::open(dir.path()).await.unwrap();
    let account = AccountId::from_uuid(Uuid::from_u128(1));
    let day = |text: &str| DayFilter {
        lte: Some(text.parse().unwrap()),
        ..DayFilter::default()
    };
    let any = DayFilter::default();
    for (created, updated, total) in [
        (any, any, 2_400),
        (day("1969-12-31"), any, 600),
        (any, day("1970-01-01"), 1_200),
        (day("1969-12-31"), day("1970-01-01"), 300),
    ] {
        let filter = RoomFilter {
            unique_name: None,
            created,
            updated,
        };
        let step = if updated == any { 1 } else { 2 };
        let mut expected: Vec<u128> = (0..1_200).rev().chain(1_200..2_400).collect();
        expected.rotate_left(1_200);
        expected.retain(|number| number % step == 0);
        expected.drain(..expected.len() - total);
        for number in 1..=expected.len().div_ceil(100) {
            let page = PageRequest::new(
                PageNumber::new(i64::try_from(number).unwrap()).unwrap(),
                PageSize::new(100).unwrap(),
            );
            let found = store.rooms(account, &filter, page).await.unwrap();
            assert_eq!(found.total_results, u64::try_from(total).unwrap());
            let numbers = found.items.iter().map(|room| room.id.as_uuid().as_u128());
            let shown = expected.chunks(100).nth(number - 1).unwrap();
            assert!(
                numbers.eq(shown.iter().copied()),
                "page {number} of {filter:?}"
            );
        }
    }
    store.close().await;
    let largest = "SELECT room_count FROM room_blocks ORDER BY room_count DESC LIMIT 2";
    assert_eq!(run(dir.path(), largest).await, ["1200", "500"]);
}

#[tokio::test]
async fn events_of_an_older_schema_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    make_older(dir.path(), 5).await;
    // 2,000 events of two rooms of one account, every fourth of them delivered.
    let events = "
        INSERT INTO accounts (id, created_at) VALUES (unhex(format('%032x', 1)), 0);
        INSERT INTO rooms (id, account_id, max_participants, enable_recording, created_at, updated_at)
        SELECT unhex(format('%032x', value)), unhex(format('%032x', 1)), 10, 0, 0, 0
        FROM (SELECT 7 AS value UNION SELECT 8);
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1999)
        INSERT INTO outbox (seq, event_id, room_id, account_id, session_id, occurred_at, event_type, state, state_at)
        SELECT n, unhex(format('%032x', n)), unhex(format('%032x', 7 + n % 2)), unhex(format('%032x', 1)),
            unhex(format('%032x', 9)), n, 'video.room.session.started', iif(n % 4 = 0, 'delivered', 'pending'), n
        FROM numbers";
    run(dir.path(), events).await;
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let counts = "SELECT format('%d %s %d', list, state, sum(events)) FROM outbox_counts
        GROUP BY list, owner, state ORDER BY 1";
    assert_eq!(
        run(dir.path(), counts).await,
        [
            "1 delivered 500",
            "1 pending 1500",
            "2 delivered 500",
            "2 pending 1000",
            "2 pending 500",
        ]
    );
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    run(dir.path(), "PRAGMA user_version = 99").await;
    let error = refusal(dir.path()).await;
    let newest = i64::try_from(NEWEST).unwrap();
    assert!(
        matches!(error, OpenError::NewerSchema { found: 99, known, .. } if known == newest),
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
