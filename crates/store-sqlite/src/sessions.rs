//! Sessions, and the mark that the server was alive.

use std::collections::HashMap;
use std::fmt::Write;

use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{AccountId, RoomId, Session, SessionId, Timestamp};
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::error;
use crate::row::TableRow;

macro_rules! select_sessions {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, room_id, account_id, created_at, updated_at, ended_at, end_reason ",
            "FROM sessions ",
            $($rest),+
        )
    };
}

mod lists;
#[cfg(test)]
mod tests;

pub(crate) use lists::list;
#[cfg(test)]
pub(crate) use lists::{ACTIVE as ACTIVE_LIST, OF_ACCOUNT, OF_ROOM};

const BY_ID: &str = select_sessions!("WHERE id = ?1 AND account_id = ?2");

const ACTIVE_OF: &str = "SELECT room_id, id FROM sessions \
     WHERE room_id IN (SELECT unhex(value) FROM json_each(?1)) AND ended_at IS NULL";

const NEWEST_OF: &str = select_sessions!(
    "WHERE rowid IN ( \
         SELECT one.rowid FROM json_each(?1) AS room CROSS JOIN sessions AS one \
         ON one.rowid IN ( \
             SELECT rowid FROM sessions WHERE room_id = unhex(room.value) \
             ORDER BY created_at DESC, id LIMIT ?2)) \
     ORDER BY room_id, created_at DESC, id"
);

const ACTIVE: &str =
    select_sessions!("WHERE ended_at IS NULL ORDER BY account_id, created_at DESC, id");

const INSERT: &str = "INSERT INTO sessions (id, room_id, account_id, created_at, updated_at, \
     ended_at, end_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const END: &str = "UPDATE sessions SET ended_at = ?2, end_reason = ?3, updated_at = ?2 \
     WHERE id = ?1 AND ended_at IS NULL";

const TOUCH: &str = "UPDATE sessions SET updated_at = max(updated_at, ?2) \
     WHERE id = ?1 AND ended_at IS NULL";

const NOTE_ALIVE: &str = "INSERT INTO liveness (id, alive_at) VALUES (1, ?1) \
     ON CONFLICT (id) DO UPDATE SET alive_at = excluded.alive_at";

pub(crate) async fn by_id(
    readers: &SqlitePool,
    account_id: AccountId,
    id: SessionId,
) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(id.as_uuid())
        .bind(account_id.as_uuid())
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.as_ref().map(session).transpose()
}

pub(crate) async fn active_of(
    readers: &SqlitePool,
    rooms: &[RoomId],
) -> Result<HashMap<RoomId, SessionId>, StoreError> {
    let rows = sqlx::query(ACTIVE_OF)
        .bind(id_list(rooms.iter().map(|id| id.as_uuid())))
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    let pair = |row| {
        let row = TableRow::new("sessions", row);
        let room = RoomId::from_uuid(row.get("room_id")?);
        Ok((room, SessionId::from_uuid(row.get("id")?)))
    };
    rows.iter().map(pair).collect()
}

pub(crate) async fn newest_of(
    readers: &SqlitePool,
    rooms: &[RoomId],
    each_max: u32,
) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query(NEWEST_OF)
        .bind(id_list(rooms.iter().map(|id| id.as_uuid())))
        .bind(each_max)
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    rows.iter().map(session).collect()
}

/// All sessions that have not ended.
pub(crate) async fn active(connection: &mut SqliteConnection) -> sqlx::Result<Vec<SqliteRow>> {
    sqlx::query(ACTIVE).fetch_all(connection).await
}

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    session: &Session,
) -> sqlx::Result<()> {
    sqlx::query(INSERT)
        .bind(session.id.as_uuid())
        .bind(session.room_id.as_uuid())
        .bind(session.account_id.as_uuid())
        .bind(session.created_at.unix_micros())
        .bind(session.updated_at.unix_micros())
        .bind(session.ended.map(|ended| ended.at.unix_micros()))
        .bind(session.ended.map(|ended| ended.reason.as_str()))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn end(
    connection: &mut SqliteConnection,
    id: SessionId,
    ended: Ended,
) -> sqlx::Result<bool> {
    let done = sqlx::query(END)
        .bind(id.as_uuid())
        .bind(ended.at.unix_micros())
        .bind(ended.reason.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Moves the last change of a session that goes on, never back.
pub(crate) async fn touch(
    connection: &mut SqliteConnection,
    id: SessionId,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(TOUCH)
        .bind(id.as_uuid())
        .bind(at.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn last_alive(readers: &SqlitePool) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT alive_at FROM liveness")
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.map(|row| TableRow::new("liveness", &row).time("alive_at"))
        .transpose()
}

pub(crate) async fn note_alive(
    connection: &mut SqliteConnection,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(NOTE_ALIVE)
        .bind(at.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// What a failed insert of a session means.
pub(crate) fn insert_error(error: sqlx::Error) -> StoreError {
    let inconsistent = |column, detail: &str| StoreError::Inconsistent {
        table: "sessions",
        column,
        detail: detail.to_owned(),
    };
    if error::is_primary_key_violation(&error) {
        inconsistent("id", "was used before")
    } else if error::is_unique_violation(&error) {
        inconsistent("room_id", "names a room with an active session")
    } else if error::is_foreign_key_violation(&error) {
        inconsistent("room_id", "names no room")
    } else {
        error::writing(error)
    }
}

pub(crate) fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let row = TableRow::new("sessions", row);
    let reason = row.parse_optional("end_reason", |text: String| {
        EndReason::from_text(&text).ok_or("not a known reason")
    })?;
    let ended = row.optional_time("ended_at")?.zip(reason);
    Ok(Session {
        id: SessionId::from_uuid(row.get("id")?),
        room_id: RoomId::from_uuid(row.get("room_id")?),
        account_id: AccountId::from_uuid(row.get("account_id")?),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        ended: ended.map(|(at, reason)| Ended { at, reason }),
    })
}

/// Ids as one parameter, to be read with `unhex(value)` from `json_each`.
pub(crate) fn id_list(ids: impl Iterator<Item = Uuid>) -> String {
    let mut list = String::from("[");
    for id in ids {
        let comma = if list.len() > 1 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(list, "{comma}\"{}\"", id.simple());
    }
    list.push(']');
    list
}
