//! Every kind of secret in every kind of request, at one program that logs all it can.

use greenroom_testkit::{Client, Door, Greenroom, RawConnection};
use serde_json::{Value, json};

use crate::door::sdk::Sdk;

use super::watched::{ENVIRONMENT_KEY, Watched};

#[tokio::test]
async fn no_log_metric_or_error_shows_a_secret() {
    let mut watched = Watched::start("info,greenroom=trace").await;
    for (name, secret) in watched.secrets.clone() {
        in_headers(&watched, name, &secret).await;
        in_addresses(&watched, name, &secret).await;
        in_bodies(&watched, name, &secret).await;
        explained(&watched, name, &secret).await;
        at_the_door(&watched, name, &secret).await;
    }
    unfinished(&watched).await;
    for path in [
        "/metrics",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs",
        "/docs/errors",
        "/.well-known/jwks.json",
    ] {
        let reply = watched.client.get(path).await;
        watched.look_at(path, &reply);
    }
    watched.program.terminate().await;

    let log = watched.program.stderr();
    watched.needles.are_not_in("the log", &log);
    watched
        .needles
        .are_not_in("standard output", watched.program.stdout());
    // The log is one of a program that had much to say.
    for line in log.lines() {
        let _: Value = serde_json::from_str(line).unwrap();
    }
    for said in [
        "token refused at the door",
        "refresh refused",
        "door connection ended",
        "\"request\"",
        "stopping",
        "token.issue",
    ] {
        assert!(log.contains(said), "no {said:?} in {log}");
    }
    // Whoever can read the data directory finds nothing either.
    super::at_rest::are_not_kept(&watched.needles, watched.folder.path());
}

/// What other crates say at their loudest is none of ours, but it would land in the same log. Some of them
/// see whole frames; no setting makes them talk.
#[tokio::test]
async fn no_log_of_the_libraries_shows_a_secret() {
    let whispered =
        "trace,tungstenite::protocol=trace,h2::hpack=trace,h2::codec=trace,hyper::proto=trace";
    for level in ["debug", "trace", whispered] {
        let mut watched = Watched::start(level).await;
        for (name, secret) in watched.secrets.clone() {
            in_headers(&watched, name, &secret).await;
            at_the_door(&watched, name, &secret).await;
            in_bodies(&watched, name, &secret).await;
            explained(&watched, name, &secret).await;
        }
        let http2 = Client::anonymous_http2(watched.program.http()).with_key(ENVIRONMENT_KEY);
        http2.get("/v2/rooms").await.expect(200);
        let refreshed = http2.refresh(&watched.room, &watched.refresh_token).await;
        refreshed.expect(201);
        watched.program.terminate().await;
        let log = watched.program.stderr();
        let found = watched.needles.found_in(log.as_bytes());
        assert!(
            found.is_empty(),
            "at the level {level:?} the log shows {found:?}"
        );
    }
}

async fn in_headers(watched: &Watched, name: &str, secret: &str) {
    let token_path = format!(
        "/v2/rooms/{}/actions/generate_join_client_token",
        watched.room
    );
    for (method, path) in [
        ("GET", "/v2/rooms"),
        ("POST", &token_path),
        ("GET", "/v2/nothing"),
        ("PUT", "/v2/rooms"),
    ] {
        for (header, value) in [
            ("authorization", format!("Bearer  {secret}x")),
            ("authorization", secret.to_owned()),
            ("authorization", format!("Basic {secret}")),
            ("x-api-key", secret.to_owned()),
            ("cookie", format!("token={secret}")),
            (
                "referer",
                format!("https://app.example.com/?token={secret}"),
            ),
            ("origin", format!("https://{secret}.example.com")),
            ("user-agent", secret.to_owned()),
            ("x-forwarded-for", secret.to_owned()),
            ("x-request-id", format!("with spaces {secret}")),
            ("content-type", format!("application/json; {secret}")),
            ("sec-websocket-protocol", secret.to_owned()),
        ] {
            let call = watched
                .program
                .anyone()
                .call(method, path)
                .header(header, &value);
            let reply = call.send().await;
            assert!(
                reply.status >= 400,
                "{method} {path} with {header}: {reply:?}"
            );
            watched.look_at(&format!("{method} {path} with {name} in {header}"), &reply);
        }
    }
}

