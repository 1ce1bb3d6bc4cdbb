//! The error catalogue: each of its rows can be met, and looks as all others do.

use std::fs;
use std::time::Duration;

use greenroom_api::error::Kind;
use greenroom_server::config::Settings;
use greenroom_testkit::{Account, Reply, TestServer};
use serde_json::{Value, json};

use super::meeting::Meeting;
use super::past::{self, Past};

#[tokio::test]
async fn every_row_can_be_met() {
    for kind in Kind::ALL {
        let reply = Box::pin(meet(*kind)).await;
        let entry = kind.entry();
        let body = reply.refused(entry.status.as_u16(), entry.code);
        assert_eq!(body["title"], entry.title, "{kind:?}");
        let named = ["allow", "retry-after", "www-authenticate"];
        let headers: serde_json::Map<_, _> = named
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), json!(reply.header(name)?))))
            .collect();
        let shown = json!({"status": reply.status, "headers": headers, "body": body});
        insta::assert_json_snapshot!(format!("{kind:?}"), shown);
    }
}

/// Does what ends in an error of that kind.
async fn meet(kind: Kind) -> Reply {
    let post = async |path: &str, body| Stage::set().await.acme.post(path, body).await;
    match kind {
        Kind::AuthenticationFailed => {
            let stage = Stage::set().await;
            stage.server.anyone().get("/v2/rooms").await
        }
        Kind::NotAuthorized => {
            let stage = Stage::set().await;
            stage.server.anyone().refresh(&stage.room_id, "x").await
        }
        Kind::OperatorOnly => keys_of_another_account().await,
        Kind::KeyRingFull => keys_rotated_too_often().await,
        Kind::InvalidRoomId => {
            let path = "/v2/rooms/undefined/actions/generate_join_client_token";
            post(path, json!({})).await
        }
        Kind::ForeignPage => {
            let stage = Stage::set_with(|settings| settings.pages.visitors = Some(true)).await;
            let anyone = stage.server.anyone();
            let call = anyone.call("POST", "/visit");
            let call = call.header("origin", "https://elsewhere.example");
            call.json(&json!({"room": "standup"})).send().await
        }
        Kind::NotFound => Stage::set().await.acme.get("/v2/rooms/x").await,
        Kind::MethodNotAllowed => {
            let stage = Stage::set().await;
            stage.acme.call("PUT", "/v2/rooms").send().await
        }
        Kind::UpgradeNeeded => {
            let stage = Stage::set().await;
            let path = format!("/{}/janus", stage.room_id);
            stage.server.anyone().get(&path).await
        }
        Kind::RequestTimeout => a_body_that_never_comes().await,
        Kind::TooLarge => post("/v2/rooms", json!({"filler": "x".repeat(20_000)})).await,
        Kind::UnsupportedMediaType => {
            let stage = Stage::set().await;
            stage.acme.call("POST", "/v2/rooms").body("{}").send().await
        }
        Kind::InvalidUrl => post("/v2/rooms", json!({"webhook_event_url": "nowhere"})).await,
        Kind::InvalidId => kick(json!({"participants": ["x"]})).await,
        Kind::InvalidParticipants => kick(json!({"participants": [past::id(2)]})).await,
        Kind::InvalidChoice => kick(json!({"participants": "everybody"})).await,
        Kind::SessionEnded => an_action_on_a_session_that_has_ended().await,
        Kind::MissingParameter => {
            let path = "/v2/rooms/undefined/actions/refresh_client_token";
            post(path, json!({})).await
        }
        Kind::DuplicateResource => post("/v2/rooms", json!({"unique_name": "stage"})).await,
        Kind::ValidationFailed => Stage::set().await.acme.get("/v2/rooms?page[size]=0").await,
        Kind::InvalidJson => post("/v2/rooms", json!("text")).await,
        Kind::StringLength => post("/v2/rooms", json!({"unique_name": ""})).await,
        Kind::InvalidType => post("/v2/rooms", json!({"unique_name": 7})).await,
        Kind::InvalidFilter => Stage::set().await.acme.get("/v2/rooms?filter[x]=1").await,
        Kind::OutOfRange => post("/v2/rooms", json!({"max_participants": 51})).await,
        Kind::TooManyRequests => {
            let stage = Stage::set_with(|settings| settings.limits.failed_auth_burst = 1).await;
            let anyone = stage.server.anyone();
            anyone.get("/v2/rooms").await.refused(401, "10009");
            anyone.get("/v2/rooms").await
        }
        Kind::Unexpected => a_room_that_was_tampered_with().await,
        Kind::Unavailable => a_store_that_cannot_be_written().await,
    }
}

