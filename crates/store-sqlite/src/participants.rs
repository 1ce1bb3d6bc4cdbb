//! Participants of sessions.

use std::collections::HashMap;

use aws_lc_rs::digest;
use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::{
    AccountId, Participant, ParticipantId, RoomId, Session, SessionId, Timestamp,
};
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::row::TableRow;
use crate::{error, sessions};

macro_rules! select_participants {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, session_id, room_id, account_id, context, joined_at, updated_at, left_at, ",
            "left_reason FROM participants ",
            $($rest),+
        )
    };
}

mod lists;
#[cfg(test)]
mod tests;

pub(crate) use lists::list;
#[cfg(test)]
pub(crate) use lists::{OF_ACCOUNT, OF_CONTEXT, OF_CONTEXT_IN_SESSION, OF_SESSION};

const BY_ID: &str = select_participants!(
    "INDEXED BY participants_by_id WHERE account_id = ?1 AND id = ?2 ORDER BY joined_at DESC LIMIT 1"
);

const NEWEST_OF: &str = select_participants!(
    "WHERE rowid IN ( \
         SELECT one.rowid FROM json_each(?1) AS session CROSS JOIN participants AS one \
         ON one.rowid IN ( \
             SELECT rowid FROM participants WHERE session_id = unhex(session.value) \
             ORDER BY joined_at DESC, id LIMIT ?2)) \
     ORDER BY session_id, joined_at DESC, id"
);

const PRESENT: &str = select_participants!(
    "WHERE session_id IN (SELECT id FROM sessions WHERE ended_at IS NULL) \
     AND left_at IS NULL \
     ORDER BY session_id, joined_at DESC, id"
);

const INSERT: &str = "INSERT INTO participants (id, session_id, room_id, account_id, context, \
     context_key, joined_at, updated_at, left_at, left_reason) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
     ON CONFLICT (account_id, id, session_id) DO UPDATE SET context = excluded.context, \
     context_key = excluded.context_key, joined_at = excluded.joined_at, \
     updated_at = excluded.updated_at, left_at = excluded.left_at, \
     left_reason = excluded.left_reason";

const ACCOUNT_OF: &str = "SELECT account_id FROM sessions WHERE id = ?1";

const CHANGE: &str = "UPDATE participants \
     SET context = ?4, context_key = ?5, updated_at = max(updated_at, ?6) \
     WHERE account_id = ?1 AND id = ?2 AND session_id = ?3 AND left_at IS NULL";

const LEAVE: &str = "UPDATE participants SET left_at = ?3, left_reason = ?4, updated_at = ?3 \
     WHERE account_id = (SELECT account_id FROM sessions WHERE id = ?1) \
     AND id = ?2 AND session_id = ?1 AND left_at IS NULL";

pub(crate) async fn by_id(
    readers: &SqlitePool,
    account_id: AccountId,
    id: ParticipantId,
) -> Result<Option<Participant>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(account_id.as_uuid())
        .bind(id.as_uuid())
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.as_ref().map(participant).transpose()
}

pub(crate) async fn newest_of(
    readers: &SqlitePool,
    sessions: &[SessionId],
    each_max: u32,
) -> Result<Vec<Participant>, StoreError> {
    let rows = sqlx::query(NEWEST_OF)
        .bind(sessions::id_list(sessions.iter().map(|id| id.as_uuid())))
        .bind(each_max)
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    rows.iter().map(participant).collect()
}