async fn in_addresses(watched: &Watched, name: &str, secret: &str) {
    let room = &watched.room;
    for path in [
        format!("/v2/rooms?include_sessions={secret}"),
        format!("/v2/rooms?page[number]={secret}&api_key={secret}"),
        format!("/v2/rooms?filter[date_created_at][eq]={secret}"),
        format!("/v2/rooms/{secret}"),
        format!("/v2/rooms/{secret}/actions/refresh_client_token"),
        format!("/v2/rooms/{room}/actions/{secret}"),
        format!("/v2/{secret}?token={secret}"),
        format!("/{secret}"),
        format!("/{secret}/janus?client_token={secret}"),
        format!("/{room}/janus?client_token={secret}"),
        format!("/docs/{secret}"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let reply = watched.client.call(method, &path).send().await;
            assert!(reply.status < 500, "{method} {path}: {reply:?}");
            watched.look_at(&format!("{method} with {name} in the address"), &reply);
        }
    }
}

async fn in_bodies(watched: &Watched, name: &str, secret: &str) {
    let refresh = format!("/v2/rooms/{}/actions/refresh_client_token", watched.room);
    let elsewhere = "/v2/rooms/00000000-0000-4000-8000-000000000000/actions/refresh_client_token";
    let generate = format!(
        "/v2/rooms/{}/actions/generate_join_client_token",
        watched.room
    );
    for (path, body) in [
        (elsewhere, json!({"refresh_token": secret}).to_string()),
        (
            &refresh,
            json!({"refresh_token": format!("{secret}x")}).to_string(),
        ),
        (&refresh, json!({"refresh_token": [secret]}).to_string()),
        (
            &refresh,
            json!({"refresh_token": {secret: secret}}).to_string(),
        ),
        (
            &refresh,
            json!({"refresh_token": secret, "token_ttl_secs": secret}).to_string(),
        ),
        (
            &refresh,
            json!({"refresh_token": secret, "token_ttl_secs": 0}).to_string(),
        ),
        (&refresh, json!({"token": secret}).to_string()),
        (&refresh, format!("{{\"refresh_token\": {secret}}}")),
        (&refresh, format!("\"{secret}\"")),
        (&generate, json!({"token_ttl_secs": secret}).to_string()),
        ("/v2/rooms", json!({"max_participants": secret}).to_string()),
        ("/v2/rooms", json!({"unique_name": {secret: 1}}).to_string()),
        (
            "/v2/rooms",
            json!({"webhook_event_url": secret}).to_string(),
        ),
        (
            "/v2/rooms",
            json!({"unique_name": secret.repeat(300 / secret.len() + 1)}).to_string(),
        ),
        ("/v2/rooms", format!("{{\"{secret}\"")),
        ("/v2/rooms", secret.repeat(17 * 1024 / secret.len() + 1)),
    ] {
        let call = watched
            .client
            .call("POST", path)
            .header("content-type", "application/json");
        let reply = call.body(body.clone()).send().await;
        assert!(reply.status >= 400, "{path} {body}: {reply:?}");
        watched.look_at(&format!("{path} with {name} in the body {body}"), &reply);
        let as_text = watched
            .client
            .call("POST", path)
            .header("content-type", "text/plain");
        watched.look_at(&format!("{path} as text"), &as_text.body(body).send().await);
    }
}

