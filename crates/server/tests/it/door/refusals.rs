//! Who is not let in, and how little they are told.

use greenroom_domain::AccountId;
use greenroom_testkit::{Account, Door, TestServer, tokens};
use greenroom_token::SigningKey;
use serde_json::{Value, json};

use super::sdk::{Sdk, metric, status, thrown_out, with_room};

/// Sends one frame to a new door of the room; what comes back until the connection is over.
async fn try_frame(server: &TestServer, room: &str, frame: &Value) -> (Vec<Value>, u16) {
    let mut door = server.door(room).await;
    door.send(frame.clone()).await;
    door.rest().await
}

async fn try_token(server: &TestServer, room: &str, token: &str) -> (Vec<Value>, u16) {
    let frame = json!({"janus": "create", "transaction": "t", "client_token": token});
    try_frame(server, room, &frame).await
}

#[tokio::test]
async fn without_a_token_there_is_no_way_in() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    for (name, value) in [
        ("client_token", json!(null)),
        ("client_token", json!(7)),
        ("client_token", json!([token])),
        ("client_token", json!({"token": token})),
        ("clientToken", json!(token)),
        ("token", json!({"client_token": token})),
        ("apisecret", json!(token)),
    ] {
        let frame = json!({"janus": "create", "transaction": "t", name: value});
        let end = try_frame(&server, &room, &frame).await;
        assert_eq!(end, thrown_out(401), "{frame}");
    }
    let bare = json!({"janus": "create", "transaction": "t"});
    assert_eq!(try_frame(&server, &room, &bare).await, thrown_out(401));
}

/// The token is looked at before the verb.
#[tokio::test]
async fn no_verb_gets_by_without_a_token() {
    let server = TestServer::start().await;
    let (_acme, room, _token) = with_room(&server).await;
    for verb in [
        "create",
        "keepalive",
        "attach",
        "detach",
        "message",
        "trickle",
        "hangup",
        "destroy",
        "info",
        "claim",
        "nonsense",
    ] {
        let frame = json!({"janus": verb, "transaction": "t"});
        assert_eq!(
            try_frame(&server, &room, &frame).await,
            thrown_out(401),
            "{verb}"
        );
    }
    let ping_within_a_session = json!({"janus": "ping", "transaction": "t", "session_id": 1});
    let end = try_frame(&server, &room, &ping_within_a_session).await;
    assert_eq!(end, thrown_out(401));
}

#[tokio::test]
async fn a_token_that_is_none_is_a_401() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let pair = acme.tokens(&room).await;
    let [header, claims, signature] = parts(&token);
    let of_longer_life = |claims: &mut Value| claims["exp"] = json!(i64::MAX);
    for (what, wrong) in [
        ("empty", String::new()),
        ("garbage", "garbage".to_owned()),
        ("garbage in three parts", "a.b.c".to_owned()),
        ("an API key", acme.key.clone()),
        ("a refresh token", pair.refresh_token.clone()),
        ("forged claims", tokens::with_claims(&token, of_longer_life)),
        (
            "another token's signature",
            format!("{header}.{claims}.{}", parts(&pair.token)[2]),
        ),
        ("no signature", format!("{header}.{claims}.")),
        (
            "alg none",
            format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."),
        ),
        ("a space before", format!(" {token}")),
        ("a line end after", format!("{token}\n")),
        ("padded", format!("{header}.{claims}.{signature}==")),
        ("too long", "a".repeat(4 * 1024 + 1)),
        (
            "a stranger's key",
            tokens::signed(&strangers_key(), &tokens::claims_of(&token)),
        ),
    ] {
        let end = try_token(&server, &room, &wrong).await;
        assert_eq!(end, thrown_out(401), "{what}");
    }
    // None of it spoilt the token itself.
    Sdk::initialize(server.address(), &room, &token).await;
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn strangers_key() -> SigningKey {
    SigningKey::generate(&greenroom_testkit::SeededEntropy::named("stranger")).unwrap()
}

#[tokio::test]
async fn a_token_is_good_up_to_its_last_second_and_not_in_it() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let expires = tokens::claims_of(&token)["exp"].as_i64().unwrap();
    let expires = greenroom_domain::Timestamp::from_unix_secs(expires);
    server.clock().advance_to(expires.saturating_add_micros(-1));
    Sdk::initialize(server.address(), &room, &token).await;
    server.clock().advance_micros(1);
    assert_eq!(try_token(&server, &room, &token).await, thrown_out(401));
    let fresh = acme.tokens(&room).await.token;
    Sdk::initialize(server.address(), &room, &fresh).await;
}

#[tokio::test]
async fn a_good_token_elsewhere_is_a_403_and_tells_nothing_of_rooms() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let other_room = acme.new_room().await;
    let deleted_room = acme.new_room().await;
    let of_deleted = acme.tokens(&deleted_room).await.token;
    acme.delete_room(&deleted_room).await;
    let unknown_room = "00000000-0000-4000-8000-000000000000";
    let foreign_room = server.account("other").await.new_room().await;
    for (what, at, token) in [
        ("a token of another room", other_room.as_str(), &token),
        ("a token of a deleted room", &room, &of_deleted),
        ("a deleted room with its token", &deleted_room, &of_deleted),
        ("a deleted room with another's", &deleted_room, &token),
        ("an unknown room", unknown_room, &token),
        ("another account's room", &foreign_room, &token),
    ] {
        assert_eq!(
            try_token(&server, at, token).await,
            thrown_out(403),
            "{what}"
        );
    }
    // Without a token, too, all rooms look the same.
    for at in [&room, &deleted_room, unknown_room] {
        assert_eq!(try_token(&server, at, "garbage").await, thrown_out(401));
    }
}

