//! A new token in mid-session, by keepalive or by any other frame.

use greenroom_testkit::{TestServer, tokens};
use serde_json::{Value, json};

use super::sdk::{Sdk, family_of, is_error, nudge, stays, thrown_out, with_room};

/// A further client token of the family of `refresh_token`.
async fn refreshed(server: &TestServer, room: &str, refresh_token: &str) -> String {
    let data = server.anyone().refresh(room, refresh_token).await.data(201);
    data["token"].as_str().unwrap().to_owned()
}

fn ack(sdk: &Sdk) -> Value {
    json!({"janus": "ack", "session_id": sdk.session})
}

#[tokio::test]
async fn a_refreshed_token_carries_the_session_on() {
    let server = TestServer::start().await;
    let (acme, room, _token) = with_room(&server).await;
    let pair = acme.tokens(&room).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &pair.token).await;
    for _ in 0..11 {
        server.clock().advance(50);
        sdk.keepalive().await;
    }
    let newer = refreshed(&server, &room, &pair.refresh_token).await;
    assert_eq!(sdk.update_token(&newer).await, ack(&sdk));
    sdk.token = newer;
    // Beyond the first token's life of 600 s.
    server.clock().advance(59);
    nudge(&server, &acme, &room).await;
    stays(&mut sdk).await;
    server.clock().advance(59);
    sdk.keepalive().await;
    // The first token is not good any more, and every frame is looked at.
    sdk.send("keepalive", json!({"client_token": pair.token}))
        .await;
    assert_eq!(sdk.door.rest().await, thrown_out(401));
}

#[tokio::test]
async fn any_frame_can_bring_the_new_token() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    for verb in [
        "attach",
        "detach",
        "trickle",
        "message",
        "nonsense",
        "keepalive",
    ] {
        // A family of its own each time; the last one alone counts then.
        let before = sdk.token.clone();
        sdk.token = acme.tokens(&room).await.token;
        sdk.ask(
            verb,
            json!({"handle_id": 7, "plugin": "janus.plugin.videoroom"}),
        )
        .await;
        server.revoke_family(family_of(&before)).await;
        nudge(&server, &acme, &room).await;
        stays(&mut sdk).await;
    }
    server.revoke_family(family_of(&sdk.token)).await;
    assert_eq!(sdk.door.rest().await, thrown_out(403));
}

#[tokio::test]
async fn a_token_that_is_still_good_can_come_back() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let second = acme.tokens(&room).await.token;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    for token in [&second, &token, &second, &token] {
        assert_eq!(sdk.update_token(token).await, ack(&sdk));
    }
}

#[tokio::test]
async fn a_token_of_elsewhere_changes_nothing() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let other_room = acme.new_room().await;
    let of_another_room = acme.tokens(&other_room).await.token;
    let other = server.account("other").await;
    let of_a_foreign_room = other.tokens(&other.new_room().await).await.token;
    let mut claims = tokens::claims_of(&token);
    claims["grants"][0]["subjects"] = json!([format!("telnyx:users:{}", other.id)]);
    let of_another_account = tokens::signed(server.key_ring().active(), &claims);
    let deleted_room = acme.new_room().await;
    let of_a_deleted_room = acme.tokens(&deleted_room).await.token;
    acme.delete_room(&deleted_room).await;

    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    for elsewhere in [
        &of_another_room,
        &of_a_foreign_room,
        &of_another_account,
        &of_a_deleted_room,
    ] {
        for verb in ["keepalive", "attach", "create", "destroy"] {
            let reply = sdk.ask(verb, json!({"client_token": elsewhere})).await;
            assert!(is_error(&reply, 403), "{verb}: {reply:#}");
        }
        stays(&mut sdk).await;
    }
}

/// Such a frame is no sign of life: a client that shows a wrong token for ever is gone in the end.
#[tokio::test]
async fn a_token_of_elsewhere_keeps_nothing_alive() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let elsewhere = acme.tokens(&acme.new_room().await).await.token;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    server.clock().advance(59);
    assert!(is_error(&sdk.update_token(&elsewhere).await, 403));
    server.clock().advance(1);
    nudge(&server, &acme, &room).await;
    let timed_out = json!({"janus": "timeout", "session_id": sdk.session});
    assert_eq!(sdk.door.rest().await, (vec![timed_out], 4000));
}

#[tokio::test]
async fn a_token_that_is_none_ends_the_session() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let refresh_token = acme.tokens(&room).await.refresh_token;
    let forged = tokens::with_claims(&token, |claims| claims["sid"] = json!(room));
    for wrong in [
        json!(null),
        json!(7),
        json!(""),
        json!("garbage"),
        json!(refresh_token),
        json!(forged),
    ] {
        let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
        sdk.send("keepalive", json!({"client_token": wrong})).await;
        assert_eq!(sdk.door.rest().await, thrown_out(401), "{wrong}");
    }
}
