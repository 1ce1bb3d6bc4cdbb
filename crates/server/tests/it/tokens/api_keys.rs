//! API keys as callers meet them. How they are made is told in `cli`.

use greenroom_domain::Clock;
use greenroom_testkit::{Account, TestServer};
use serde_json::json;

#[tokio::test]
async fn an_account_may_have_several_keys() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let second = server.add_key(acme.id, "KEY_second-0123456789", None).await;
    let room_id = acme.new_room().await;
    let path = format!("/v2/rooms/{room_id}");
    second.get(&path).await.expect(200);

    revoke(&server, &acme).await;
    acme.get(&path).await.refused(401, "10009");
    second.get(&path).await.expect(200);
    second.tokens(&room_id).await;
}

#[tokio::test]
async fn a_revocation_is_in_force_for_the_next_request() {
    let server = TestServer::start().await;
    for round in 0..20 {
        let acme = server.account(&format!("acme {round}")).await;
        acme.get("/v2/rooms").await.expect(200);
        revoke(&server, &acme).await;
        acme.get("/v2/rooms").await.refused(401, "10009");
    }
}

#[tokio::test]
async fn a_key_that_did_not_exist_when_it_was_first_tried() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let key = "KEY_tomorrow-0123456789";
    let early = server.anyone().with_key(key);
    early.get("/v2/rooms").await.refused(401, "10009");
    server.add_key(acme.id, key, None).await;
    early.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn keys_with_the_same_beginning_are_told_apart() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let globex = server.account("globex").await;
    let same = "KEY_same-beginning-";
    let one = server.add_key(acme.id, &format!("{same}1"), None).await;
    let other = server.add_key(globex.id, &format!("{same}2"), None).await;
    let room_id = one.new_room().await;
    let path = format!("/v2/rooms/{room_id}");
    one.get(&path).await.expect(200);
    other.get(&path).await.refused(404, "10005");
    let neither = server.anyone().with_key(&format!("{same}3"));
    neither.get(&path).await.refused(401, "10009");

    revoke(&server, &one).await;
    one.get(&path).await.refused(401, "10009");
    other.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn a_key_ends_at_its_expiry() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let end = server.clock().now().saturating_add_secs(60);
    let key = "KEY_short-lived-0123456789";
    let brief = server.add_key(acme.id, key, Some(end)).await;
    server.clock().advance_micros(59_999_999);
    brief.get("/v2/rooms").await.expect(200);
    server.clock().advance_micros(1);
    brief.get("/v2/rooms").await.refused(401, "10009");
    acme.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn keys_have_a_longest_and_a_shortest_form() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let longest = format!("KEY_{}", "x".repeat(252));
    let longest = server.add_key(acme.id, &longest, None).await;
    longest.get("/v2/rooms").await.expect(200);
    let too_long = format!("KEY_{}", "y".repeat(296));
    let too_long = server.add_key(acme.id, &too_long, None).await;
    too_long.get("/v2/rooms").await.refused(401, "10009");
    for short in ["K", "KEY_", "KEY_1234567"] {
        let reply = server.anyone().with_key(short).get("/v2/rooms").await;
        reply.refused(401, "10009");
    }
}

#[tokio::test]
async fn when_a_key_was_last_used_is_on_record_after_a_stop() {
    let mut server = TestServer::start().await;
    let acme = server.account("acme").await;
    let unused = server.add_key(acme.id, "KEY_unused-0123456789", None).await;
    acme.get("/v2/rooms").await.expect(200);
    server.clock().advance(100);
    acme.post("/v2/rooms", json!({})).await.expect(201);
    let last = server.clock().now();
    server.clock().advance(100);
    server.stop().await;
    server.start_again().await;

    let keys = server.store().api_keys(Some(acme.id)).await.unwrap();
    let last_use = |account: &Account| {
        let key = keys.iter().find(|key| key.id == account.key_id);
        key.unwrap().last_used_at
    };
    assert_eq!(last_use(&acme), Some(last));
    assert_eq!(last_use(&unused), None);
}

/// Revokes the key that the account acts with, as another process would.
async fn revoke(server: &TestServer, account: &Account) {
    let mut work = server.store().begin().await.unwrap();
    let now = server.clock().now();
    let was_there = work.revoke_api_key(account.key_id, now).await.unwrap();
    assert!(was_there);
    work.commit().await.unwrap();
}
