//! A client that speaks as the vendor's browser SDK does, and what tests of the door share.

use std::net::SocketAddr;
use std::time::Duration;

use greenroom_domain::FamilyId;
use greenroom_testkit::{Account, Client, Door, TestServer, tokens};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

/// What the issue allows a revocation to take.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// One room object of the SDK: a WebSocket with one session, the token in every frame, and a new
/// transaction (a UUID of version 1) for each.
pub(crate) struct Sdk {
    pub(crate) door: Door,
    pub(crate) token: String,
    pub(crate) session: u64,
    sent: u32,
}

impl Sdk {
    /// `initialize()`: opens the WebSocket of the room and a session.
    pub(crate) async fn initialize(server: SocketAddr, room: &str, token: &str) -> Self {
        let door = Door::open(server, room).await;
        let mut sdk = Self::at(door, token);
        let reply = sdk.ask("create", json!({})).await;
        assert_eq!(reply["janus"], "success", "{reply:#}");
        sdk.session = reply["data"]["id"].as_u64().unwrap();
        sdk
    }

    /// At an open door, without a session yet.
    pub(crate) fn at(door: Door, token: &str) -> Self {
        Self {
            door,
            token: token.to_owned(),
            session: 0,
            sent: 0,
        }
    }

    /// A request as the SDK writes it; `members` are what is particular to it.
    pub(crate) fn request(&mut self, verb: &str, members: Value) -> Value {
        self.sent += 1;
        let mut frame = Map::new();
        frame.insert("client_token".to_owned(), json!(self.token));
        frame.insert("janus".to_owned(), json!(verb));
        let transaction = format!("{:08x}-47e1-11ec-9b4c-2f4e8d6a1c30", self.sent);
        frame.insert("transaction".to_owned(), json!(transaction));
        if self.session != 0 {
            frame.insert("session_id".to_owned(), json!(self.session));
        }
        let Value::Object(members) = members else {
            panic!("{members} is no object");
        };
        frame.extend(members);
        Value::Object(frame)
    }

    /// Sends a request and hears its answer, which has to be the next frame and to name the same
    /// transaction; the answer without it.
    pub(crate) async fn ask(&mut self, verb: &str, members: Value) -> Value {
        let request = self.request(verb, members);
        let mut reply = self.door.ask(request.clone()).await;
        let transaction = reply.as_object_mut().unwrap().remove("transaction");
        assert_eq!(
            transaction.as_ref(),
            request.get("transaction"),
            "{reply:#}"
        );
        reply
    }

    /// Sends a request without waiting for anything.
    pub(crate) async fn send(&mut self, verb: &str, members: Value) {
        let request = self.request(verb, members);
        self.door.send(request).await;
    }

    /// A keepalive that has to be taken.
    pub(crate) async fn keepalive(&mut self) {
        let reply = self.ask("keepalive", json!({})).await;
        assert_eq!(reply, json!({"janus": "ack", "session_id": self.session}));
    }

    /// `updateClientToken()`: a keepalive with the new token; the answer.
    pub(crate) async fn update_token(&mut self, token: &str) -> Value {
        self.ask("keepalive", json!({"client_token": token})).await
    }

    /// `disconnect()`: destroys the session and closes without waiting for an answer; the close code
    /// of the server.
    pub(crate) async fn disconnect(&mut self) -> u16 {
        self.send("destroy", json!({})).await;
        self.door.close(1000).await;
        self.door.closed().await
    }
}

/// The status frame of a refusal.
pub(crate) fn status(code: u16) -> Value {
    let message = match code {
        401 => "Unauthorized",
        403 => "Forbidden",
        429 => "Too Many Requests",
        _ => panic!("no refusal has the status {code}"),
    };
    json!({"status_code": code, "error_message": message})
}

/// What is left of a connection that is refused, or thrown out, with this status: one status frame,
/// and the close code.
pub(crate) fn thrown_out(code: u16) -> (Vec<Value>, u16) {
    (vec![status(code)], 4000)
}

/// The answer to `request` when it is an error of this number; its reason is for people.
pub(crate) fn is_error(reply: &Value, number: u16) -> bool {
    reply["janus"] == "error"
        && reply["error"]["code"] == number
        && reply["error"]["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
}

/// A number of `/metrics`.
pub(crate) async fn metric(anyone: &Client, name: &str) -> i64 {
    let reply = anyone.get("/metrics").await.expect(200);
    let line = reply
        .text()
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name} in {}", reply.text()));
    value.parse().unwrap()
}

/// The door's gauges: connections and sessions.
pub(crate) async fn gauges(server: &TestServer) -> (i64, i64) {
    let anyone = server.anyone();
    (
        metric(&anyone, "greenroom_door_connections").await,
        metric(&anyone, "greenroom_door_sessions").await,
    )
}

/// Makes all connections look at the clock again, though no timer follows it: a family is revoked.
/// When this returns, the server has noticed.
pub(crate) async fn nudge(server: &TestServer, account: &Account, room: &str) {
    let token = account.tokens(room).await.token;
    let mut witness = Sdk::initialize(server.address(), room, &token).await;
    server.revoke_family(family_of(&token)).await;
    assert_eq!(witness.door.rest().await, thrown_out(403));
}

/// The family of a token.
pub(crate) fn family_of(token: &str) -> FamilyId {
    tokens::claims_of(token)["sid"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// A server, an account with a room, and a token for it.
pub(crate) async fn with_room(server: &TestServer) -> (Account, String, String) {
    let acme = server.account("acme").await;
    let room = acme.new_room().await;
    let token = acme.tokens(&room).await.token;
    (acme, room, token)
}

/// Does something up to three times until it takes no more than a second; it has to come to its
/// end each time. One slow turn of a busy machine is no fault.
pub(crate) async fn within_a_second(mut once: impl AsyncFnMut() -> Duration) {
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(once().await);
        if took.last().is_some_and(|last| *last <= SECOND) {
            return;
        }
    }
    panic!("took more than a second, three times: {took:?}");
}

/// Whether nothing at all comes to that client before it is answered.
pub(crate) async fn stays(sdk: &mut Sdk) {
    sdk.keepalive().await;
    let nothing = timeout(Duration::ZERO, sdk.door.next_text()).await;
    assert!(nothing.is_err(), "{nothing:?}");
}
