//! Sessions whose token, or whose patience, runs out.
//!
//! The server's clock stands until a test moves it; the timers of its sockets run in real time. So a test stops a
//! fraction of a second before the deadline, lets a connection set its timer for that, and then moves the clock.

use greenroom_domain::Timestamp;
use greenroom_server::config::TokenExpiry;
use greenroom_testkit::{TestServer, tokens};
use serde_json::json;

use super::sdk::{Sdk, gauges, is_error, nudge, stays, thrown_out, with_room};

/// The moment from which on the token is not good.
fn expiry_of(token: &str) -> Timestamp {
    Timestamp::from_unix_secs(tokens::claims_of(token)["exp"].as_i64().unwrap())
}

#[tokio::test]
async fn a_session_ends_with_its_token_though_nobody_says_a_word() {
    let server = TestServer::start().await;
    let (acme, room, _token) = with_room(&server).await;
    let living = json!({"token_ttl_secs": 10});
    let token = acme.tokens_living(&room, living).await.token;
    server
        .clock()
        .advance_to(expiry_of(&token).saturating_add_micros(-200_000));
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    server.clock().advance_micros(200_000);
    assert_eq!(sdk.door.rest().await, thrown_out(401));
    sdk.door.hung_up().await;
    assert_eq!(gauges(&server).await, (0, 0));
}

#[tokio::test]
async fn no_frame_prolongs_a_token() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    let last_moment = expiry_of(&token).saturating_add_micros(-1);
    for _ in 0..11 {
        server.clock().advance(50);
        sdk.keepalive().await;
    }
    server.clock().advance_to(last_moment);
    sdk.keepalive().await;
    server.clock().advance_micros(1);
    sdk.send("keepalive", json!({})).await;
    assert_eq!(sdk.door.rest().await, thrown_out(401));
}

#[tokio::test]
async fn each_session_ends_with_its_own_token() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let living = json!({"token_ttl_secs": 30});
    let short = acme.tokens_living(&room, living).await.token;
    let mut long_lived = Sdk::initialize(server.address(), &room, &token).await;
    let mut short_lived = Sdk::initialize(server.address(), &room, &short).await;
    server.clock().advance(30);
    nudge(&server, &acme, &room).await;
    assert_eq!(short_lived.door.rest().await, thrown_out(401));
    stays(&mut long_lived).await;
}

#[tokio::test]
async fn with_keep_a_session_outlives_its_token_and_no_new_one_starts() {
    let server = TestServer::with(|settings| settings.tokens.expiry = TokenExpiry::Keep).await;
    let (acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    for _ in 0..15 {
        server.clock().advance(50);
        nudge(&server, &acme, &room).await;
        stays(&mut sdk).await;
    }
    assert!(server_now(&server) > expiry_of(&token));
    let reply = sdk.ask("create", json!({"session_id": null})).await;
    assert!(is_error(&reply, 403), "{reply:#}");
    let mut newcomer = Sdk::at(server.door(&room).await, &token);
    newcomer.send("create", json!({})).await;
    assert_eq!(newcomer.door.rest().await, thrown_out(401));

    // Another expired token is as bad as none; a new good one is welcome.
    let fresh = acme.tokens(&room).await.token;
    sdk.token = fresh;
    sdk.keepalive().await;
    let reply = sdk.ask("create", json!({"session_id": null})).await;
    assert_eq!(reply["janus"], "success");
    sdk.send("keepalive", json!({"client_token": token})).await;
    assert_eq!(sdk.door.rest().await, thrown_out(401));
}

#[tokio::test]
async fn with_keep_a_session_still_ends_with_its_family_and_its_room() {
    let server = TestServer::with(|settings| settings.tokens.expiry = TokenExpiry::Keep).await;
    let (acme, room, token) = with_room(&server).await;
    let second = acme.tokens(&room).await.token;
    let mut first = Sdk::initialize(server.address(), &room, &token).await;
    let mut second = Sdk::initialize(server.address(), &room, &second).await;
    for _ in 0..13 {
        server.clock().advance(50);
        first.keepalive().await;
        second.keepalive().await;
    }
    server.revoke_family(super::sdk::family_of(&token)).await;
    assert_eq!(first.door.rest().await, thrown_out(403));
    second.keepalive().await;
    acme.delete_room(&room).await;
    assert_eq!(second.door.rest().await, (vec![], 4000));
}

#[tokio::test]
async fn a_silent_session_is_told_and_closed() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut talking = Sdk::initialize(server.address(), &room, &token).await;
    let mut silent = Sdk::initialize(server.address(), &room, &token).await;
    server.clock().advance(30);
    talking.keepalive().await;
    server.clock().advance(30);
    nudge(&server, &acme, &room).await;
    let timed_out = json!({"janus": "timeout", "session_id": silent.session});
    assert_eq!(silent.door.rest().await, (vec![timed_out], 4000));
    stays(&mut talking).await;
}

#[tokio::test]
async fn a_connection_that_never_opens_a_session_is_closed() {
    let server = TestServer::start().await;
    let (acme, room, _token) = with_room(&server).await;
    let mut idle = server.door(&room).await;
    let mut pinging = server.door(&room).await;
    server.clock().advance(59);
    pinging
        .ask(json!({"janus": "ping", "transaction": "p"}))
        .await;
    server.clock().advance(1);
    nudge(&server, &acme, &room).await;
    assert_eq!(idle.rest().await, (vec![], 4000));
    assert_eq!(pinging.rest().await, (vec![], 4000));
}

fn server_now(server: &TestServer) -> Timestamp {
    greenroom_domain::Clock::now(server.clock())
}
