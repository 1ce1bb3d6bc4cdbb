//! People in a room, as the roster tells of them, and as many as it holds.

use greenroom_testkit::{Account, TestServer};
use serde_json::{Value, json};

use super::sdk::{Sdk, thrown_out};

/// Somebody in the roster: the first step of the SDK's `connect()`.
struct Guest {
    sdk: Sdk,
    handle: Value,
}

impl Guest {
    /// Comes to the door and opens the handle of the roster.
    async fn at_the_door(server: &TestServer, acme: &Account, room: &str) -> Self {
        let token = acme.tokens(room).await.token;
        let mut sdk = Sdk::initialize(server.address(), room, &token).await;
        let plugin = json!({"plugin": "janus.plugin.audiobridge"});
        let reply = sdk.ask("attach", plugin).await;
        let handle = reply["data"]["id"].clone();
        Self { sdk, handle }
    }

    /// Joins the roster; the reply.
    async fn join(&mut self, room: &str, display: &str) -> Value {
        let body = json!({"request": "join", "room": room, "display": display, "muted": true});
        let members = json!({"handle_id": self.handle, "body": body});
        let ack = self.sdk.ask("message", members).await;
        assert_eq!(ack["janus"], "ack", "{ack:#}");
        self.next().await
    }

    /// What the plugin tells next.
    async fn next(&mut self) -> Value {
        let frame = self.sdk.door.next_frame().await;
        assert_eq!(frame["sender"], self.handle, "{frame:#}");
        frame["plugindata"]["data"].clone()
    }

    async fn is_inside(server: &TestServer, acme: &Account, room: &str, display: &str) -> Self {
        let mut guest = Self::at_the_door(server, acme, room).await;
        let reply = guest.join(room, display).await;
        assert_eq!(reply["audiobridge"], "joined", "{reply:#}");
        guest
    }
}

async fn room_for(people: u8, server: &TestServer) -> (Account, String) {
    let acme = server.account("acme").await;
    let room = acme.create_room(json!({"max_participants": people})).await;
    (acme, room["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn whoever_joins_and_leaves_is_announced() {
    let server = TestServer::start().await;
    let (acme, room) = room_for(3, &server).await;
    let mut ann = Guest::is_inside(&server, &acme, &room, "ann").await;
    let mut ben = Guest::at_the_door(&server, &acme, &room).await;
    let joined = ben.join(&room, "ben").await;
    assert_eq!(joined["room"], room);
    assert_eq!(joined["participants"][0]["display"], "ann");
    let news = ann.next().await;
    assert_eq!(news["participants"][0]["display"], "ben");
    assert_eq!(news["participants"][0]["id"], joined["id"]);
    assert_eq!(news.get("id"), None, "with an id it would be a reply");

    // At once with `destroy`, with the end of the socket, and with a revoked family.
    assert_eq!(ben.sdk.disconnect().await, 1000);
    assert_eq!(ann.next().await["leaving"], joined["id"]);

    let mut cid = Guest::at_the_door(&server, &acme, &room).await;
    let joined = cid.join(&room, "cid").await;
    ann.next().await;
    drop(cid);
    assert_eq!(ann.next().await["leaving"], joined["id"]);

    let mut dan = Guest::at_the_door(&server, &acme, &room).await;
    let joined = dan.join(&room, "dan").await;
    ann.next().await;
    server
        .revoke_family(super::sdk::family_of(&dan.sdk.token))
        .await;
    assert_eq!(ann.next().await["leaving"], joined["id"]);
    assert_eq!(dan.sdk.door.rest().await, thrown_out(403));
}

#[tokio::test]
async fn a_room_holds_as_many_people_as_it_should() {
    let server = TestServer::start().await;
    let (acme, room) = room_for(2, &server).await;
    let mut ann = Guest::is_inside(&server, &acme, &room, "ann").await;
    let mut ben = Guest::is_inside(&server, &acme, &room, "ben").await;
    ann.next().await;

    let mut cid = Guest::at_the_door(&server, &acme, &room).await;
    let refused = cid.join(&room, "cid").await;
    assert_eq!(refused["error_code"], 489, "{refused:#}");
    // The SDK does not look at that; so this is what it is told.
    assert_eq!(cid.sdk.door.rest().await, thrown_out(403));

    ben.sdk.disconnect().await;
    assert!(ann.next().await["leaving"].is_u64());
    Guest::is_inside(&server, &acme, &room, "dan").await;
}