#[tokio::test]
async fn a_token_for_the_room_of_another_account_is_a_403_even_if_we_signed_it() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let other = server.account("other").await;
    let ring = server.key_ring();
    let mut claims = tokens::claims_of(&token);
    let resigned = tokens::signed(ring.active(), &claims);
    Sdk::initialize(server.address(), &room, &resigned).await;
    for (account, expected) in [
        (other.id, 403),
        (AccountId::from_uuid(other.key_id.as_uuid()), 403),
    ] {
        claims["grants"][0]["subjects"] = json!([format!("telnyx:users:{account}")]);
        let foreign = tokens::signed(ring.active(), &claims);
        assert_eq!(
            try_token(&server, &room, &foreign).await,
            thrown_out(expected)
        );
    }
}

#[tokio::test]
async fn a_revoked_family_is_a_403() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let of_another_family = acme.tokens(&room).await.token;
    let mut witness = Sdk::initialize(server.address(), &room, &token).await;
    server.revoke_family(super::sdk::family_of(&token)).await;
    // Who is inside is thrown out as well, which also tells that the server has noticed.
    assert_eq!(witness.door.rest().await, thrown_out(403));
    assert_eq!(try_token(&server, &room, &token).await, thrown_out(403));
    Sdk::initialize(server.address(), &room, &of_another_family).await;
}

#[tokio::test]
async fn a_revoked_family_stays_revoked_after_a_restart() {
    let mut server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let pair = acme.tokens(&room).await;
    server.revoke_family(super::sdk::family_of(&token)).await;
    server.stop().await;
    server.start_again().await;
    assert_eq!(try_token(&server, &room, &token).await, thrown_out(403));
    Sdk::initialize(server.address(), &room, &pair.token).await;
}

#[tokio::test]
async fn what_is_no_websocket_of_ours_is_told_so_in_json() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let door = format!("/{room}/janus");
    for path in [
        "/not-a-uuid/janus".to_owned(),
        format!("/{}/janus", room.to_uppercase()),
        format!("/{{{room}}}/janus")
            .replace('{', "%7B")
            .replace('}', "%7D"),
        format!("/{}/janus", room.replace('-', "")),
        "/%ff/janus".to_owned(),
        "/undefined/janus".to_owned(),
    ] {
        let reply = Door::knock(server.address(), &path, Some("janus-protocol")).await;
        reply.unwrap_err().refused(404, "10005");
    }
    for subprotocol in [
        None,
        Some("janus"),
        Some("Janus-Protocol"),
        Some("chat, janus-admin-protocol"),
    ] {
        let reply = Door::knock(server.address(), &door, subprotocol).await;
        reply.unwrap_err().refused(400, "10015");
    }
    let offered = Door::knock(server.address(), &door, Some("chat, janus-protocol")).await;
    assert_eq!(
        offered.unwrap().subprotocol.as_deref(),
        Some("janus-protocol")
    );
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let plain = server.anyone().call(method, &door);
        plain.clone().send().await.refused(400, "10015");
        // A token in the address or in a header opens nothing either.
        let with_protocol = plain.header("sec-websocket-protocol", "janus-protocol");
        let with_key = with_protocol.header("authorization", &format!("Bearer {token}"));
        with_key.send().await.refused(400, "10015");
    }
    assert_eq!(super::sdk::gauges(&server).await, (0, 0));
}

#[tokio::test]
async fn a_token_in_the_address_is_not_looked_at() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let path = format!("/{room}/janus?client_token={token}");
    let door = Door::knock(server.address(), &path, Some("janus-protocol")).await;
    let mut door = door.unwrap();
    door.send(json!({"janus": "create", "transaction": "t"}))
        .await;
    assert_eq!(door.rest().await, thrown_out(401));
}

#[tokio::test]
async fn too_many_bad_tokens_are_a_429_and_shut_nobody_out() {
    let server = TestServer::with(|settings| {
        settings.limits.failed_auth_burst = 2;
        settings.limits.failed_auth_per_minute = 1;
    })
    .await;
    let (_acme, room, token) = with_room(&server).await;
    for _ in 0..2 {
        assert_eq!(try_token(&server, &room, "garbage").await, thrown_out(401));
    }
    let end = try_token(&server, &room, "garbage").await;
    assert_eq!(end, (vec![status(429)], 1013));
    let mut inside = Sdk::initialize(server.address(), &room, &token).await;
    // Whoever is inside is not thrown out for it.
    let reply = inside.update_token("garbage").await;
    assert!(super::sdk::is_error(&reply, 490), "{reply:#}");
    inside.keepalive().await;
    server.clock().advance(60);
    assert_eq!(try_token(&server, &room, "garbage").await, thrown_out(401));
}

#[tokio::test]
async fn refusals_are_counted() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let other_room = acme.new_room().await;
    let count = |name: &'static str| {
        let anyone = server.anyone();
        async move { metric(&anyone, &format!("greenroom_door_{name}_total")).await }
    };
    for _ in 0..3 {
        try_token(&server, &room, "garbage").await;
    }
    try_token(&server, &other_room, &token).await;
    assert_eq!(count("refused_token").await, 3);
    assert_eq!(count("refused_room").await, 1);
    assert_eq!(count("sessions_opened").await, 0);
    let _: &Account = &acme;
}
