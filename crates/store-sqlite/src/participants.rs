//! Participants of sessions.

use std::collections::HashMap;

use greenroom_domain::filter::ParticipantFilter;
use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::{
    AccountId, Page, PageRequest, Participant, ParticipantId, RoomId, Session, SessionId, Timestamp,
};
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use crate::row::TableRow;
use crate::span::Spans;
use crate::{error, sessions};

macro_rules! select_participants {
    ($rest:literal) => {
        concat!(
            "SELECT id, session_id, room_id, account_id, context, joined_at, updated_at, left_at, ",
            "left_reason FROM participants ",
            $rest
        )
    };
}

const BY_ID: &str =
    select_participants!("WHERE account_id = ?1 AND id = ?2 ORDER BY joined_at DESC LIMIT 1");

const PAGE: &str = select_participants!(
    "WHERE account_id = ?1 AND (?2 IS NULL OR session_id = ?2) AND (?9 IS NULL OR context = ?9) \
     AND joined_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6 AND over_at BETWEEN ?7 AND ?8 \
     ORDER BY joined_at DESC, id LIMIT ?10 OFFSET ?11"
);

const COUNT: &str = "SELECT count(*) FROM participants \
     WHERE account_id = ?1 AND (?2 IS NULL OR session_id = ?2) AND (?9 IS NULL OR context = ?9) \
     AND joined_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6 AND over_at BETWEEN ?7 AND ?8";

const NEWEST_OF: &str = select_participants!(
    "WHERE rowid IN ( \
         SELECT one.rowid FROM json_each(?1) AS session CROSS JOIN participants AS one \
         ON one.rowid IN ( \
             SELECT rowid FROM participants WHERE session_id = unhex(session.value) \
             ORDER BY joined_at DESC, id LIMIT ?2)) \
     ORDER BY session_id, joined_at DESC, id"
);

const PRESENT: &str = select_participants!(
    "WHERE session_id IN (SELECT id FROM sessions WHERE ended_at IS NULL) AND left_at IS NULL \
     ORDER BY session_id, joined_at DESC, id"
);

const INSERT: &str = "INSERT INTO participants (id, session_id, room_id, account_id, context, \
     joined_at, updated_at, left_at, left_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
     ON CONFLICT (session_id, id) DO UPDATE SET context = excluded.context, \
     joined_at = excluded.joined_at, updated_at = excluded.updated_at, \
     left_at = excluded.left_at, left_reason = excluded.left_reason";

const CHANGE: &str = "UPDATE participants SET context = ?3, updated_at = max(updated_at, ?4) \
     WHERE session_id = ?1 AND id = ?2 AND left_at IS NULL";

const LEAVE: &str = "UPDATE participants SET left_at = ?3, left_reason = ?4, updated_at = ?3 \
     WHERE session_id = ?1 AND id = ?2 AND left_at IS NULL";

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

/// A page of the participants of `account_id` that match `filter`.
pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &ParticipantFilter,
    page: PageRequest,
) -> Result<Page<Participant>, StoreError> {
    let spans = Spans::of_participants(filter);
    let query = |sql| {
        let query = sqlx::query(sql)
            .bind(account_id.as_uuid())
            .bind(filter.session_id.map(SessionId::as_uuid));
        spans.bind(query).bind(filter.context.as_deref())
    };
    let read = async {
        // One transaction, so that the page and the total are of the same moment.
        let mut snapshot = readers.begin().await?;
        let total: i64 = query(COUNT).fetch_one(&mut *snapshot).await?.try_get(0)?;
        let rows = query(PAGE)
            .bind(page.size())
            .bind(i64::try_from(page.offset()).unwrap_or(i64::MAX))
            .fetch_all(&mut *snapshot)
            .await?;
        snapshot.commit().await?;
        Ok((rows, total))
    };
    let (rows, total) = read.await.map_err(error::reading)?;
    Ok(Page {
        items: rows.iter().map(participant).collect::<Result<_, _>>()?,
        total_results: u64::try_from(total).unwrap_or_default(),
    })
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
    sqlx::query(INSERT)
        .bind(participant.id.as_uuid())
        .bind(participant.session_id.as_uuid())
        .bind(participant.room_id.as_uuid())
        .bind(participant.account_id.as_uuid())
        .bind(participant.context.as_deref())
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
    let done = sqlx::query(CHANGE)
        .bind(session.as_uuid())
        .bind(id.as_uuid())
        .bind(context)
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
