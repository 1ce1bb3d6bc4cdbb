//! Accounts and API keys.

use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::{AccountId, ApiKeyId, Timestamp};
use greenroom_store::{Account, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use crate::error;
use crate::row::TableRow;

macro_rules! select_api_keys {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, label, prefix, sha256, ",
            "created_at, expires_at, revoked_at, last_used_at FROM api_keys ",
            $rest,
            " ORDER BY created_at, id"
        )
    };
}

const BY_PREFIX: &str = select_api_keys!("WHERE prefix = ?1");

const OF_ACCOUNT: &str = select_api_keys!("WHERE account_id = ?1");

const ALL: &str = select_api_keys!("");

const INSERT: &str = "INSERT INTO api_keys (id, account_id, label, prefix, sha256, created_at, \
     expires_at, revoked_at, last_used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const TOUCH: &str = "UPDATE api_keys SET last_used_at = ?2 \
     WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

pub(crate) async fn first_account(readers: &SqlitePool) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT id, created_at FROM accounts ORDER BY created_at, id LIMIT 1")
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.as_ref().map(account).transpose()
}

pub(crate) async fn by_prefix(
    readers: &SqlitePool,
    prefix: &ApiKeyPrefix,
) -> Result<Vec<ApiKey>, StoreError> {
    let rows = sqlx::query(BY_PREFIX)
        .bind(prefix.as_str())
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    rows.iter().map(api_key).collect()
}

pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: Option<AccountId>,
) -> Result<Vec<ApiKey>, StoreError> {
    let query = match account_id {
        Some(id) => sqlx::query(OF_ACCOUNT).bind(id.as_uuid()),
        None => sqlx::query(ALL),
    };
    let rows = query.fetch_all(readers).await.map_err(error::reading)?;
    rows.iter().map(api_key).collect()
}

pub(crate) async fn insert_account(
    connection: &mut SqliteConnection,
    account: &Account,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO accounts (id, created_at) VALUES (?1, ?2)")
        .bind(account.id.as_uuid())
        .bind(account.created_at.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn insert(connection: &mut SqliteConnection, key: &ApiKey) -> sqlx::Result<()> {
    sqlx::query(INSERT)
        .bind(key.id.as_uuid())
        .bind(key.account_id.as_uuid())
        .bind(key.label.as_str())
        .bind(key.prefix.as_str())
        .bind(key.sha256.as_slice())
        .bind(key.created_at.unix_micros())
        .bind(key.expires_at.map(Timestamp::unix_micros))
        .bind(key.revoked_at.map(Timestamp::unix_micros))
        .bind(key.last_used_at.map(Timestamp::unix_micros))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn revoke(
    connection: &mut SqliteConnection,
    id: ApiKeyId,
    at: Timestamp,
) -> sqlx::Result<bool> {
    let done =
        sqlx::query("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
            .bind(id.as_uuid())
            .bind(at.unix_micros())
            .execute(connection)
            .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn touch(
    connection: &mut SqliteConnection,
    uses: &[(ApiKeyId, Timestamp)],
) -> sqlx::Result<()> {
    for (id, at) in uses {
        sqlx::query(TOUCH)
            .bind(id.as_uuid())
            .bind(at.unix_micros())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What a failed insert of an account or API key means.
pub(crate) fn insert_error(table: &'static str, error: sqlx::Error) -> StoreError {
    let inconsistent = |column, detail: &str| StoreError::Inconsistent {
        table,
        column,
        detail: detail.to_owned(),
    };
    if error::is_primary_key_violation(&error) {
        inconsistent("id", "was used before")
    } else if error::is_foreign_key_violation(&error) {
        inconsistent("account_id", "names no account")
    } else {
        error::writing(error)
    }
}

fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    let row = TableRow::new("accounts", row);
    Ok(Account {
        id: AccountId::from_uuid(row.get("id")?),
        created_at: row.time("created_at")?,
    })
}

fn api_key(row: &SqliteRow) -> Result<ApiKey, StoreError> {
    let row = TableRow::new("api_keys", row);
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.get("id")?),
        account_id: AccountId::from_uuid(row.get("account_id")?),
        label: row.get("label")?,
        prefix: ApiKeyPrefix::from_stored(row.get("prefix")?),
        sha256: row.parse("sha256", |bytes: &[u8]| {
            bytes.try_into().map_err(|_| "not 32 bytes")
        })?,
        created_at: row.time("created_at")?,
        expires_at: row.optional_time("expires_at")?,
        revoked_at: row.optional_time("revoked_at")?,
        last_used_at: row.optional_time("last_used_at")?,
    })
}
