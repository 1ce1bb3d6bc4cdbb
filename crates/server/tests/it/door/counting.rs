//! The door's numbers in `/metrics`.

use greenroom_testkit::{LIMIT, TestServer, eventually};
use serde_json::json;

use super::sdk::{Sdk, gauges, metric, with_room};

#[tokio::test]
async fn they_go_up_and_back_to_zero() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    assert_eq!(gauges(&server).await, (0, 0));
    let at_the_door = server.door(&room).await;
    assert_eq!(gauges(&server).await, (1, 0));
    let mut leaving = Sdk::initialize(server.address(), &room, &token).await;
    let broken = Sdk::initialize(server.address(), &room, &token).await;
    let mut staying = Sdk::initialize(server.address(), &room, &token).await;
    staying.ask("create", json!({"session_id": null})).await;
    assert_eq!(gauges(&server).await, (4, 4));

    leaving.disconnect().await;
    drop(broken);
    drop(at_the_door);
    eventually(LIMIT, async || gauges(&server).await == (1, 2)).await;
    acme.delete_room(&room).await;
    staying.door.rest().await;
    staying.door.hung_up().await;
    eventually(LIMIT, async || gauges(&server).await == (0, 0)).await;
    let opened = metric(&server.anyone(), "greenroom_door_sessions_opened_total").await;
    assert_eq!(opened, 4);
}

#[tokio::test]
async fn a_hundred_connections_that_break_leave_nothing_behind() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut inside = Vec::new();
    for _ in 0..100 {
        inside.push(Sdk::initialize(server.address(), &room, &token).await);
    }
    assert_eq!(gauges(&server).await, (100, 100));
    drop(inside);
    eventually(LIMIT, async || gauges(&server).await == (0, 0)).await;
}

#[tokio::test]
async fn refused_joins_are_counted_by_reason() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let other = acme.new_room().await;
    for (room, token) in [(&room, "none"), (&other, token.as_str())] {
        let mut door = server.door(room).await;
        let frame = json!({"janus": "create", "transaction": "c", "client_token": token});
        door.send(frame).await;
        door.rest().await;
        door.hung_up().await;
    }
    for (reason, count) in [("token", 1), ("room", 1), ("room_full", 0), ("rate", 0)] {
        let name = format!("greenroom_joins_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(metric(&server.anyone(), &name).await, count, "{reason}");
    }
}
