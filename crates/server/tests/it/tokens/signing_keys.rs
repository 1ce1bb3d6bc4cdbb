//! The signing keys: published, rotated and revoked while tokens are in use.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::future::join_all;
use greenroom_domain::Clock;
use greenroom_testkit::tokens::{claims_of, header_of};
use greenroom_testkit::{LIMIT, TestServer, eventually};
use greenroom_token::{KeyRing, KeyState};
use serde_json::{Value, json};

use super::Meeting;

#[tokio::test]
async fn the_public_keys_are_published() {
    let meeting = Meeting::set().await;
    let reply = meeting.server.anyone().get("/.well-known/jwks.json").await;
    let cached = "public, max-age=300, stale-while-revalidate=60";
    assert_eq!(reply.header("cache-control"), Some(cached));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let keys = reply.expect(200).json();
    insta::assert_json_snapshot!(keys);
    let active = &keys["keys"][0];
    assert_eq!(active["kid"], header_of(&meeting.tokens.token)["kid"]);
    for key in keys["keys"].as_array().unwrap() {
        assert_eq!(key.get("d"), None, "a private key");
    }
}

#[tokio::test]
async fn a_rotation_changes_the_key_and_keeps_the_tokens() {
    let meeting = Meeting::set().await;
    let [old, next] = kids(&meeting.server).await.try_into().unwrap();
    let ring = rotate(&meeting.server, "third");
    let third = ring.entries().last().unwrap().kid().to_string();
    let published = [next.clone(), old.clone(), third];
    eventually(LIMIT, async || kids(&meeting.server).await == published).await;

    let after = meeting.acme.tokens(&meeting.room_id).await;
    assert_eq!(header_of(&meeting.tokens.token)["kid"], old.as_str());
    assert_eq!(header_of(&after.token)["kid"], next.as_str());
    let anyone = meeting.server.anyone();
    for tokens in [&meeting.tokens, &after] {
        let reply = anyone
            .refresh(&meeting.room_id, &tokens.refresh_token)
            .await;
        let token = reply.data(201)["token"].take();
        assert_eq!(header_of(token.as_str().unwrap())["kid"], next.as_str());
        let mut door = meeting.server.door(&meeting.room_id).await;
        door.session(&tokens.token).await;
    }
}

