//! What counts as a body, and what does not.

use greenroom_testkit::TestServer;
use serde_json::json;

#[tokio::test]
async fn no_bytes_are_an_empty_object() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for headers in [
        &[("content-type", "application/json")][..],
        &[
            ("content-type", "application/json"),
            ("content-length", "0"),
        ],
        &[("content-type", "text/plain")],
        &[],
    ] {
        let mut call = acme.call("POST", "/v2/rooms");
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let room = call.send().await.data(201);
        assert_eq!(room["max_participants"], 10, "{headers:?}");
    }
}

#[tokio::test]
async fn json_goes_by_several_names() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        "application/merge-patch+json",
    ] {
        let call = acme
            .call("POST", "/v2/rooms")
            .header("content-type", content_type)
            .body(r#"{"max_participants": 12}"#);
        let room = call.send().await.data(201);
        assert_eq!(room["max_participants"], 12, "{content_type}");
    }
}

#[tokio::test]
async fn other_types_are_refused() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for content_type in [
        None,
        Some("text/plain"),
        Some("text/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonp"),
        Some(""),
    ] {
        let mut call = acme.call("POST", "/v2/rooms").body("{}");
        if let Some(content_type) = content_type {
            call = call.header("content-type", content_type);
        }
        call.send().await.refused(415, "10014");
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let too_deep = format!("{}1{}", r#"{"a":"#.repeat(500), "}".repeat(500));
    for body in [
        &b"{"[..],
        b"nonsense",
        b"{\"unique_name\": \"x\"} trailing",
        b"{'unique_name': 'x'}",
        b"{\"max_participants\": 1e400}",
        b"{\"unique_name\": \"\xff\"}",
        b"{\"unique_name\": \"\\ud800\"}",
        b"\xef\xbb\xbf{}",
        b" ",
        b"null",
        b"[]",
        b"[{}]",
        b"\"{}\"",
        b"7",
        too_deep.as_bytes(),
    ] {
        let call = acme
            .call("POST", "/v2/rooms")
            .header("content-type", "application/json")
            .body(body.to_vec());
        let error = call.send().await.refused(422, "10023");
        assert_eq!(error["source"], json!({"pointer": ""}));
    }
    assert_eq!(acme.get("/v2/rooms").await.data(200), json!([]));
}

#[tokio::test]
async fn a_body_has_a_largest_size() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let of_size = |bytes: usize| {
        let filler = "x".repeat(bytes - r#"{"filler":""}"#.len());
        acme.call("POST", "/v2/rooms")
            .json(&json!({"filler": filler}))
    };
    of_size(16 * 1024).send().await.expect(201);
    of_size(16 * 1024 + 1).send().await.refused(413, "10015");
    // Who may not call at all does not learn about sizes.
    let anyone = server.anyone();
    let large = anyone.post("/v2/rooms", json!("x".repeat(20_000))).await;
    large.refused(401, "10009");
}
