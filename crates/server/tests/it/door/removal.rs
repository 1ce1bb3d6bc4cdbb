//! A deleted room: everybody is sent out, nobody gets in.

use std::time::Instant;

use greenroom_domain::Clock;
use greenroom_testkit::{LIMIT, TestServer, eventually, within};
use serde_json::json;

use super::sdk::{Sdk, gauges, stays, thrown_out, with_room, within_a_second};

#[tokio::test]
async fn its_sessions_are_closed_within_a_second_and_no_others() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let mut elsewhere = Vec::new();
    for _ in 0..3 {
        let room = acme.new_room().await;
        let token = acme.tokens(&room).await.token;
        elsewhere.push(Sdk::initialize(server.address(), &room, &token).await);
    }
    within_a_second(async || {
        let room = acme.new_room().await;
        let mut inside = Vec::new();
        for _ in 0..5 {
            let token = acme.tokens(&room).await.token;
            inside.push(Sdk::initialize(server.address(), &room, &token).await);
        }
        let started = now();
        acme.delete_room(&room).await;
        for sdk in &mut inside {
            assert_eq!(sdk.door.rest().await, (vec![], 4000), "no status frame");
        }
        let took = started.elapsed();
        for sdk in &mut inside {
            sdk.door.hung_up().await;
        }
        took
    })
    .await;
    for sdk in &mut elsewhere {
        stays(sdk).await;
    }
    assert_eq!(gauges(&server).await, (3, 3));
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is promised within a second is measured"
)]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn when_the_deletion_is_answered_nobody_gets_in_any_more() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let waiting_at_the_door = server.door(&room).await;
    acme.delete_room(&room).await;
    let came_after = server.door(&room).await;
    for door in [waiting_at_the_door, came_after] {
        let mut sdk = Sdk::at(door, &token);
        sdk.send("create", json!({})).await;
        assert_eq!(sdk.door.rest().await, thrown_out(403));
    }
    assert_eq!(gauges(&server).await, (0, 0));
}

/// Sessions are opened, one after the other and all at once, while the room goes: none is left, and
/// none begins after the deletion was answered.
#[tokio::test]
async fn a_join_that_races_the_deletion_is_never_left_over() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for _ in 0..5 {
        let room = acme.new_room().await;
        let token = acme.tokens(&room).await.token;
        let joins: Vec<_> = (0..20)
            .map(|_| {
                let (room, token, address) = (room.clone(), token.clone(), server.address());
                tokio::spawn(async move {
                    let door = greenroom_testkit::Door::open(address, &room).await;
                    let mut sdk = Sdk::at(door, &token);
                    sdk.send("create", json!({})).await;
                    sdk.door.rest().await
                })
            })
            .collect();
        // At a different moment of the race in each round, as the scheduler has it.
        tokio::task::yield_now().await;
        acme.delete_room(&room).await;
        let mut late = Sdk::at(server.door(&room).await, &token);
        late.send("create", json!({})).await;
        assert_eq!(late.door.rest().await, thrown_out(403));
        late.door.hung_up().await;
        for join in joins {
            let (frames, code) = within(join).await.unwrap();
            assert_eq!(code, 4000, "{frames:?}");
            assert_eq!(frames.len(), 1, "let in or refused: {frames:?}");
        }
        eventually(LIMIT, async || gauges(&server).await == (0, 0)).await;
    }
}

#[tokio::test]
async fn a_room_that_another_process_deletes_is_noticed() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut inside = Sdk::initialize(server.address(), &room, &token).await;
    let mut work = server.store().begin().await.unwrap();
    let now = server.clock().now();
    work.delete_room(acme.id, room.parse().unwrap(), now)
        .await
        .unwrap();
    work.commit().await.unwrap();
    assert_eq!(inside.door.rest().await, (vec![], 4000));
    let mut late = Sdk::at(server.door(&room).await, &token);
    late.send("create", json!({})).await;
    assert_eq!(late.door.rest().await, thrown_out(403));
}

#[tokio::test]
async fn a_change_to_the_room_disturbs_nobody() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut inside = Sdk::initialize(server.address(), &room, &token).await;
    let path = format!("/v2/rooms/{room}");
    acme.patch(
        &path,
        json!({"unique_name": "another", "max_participants": 2}),
    )
    .await
    .expect(200);
    stays(&mut inside).await;
    Sdk::initialize(server.address(), &room, &token).await;
}
