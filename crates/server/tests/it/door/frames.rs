//! Requests and their answers, in the order of the SDK.

use greenroom_testkit::TestServer;
use serde_json::{Value, json};

use super::sdk::{Sdk, is_error, with_room};

#[tokio::test]
async fn a_session_from_its_first_frame_to_its_last() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    assert_eq!(sdk.door.subprotocol.as_deref(), Some("janus-protocol"));
    let session = sdk.session;
    assert!(
        session > 0 && session < 1 << 53,
        "exact in JavaScript: {session}"
    );

    sdk.keepalive().await;
    let mut handle = Value::Null;
    for plugin in ["audiobridge", "textroom", "videoroom"] {
        let plugin = format!("janus.plugin.{plugin}");
        let reply = sdk.ask("attach", json!({"plugin": plugin})).await;
        assert_eq!(reply["janus"], "success", "{reply:#}");
        assert_eq!(reply["session_id"], session);
        handle = reply["data"]["id"].clone();
    }
    let reply = sdk
        .ask("attach", json!({"plugin": "janus.plugin.nonsense"}))
        .await;
    assert!(is_error(&reply, 460), "{reply:#}");
    let join = json!({"request": "join", "room": room, "ptype": "publisher", "display": "e30="});
    let candidate = json!({"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0"});
    for (verb, members) in [
        ("message", json!({"handle_id": 7, "body": join})),
        ("trickle", json!({"handle_id": 7, "candidate": candidate})),
        (
            "trickle",
            json!({"handle_id": 7, "candidate": {"completed": true}}),
        ),
        ("hangup", json!({"handle_id": 7})),
    ] {
        let reply = sdk.ask(verb, members).await;
        assert!(is_error(&reply, 459), "{verb}: {reply:#}");
    }
    // The SDK detaches twice and waits for a success each time.
    for _ in 0..2 {
        let reply = sdk.ask("detach", json!({"handle_id": handle})).await;
        assert_eq!(reply, json!({"janus": "success", "session_id": session}));
    }
    sdk.keepalive().await;
    let reply = sdk.ask("destroy", json!({})).await;
    assert_eq!(reply, json!({"janus": "success", "session_id": session}));
    let reply = sdk.ask("keepalive", json!({})).await;
    assert!(is_error(&reply, 458), "{reply:#}");
    sdk.door.close(1000).await;
    assert_eq!(sdk.door.closed().await, 1000);
}

#[tokio::test]
async fn every_request_is_answered_once_and_in_order() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let verbs = ["keepalive", "attach", "detach", "keepalive", "nonsense"];
    let mut asked = Vec::new();
    for verb in verbs.iter().cycle().take(100) {
        let request = sdk.request(verb, json!({}));
        asked.push(request["transaction"].clone());
        sdk.door.send(request).await;
    }
    for transaction in asked {
        let reply = sdk.door.next_frame().await;
        assert_eq!(reply["transaction"], transaction);
    }
    super::sdk::stays(&mut sdk).await;
}

#[tokio::test]
async fn verbs_at_the_wrong_place_are_errors_and_no_more() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    for (verb, members, number) in [
        ("keepalive", json!({"session_id": null}), 457),
        ("attach", json!({"session_id": null}), 457),
        ("destroy", json!({"session_id": null}), 457),
        ("message", json!({}), 457),
        ("trickle", json!({}), 457),
        ("create", json!({}), 457),
        ("ping", json!({}), 457),
        ("info", json!({"session_id": null}), 453),
        ("claim", json!({}), 453),
        ("attach", json!({}), 456),
        ("attach", json!({"plugin": 7}), 467),
        ("keepalive", json!({"session_id": 7}), 458),
        (
            "keepalive",
            json!({"session_id": null, "handle_id": 7}),
            458,
        ),
        ("keepalive", json!({"handle_id": 7}), 459),
    ] {
        let reply = sdk.ask(verb, members.clone()).await;
        assert!(is_error(&reply, number), "{verb} {members}: {reply:#}");
    }
    sdk.keepalive().await;
}

#[tokio::test]
async fn a_ping_needs_no_token() {
    let server = TestServer::start().await;
    let (_acme, room, _token) = with_room(&server).await;
    let mut door = server.door(&room).await;
    let pong = door.ask(json!({"janus": "ping", "transaction": "p"})).await;
    assert_eq!(pong, json!({"janus": "pong", "transaction": "p"}));
}

/// General Janus clients send their token under that name.
#[tokio::test]
async fn a_token_may_be_called_token() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut door = server.door(&room).await;
    let create = json!({"janus": "create", "transaction": "c", "token": token});
    assert_eq!(door.ask(create).await["janus"], "success");
    // The browser SDK's own name counts first.
    let both = json!({"janus": "create", "transaction": "c", "token": token, "client_token": ""});
    door.send(both).await;
    assert_eq!(door.rest().await, super::sdk::thrown_out(401));
}

#[tokio::test]
async fn two_sessions_of_a_connection_are_apart() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let first = sdk.session;
    let reply = sdk.ask("create", json!({"session_id": null})).await;
    let second = reply["data"]["id"].as_u64().unwrap();
    assert_ne!(first, second);
    sdk.ask("destroy", json!({"session_id": second})).await;
    let reply = sdk.ask("keepalive", json!({"session_id": second})).await;
    assert!(is_error(&reply, 458), "{reply:#}");
    sdk.keepalive().await;
}

/// A session belongs to the connection that made it: nobody can reach another's by its number.
#[tokio::test]
async fn a_session_cannot_be_reached_from_another_connection() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut ann = Sdk::initialize(server.address(), &room, &token).await;
    let mut eve = Sdk::initialize(server.address(), &room, &token).await;
    for verb in ["keepalive", "attach", "destroy", "claim"] {
        let reply = eve.ask(verb, json!({"session_id": ann.session})).await;
        assert!(is_error(&reply, 458), "{verb}: {reply:#}");
    }
    ann.keepalive().await;
}