/// Somebody who is not the operator asks for what only the operator may see.
async fn keys_of_another_account() -> Reply {
    let stage = Stage::set().await;
    stage.server.clock().advance(1);
    let later = stage.server.account("globex").await;
    later.get("/v2/signing_keys").await
}

/// A kick in a room with one person in it.
async fn kick(body: Value) -> Reply {
    // On the heap: it would make the test that meets all of them large.
    let meeting = Box::pin(Meeting::of(1)).await;
    meeting.act("kick", body).await
}

async fn keys_rotated_too_often() -> Reply {
    let stage = Stage::set().await;
    let rotate = "/v2/signing_keys/actions/rotate";
    for _ in 0..14 {
        stage.acme.post(rotate, json!({})).await.expect(200);
    }
    stage.acme.post(rotate, json!({})).await
}

async fn an_action_on_a_session_that_has_ended() -> Reply {
    let stage = Stage::set().await;
    let past = Past {
        server: &stage.server,
        account: &stage.acme,
        room: &stage.room_id,
    };
    let session = past.session(1, 0).await;
    past.end(session, 1).await;
    let path = format!("/v2/room_sessions/{}/actions/end", session.id);
    stage.acme.post(&path, json!({})).await
}

/// A body is announced and does not come, while the runtime's time moves on.
async fn a_body_that_never_comes() -> Reply {
    let stage = Stage::set().await;
    let mut raw = stage.server.raw().await;
    let head = format!(
        "POST /v2/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        stage.acme.key
    );
    raw.send(head).await;
    // It has been taken up once another request, sent later, is answered.
    stage.server.anyone().get("/healthz").await.expect(200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    raw.reply().await
}

/// Somebody changed the database by hand: what stands in it now is no URL.
async fn a_room_that_was_tampered_with() -> Reply {
    let mut stage = Stage::set().await;
    let url = "https://tampered.example";
    let settings = json!({"webhook_event_url": url});
    let room = stage.acme.create_room(settings).await;
    stage.server.stop().await;
    let database = stage.server.data().join("greenroom.db");
    let mut bytes = fs::read(&database).unwrap();
    let mut places = bytes.windows(url.len());
    let at = places.position(|place| place == url.as_bytes()).unwrap();
    bytes[at..at + 5].copy_from_slice(b"-----");
    fs::write(&database, bytes).unwrap();
    stage.server.start_again().await;
    let path = format!("/v2/rooms/{}", room["id"].as_str().unwrap());
    let again = stage.server.anyone().with_key(&stage.acme.key);
    again.get(&path).await
}

/// Another process holds the database's one write lock for longer than the server waits for it.
async fn a_store_that_cannot_be_written() -> Reply {
    let stage = Stage::set().await;
    let work = stage.server.store().begin().await.unwrap();
    let reply = stage.acme.post("/v2/rooms", json!({})).await;
    // Reads, and tokens for rooms that are known, do not wait for writers.
    stage.acme.get("/v2/rooms").await.expect(200);
    stage.acme.tokens(&stage.room_id).await;
    drop(work);
    reply
}

/// A server with an account and a room of the name `stage`.
struct Stage {
    server: TestServer,
    acme: Account,
    room_id: String,
}

impl Stage {
    async fn set() -> Self {
        Self::set_with(|_| ()).await
    }

    async fn set_with(change: impl FnOnce(&mut Settings)) -> Self {
        let server = TestServer::with(change).await;
        let acme = server.account("acme").await;
        let room = acme.create_room(json!({"unique_name": "stage"})).await;
        Self {
            server,
            acme,
            room_id: room["id"].as_str().unwrap().to_owned(),
        }
    }
}

#[tokio::test]
async fn a_method_that_a_path_lacks_is_answered_with_those_it_has() {
    let stage = Stage::set().await;
    let room = format!("/v2/rooms/{}", stage.room_id);
    let janus = format!("/{}/janus", stage.room_id);
    for (method, path, allowed) in [
        ("PUT", "/v2/rooms", "GET,HEAD,POST"),
        ("DELETE", "/v2/rooms", "GET,HEAD,POST"),
        ("PUT", &room, "GET,HEAD,PATCH,DELETE"),
        ("POST", &room, "GET,HEAD,PATCH,DELETE"),
        (
            "GET",
            &format!("{room}/actions/generate_join_client_token"),
            "POST",
        ),
        (
            "DELETE",
            &format!("{room}/actions/refresh_client_token"),
            "POST",
        ),
        ("POST", &format!("{room}/sessions"), "GET,HEAD"),
        ("POST", "/v2/room_sessions", "GET,HEAD"),
        ("DELETE", "/v2/room_sessions/x", "GET,HEAD"),
        ("POST", "/v2/room_sessions/x/participants", "GET,HEAD"),
        ("GET", "/v2/room_sessions/x/actions/end", "POST"),
        ("GET", "/v2/room_sessions/x/actions/kick", "POST"),
        ("GET", "/v2/room_sessions/x/actions/mute", "POST"),
        ("GET", "/v2/room_sessions/x/actions/unmute", "POST"),
        ("PATCH", "/v2/room_participants", "GET,HEAD"),
        ("DELETE", "/v2/room_participants/x", "GET,HEAD"),
        ("GET", "/v2/client_tokens/actions/explain", "POST"),
        ("POST", "/v2/server", "GET,HEAD"),
        ("POST", "/v2/webhook_deliveries", "GET,HEAD"),
        ("DELETE", "/v2/webhook_deliveries/x", "GET,HEAD"),
        ("GET", "/v2/webhook_deliveries/x/actions/replay", "POST"),
        ("POST", "/v2/signing_keys", "GET,HEAD"),
        ("GET", "/v2/signing_keys/actions/rotate", "POST"),
        ("GET", "/v2/signing_keys/x/actions/revoke", "POST"),
        ("POST", "/.well-known/jwks.json", "GET,HEAD"),
        ("POST", "/healthz", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("BREW", "/v2/rooms", "GET,HEAD,POST"),
    ] {
        let reply = stage.acme.call(method, path).send().await;
        reply.refused(405, "10030");
        let mut given: Vec<_> = reply.header("allow").unwrap().split(',').collect();
        let mut allowed: Vec<_> = allowed.split(',').collect();
        given.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(given, allowed, "{method} {path}");
    }
    let reply = stage.acme.call("POST", &janus).send().await;
    reply.refused(400, "10015");
}

#[tokio::test]
async fn paths_that_lead_nowhere() {
    let stage = Stage::set().await;
    let id = &stage.room_id;
    for path in [
        "/v2",
        "/v2/",
        "/v2/rooms/",
        "/v2/Rooms",
        "/rooms",
        "/v1/rooms",
        "/v2/room_sessions/",
        "/v2/room_participants/",
        "/v2/room_recordings",
        &format!("/v2/rooms/{id}/sessions/"),
        "//v2/rooms",
        "/v2/rooms/../rooms",
        &format!("/v2/rooms/{id}/"),
        &format!("/v2/rooms/{id}/actions"),
        &format!("/v2/rooms/{id}/actions/generate_join_client_token/"),
        &format!("/v2/rooms/{id}%2Factions"),
        "/undefined/janus",
        &format!("/{}/janus", id.to_uppercase()),
        "/.well-known/openid-configuration",
        "/docs/errors/x",
    ] {
        let reply = stage.acme.get(path).await;
        reply.refused(404, "10005");
    }
}
