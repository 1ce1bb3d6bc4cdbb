//! What stands in the head of every answer.

use std::collections::HashSet;

use greenroom_testkit::{Account, Reply, TestServer};
use serde_json::json;

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_guarding_headers() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let mut seen = HashSet::new();
    for reply in some_of_everything(&server, &acme).await {
        let id = reply.header("x-request-id").unwrap();
        assert_eq!(id.len(), 24, "{reply:?}");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(seen.insert(id.to_owned()), "{id} twice");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn a_sane_request_id_comes_back() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let longest = "x".repeat(64);
    for id in [
        "1",
        "abc-123_x.y",
        "0d3f1b3e-9f5a-4d41-b6ad-4c1d5ac60f0e",
        &longest,
    ] {
        for client in [acme.client().clone(), server.anyone()] {
            let call = client.call("GET", "/v2/rooms").header("x-request-id", id);
            assert_eq!(call.send().await.header("x-request-id"), Some(id));
        }
    }
}

#[tokio::test]
async fn any_other_request_id_is_replaced() {
    let server = TestServer::start().await;
    let too_long = "x".repeat(65);
    for id in [
        "",
        "two words",
        "<script>",
        "a\tb",
        "a;b",
        "é",
        "\"a\"",
        &too_long,
    ] {
        let anyone = server.anyone();
        let call = anyone.call("GET", "/healthz").header("x-request-id", id);
        let reply = call.send().await;
        let given = reply.header("x-request-id").unwrap();
        assert_eq!(given.len(), 24, "{id:?} became {given}");
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let id = acme.new_room().await;
    for (path, status) in [
        ("/v2/rooms".to_owned(), 200),
        (format!("/v2/rooms/{id}"), 200),
        ("/v2/rooms/x".to_owned(), 404),
        ("/healthz".to_owned(), 200),
    ] {
        let get = acme.get(&path).await;
        let head = acme.call("HEAD", &path).send().await.expect(status);
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(head.header("content-length"), get.header("content-length"));
    }
}

/// Nothing in an answer says what it is made of.
#[tokio::test]
async fn nothing_boasts_of_versions() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for reply in some_of_everything(&server, &acme).await {
        for name in ["server", "x-powered-by", "via"] {
            assert_eq!(reply.header(name), None);
        }
    }
}

/// Answers of every kind: good, bad, and with no route at all.
async fn some_of_everything(server: &TestServer, acme: &Account) -> Vec<Reply> {
    let id = acme.new_room().await;
    let room = format!("/v2/rooms/{id}");
    let generate = format!("{room}/actions/generate_join_client_token");
    let anyone = server.anyone();
    let options = anyone
        .call("OPTIONS", "/v2/rooms")
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET");
    vec![
        acme.get("/v2/rooms").await.expect(200),
        acme.post("/v2/rooms", json!({})).await.expect(201),
        acme.patch(&room, json!({})).await.expect(200),
        acme.post(&generate, json!({})).await.expect(201),
        anyone.refresh(&id, "x").await.expect(403),
        acme.delete(&room).await.expect(204),
        acme.get(&room).await.expect(404),
        anyone.get(&room).await.expect(401),
        acme.post("/v2/rooms", json!([])).await.expect(422),
        acme.call("PUT", "/v2/rooms").send().await.expect(405),
        acme.get("/nowhere").await.expect(404),
        acme.get("/v2/nowhere").await.expect(404),
        anyone.get("/.well-known/jwks.json").await.expect(200),
        anyone.get("/openapi.json").await.expect(200),
        anyone.get("/docs/errors").await.expect(200),
        anyone.get("/healthz").await.expect(200),
        anyone.get("/metrics").await.expect(200),
        anyone.get(&format!("/{id}/janus")).await.expect(400),
        options.send().await,
    ]
}
