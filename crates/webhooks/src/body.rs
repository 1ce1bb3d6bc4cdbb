//! The body of a delivery: the event, and what is to be known about this attempt.

use greenroom_domain::{Event, EventKind, ParticipantId};
use serde::Serialize;

#[derive(Serialize)]
struct Envelope<'a> {
    data: Data<'a>,
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    record_type: &'static str,
    event_type: &'static str,
    id: String,
    occurred_at: String,
    payload: Payload<'a>,
}

#[derive(Serialize)]
struct Meta<'a> {
    attempt: u32,
    delivered_to: &'a str,
}

#[derive(Serialize)]
struct Payload<'a> {
    session_id: String,
    room_id: String,
    #[serde(flatten)]
    more: More<'a>,
}

/// What the payload of one type has beside session and room.
#[derive(Serialize)]
#[serde(untagged)]
enum More<'a> {
    Started {},
    Ended {
        duration_secs: u64,
        ended_reason: &'static str,
    },
    Joined {
        participant_id: String,
        context: Option<&'a str>,
    },
    Left {
        participant_id: String,
        context: Option<&'a str>,
        duration_secs: u64,
        left_reason: &'static str,
    },
}

impl<'a> More<'a> {
    fn of(kind: &'a EventKind) -> Self {
        let text = |id: &ParticipantId| id.to_string();
        match kind {
            EventKind::SessionStarted => Self::Started {},
            EventKind::SessionEnded {
                duration_secs,
                reason,
            } => Self::Ended {
                duration_secs: *duration_secs,
                ended_reason: reason.as_str(),
            },
            EventKind::ParticipantJoined {
                participant_id,
                context,
            } => Self::Joined {
                participant_id: text(participant_id),
                context: context.as_deref(),
            },
            EventKind::ParticipantLeft {
                participant_id,
                context,
                duration_secs,
                reason,
            } => Self::Left {
                participant_id: text(participant_id),
                context: context.as_deref(),
                duration_secs: *duration_secs,
                left_reason: reason.as_str(),
            },
        }
    }
}

/// The body that tells of `event`, in its attempt number `attempt` (from 1) at the URL `delivered_to`. What is sent
/// and what is signed are these very bytes.
pub fn body(event: &Event, attempt: u32, delivered_to: &str) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Envelope {
        data: Data {
            record_type: "event",
            event_type: event.kind.event_type(),
            id: event.id.to_string(),
            occurred_at: event.occurred_at.to_rfc3339_micros(),
            payload: Payload {
                session_id: event.session_id.to_string(),
                room_id: event.room_id.to_string(),
                more: More::of(&event.kind),
            },
        },
        meta: Meta {
            attempt,
            delivered_to,
        },
    })
}

#[cfg(test)]
mod tests;
