//! What is on record of who was in a room, as the REST API shows it.

mod crowds;
mod kicks;
mod restarts;

use greenroom_testkit::media::{Gateway, Identity, Session};
use greenroom_testkit::{Client, LIMIT, eventually};
use serde_json::{Value, json};

/// Somebody in a room's roster, seen by others and on record, without media.
pub(crate) struct Guest {
    pub(crate) session: Session,
}

impl Guest {
    pub(crate) async fn join(gateway: Gateway, identity: &Identity) -> anyhow::Result<Self> {
        let session = Session::open(gateway).await?;
        let display = json!({
            "participantId": identity.participant_id,
            "external": identity.context,
        });
        session.join_audio(&display, true).await?;
        Ok(Self { session })
    }
}

/// The sessions of a room, newest first, each with its participants.
pub(crate) async fn sessions(client: &Client, room_id: &str) -> Vec<Value> {
    let path = format!("/v2/room_sessions?filter[room_id]={room_id}&include_participants=true");
    let sessions = client.get(&path).await.data(200);
    sessions.as_array().unwrap().clone()
}

/// Waits until the newest session of a room has as many participants who have not left; that session.
pub(crate) async fn session_with(client: &Client, room_id: &str, present: usize) -> Value {
    let mut found = Value::Null;
    eventually(LIMIT, async || {
        let newest = sessions(client, room_id).await.into_iter().next();
        found = newest.unwrap_or_default();
        found.is_object() && present_in(&found) == present
    })
    .await;
    found
}

pub(crate) fn participants(session: &Value) -> &[Value] {
    session["participants"].as_array().unwrap()
}

pub(crate) fn present_in(session: &Value) -> usize {
    let participants = participants(session).iter();
    participants.filter(|one| one["left_at"].is_null()).count()
}
