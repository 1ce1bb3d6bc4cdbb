//! Frames that are no requests: one error each, and all goes on.

use greenroom_domain::Entropy;
use greenroom_testkit::{SeededEntropy, TestServer};
use serde_json::{Value, json};

use super::sdk::{Sdk, is_error, with_room};

#[tokio::test]
async fn each_is_answered_with_its_error() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let too_deep = format!(r#"{{"janus":{}{}}}"#, "[".repeat(16), "]".repeat(16));
    let long = json!({"janus": "ping", "transaction": "t".repeat(129)}).to_string();
    for (frame, number) in [
        ("", 454),
        ("{", 454),
        ("{}{}", 454),
        ("\u{feff}{}", 454),
        (r#"{"janus":"keepalive",}"#, 454),
        (r#"{"janus":"ping","janus":"ping","transaction":"t"}"#, 454),
        (r#"{"transaction":"\ud800"}"#, 454),
        (&too_deep, 454),
        ("null", 455),
        ("[]", 455),
        (r#""create""#, 455),
        ("{}", 456),
        (r#"{"janus":"create"}"#, 456),
        (r#"{"transaction":7,"janus":"ping"}"#, 467),
        (&long, 467),
    ] {
        sdk.door.send_text(frame).await;
        let reply = sdk.door.next_frame().await;
        assert!(is_error(&reply, number), "{frame}: {reply:#}");
        assert_eq!(reply.get("transaction"), None, "{frame}");
    }
    for (frame, number) in [
        (json!({"transaction": "t"}), 456),
        (json!({"transaction": "t", "janus": 7}), 467),
        (
            json!({"transaction": "t", "janus": "ping", "session_id": "1"}),
            467,
        ),
        (
            json!({"transaction": "t", "janus": "ping", "session_id": 1.5}),
            467,
        ),
        (
            json!({"transaction": "t", "janus": "ping", "session_id": -1}),
            467,
        ),
        (
            json!({"transaction": "t", "janus": "ping", "handle_id": []}),
            467,
        ),
    ] {
        let reply = sdk.door.ask(frame.clone()).await;
        assert!(is_error(&reply, number), "{frame}: {reply:#}");
        assert_eq!(reply["transaction"], "t", "{frame}");
    }
    super::sdk::stays(&mut sdk).await;
}

#[tokio::test]
async fn ten_damaged_frames_get_ten_errors() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let chance = SeededEntropy::named("damage");
    for turn in 0..10 {
        let whole = sdk.request("attach", json!({"plugin": "janus.plugin.videoroom"}));
        let damaged = damage(&whole, turn, &chance);
        sdk.door.send_text(damaged.clone()).await;
        let reply = sdk.door.next_frame().await;
        assert!(is_error(&reply, 454), "{damaged}: {reply:#}");
        super::sdk::stays(&mut sdk).await;
    }
}

/// The frame cut short, or with a byte in it that JSON has nowhere.
fn damage(frame: &Value, turn: usize, chance: &SeededEntropy) -> String {
    let text = frame.to_string();
    let mut drawn = [0; 8];
    chance.fill(&mut drawn);
    let at = usize::try_from(u64::from_le_bytes(drawn) % text.len() as u64).unwrap();
    let (before, after) = text.split_at(at);
    if turn.is_multiple_of(2) {
        return before.to_owned();
    }
    format!("{before}\u{1}{after}")
}
