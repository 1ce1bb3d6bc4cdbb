//! Events as columns, and back.

use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;
use greenroom_domain::{AccountId, Event, EventId, EventKind, ParticipantId, RoomId, SessionId};
use greenroom_store::StoreError;
use greenroom_store::outbox::{AttemptRecord, DeadReason, EventState, OutboxEntry};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::row::TableRow;

/// What only some types of events have.
#[derive(Default)]
pub(super) struct KindColumns<'e> {
    pub(super) participant_id: Option<ParticipantId>,
    pub(super) context: Option<&'e str>,
    pub(super) duration_secs: Option<i64>,
    pub(super) reason: Option<&'static str>,
}

impl<'e> KindColumns<'e> {
    pub(super) fn of(kind: &'e EventKind) -> Self {
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

pub(super) fn entry(row: &SqliteRow) -> Result<OutboxEntry, StoreError> {
    let row = TableRow::new("outbox", row);
    let state = match row.get::<&str>("state")? {
        "pending" => EventState::Pending,
        "delivered" => EventState::Delivered,
        _ => EventState::Dead(row.parse("dead_because", |text: &str| {
            DeadReason::from_text(text).ok_or("no reason that is known")
        })?),
    };
    Ok(OutboxEntry {
        event: Event {
            id: EventId::from_uuid(row.get("event_id")?),
            room_id: RoomId::from_uuid(row.get("room_id")?),
            account_id: AccountId::from_uuid(row.get("account_id")?),
            session_id: SessionId::from_uuid(row.get("session_id")?),
            occurred_at: row.time("occurred_at")?,
            kind: kind(&row)?,
        },
        state,
        state_at: row.time("state_at")?,
        attempts: row.get("attempts")?,
        failures: row.get("failures")?,
    })
}

fn kind(row: &TableRow<'_>) -> Result<EventKind, StoreError> {
    let participant_id = || {
        row.get::<Uuid>("participant_id")
            .map(ParticipantId::from_uuid)
    };
    let duration_secs = || row.parse("duration_secs", |secs: i64| u64::try_from(secs));
    match row.get::<&str>("event_type")? {
        "video.room.session.started" => Ok(EventKind::SessionStarted),
        "video.room.session.ended" => Ok(EventKind::SessionEnded {
            duration_secs: duration_secs()?,
            reason: row.parse("reason", |text: &str| {
                EndReason::from_text(text).ok_or("no reason that is known")
            })?,
        }),
        "video.room.participant.joined" => Ok(EventKind::ParticipantJoined {
            participant_id: participant_id()?,
            context: row.get("context")?,
        }),
        "video.room.participant.left" => Ok(EventKind::ParticipantLeft {
            participant_id: participant_id()?,
            context: row.get("context")?,
            duration_secs: duration_secs()?,
            reason: row.parse("reason", |text: &str| {
                LeftReason::from_text(text).ok_or("no reason that is known")
            })?,
        }),
        _ => row.parse("event_type", |_: &str| Err("no type that is known")),
    }
}

pub(super) fn attempt(row: &SqliteRow) -> Result<AttemptRecord, StoreError> {
    let row = TableRow::new("outbox_attempts", row);
    Ok(AttemptRecord {
        attempt: row.get("attempt")?,
        failover: row.get("failover")?,
        at: row.time("at")?,
        url: row.get("url")?,
        duration_millis: row.get("duration_millis")?,
        status: row.get("status")?,
        error: row.get("error")?,
    })
}
