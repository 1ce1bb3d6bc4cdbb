//! Revoked tokens of families that go on.

use greenroom_domain::{Timestamp, TokenId};
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use crate::error;
use crate::row::TableRow;

const REVOKE: &str = "INSERT INTO revoked_tokens (token_id, until) VALUES (?1, ?2) \
     ON CONFLICT (token_id) DO UPDATE SET until = max(until, excluded.until)";

pub(crate) async fn standing(
    readers: &SqlitePool,
    now: Timestamp,
) -> Result<Vec<(TokenId, Timestamp)>, StoreError> {
    let rows = sqlx::query("SELECT token_id, until FROM revoked_tokens WHERE until >= ?1")
        .bind(now.unix_micros())
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    rows.iter().map(revoked_token).collect()
}

pub(crate) async fn revoke(
    connection: &mut SqliteConnection,
    token: TokenId,
    until: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(REVOKE)
        .bind(token.as_uuid())
        .bind(until.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn forget(connection: &mut SqliteConnection, now: Timestamp) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM revoked_tokens WHERE until < ?1")
        .bind(now.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

fn revoked_token(row: &SqliteRow) -> Result<(TokenId, Timestamp), StoreError> {
    let row = TableRow::new("revoked_tokens", row);
    Ok((TokenId::from_uuid(row.get("token_id")?), row.time("until")?))
}
