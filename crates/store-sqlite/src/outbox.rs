//! Events on their way to webhooks: what is written of them.

mod columns;
pub(crate) mod deliveries;
mod reads;
#[cfg(test)]
mod tests;

use greenroom_domain::limits::{ATTEMPTS_KEPT_MAX, EVENTS_PENDING_PER_ROOM_MAX};
use greenroom_domain::{Event, EventId, ParticipantId, RoomId, Timestamp};
use greenroom_store::outbox::{AttemptRecord, DeadReason, Settlement, Verdict};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use columns::KindColumns;
pub(crate) use reads::{attempts, backlog, by_id, due_rooms, first_pending, list, next_due};

const ADD: &str = "INSERT INTO outbox (event_id, room_id, account_id, session_id, occurred_at, \
     event_type, participant_id, context, duration_secs, reason, state, state_at, dead_because) \
     SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, iif(full, 'dead', 'pending'), ?5, \
         iif(full, 'overflow', NULL) \
     FROM (SELECT id, coalesce((SELECT pending >= ?11 FROM outbox_queues WHERE room_id = ?2), 0) AS full \
         FROM rooms WHERE id = ?2 AND webhook_event_url IS NOT NULL) \
     WHERE true ON CONFLICT (event_id) DO NOTHING RETURNING state = 'pending'";

const ENQUEUE: &str = "INSERT INTO outbox_queues (room_id, pending, due_at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (room_id) DO UPDATE SET pending = pending + excluded.pending";

const ENQUEUE_NOW: &str = "INSERT INTO outbox_queues (room_id, pending, due_at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (room_id) DO UPDATE SET pending = pending + excluded.pending, \
     due_at = min(due_at, excluded.due_at)";

const LOG: &str = "INSERT OR REPLACE INTO outbox_attempts \
     (seq, attempt, failover, at, url, duration_millis, status, error) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const REPLAY: &str = "UPDATE outbox SET state = 'pending', state_at = ?2, failures = 0, \
     dead_because = NULL WHERE seq = ?1";

const REPLAY_DEAD: &str = "UPDATE outbox SET state = 'pending', state_at = ?2, failures = 0, \
     dead_because = NULL WHERE seq IN ( \
         SELECT seq FROM outbox WHERE room_id = ?1 AND state = 'dead' ORDER BY seq LIMIT max(0, \
             ?3 - coalesce((SELECT pending FROM outbox_queues WHERE room_id = ?1), 0)))";

const CLOSE_ROOM: &str = "UPDATE outbox SET state = 'dead', state_at = ?2, dead_because = 'no_url' \
     WHERE room_id = ?1 AND state = 'pending' \
     AND (SELECT webhook_event_url FROM rooms WHERE id = ?1) IS NULL";

const FORGET: &str = "DELETE FROM outbox WHERE seq IN ( \
     SELECT seq FROM outbox WHERE state = ?1 AND state_at < ?2 ORDER BY state_at LIMIT ?3)";

/// Adds an event if its room has a URL for it; whether it is there now.
pub(crate) async fn add(connection: &mut SqliteConnection, event: &Event) -> sqlx::Result<bool> {
    let columns = KindColumns::of(&event.kind);
    let added = sqlx::query(ADD)
        .bind(event.id.as_uuid())
        .bind(event.room_id.as_uuid())
        .bind(event.account_id.as_uuid())
        .bind(event.session_id.as_uuid())
        .bind(event.occurred_at.unix_micros())
        .bind(event.kind.event_type())
        .bind(columns.participant_id.map(ParticipantId::as_uuid))
        .bind(columns.context)
        .bind(columns.duration_secs)
        .bind(columns.reason)
        .bind(EVENTS_PENDING_PER_ROOM_MAX)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(added) = added else {
        return Ok(place_of(connection, event.id).await?.is_some());
    };
    if added.try_get::<bool, _>(0)? {
        enqueue(
            connection,
            ENQUEUE,
            event.room_id.as_uuid(),
            1,
            event.occurred_at,
        )
        .await?;
    }
    Ok(true)
}

