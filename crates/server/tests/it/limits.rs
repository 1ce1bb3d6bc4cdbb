//! How often is too often, and who has to wait for it.

use greenroom_server::config::Settings;
use greenroom_testkit::{Account, Client, Reply, TestServer, Tokens};
use serde_json::json;

#[tokio::test]
async fn a_burst_of_failures_is_told_to_come_again() {
    let server = TestServer::with(|settings| failures(settings, 3, 60)).await;
    let stranger = server.anyone().with_key("KEY_unknown0123456789");
    for _ in 0..3 {
        stranger.get("/v2/rooms").await.refused(401, "10009");
    }
    for _ in 0..3 {
        let reply = stranger.get("/v2/rooms").await;
        reply.refused(429, "10011");
        assert_eq!(retry_after(&reply), 1);
    }
    server.clock().advance(1);
    stranger.get("/v2/rooms").await.refused(401, "10009");
    stranger.get("/v2/rooms").await.refused(429, "10011");
    server.clock().advance(3_600);
    for _ in 0..3 {
        stranger.get("/v2/rooms").await.refused(401, "10009");
    }
    stranger.get("/v2/rooms").await.refused(429, "10011");
}

#[tokio::test]
async fn nobody_has_to_wait_for_longer_than_a_minute() {
    let server = TestServer::with(|settings| failures(settings, 1, 1)).await;
    let anyone = server.anyone();
    anyone.get("/v2/rooms").await.refused(401, "10009");
    let reply = anyone.get("/v2/rooms").await;
    reply.refused(429, "10011");
    assert_eq!(retry_after(&reply), 60);
    server.clock().advance(59);
    anyone.get("/v2/rooms").await.refused(429, "10011");
    server.clock().advance(1);
    anyone.get("/v2/rooms").await.refused(401, "10009");
}

/// An office behind one address has a broken client in it, and everybody else works on.
#[tokio::test]
async fn what_is_valid_passes_while_others_fail() {
    let server = TestServer::with(|settings| failures(settings, 1, 1)).await;
    let (acme, room_id, tokens) = meeting(&server).await;
    let anyone = server.anyone();
    for _ in 0..20 {
        anyone.get("/v2/rooms").await;
    }
    anyone.get("/v2/rooms").await.refused(429, "10011");
    acme.get("/v2/rooms").await.expect(200);
    acme.tokens(&room_id).await;
    anyone
        .refresh(&room_id, &tokens.refresh_token)
        .await
        .expect(201);
    let mut door = server.door(&room_id).await;
    door.session(&tokens.token).await;
}

#[tokio::test]
async fn failures_of_all_kinds_share_one_budget() {
    let server = TestServer::with(|settings| failures(settings, 3, 60)).await;
    let (_acme, room_id, _) = meeting(&server).await;
    let anyone = server.anyone();
    anyone.get("/v2/rooms").await.refused(401, "10009");
    anyone.refresh(&room_id, "x").await.refused(403, "10010");
    let mut door = server.door(&room_id).await;
    assert_eq!(door.create("x").await["status_code"], 401);
    anyone.get("/v2/rooms").await.refused(429, "10011");
    anyone.refresh(&room_id, "x").await.refused(429, "10011");
}

#[tokio::test]
async fn by_default_a_hundred_failures_at_once_are_no_flood() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    for _ in 0..100 {
        anyone.get("/v2/rooms").await.refused(401, "10009");
    }
    let mut failures = 100;
    while anyone.get("/v2/rooms").await.status == 401 {
        failures += 1;
    }
    assert_eq!(failures, 200);
    // And 60 a minute after that.
    server.clock().advance(60);
    for _ in 0..60 {
        anyone.get("/v2/rooms").await.refused(401, "10009");
    }
    anyone.get("/v2/rooms").await.refused(429, "10011");
}

#[tokio::test]
async fn nobody_picks_an_address_by_a_header() {
    let server = TestServer::with(|settings| failures(settings, 2, 1)).await;
    for number in 0..10 {
        let reply = forwarded(&server.anyone(), &format!("192.0.2.{number}")).await;
        assert_eq!(reply.status, if number < 2 { 401 } else { 429 });
    }
}

