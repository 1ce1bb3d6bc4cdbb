//! Events that webhooks have to tell.

use greenroom_domain::limits::EVENTS_PENDING_PER_ROOM_MAX;
use greenroom_domain::{Event, EventKind, ParticipantId};
use sqlx::{Row, SqliteConnection};

const ADD: &str = "INSERT INTO outbox (event_id, room_id, account_id, session_id, occurred_at, \
     event_type, participant_id, context, duration_secs, reason, state, state_at, dead_because) \
     SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, iif(full, 'dead', 'pending'), ?5, \
         iif(full, 'overflow', NULL) \
     FROM (SELECT id, coalesce((SELECT pending >= ?11 FROM outbox_queues WHERE room_id = ?2), 0) AS full \
         FROM rooms WHERE id = ?2 AND webhook_event_url IS NOT NULL) \
     WHERE true ON CONFLICT (event_id) DO NOTHING RETURNING state = 'pending'";

const QUEUE: &str = "INSERT INTO outbox_queues (room_id, pending, due_at) VALUES (?1, 1, ?2) \
     ON CONFLICT (room_id) DO UPDATE SET pending = pending + 1";

/// Adds an event if its room has a URL for it; whether it is there now.
pub(crate) async fn add(connection: &mut SqliteConnection, event: &Event) -> sqlx::Result<bool> {
    let columns = Columns::of(&event.kind);
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
        return is_there(connection, event).await;
    };
    if added.try_get::<bool, _>(0)? {
        sqlx::query(QUEUE)
            .bind(event.room_id.as_uuid())
            .bind(event.occurred_at.unix_micros())
            .execute(connection)
            .await?;
    }
    Ok(true)
}

async fn is_there(connection: &mut SqliteConnection, event: &Event) -> sqlx::Result<bool> {
    let row = sqlx::query("SELECT 1 FROM outbox WHERE event_id = ?1")
        .bind(event.id.as_uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// What only some types of events have.
#[derive(Default)]
struct Columns<'e> {
    participant_id: Option<ParticipantId>,
    context: Option<&'e str>,
    duration_secs: Option<i64>,
    reason: Option<&'static str>,
}

impl<'e> Columns<'e> {
    fn of(kind: &'e EventKind) -> Self {
        let whole = |secs: u64| Some(i64::try_from(secs).unwrap_or(i64::MAX));
        match kind {
            EventKind::SessionStarted => Self::default(),
            EventKind::SessionEnded {
                duration_secs,
                reason,
            } => Self {
                duration_secs: whole(*duration_secs),
                reason: Some(reason.as_str()),
                ..Self::default()
            },
            EventKind::ParticipantJoined {
                participant_id,
                context,
            } => Self {
                participant_id: Some(*participant_id),
                context: context.as_deref(),
                ..Self::default()
            },
            EventKind::ParticipantLeft {
                participant_id,
                context,
                duration_secs,
                reason,
            } => Self {
                participant_id: Some(*participant_id),
                context: context.as_deref(),
                duration_secs: whole(*duration_secs),
                reason: Some(reason.as_str()),
            },
        }
    }
}