/// Writes down what came of trying events.
pub(crate) async fn settle(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
) -> sqlx::Result<()> {
    for settlement in settlements {
        let Some(place) = place_of(connection, settlement.event_id).await? else {
            continue;
        };
        log(connection, &place, &settlement.log).await?;
        if place.pending {
            judge(connection, &place, settlement).await?;
        }
    }
    Ok(())
}

/// Lets an event be delivered again; whether it is there.
pub(crate) async fn replay(
    connection: &mut SqliteConnection,
    id: EventId,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let Some(place) = place_of(connection, id).await? else {
        return Ok(false);
    };
    sqlx::query(REPLAY)
        .bind(place.seq)
        .bind(now.unix_micros())
        .execute(&mut *connection)
        .await?;
    let more = i64::from(!place.pending);
    if place.pending {
        sqlx::query("UPDATE outbox_queues SET due_at = min(due_at, ?2) WHERE room_id = ?1")
            .bind(place.room_id)
            .bind(now.unix_micros())
            .execute(connection)
            .await?;
    } else {
        enqueue(connection, ENQUEUE_NOW, place.room_id, more, now).await?;
    }
    Ok(true)
}

/// Replays the dead letters of a room, or of all; how many.
pub(crate) async fn replay_dead(
    connection: &mut SqliteConnection,
    room_id: Option<RoomId>,
    now: Timestamp,
) -> sqlx::Result<u64> {
    let rooms = match room_id {
        Some(room_id) => vec![room_id.as_uuid()],
        None => {
            sqlx::query_scalar("SELECT DISTINCT room_id FROM outbox WHERE state = 'dead'")
                .fetch_all(&mut *connection)
                .await?
        }
    };
    let mut all = 0;
    for room_id in rooms {
        let replayed = sqlx::query(REPLAY_DEAD)
            .bind(room_id)
            .bind(now.unix_micros())
            .bind(EVENTS_PENDING_PER_ROOM_MAX)
            .execute(&mut *connection)
            .await?
            .rows_affected();
        if replayed > 0 {
            let more = i64::try_from(replayed).unwrap_or(i64::MAX);
            enqueue(connection, ENQUEUE_NOW, room_id, more, now).await?;
            all += replayed;
        }
    }
    Ok(all)
}

/// Forgets events that were delivered or dead before a moment, `limit` at most; how many.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    delivered_before: Timestamp,
    dead_before: Timestamp,
    limit: u32,
) -> sqlx::Result<u64> {
    let mut all = 0;
    for (state, before) in [("delivered", delivered_before), ("dead", dead_before)] {
        let left = u64::from(limit).saturating_sub(all);
        let done = sqlx::query(FORGET)
            .bind(state)
            .bind(before.unix_micros())
            .bind(i64::try_from(left).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
        all += done.rows_affected();
    }
    Ok(all)
}

/// Where an event stands.
struct Place {
    seq: i64,
    room_id: Uuid,
    pending: bool,
}

async fn place_of(connection: &mut SqliteConnection, id: EventId) -> sqlx::Result<Option<Place>> {
    let row = sqlx::query("SELECT seq, room_id, state = 'pending' FROM outbox WHERE event_id = ?1")
        .bind(id.as_uuid())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Place {
            seq: row.try_get(0)?,
            room_id: row.try_get(1)?,
            pending: row.try_get(2)?,
        })
    })
    .transpose()
}

