//! Revoked families.

use greenroom_domain::{FamilyId, Timestamp};
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use crate::error;
use crate::row::TableRow;

const REVOKE: &str = "INSERT INTO revoked_families (family_id, until) VALUES (?1, ?2) \
     ON CONFLICT (family_id) DO UPDATE SET until = max(until, excluded.until)";

pub(crate) async fn standing(
    readers: &SqlitePool,
    now: Timestamp,
) -> Result<Vec<(FamilyId, Timestamp)>, StoreError> {
    let rows = sqlx::query("SELECT family_id, until FROM revoked_families WHERE until >= ?1")
        .bind(now.unix_micros())
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    rows.iter().map(revoked_family).collect()
}

pub(crate) async fn revoke(
    connection: &mut SqliteConnection,
    family: FamilyId,
    until: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(REVOKE)
        .bind(family.as_uuid())
        .bind(until.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn forget(connection: &mut SqliteConnection, now: Timestamp) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM revoked_families WHERE until < ?1")
        .bind(now.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

fn revoked_family(row: &SqliteRow) -> Result<(FamilyId, Timestamp), StoreError> {
    let row = TableRow::new("revoked_families", row);
    Ok((
        FamilyId::from_uuid(row.get("family_id")?),
        row.time("until")?,
    ))
}
