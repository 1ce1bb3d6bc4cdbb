use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;
use greenroom_domain::{AccountId, EventId, RoomId, SessionId, Timestamp};
use uuid::{Uuid, uuid};

use super::*;

const PARTICIPANT: Uuid = uuid!("7b61621f-62e0-4aad-ab11-9fd19e272e73");

fn event(kind: EventKind) -> Event {
    Event {
        id: EventId::from_uuid(uuid!("e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01")),
        room_id: RoomId::from_uuid(uuid!("0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")),
        account_id: AccountId::from_uuid(Uuid::from_u128(1)),
        session_id: SessionId::from_uuid(uuid!("33c22d1f-ab7b-4e2c-b0a5-3ef9a1d4f0aa")),
        occurred_at: Timestamp::from_unix_micros(1_618_566_380_954_863),
        kind,
    }
}

fn text(kind: EventKind) -> String {
    let body = body(&event(kind), 3, "https://example.com/hook?room=1").unwrap();
    String::from_utf8(body).unwrap()
}

/// One line of JSON, broken for the eye after each member of interest.
fn shown(kind: EventKind) -> String {
    text(kind).replace(",\"", ",\n\"")
}

#[test]
fn a_session_started() {
    insta::assert_snapshot!(shown(EventKind::SessionStarted), @r#"
    {"data":{"record_type":"event",
    "event_type":"video.room.session.started",
    "id":"e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01",
    "occurred_at":"2021-04-16T09:46:20.954863Z",
    "payload":{"session_id":"33c22d1f-ab7b-4e2c-b0a5-3ef9a1d4f0aa",
    "room_id":"0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"}},
    "meta":{"attempt":3,
    "delivered_to":"https://example.com/hook?room=1"}}
    "#);
}

#[test]
fn a_session_ended() {
    let kind = EventKind::SessionEnded {
        duration_secs: 3_600,
        reason: EndReason::Api,
    };
    insta::assert_snapshot!(shown(kind), @r#"
    {"data":{"record_type":"event",
    "event_type":"video.room.session.ended",
    "id":"e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01",
    "occurred_at":"2021-04-16T09:46:20.954863Z",
    "payload":{"session_id":"33c22d1f-ab7b-4e2c-b0a5-3ef9a1d4f0aa",
    "room_id":"0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
    "duration_secs":3600,
    "ended_reason":"Ended from API"}},
    "meta":{"attempt":3,
    "delivered_to":"https://example.com/hook?room=1"}}
    "#);
}

#[test]
fn a_participant_joined() {
    let kind = EventKind::ParticipantJoined {
        participant_id: ParticipantId::from_uuid(PARTICIPANT),
        context: Some("{\"id\":99999,\"name\":\"Zoé\"}".to_owned()),
    };
    insta::assert_snapshot!(shown(kind), @r#"
    {"data":{"record_type":"event",
    "event_type":"video.room.participant.joined",
    "id":"e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01",
    "occurred_at":"2021-04-16T09:46:20.954863Z",
    "payload":{"session_id":"33c22d1f-ab7b-4e2c-b0a5-3ef9a1d4f0aa",
    "room_id":"0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
    "participant_id":"7b61621f-62e0-4aad-ab11-9fd19e272e73",
    "context":"{\"id\":99999,\"name\":\"Zoé\"}"}},
    "meta":{"attempt":3,
    "delivered_to":"https://example.com/hook?room=1"}}
    "#);
}

#[test]
fn a_participant_left() {
    let kind = EventKind::ParticipantLeft {
        participant_id: ParticipantId::from_uuid(PARTICIPANT),
        context: None,
        duration_secs: 0,
        reason: LeftReason::Kicked,
    };
    insta::assert_snapshot!(shown(kind), @r#"
    {"data":{"record_type":"event",
    "event_type":"video.room.participant.left",
    "id":"e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01",
    "occurred_at":"2021-04-16T09:46:20.954863Z",
    "payload":{"session_id":"33c22d1f-ab7b-4e2c-b0a5-3ef9a1d4f0aa",
    "room_id":"0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
    "participant_id":"7b61621f-62e0-4aad-ab11-9fd19e272e73",
    "context":null,
    "duration_secs":0,
    "left_reason":"kicked"}},
    "meta":{"attempt":3,
    "delivered_to":"https://example.com/hook?room=1"}}
    "#);
}
