//! What a client can make the server keep has an end, and going beyond it an answer.

use greenroom_domain::limits::{FRAME_MAX_BYTES, SESSIONS_PER_CONNECTION_MAX};
use greenroom_testkit::{Door, Greenroom, TestServer};
use serde_json::json;

use super::sdk::{Sdk, gauges, is_error, with_room};

const PING: &str = r#"{"janus":"ping","transaction":"p"}"#;

fn ping_of(bytes: usize) -> String {
    format!("{PING}{}", " ".repeat(bytes - PING.len()))
}

#[tokio::test]
async fn a_frame_of_exactly_the_limit_is_taken() {
    let server = TestServer::start().await;
    let (_acme, room, _token) = with_room(&server).await;
    let mut door = server.door(&room).await;
    door.send_text(ping_of(FRAME_MAX_BYTES)).await;
    assert_eq!(door.next_frame().await["janus"], "pong");
}

#[tokio::test]
async fn one_byte_more_closes_with_1009() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    sdk.door.send_text(ping_of(FRAME_MAX_BYTES + 1)).await;
    assert_eq!(sdk.door.rest().await, (vec![], 1009));
    assert_eq!(gauges(&server).await.1, 0);
}

/// A frame that only says it is large is refused before it has come.
#[tokio::test]
async fn a_frame_that_claims_gigabytes_closes_with_1009() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    for length in [FRAME_MAX_BYTES as u64 + 1, 1 << 32, (1 << 63) - 1] {
        let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
        let mut head = vec![0x81, 0xff];
        head.extend(length.to_be_bytes());
        head.extend([0; 4]);
        sdk.door.write_raw(&head).await;
        assert_eq!(sdk.door.rest().await, (vec![], 1009), "{length}");
    }
}

#[tokio::test]
async fn what_is_no_text_frame_closes_with_its_code() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    sdk.door.send_binary(PING.as_bytes()).await;
    assert_eq!(sdk.door.rest().await, (vec![], 1003));
    for (what, bytes, code) in [
        (
            "text that is not UTF-8",
            &[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe][..],
            1007,
        ),
        ("half a character", &[0x81, 0x81, 0, 0, 0, 0, 0xc3], 1007),
        ("a reserved opcode", &[0x83, 0x80, 0, 0, 0, 0], 1002),
        ("a frame without a mask", &[0x81, 0x01, b'x'], 1002),
        ("a fragment of nothing", &[0x80, 0x80, 0, 0, 0, 0], 1002),
        ("a reserved bit", &[0xc1, 0x80, 0, 0, 0, 0], 1002),
    ] {
        let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
        sdk.door.write_raw(bytes).await;
        assert_eq!(sdk.door.rest().await, (vec![], code), "{what}");
    }
    // One client's misbehaviour is its own.
    Sdk::initialize(server.address(), &room, &token).await;
}

#[tokio::test]
async fn a_message_of_many_fragments_is_bounded_too() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let mut opcode = 0x01;
    for _ in 0..=FRAME_MAX_BYTES / 100 {
        let mut fragment = vec![opcode, 0x80 | 0x64, 0, 0, 0, 0];
        fragment.extend([b' '; 100]);
        sdk.door.write_raw(&fragment).await;
        opcode = 0x00;
    }
    assert_eq!(sdk.door.rest().await, (vec![], 1009));
}

#[tokio::test]
async fn of_a_thousand_sessions_a_connection_gets_four() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let mut opened = 1;
    for _ in 0..1_000 {
        let reply = sdk.ask("create", json!({"session_id": null})).await;
        if reply["janus"] == "success" {
            opened += 1;
        } else {
            assert!(is_error(&reply, 472), "{reply:#}");
        }
    }
    assert_eq!(opened, SESSIONS_PER_CONNECTION_MAX);
    assert_eq!(gauges(&server).await, (1, 4));
    sdk.ask("destroy", json!({})).await;
    let reply = sdk.ask("create", json!({"session_id": null})).await;
    assert_eq!(reply["janus"], "success");
}

/// A client that asks for everything there is, again and again, while nobody answers it yet: all is
/// answered in the end, and the server has not grown by it.
#[tokio::test]
async fn a_flood_of_requests_is_answered_and_not_kept() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().to_str().unwrap();
    let mut program = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .start(["dev", "--listen", "127.0.0.1:0", "--data", data])
        .await;
    let acme = program.anyone().with_key(&program.api_key().await);
    let room = acme.post("/v2/rooms", json!({})).await.data(201);
    let room = room["id"].as_str().unwrap();
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let tokens = acme.post(&path, json!({})).await.data(201);
    let token = tokens["token"].as_str().unwrap();
    let mut sdk = Sdk::initialize(program.http(), room, token).await;

    flood(&mut sdk, 1_000).await;
    let before = resident_bytes(program.pid());
    flood(&mut sdk, 15_000).await;
    let after = resident_bytes(program.pid());
    let grown = after.saturating_sub(before);
    // Kept whole, these requests would be 15 MiB.
    assert!(grown < 5 * 1024 * 1024, "{before} bytes became {after}");
    sdk.keepalive().await;
    assert_eq!(program.terminate().await, Some(0));
}

/// Sends so many requests in rounds, each of which is sent whole before an answer is heard.
async fn flood(sdk: &mut Sdk, requests: usize) {
    const ROUND: usize = 250;
    let members =
        json!({"plugin": "janus.plugin.nonsense", "handle_id": null, "body": {"a": [1, 2]}});
    for _ in 0..requests / ROUND {
        let mut asked = Vec::new();
        for verb in ["attach", "message", "trickle", "attach", "info"]
            .iter()
            .cycle()
            .take(ROUND)
        {
            let request = sdk.request(verb, members.clone());
            asked.push(request["transaction"].clone());
            sdk.door.send(request).await;
        }
        for transaction in asked {
            let reply = sdk.door.next_frame().await;
            assert_eq!(reply["janus"], "error", "{reply:#}");
            assert_eq!(reply["transaction"], transaction);
        }
    }
}

/// How much memory a process has in use.
fn resident_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kib * 1024
}

/// The longest token is looked at, a longer one is not.
#[tokio::test]
async fn a_token_as_large_as_a_frame_is_just_a_bad_token() {
    let server = TestServer::start().await;
    let (_acme, room, _token) = with_room(&server).await;
    for length in [4_096, 4_097, 60_000] {
        let mut door = Door::open(server.address(), &room).await;
        let token = "a".repeat(length);
        door.send(json!({"janus": "create", "transaction": "t", "client_token": token}))
            .await;
        assert_eq!(door.rest().await, super::sdk::thrown_out(401));
    }
}