#[tokio::test]
async fn a_key_retires_for_as_long_as_its_last_token_can_live() {
    let meeting = Meeting::set().await;
    let lives = json!({"refresh_token_ttl_secs": 86_400});
    let tokens = meeting.acme.tokens_living(&meeting.room_id, lives).await;
    let [old, _] = kids(&meeting.server).await.try_into().unwrap();
    rotate(&meeting.server, "third");
    let retiring = meeting.server.key_ring().entries()[1].state();
    let until = meeting.server.clock().now().saturating_add_secs(90_000);
    assert_eq!(retiring, KeyState::Retiring { until });
    eventually(LIMIT, async || kids(&meeting.server).await.len() == 3).await;

    // A refresh token's whole life, and that of a client token minted at its end.
    meeting.server.clock().advance(86_399);
    let anyone = meeting.server.anyone();
    anyone
        .refresh(&meeting.room_id, &tokens.refresh_token)
        .await
        .expect(201);
    meeting.server.clock().advance_to(until);
    let file = meeting.server.data().join(format!("keys/{old}.pem"));
    assert!(file.exists());
    rotate(&meeting.server, "fourth");
    eventually(LIMIT, async || !kids(&meeting.server).await.contains(&old)).await;
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotations_under_load_refuse_nobody() {
    const ROTATIONS: usize = 5;
    const WORKERS: usize = 8;
    let server = TestServer::with(|settings| {
        settings.limits.refresh_per_family_burst = 0;
        settings.limits.refresh_per_address_burst = 0;
    })
    .await;
    let meeting = Meeting::on(server).await;
    let done = AtomicBool::new(false);
    let refreshed = AtomicUsize::new(0);

    let work = join_all((0..WORKERS).map(async |_| {
        let anyone = meeting.server.anyone();
        while !done.load(Ordering::SeqCst) {
            let fresh = meeting.acme.tokens(&meeting.room_id).await;
            for refresh_token in [&meeting.tokens.refresh_token, &fresh.refresh_token] {
                let reply = anyone.refresh(&meeting.room_id, refresh_token).await;
                reply.expect(201);
            }
            refreshed.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let rotations = async {
        for number in 0..ROTATIONS {
            let ring = rotate(&meeting.server, &format!("key {number}"));
            let active = ring.active().kid().to_string();
            eventually(LIMIT, async || kids(&meeting.server).await[0] == active).await;
            let so_far = refreshed.load(Ordering::SeqCst);
            let enough = so_far + WORKERS;
            eventually(LIMIT, async || refreshed.load(Ordering::SeqCst) > enough).await;
        }
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(work, rotations);
    assert_eq!(kids(&meeting.server).await.len(), ROTATIONS + 2);
}

#[tokio::test]
async fn a_revoked_key_takes_its_tokens_with_it() {
    let meeting = Meeting::set().await;
    let [revoked, next] = kids(&meeting.server).await.try_into().unwrap();
    let mut inside = meeting.server.door(&meeting.room_id).await;
    inside.session(&meeting.tokens.token).await;
    let now = meeting.server.clock().now();
    let kid = revoked.parse().unwrap();
    let change = |ring: &KeyRing, fresh| ring.revoke(kid, fresh, now).unwrap();
    meeting.server.change_keys("fresh", change);

    // Who is inside is sent away without having to say anything.
    assert_eq!(inside.closed().await, 4000);
    assert!(!kids(&meeting.server).await.contains(&revoked));
    let anyone = meeting.server.anyone();
    anyone
        .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
        .await
        .refused(403, "10010");
    let mut door = meeting.server.door(&meeting.room_id).await;
    let answer = door.create(&meeting.tokens.token).await;
    assert_eq!(answer["status_code"], 401);

    let after = meeting.acme.tokens(&meeting.room_id).await;
    assert_eq!(header_of(&after.token)["kid"], next.as_str());
    anyone
        .refresh(&meeting.room_id, &after.refresh_token)
        .await
        .expect(201);
    let mut door = meeting.server.door(&meeting.room_id).await;
    door.session(&after.token).await;
}

#[tokio::test]
async fn damaged_keys_on_disk_leave_those_in_force() {
    let meeting = Meeting::set().await;
    let before = kids(&meeting.server).await;
    let ring_file = meeting.server.data().join("keys/ring.json");
    let good = std::fs::read_to_string(&ring_file).unwrap();
    replace(&ring_file, "[]");
    // Once this is noticed the keys have been looked at too: it happens in this order.
    let family = claims_of(&meeting.tokens.token)["sid"].take();
    let family = family.as_str().unwrap().parse().unwrap();
    meeting.server.revoke_family(family).await;
    let anyone = meeting.server.anyone();
    let (room_id, refresh_token) = (&meeting.room_id, &meeting.tokens.refresh_token);
    eventually(LIMIT, async || {
        anyone.refresh(room_id, refresh_token).await.status == 403
    })
    .await;
    assert_eq!(kids(&meeting.server).await, before);
    meeting.acme.tokens(&meeting.room_id).await;

    replace(&ring_file, &good);
    rotate(&meeting.server, "third");
    eventually(LIMIT, async || kids(&meeting.server).await.len() == 3).await;
}

/// The ids of the published keys, in order.
async fn kids(server: &TestServer) -> Vec<String> {
    let keys = server.anyone().get("/.well-known/jwks.json").await.json();
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(kid).collect()
}

fn rotate(server: &TestServer, fresh: &str) -> KeyRing {
    let now = server.clock().now();
    server.change_keys(fresh, |ring, fresh| ring.rotate(fresh, now).unwrap())
}

/// Replaces a private file in one step.
fn replace(path: &std::path::Path, content: &str) {
    greenroom_server::data_dir::replace(path, content.as_bytes()).unwrap();
}