/// All sessions that have not ended, each with those who are in it.
pub(crate) async fn open_sessions(
    readers: &SqlitePool,
) -> Result<Vec<(Session, Vec<Participant>)>, StoreError> {
    let read = async {
        let mut snapshot = readers.begin().await?;
        let active = sessions::active(&mut snapshot).await?;
        let present = sqlx::query(PRESENT).fetch_all(&mut *snapshot).await?;
        snapshot.commit().await?;
        Ok((active, present))
    };
    let (active, present) = read.await.map_err(error::reading)?;
    let mut of_sessions: HashMap<SessionId, Vec<Participant>> = HashMap::new();
    for row in &present {
        let one = participant(row)?;
        of_sessions.entry(one.session_id).or_default().push(one);
    }
    let mut open = Vec::with_capacity(active.len());
    for row in &active {
        let session = sessions::session(row)?;
        let present = of_sessions.remove(&session.id).unwrap_or_default();
        open.push((session, present));
    }
    Ok(open)
}

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    participant: &Participant,
) -> sqlx::Result<()> {
    let context = participant.context.as_deref();
    let key = context.map(|context| context_key(participant.account_id, context));
    sqlx::query(INSERT)
        .bind(participant.id.as_uuid())
        .bind(participant.session_id.as_uuid())
        .bind(participant.room_id.as_uuid())
        .bind(participant.account_id.as_uuid())
        .bind(context)
        .bind(key)
        .bind(participant.joined_at.unix_micros())
        .bind(participant.updated_at.unix_micros())
        .bind(participant.left.map(|left| left.at.unix_micros()))
        .bind(participant.left.map(|left| left.reason.as_str()))
        .execute(&mut *connection)
        .await?;
    sessions::touch(connection, participant.session_id, participant.updated_at).await
}

pub(crate) async fn change(
    connection: &mut SqliteConnection,
    session: SessionId,
    id: ParticipantId,
    context: Option<&str>,
    at: Timestamp,
) -> sqlx::Result<bool> {
    let account = sqlx::query(ACCOUNT_OF)
        .bind(session.as_uuid())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(account) = account else {
        return Ok(false);
    };
    let account_id = AccountId::from_uuid(account.try_get(0)?);
    let done = sqlx::query(CHANGE)
        .bind(account_id.as_uuid())
        .bind(id.as_uuid())
        .bind(session.as_uuid())
        .bind(context)
        .bind(context.map(|context| context_key(account_id, context)))
        .bind(at.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn leave(
    connection: &mut SqliteConnection,
    session: SessionId,
    id: ParticipantId,
    left: Left,
) -> sqlx::Result<bool> {
    let done = sqlx::query(LEAVE)
        .bind(session.as_uuid())
        .bind(id.as_uuid())
        .bind(left.at.unix_micros())
        .bind(left.reason.as_str())
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sessions::touch(connection, session, left.at).await?;
    Ok(true)
}

/// What a failed insert of a participant means.
pub(crate) fn insert_error(error: sqlx::Error) -> StoreError {
    if error::is_foreign_key_violation(&error) {
        return StoreError::Inconsistent {
            table: "participants",
            column: "session_id",
            detail: "names no session".to_owned(),
        };
    }
    error::writing(error)
}

/// What a filter by context looks for: the first half of the SHA-256 of account and context. A context
/// may have kilobytes.
fn context_key(account_id: AccountId, context: &str) -> Uuid {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(account_id.as_uuid().as_bytes());
    hash.update(context.as_bytes());
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(hash.finish().as_ref()) {
        *to = *from;
    }
    Uuid::from_bytes(key)
}

fn participant(row: &SqliteRow) -> Result<Participant, StoreError> {
    let row = TableRow::new("participants", row);
    let reason = row.parse_optional("left_reason", |text: String| {
        LeftReason::from_text(&text).ok_or("not a known reason")
    })?;
    let left = row.optional_time("left_at")?.zip(reason);
    Ok(Participant {
        id: ParticipantId::from_uuid(row.get("id")?),
        session_id: SessionId::from_uuid(row.get("session_id")?),
        room_id: RoomId::from_uuid(row.get("room_id")?),
        account_id: AccountId::from_uuid(row.get("account_id")?),
        context: row.get("context")?,
        joined_at: row.time("joined_at")?,
        updated_at: row.time("updated_at")?,
        left: left.map(|(at, reason)| Left { at, reason }),
    })
}
