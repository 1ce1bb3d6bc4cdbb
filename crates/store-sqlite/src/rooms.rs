//! Rooms.

use greenroom_domain::room::{MaxParticipants, RoomName};
use greenroom_domain::webhook::{WebhookSettings, WebhookTimeout, WebhookUrl};
use greenroom_domain::{AccountId, Room, RoomId, Timestamp};
use greenroom_store::{SaveRoomError, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use crate::error;
use crate::row::TableRow;

macro_rules! select_rooms {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, unique_name, max_participants, enable_recording, ",
            "webhook_event_url, webhook_event_failover_url, webhook_timeout_secs, ",
            "created_at, updated_at FROM rooms ",
            $rest
        )
    };
}

mod lists;
#[cfg(test)]
mod tests;

pub(crate) use lists::list;

const BY_ID: &str = select_rooms!("WHERE id = ?1 AND deleted_at IS NULL");

const OF_ACCOUNT: &str = select_rooms!("WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NULL");

const INSERT: &str = "INSERT INTO rooms (id, account_id, unique_name, max_participants, \
     enable_recording, webhook_event_url, webhook_event_failover_url, webhook_timeout_secs, \
     created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const UPDATE: &str = "UPDATE rooms SET unique_name = ?3, max_participants = ?4, \
     enable_recording = ?5, webhook_event_url = ?6, webhook_event_failover_url = ?7, \
     webhook_timeout_secs = ?8, updated_at = ?9 \
     WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NULL";

const DELETE: &str = "UPDATE rooms SET deleted_at = ?3 \
     WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NULL";

pub(crate) async fn by_id(readers: &SqlitePool, id: RoomId) -> Result<Option<Room>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(id.as_uuid())
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.as_ref().map(room).transpose()
}

pub(crate) async fn of_account(
    connection: &mut SqliteConnection,
    account_id: AccountId,
    id: RoomId,
) -> sqlx::Result<Option<SqliteRow>> {
    sqlx::query(OF_ACCOUNT)
        .bind(id.as_uuid())
        .bind(account_id.as_uuid())
        .fetch_optional(connection)
        .await
}

pub(crate) async fn insert(connection: &mut SqliteConnection, room: &Room) -> sqlx::Result<()> {
    sqlx::query(INSERT)
        .bind(room.id.as_uuid())
        .bind(room.account_id.as_uuid())
        .bind(room.unique_name.as_ref().map(RoomName::as_str))
        .bind(room.max_participants.get())
        .bind(room.enable_recording)
        .bind(room.webhook.event_url.as_ref().map(WebhookUrl::as_str))
        .bind(
            room.webhook
                .event_failover_url
                .as_ref()
                .map(WebhookUrl::as_str),
        )
        .bind(room.webhook.timeout.map(WebhookTimeout::secs))
        .bind(room.created_at.unix_micros())
        .bind(room.updated_at.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update(connection: &mut SqliteConnection, room: &Room) -> sqlx::Result<bool> {
    let done = sqlx::query(UPDATE)
        .bind(room.id.as_uuid())
        .bind(room.account_id.as_uuid())
        .bind(room.unique_name.as_ref().map(RoomName::as_str))
        .bind(room.max_participants.get())
        .bind(room.enable_recording)
        .bind(room.webhook.event_url.as_ref().map(WebhookUrl::as_str))
        .bind(
            room.webhook
                .event_failover_url
                .as_ref()
                .map(WebhookUrl::as_str),
        )
        .bind(room.webhook.timeout.map(WebhookTimeout::secs))
        .bind(room.updated_at.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    account_id: AccountId,
    id: RoomId,
    at: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(DELETE)
        .bind(id.as_uuid())
        .bind(account_id.as_uuid())
        .bind(at.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// What a failed insert or update of a room means.
pub(crate) fn save_error(error: sqlx::Error) -> SaveRoomError {
    if error::is_unique_violation(&error) {
        return SaveRoomError::NameTaken;
    }
    let inconsistent = |column, detail: &str| StoreError::Inconsistent {
        table: "rooms",
        column,
        detail: detail.to_owned(),
    };
    SaveRoomError::Store(if error::is_primary_key_violation(&error) {
        inconsistent("id", "was used before")
    } else if error::is_foreign_key_violation(&error) {
        inconsistent("account_id", "names no account")
    } else {
        error::writing(error)
    })
}

/// Restores a room through the rules that it was made by.
pub(crate) fn room(row: &SqliteRow) -> Result<Room, StoreError> {
    let row = TableRow::new("rooms", row);
    Ok(Room {
        id: RoomId::from_uuid(row.get("id")?),
        account_id: AccountId::from_uuid(row.get("account_id")?),
        unique_name: row.parse_optional("unique_name", RoomName::new)?,
        max_participants: row.parse("max_participants", MaxParticipants::new)?,
        enable_recording: row.get("enable_recording")?,
        webhook: WebhookSettings {
            event_url: row.parse_optional("webhook_event_url", WebhookUrl::new)?,
            event_failover_url: row
                .parse_optional("webhook_event_failover_url", WebhookUrl::new)?,
            timeout: row.parse_optional("webhook_timeout_secs", WebhookTimeout::new)?,
        },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
