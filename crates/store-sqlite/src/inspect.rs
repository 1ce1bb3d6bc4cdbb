//! Looking at a database from outside, and copying it. Nothing of it is written; a server may be running on it.

use std::path::Path;
use std::time::Duration;

use greenroom_domain::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::migrations::{self, MigrateError};
use crate::open::{DATABASE_FILE, OpenError, migrate_error};

/// How long to wait for a process that makes or migrates the database.
const WAIT: Duration = Duration::from_secs(30);

/// Most faults that are told: whoever reads them needs a backup, not a list.
const FAULTS_MAX: u32 = 10;

/// The latest of all points in time that the program itself has written.
const NEWEST: &str = "SELECT max(at) FROM ( \
         SELECT max(created_at) AS at FROM accounts \
         UNION ALL SELECT max(created_at) FROM api_keys \
         UNION ALL SELECT max(last_used_at) FROM api_keys \
         UNION ALL SELECT max(updated_at) FROM rooms \
         UNION ALL SELECT max(updated_at) FROM sessions \
         UNION ALL SELECT max(updated_at) FROM participants \
         UNION ALL SELECT max(alive_at) FROM liveness \
         UNION ALL SELECT max(occurred_at) FROM outbox)";

/// What a database looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The version of its schema.
    pub schema: i64,
    /// What `PRAGMA quick_check` finds wrong with it, ten lines at most.
    pub faults: Vec<String>,
    /// When the newest record was written; `None` if there is none, or it cannot be told.
    pub newest: Option<Timestamp>,
}

/// The newest schema that this program knows.
pub fn known_schema() -> i64 {
    migrations::known()
}

/// Looks at the database in the directory `dir`. Reads all of it.
///
/// # Errors
///
/// If it is not there, belongs to another program, has a newer schema, or cannot be read at all.
pub async fn inspect(dir: &Path) -> Result<Inspection, OpenError> {
    let path = dir.join(DATABASE_FILE);
    let looked_at = async {
        let mut connection = connect(&path).await?;
        let schema = migrations::version(&mut connection).await?;
        let faults = faults(&mut connection).await?;
        let newest = if faults.is_empty() && schema == known_schema() {
            let row = sqlx::query(NEWEST).fetch_one(&mut connection).await?;
            row.try_get::<Option<i64>, _>(0)?
        } else {
            None
        };
        connection.close().await?;
        Ok(Inspection {
            schema,
            faults,
            newest: newest.map(Timestamp::from_unix_micros),
        })
    };
    looked_at
        .await
        .map_err(|error: MigrateError| migrate_error(&path, error))
}

/// Copies the database in the directory `dir` to the file `copy`, as it is at one moment, while others write to it. The
/// copy is checked; it is not flushed to the disk. Gives the version of its schema.
///
/// `copy` must be absent or empty; an empty file keeps its mode.
///
/// # Errors
///
/// As of [`inspect`]; also if the copy cannot be written, or what was copied is damaged.
pub async fn snapshot(dir: &Path, copy: &Path) -> Result<i64, OpenError> {
    let path = dir.join(DATABASE_FILE);
    let into = copy.to_str().ok_or_else(|| OpenError::Failed {
        path: copy.to_owned(),
        reason: "the path must be UTF-8 text".to_owned(),
    })?;
    let copied = async {
        let mut connection = connect(&path).await?;
        migrations::check(&mut connection).await?;
        sqlx::query("VACUUM INTO ?1")
            .bind(into)
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    };
    copied
        .await
        .map_err(|error: MigrateError| migrate_error(&path, error))?;
    check_copy(copy).await
}

/// Checks a copy that no other process has open: whole, ours, and of a schema that this program knows, which it gives.
///
/// # Errors
///
/// If any of these does not hold.
pub async fn check_copy(copy: &Path) -> Result<i64, OpenError> {
    let looked_at = async {
        let mut connection = connect(copy).await?;
        let schema = migrations::version(&mut connection).await?;
        let faults = faults(&mut connection).await?;
        connection.close().await?;
        Ok((schema, faults))
    };
    let (schema, faults) = looked_at
        .await
        .map_err(|error: MigrateError| migrate_error(copy, error))?;
    match faults.first() {
        Some(fault) => Err(OpenError::NotADatabase {
            path: copy.to_owned(),
            reason: fault.clone(),
        }),
        None => Ok(schema),
    }
}

async fn connect(path: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(WAIT)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
        .connect()
        .await
}

async fn faults(connection: &mut SqliteConnection) -> sqlx::Result<Vec<String>> {
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA quick_check({FAULTS_MAX})"));
    let rows = sqlx::raw_sql(sql).fetch_all(connection).await;
    let lines: Vec<String> = match rows {
        Ok(rows) => rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<sqlx::Result<_>>()?,
        Err(error) if crate::error::is_not_a_database(&error) => vec![crate::error::text(&error)],
        Err(error) => return Err(error),
    };
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

#[cfg(test)]
mod tests;
