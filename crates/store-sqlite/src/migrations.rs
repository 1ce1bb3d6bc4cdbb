//! The schema, step by step. Steps are only ever added; one that was released is never changed.

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

/// Marks a SQLite file as ours (`PRAGMA application_id`): the letters `Grnr`.
const APPLICATION_ID: i64 = 0x4772_6e72;

/// The steps; the schema's version is how many of them were taken.
const STEPS: [&str; 6] = [
    include_str!("../migrations/0001_rooms_and_keys.sql"),
    include_str!("../migrations/0002_rotations.sql"),
    include_str!("../migrations/0003_room_counts.sql"),
    include_str!("../migrations/0004_sessions.sql"),
    include_str!("../migrations/0005_outbox.sql"),
    include_str!("../migrations/0006_deliveries.sql"),
];

/// The newest version of the schema.
pub(crate) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Why a database could not be brought to the present schema.
#[derive(Debug)]
pub(crate) enum MigrateError {
    /// It was written by another program.
    ForeignApplication,
    /// Its schema is newer than this program.
    NewerSchema { found: i64, known: i64 },
    /// The file system cannot keep a write-ahead log.
    NoWriteAheadLog,
    /// SQLite failed.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Refuses what is not ours or newer than ours; writes nothing.
pub(crate) async fn check(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    missing_steps(connection).await?;
    Ok(())
}

/// The version of the schema, of a database that is ours and not newer than ours.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<i64, MigrateError> {
    check(connection).await?;
    Ok(number(connection, "PRAGMA user_version").await?)
}

/// Takes the steps that are still missing, all together or none. Writes nothing if none is.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    if missing_steps(connection).await?.is_empty() {
        return Ok(());
    }
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut *connection)
        .await?;
    // Another process may have taken them while this one waited.
    for step in missing_steps(connection).await? {
        sqlx::raw_sql(*step).execute(&mut *connection).await?;
    }
    let marks = format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT",
        STEPS.len()
    );
    sqlx::raw_sql(AssertSqlSafe(marks))
        .execute(connection)
        .await?;
    Ok(())
}

async fn missing_steps(
    connection: &mut SqliteConnection,
) -> Result<&'static [&'static str], MigrateError> {
    let version = number(connection, "PRAGMA user_version").await?;
    let application = number(connection, "PRAGMA application_id").await?;
    let tables = number(connection, "SELECT count(*) FROM sqlite_schema").await?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(MigrateError::ForeignApplication);
    }
    let taken = usize::try_from(version).ok();
    taken
        .and_then(|taken| STEPS.get(taken..))
        .ok_or(MigrateError::NewerSchema {
            found: version,
            known: known(),
        })
}

async fn number(connection: &mut SqliteConnection, sql: &'static str) -> sqlx::Result<i64> {
    sqlx::query(sql)
        .fetch_one(connection)
        .await?
        .try_get::<i64, _>(0)
}
