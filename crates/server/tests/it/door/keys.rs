//! Signing keys that are rotated and revoked while sessions stand on them.

use std::time::Instant;

use greenroom_domain::Clock;
use greenroom_testkit::{Account, LIMIT, TestServer, eventually, tokens};
use greenroom_token::KeyId;

use super::sdk::{Sdk, stays, thrown_out, with_room, within_a_second};

/// Lets the next key sign, and waits until it does; the key that signed before.
async fn rotate(server: &TestServer, account: &Account, room: &str, fresh: &str) -> KeyId {
    let before = server.key_ring().active().kid();
    let now = server.clock().now();
    server.change_keys(fresh, |ring, key| ring.rotate(key, now).unwrap());
    eventually(LIMIT, async || {
        let token = account.tokens(room).await.token;
        tokens::header_of(&token)["kid"] != before.to_string()
    })
    .await;
    before
}

fn revoke(server: &TestServer, kid: KeyId, fresh: &str) {
    let now = server.clock().now();
    server.change_keys(fresh, |ring, key| ring.revoke(kid, key, now).unwrap());
}

#[tokio::test]
async fn a_rotation_disturbs_nobody() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut inside = Sdk::initialize(server.address(), &room, &token).await;
    for fresh in ["first", "second", "third"] {
        rotate(&server, &acme, &room, fresh).await;
        stays(&mut inside).await;
        Sdk::initialize(server.address(), &room, &token).await;
    }
}

#[tokio::test]
async fn a_revoked_key_closes_its_sessions_within_a_second_and_no_others() {
    let server = TestServer::start().await;
    let (acme, room, _token) = with_room(&server).await;
    let mut turn = 0;
    within_a_second(async || {
        turn += 1;
        let of_the_old_key = acme.tokens(&room).await.token;
        let old = rotate(&server, &acme, &room, &format!("rotated {turn}")).await;
        let of_the_new_key = acme.tokens(&room).await.token;
        let mut gone = Sdk::initialize(server.address(), &room, &of_the_old_key).await;
        let mut stay = Sdk::initialize(server.address(), &room, &of_the_new_key).await;

        let started = now();
        revoke(&server, old, &format!("revoked {turn}"));
        assert_eq!(gone.door.rest().await, thrown_out(403));
        let took = started.elapsed();
        stays(&mut stay).await;
        let mut late = Sdk::at(server.door(&room).await, &of_the_old_key);
        late.send("create", serde_json::json!({})).await;
        assert_eq!(late.door.rest().await, thrown_out(401));
        took
    })
    .await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is promised within a second is measured"
)]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn the_active_key_can_be_revoked_too() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut inside = Sdk::initialize(server.address(), &room, &token).await;
    revoke(&server, server.key_ring().active().kid(), "fresh");
    assert_eq!(inside.door.rest().await, thrown_out(403));
    let by_the_next_key = acme.tokens(&room).await.token;
    Sdk::initialize(server.address(), &room, &by_the_next_key).await;
}
