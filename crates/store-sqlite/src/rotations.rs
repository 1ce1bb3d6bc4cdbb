//! How far rotating families have come.

use greenroom_domain::rotation::{Generation, Rotation};
use greenroom_domain::{FamilyId, Timestamp, TokenId};
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqliteExecutor};

use crate::row::TableRow;

const SAVE: &str = "INSERT INTO rotations (family_id, previous_id, refresh_id, client_id, \
     client_expires_at, client_used, ended, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
     ON CONFLICT (family_id) DO UPDATE SET previous_id = excluded.previous_id, \
     refresh_id = excluded.refresh_id, client_id = excluded.client_id, \
     client_expires_at = excluded.client_expires_at, client_used = excluded.client_used, \
     ended = excluded.ended, until = max(until, excluded.until)";

pub(crate) async fn of_family(
    connection: impl SqliteExecutor<'_>,
    family: FamilyId,
) -> sqlx::Result<Option<SqliteRow>> {
    sqlx::query(
        "SELECT previous_id, refresh_id, client_id, client_expires_at, client_used, ended \
         FROM rotations WHERE family_id = ?1",
    )
    .bind(family.as_uuid())
    .fetch_optional(connection)
    .await
}

pub(crate) async fn save(
    connection: &mut SqliteConnection,
    family: FamilyId,
    rotation: &Rotation,
    until: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(SAVE)
        .bind(family.as_uuid())
        .bind(rotation.previous.as_uuid())
        .bind(rotation.latest.refresh.as_uuid())
        .bind(rotation.latest.client.as_uuid())
        .bind(rotation.latest.client_expires_at.unix_micros())
        .bind(rotation.client_used)
        .bind(rotation.ended)
        .bind(until.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn forget(connection: &mut SqliteConnection, now: Timestamp) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM rotations WHERE until < ?1")
        .bind(now.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

pub(crate) fn rotation(row: &SqliteRow) -> Result<Rotation, StoreError> {
    let row = TableRow::new("rotations", row);
    let token = |column| row.get(column).map(TokenId::from_uuid);
    Ok(Rotation {
        previous: token("previous_id")?,
        latest: Generation {
            refresh: token("refresh_id")?,
            client: token("client_id")?,
            client_expires_at: row.time("client_expires_at")?,
        },
        client_used: row.get("client_used")?,
        ended: row.get("ended")?,
    })
}