#[tokio::test]
async fn a_trusted_proxy_says_whose_failure_it_was() {
    let server = TestServer::with(|settings| {
        failures(settings, 1, 1);
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let anyone = server.anyone();
    for (forwarded_for, status) in [
        ("192.0.2.1", 401),
        ("192.0.2.1", 429),
        ("192.0.2.2", 401),
        // What a client claims by itself stands further left and counts for nothing.
        ("192.0.2.99, 192.0.2.2", 429),
        ("192.0.2.3, 127.0.0.9", 401),
        ("192.0.2.3", 429),
        // One household has a /64 to itself.
        ("2001:db8:1:1::1", 401),
        ("2001:db8:1:1:ffff::9", 429),
        ("2001:db8:1:2::1", 401),
    ] {
        let reply = forwarded(&anyone, forwarded_for).await;
        assert_eq!(reply.status, status, "{forwarded_for}");
    }
    // Without the header it is the proxy itself.
    anyone.get("/v2/rooms").await.refused(401, "10009");
    anyone.get("/v2/rooms").await.refused(429, "10011");
}

#[tokio::test]
async fn a_family_that_asks_too_often_waits_alone() {
    let server = TestServer::with(|settings| {
        settings.limits.refresh_per_family_burst = 2;
        settings.limits.refresh_per_family_per_minute = 12;
    })
    .await;
    let (acme, room_id, tokens) = meeting(&server).await;
    let other = acme.tokens(&room_id).await;
    let anyone = server.anyone();
    let refresh = async |tokens: &Tokens| anyone.refresh(&room_id, &tokens.refresh_token).await;
    refresh(&tokens).await.expect(201);
    refresh(&tokens).await.expect(201);
    let reply = refresh(&tokens).await;
    reply.refused(429, "10011");
    assert_eq!(retry_after(&reply), 5);
    refresh(&other).await.expect(201);

    server.clock().advance(5);
    refresh(&tokens).await.expect(201);
    refresh(&tokens).await.refused(429, "10011");
    // Its client token opens the door all the same.
    let mut door = server.door(&room_id).await;
    door.session(&tokens.token).await;
}

#[tokio::test]
async fn an_address_can_refresh_only_so_often() {
    let server = TestServer::with(|settings| {
        settings.limits.refresh_per_address_burst = 3;
        settings.limits.refresh_per_address_per_minute = 60;
    })
    .await;
    let (acme, room_id, tokens) = meeting(&server).await;
    let other = acme.tokens(&room_id).await;
    let anyone = server.anyone();
    for refresh_token in [&tokens.refresh_token, &other.refresh_token] {
        let reply = anyone.refresh(&room_id, refresh_token).await;
        reply.expect(201);
    }
    anyone.refresh(&room_id, "x").await.refused(403, "10010");
    let reply = anyone.refresh(&room_id, &tokens.refresh_token).await;
    reply.refused(429, "10011");
    assert_eq!(retry_after(&reply), 1);
    // The API is not meant by that.
    acme.tokens(&room_id).await;
    server.clock().advance(1);
    anyone
        .refresh(&room_id, &tokens.refresh_token)
        .await
        .expect(201);
}

#[tokio::test]
async fn an_api_key_has_a_limit_if_one_is_set() {
    let server = TestServer::with(|settings| {
        settings.limits.api_key_burst = 3;
        settings.limits.api_key_per_minute = 30;
    })
    .await;
    // Making the room and getting its tokens are two requests.
    let (acme, room_id, tokens) = meeting(&server).await;
    let second = server.add_key(acme.id, "KEY_second-0123456789", None).await;
    acme.get("/v2/rooms").await.expect(200);
    let reply = acme.get("/v2/rooms").await;
    reply.refused(429, "10011");
    assert_eq!(retry_after(&reply), 2);
    second.get("/v2/rooms").await.expect(200);
    let refreshed = acme.refresh(&room_id, &tokens.refresh_token).await;
    refreshed.expect(201);
    server.clock().advance(2);
    acme.get("/v2/rooms").await.expect(200);
    acme.get("/v2/rooms").await.refused(429, "10011");
}

#[tokio::test]
async fn by_default_an_api_key_has_no_limit() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for _ in 0..1_000 {
        acme.get("/v2/rooms").await.expect(200);
    }
}

#[tokio::test]
async fn a_limit_of_zero_is_none() {
    let server = TestServer::with(|settings| failures(settings, 0, 60)).await;
    let anyone = server.anyone();
    for _ in 0..500 {
        anyone.get("/v2/rooms").await.refused(401, "10009");
    }
}

fn failures(settings: &mut Settings, burst: u32, per_minute: u32) {
    settings.limits.failed_auth_burst = burst;
    settings.limits.failed_auth_per_minute = per_minute;
}

async fn meeting(server: &TestServer) -> (Account, String, Tokens) {
    let acme = server.account("acme").await;
    let room = acme.create_room(json!({})).await;
    let room_id = room["id"].as_str().unwrap().to_owned();
    let tokens = acme.tokens(&room_id).await;
    (acme, room_id, tokens)
}

/// A request without key that a proxy passes on.
async fn forwarded(client: &Client, addresses: &str) -> Reply {
    let call = client.call("GET", "/v2/rooms");
    call.header("x-forwarded-for", addresses).send().await
}

fn retry_after(reply: &Reply) -> u32 {
    reply.header("retry-after").unwrap().parse().unwrap()
}
