//! What browsers are told: any page may refresh, chosen pages may call the API, cookies play no part.

use std::time::Duration;

use greenroom_testkit::{Call, Reply, TestServer};
use serde_json::json;

use super::Meeting;

const CHOSEN: &str = "https://app.example.com";
const OTHER: &str = "https://evil.example";

#[tokio::test]
async fn any_page_may_refresh() {
    let meeting = meeting().await;
    let path = meeting.action("refresh_client_token");
    for origin in [CHOSEN, OTHER, "null", "http://localhost:3000"] {
        let reply = preflight(&meeting, &path, origin, "POST").await;
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        let headers = reply.header("access-control-allow-headers").unwrap();
        assert_eq!(headers, ASKED_HEADERS);
        let methods = reply.header("access-control-allow-methods").unwrap();
        assert!(methods.split(',').any(|method| method == "POST"));
        assert_eq!(reply.header("access-control-max-age"), Some("3600"));

        let body = json!({"refresh_token": meeting.tokens.refresh_token});
        let call = meeting.server.anyone().call("POST", &path);
        let reply = from(call.json(&body), origin).await.expect(201);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        // A page has to be able to read why it was refused, and for how long.
        let call = meeting.server.anyone().call("POST", &path);
        let refused = from(call.json(&json!({"refresh_token": "x"})), origin).await;
        refused.refused(403, "10010");
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
        let readable = refused.header("access-control-expose-headers").unwrap();
        assert_eq!(readable, "retry-after,x-request-id");
    }
}

#[tokio::test]
async fn chosen_pages_may_call_the_rest() {
    let meeting = meeting().await;
    let room = format!("/v2/rooms/{}", meeting.room_id);
    let generate = meeting.action("generate_join_client_token");
    for (method, path) in [
        ("GET", "/v2/rooms"),
        ("POST", "/v2/rooms"),
        ("GET", &room),
        ("PATCH", &room),
        ("DELETE", &room),
        ("POST", &generate),
    ] {
        let reply = preflight(&meeting, path, CHOSEN, method).await;
        assert_eq!(reply.header("access-control-allow-origin"), Some(CHOSEN));
        let methods = reply.header("access-control-allow-methods").unwrap();
        assert!(methods.split(',').any(|allowed| allowed == method));
        let headers = reply.header("access-control-allow-headers").unwrap();
        assert_eq!(headers, ASKED_HEADERS);

        for origin in [
            OTHER,
            "null",
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "https://app.example.com:8443",
            "https://APP.example.com",
        ] {
            let reply = preflight(&meeting, path, origin, method).await;
            assert_eq!(
                reply.header("access-control-allow-origin"),
                None,
                "{origin}"
            );
        }
    }
    let chosen = from(meeting.acme.call("GET", &room), CHOSEN).await;
    assert_eq!(
        chosen.expect(200).header("access-control-allow-origin"),
        Some(CHOSEN)
    );
    let other = from(meeting.acme.call("GET", &room), OTHER).await;
    assert_eq!(
        other.expect(200).header("access-control-allow-origin"),
        None
    );
    let refused = from(meeting.server.anyone().call("GET", &room), CHOSEN).await;
    refused.refused(401, "10009");
    assert_eq!(refused.header("access-control-allow-origin"), Some(CHOSEN));
}

#[tokio::test]
async fn without_a_setting_no_page_may_call_the_rest() {
    let meeting = Meeting::set().await;
    for origin in [CHOSEN, "null", "*"] {
        let reply = preflight(&meeting, "/v2/rooms", origin, "GET").await;
        assert_eq!(reply.header("access-control-allow-origin"), None);
        let refresh = meeting.action("refresh_client_token");
        let reply = preflight(&meeting, &refresh, origin, "POST").await;
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    }
}

#[tokio::test]
async fn cookies_play_no_part() {
    let meeting = meeting().await;
    let refresh = meeting.action("refresh_client_token");
    for (path, method) in [("/v2/rooms", "GET"), (&refresh, "POST")] {
        for origin in [CHOSEN, OTHER] {
            let reply = preflight(&meeting, path, origin, method).await;
            assert_eq!(reply.header("access-control-allow-credentials"), None);
        }
    }
    let call = meeting
        .acme
        .call("GET", "/v2/rooms")
        .header("cookie", "session=1");
    let reply = from(call, CHOSEN).await.expect(200);
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    let cookie_only = meeting.server.anyone().call("GET", "/v2/rooms").header(
        "cookie",
        &format!("authorization=Bearer {}", meeting.acme.key),
    );
    cookie_only.send().await.refused(401, "10009");
}

/// This answer is made around the routes, and not by them.
#[tokio::test]
async fn pages_may_read_that_a_request_took_too_long() {
    let meeting = meeting().await;
    let head = |path: &str, origin: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nOrigin: {origin}\r\n\
             Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
            meeting.acme.key
        )
    };
    let refresh = meeting.action("refresh_client_token");
    let mut waiting = Vec::new();
    for (path, origin, allowed) in [
        (refresh.as_str(), OTHER, Some("*")),
        ("/v2/rooms", CHOSEN, Some(CHOSEN)),
        ("/v2/rooms", OTHER, None),
    ] {
        let mut raw = meeting.server.raw().await;
        raw.send(head(path, origin)).await;
        waiting.push((raw, allowed));
    }
    // They have been taken up once another request, sent later, is answered.
    meeting.server.anyone().get("/healthz").await.expect(200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    for (mut raw, allowed) in waiting {
        let reply = raw.reply().await;
        reply.refused(408, "10008");
        assert_eq!(reply.header("access-control-allow-origin"), allowed);
        let readable = reply.header("access-control-expose-headers");
        assert_eq!(readable.is_some(), allowed.is_some(), "{readable:?}");
    }
}

/// Answers must not be kept for pages that they are not for.
#[tokio::test]
async fn answers_vary_by_origin() {
    let meeting = meeting().await;
    let reply = from(meeting.acme.call("GET", "/v2/rooms"), CHOSEN).await;
    let varies = reply.header("vary").unwrap().to_ascii_lowercase();
    assert!(
        varies.split(',').any(|name| name.trim() == "origin"),
        "{varies}"
    );
}

const ASKED_HEADERS: &str = "authorization,content-type,x-stainless-lang,request_id";

async fn meeting() -> Meeting {
    let chosen = vec![CHOSEN.to_owned(), "https://second.example".to_owned()];
    Meeting::on(TestServer::with(|settings| settings.cors_origins = chosen).await).await
}

async fn from(call: Call, origin: &str) -> Reply {
    call.header("origin", origin).send().await
}

async fn preflight(meeting: &Meeting, path: &str, origin: &str, method: &str) -> Reply {
    let call = meeting
        .server
        .anyone()
        .call("OPTIONS", path)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", ASKED_HEADERS);
    let reply = from(call, origin).await;
    assert!((200..300).contains(&reply.status), "{reply:?}");
    reply
}
