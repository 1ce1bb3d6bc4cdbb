//! Closing handshakes: the code that the browser sees decides what the application is told.

use greenroom_testkit::{LIMIT, TestServer, eventually};
use serde_json::json;

use super::sdk::{Sdk, gauges, with_room};

#[tokio::test]
async fn the_clients_code_is_answered_with_itself() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    for code in [1000, 1001, 3000, 3999, 4000, 4999] {
        let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
        sdk.door.close(code).await;
        assert_eq!(sdk.door.closed().await, code);
        sdk.door.hung_up().await;
    }
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    sdk.door.close_without_code().await;
    assert_eq!(sdk.door.closed().await, 1005);
    sdk.door.hung_up().await;
    eventually(LIMIT, async || gauges(&server).await == (0, 0)).await;
}

#[tokio::test]
async fn disconnect_is_answered_with_1000() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    assert_eq!(sdk.disconnect().await, 1000);
    sdk.door.hung_up().await;
}

/// After `destroy` the connection is still the client's to close.
#[tokio::test]
async fn after_destroy_the_connection_stays_for_the_client_to_close() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    sdk.ask("destroy", json!({})).await;
    assert_eq!(gauges(&server).await, (1, 0));
    sdk.session = 0;
    let reply = sdk.ask("create", json!({})).await;
    assert_eq!(reply["janus"], "success");
    assert_eq!(gauges(&server).await, (1, 1));
}

#[tokio::test]
async fn a_close_frame_behind_the_servers_own_changes_nothing() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    acme.delete_room(&room).await;
    // The SDK closes by itself when it is thrown out.
    sdk.door.close_without_code().await;
    assert_eq!(sdk.door.rest().await, (vec![], 4000));
    sdk.door.hung_up().await;
}

#[tokio::test]
async fn a_stopping_server_closes_with_1001_and_has_nobody_left() {
    let mut server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let mut inside = Sdk::initialize(server.address(), &room, &token).await;
    let mut at_the_door = server.door(&room).await;
    let stopped = tokio::spawn(async move {
        server.stop().await;
        server
    });
    assert_eq!(inside.door.rest().await, (vec![], 1001));
    assert_eq!(at_the_door.rest().await, (vec![], 1001));
    inside.door.hung_up().await;
    at_the_door.hung_up().await;
    stopped.await.unwrap();
}
