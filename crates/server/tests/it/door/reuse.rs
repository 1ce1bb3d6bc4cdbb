//! Two clients with one token: `tokens.reuse`.

use greenroom_server::config::TokenReuse;
use greenroom_testkit::{LIMIT, TestServer, eventually};
use serde_json::json;

use super::sdk::{Sdk, gauges, is_error, stays, thrown_out, with_room};

async fn server(reuse: TokenReuse) -> TestServer {
    TestServer::with(|settings| settings.tokens.reuse = reuse).await
}

async fn refreshed(server: &TestServer, room: &str, refresh_token: &str) -> String {
    let data = server.anyone().refresh(room, refresh_token).await.data(201);
    data["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn allow_lets_both_in() {
    let server = server(TokenReuse::Allow).await;
    let (_acme, room, token) = with_room(&server).await;
    let mut first = Sdk::initialize(server.address(), &room, &token).await;
    let mut second = Sdk::initialize(server.address(), &room, &token).await;
    stays(&mut first).await;
    stays(&mut second).await;
    assert_ne!(first.session, second.session);
}

#[tokio::test]
async fn reject_new_refuses_the_second_until_the_first_has_left() {
    let server = server(TokenReuse::RejectNew).await;
    let (acme, room, _token) = with_room(&server).await;
    let pair = acme.tokens(&room).await;
    let mut first = Sdk::initialize(server.address(), &room, &pair.token).await;
    // Another token of the family is no way around it.
    for token in [
        &pair.token,
        &refreshed(&server, &room, &pair.refresh_token).await,
    ] {
        let mut second = Sdk::at(server.door(&room).await, token);
        second.send("create", json!({})).await;
        assert_eq!(second.door.rest().await, thrown_out(403));
    }
    let reply = first.ask("create", json!({"session_id": null})).await;
    assert!(is_error(&reply, 403), "{reply:#}");
    stays(&mut first).await;
    // Somebody else's family has nothing to do with it.
    let of_another = acme.tokens(&room).await.token;
    Sdk::initialize(server.address(), &room, &of_another).await;

    assert_eq!(first.disconnect().await, 1000);
    let again = Sdk::initialize(server.address(), &room, &pair.token).await;
    // A connection that breaks gives the place back as well.
    drop(again);
    eventually(LIMIT, async || gauges(&server).await == (0, 0)).await;
    Sdk::initialize(server.address(), &room, &pair.token).await;
}

#[tokio::test]
async fn replace_old_sends_the_first_out() {
    let server = server(TokenReuse::ReplaceOld).await;
    let (acme, room, _token) = with_room(&server).await;
    let pair = acme.tokens(&room).await;
    let mut bystander =
        Sdk::initialize(server.address(), &room, &acme.tokens(&room).await.token).await;
    let mut first = Sdk::initialize(server.address(), &room, &pair.token).await;
    let mut second = Sdk::initialize(server.address(), &room, &pair.token).await;
    assert_eq!(first.door.rest().await, thrown_out(403));
    let token = refreshed(&server, &room, &pair.refresh_token).await;
    let mut third = Sdk::initialize(server.address(), &room, &token).await;
    assert_eq!(second.door.rest().await, thrown_out(403));
    stays(&mut third).await;
    stays(&mut bystander).await;
    first.door.hung_up().await;
    second.door.hung_up().await;
    eventually(LIMIT, async || gauges(&server).await == (2, 2)).await;
}

/// The place of a family is in one room.
#[tokio::test]
async fn another_room_is_another_matter() {
    for reuse in [TokenReuse::RejectNew, TokenReuse::ReplaceOld] {
        let server = server(reuse).await;
        let (acme, room, token) = with_room(&server).await;
        let other_room = acme.new_room().await;
        let of_other_room = acme.tokens(&other_room).await.token;
        let mut first = Sdk::initialize(server.address(), &room, &token).await;
        Sdk::initialize(server.address(), &other_room, &of_other_room).await;
        stays(&mut first).await;
    }
}