async fn enqueue(
    connection: &mut SqliteConnection,
    sql: &'static str,
    room_id: Uuid,
    more: i64,
    due_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(sql)
        .bind(room_id)
        .bind(more)
        .bind(due_at.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// One less waits in a room; the next may go at `next_due_at`.
async fn dequeue(
    connection: &mut SqliteConnection,
    room_id: Uuid,
    next_due_at: Timestamp,
) -> sqlx::Result<()> {
    let emptied = sqlx::query("DELETE FROM outbox_queues WHERE room_id = ?1 AND pending = 1")
        .bind(room_id)
        .execute(&mut *connection)
        .await?;
    if emptied.rows_affected() == 0 {
        sqlx::query(
            "UPDATE outbox_queues SET pending = pending - 1, due_at = ?2 WHERE room_id = ?1",
        )
        .bind(room_id)
        .bind(next_due_at.unix_micros())
        .execute(connection)
        .await?;
    }
    Ok(())
}

async fn log(
    connection: &mut SqliteConnection,
    place: &Place,
    lines: &[AttemptRecord],
) -> sqlx::Result<()> {
    for line in lines {
        sqlx::query(LOG)
            .bind(place.seq)
            .bind(line.attempt)
            .bind(line.failover)
            .bind(line.at.unix_micros())
            .bind(line.url.as_str())
            .bind(line.duration_millis)
            .bind(line.status)
            .bind(line.error.as_deref())
            .execute(&mut *connection)
            .await?;
    }
    let Some(attempt) = lines.iter().map(|line| line.attempt).max() else {
        return Ok(());
    };
    sqlx::query("UPDATE outbox SET attempts = max(attempts, ?2) WHERE seq = ?1")
        .bind(place.seq)
        .bind(attempt)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM outbox_attempts WHERE seq = ?1 AND attempt <= ?2")
        .bind(place.seq)
        .bind(attempt.saturating_sub(ATTEMPTS_KEPT_MAX))
        .execute(connection)
        .await?;
    Ok(())
}

async fn judge(
    connection: &mut SqliteConnection,
    place: &Place,
    settlement: &Settlement,
) -> sqlx::Result<()> {
    match settlement.verdict {
        Verdict::Delivered => {
            close(connection, place, "delivered", None, settlement.at).await?;
            dequeue(connection, place.room_id, settlement.at).await
        }
        Verdict::Dead {
            reason: DeadReason::NoUrl,
            ..
        } => close_room(connection, place.room_id, settlement.at).await,
        Verdict::Dead {
            reason,
            next_due_at,
        } => {
            close(connection, place, "dead", Some(reason), settlement.at).await?;
            dequeue(connection, place.room_id, next_due_at).await
        }
        Verdict::Retry { due_at } => {
            sqlx::query("UPDATE outbox SET failures = failures + 1 WHERE seq = ?1")
                .bind(place.seq)
                .execute(&mut *connection)
                .await?;
            sqlx::query("UPDATE outbox_queues SET due_at = ?2 WHERE room_id = ?1")
                .bind(place.room_id)
                .bind(due_at.unix_micros())
                .execute(connection)
                .await?;
            Ok(())
        }
    }
}

async fn close(
    connection: &mut SqliteConnection,
    place: &Place,
    state: &'static str,
    reason: Option<DeadReason>,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET state = ?2, state_at = ?3, dead_because = ?4, \
         failures = failures + (?2 = 'dead') WHERE seq = ?1",
    )
    .bind(place.seq)
    .bind(state)
    .bind(at.unix_micros())
    .bind(reason.map(DeadReason::as_str))
    .execute(connection)
    .await?;
    Ok(())
}

/// Closes all that waits in a room without a URL.
async fn close_room(
    connection: &mut SqliteConnection,
    room_id: Uuid,
    at: Timestamp,
) -> sqlx::Result<()> {
    let closed = sqlx::query(CLOSE_ROOM)
        .bind(room_id)
        .bind(at.unix_micros())
        .execute(&mut *connection)
        .await?;
    if closed.rows_affected() > 0 {
        sqlx::query("DELETE FROM outbox_queues WHERE room_id = ?1")
            .bind(room_id)
            .execute(connection)
            .await?;
    }
    Ok(())
}