/// A good token is explained, and so is one that is none; neither is repeated.
async fn explained(watched: &Watched, name: &str, secret: &str) {
    let path = "/v2/client_tokens/actions/explain";
    for (body, status) in [
        (json!({"token": secret}), 200),
        (json!({"token": format!("{secret}x")}), 200),
        (json!({"token": format!("{secret}.{secret}")}), 200),
        (json!({"token": [secret]}), 422),
        (json!({"token": {secret: secret}}), 422),
        (json!({"jwt": secret}), 422),
    ] {
        let reply = watched.client.post(path, body.clone()).await.expect(status);
        watched.look_at(&format!("{path} with {name} in the body {body}"), &reply);
    }
}

async fn at_the_door(watched: &Watched, name: &str, secret: &str) {
    let (server, room) = (watched.program.http(), watched.room.as_str());
    let place = format!("the door with {name}");
    let mut door = Door::open(server, room).await;
    door.send(json!({"janus": "create", "transaction": "t", "client_token": format!("{secret}x")}))
        .await;
    let heard = json!(door.rest().await);
    watched.needles.are_not_in(&place, heard.to_string());

    let mut inside = Sdk::initialize(server, room, &watched.token).await;
    inside
        .send(
            "keepalive",
            json!({"token": secret, "client_token": secret}),
        )
        .await;
    inside
        .send("create", json!({"session_id": secret, "apisecret": secret}))
        .await;
    inside
        .send("attach", json!({"plugin": {secret: secret}}))
        .await;
    inside
        .send("message", json!({"handle_id": 7, "body": {"pin": secret}}))
        .await;
    inside
        .door
        .send_text(format!("{{\"client_token\": \"{secret}\""))
        .await;
    inside.door.close(1000).await;
    let heard = json!(inside.door.rest().await);
    watched.needles.are_not_in(&place, heard.to_string());

    for subprotocol in [secret, "janus-protocol"] {
        let path = format!("/{secret}/janus");
        let refused = Door::knock(server, &path, Some(subprotocol))
            .await
            .unwrap_err();
        watched.look_at(&place, &refused);
    }
}

/// Requests that break off or never end, with a secret in them.
async fn unfinished(watched: &Watched) {
    let (key, refresh_token) = (ENVIRONMENT_KEY, &watched.refresh_token);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut impatient = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .env("GREENROOM_API_KEY", key)
        .env("GREENROOM_REQUEST_TIMEOUT_SECS", "1")
        .env("GREENROOM_LOG__LEVEL", "info,greenroom=trace")
        .env("GREENROOM_LOG__REQUESTS", "true")
        .env("GREENROOM_DATA", data)
        .env("GREENROOM_LISTEN", "127.0.0.1:0")
        .start(["serve"])
        .await;
    let mut broken = RawConnection::open(impatient.http()).await;
    broken
        .send(format!(
            "GET /v2/rooms?{key} HTTP/1.1\r\nauthorization: Bearer {key}\u{1}\r\n\r\n"
        ))
        .await;
    let heard = broken.closed().await;
    watched
        .needles
        .are_not_in("the answer to a bad request", heard);
    let mut slow = RawConnection::open(impatient.http()).await;
    slow.send(format!(
        "POST /v2/rooms/undefined/actions/refresh_client_token HTTP/1.1\r\nhost: x\r\n\
         content-type: application/json\r\ncontent-length: 5000\r\n\r\n\
         {{\"refresh_token\": \"{refresh_token}"
    ))
    .await;
    let reply = slow.reply().await.expect(408);
    watched.look_at("a request that never ends", &reply);
    let mut gone = RawConnection::open(impatient.http()).await;
    gone.send(format!(
        "POST /v2/rooms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: 900\r\n\r\n{{\"unique_name\": \"{key}"
    ))
    .await;
    drop(gone);
    impatient.terminate().await;
    let log = impatient.stderr();
    assert!(
        log.contains("\"status\":408") || log.contains("status=408"),
        "{log}"
    );
    watched
        .needles
        .are_not_in("the log of an impatient program", log);
}
