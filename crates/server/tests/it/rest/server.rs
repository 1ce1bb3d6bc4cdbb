//! `GET /v2/server`: what an application's developer may know of this server.

use greenroom_server::config::{Settings, TokenExpiry, TokenReuse};
use greenroom_testkit::{FakeClock, TestServer};
use serde_json::{Value, json};

const PATH: &str = "/v2/server";

#[tokio::test]
async fn it_tells_its_settings() {
    let clock = FakeClock::default();
    let builder = TestServer::builder().clock(clock).settings(|settings| {
        settings.tokens.expiry = TokenExpiry::Keep;
        settings.tokens.reuse = TokenReuse::ReplaceOld;
        settings.tokens.leeway_secs = 7;
        settings.sessions.grace_secs = 11;
        settings.sessions.silence_secs = 9;
        settings.sessions.return_check_secs = 2;
        settings.sessions.timeout_secs = 61;
        settings.media.silence_secs = 14;
        settings.moderation.end_revokes = true;
        settings.webhooks.retry_hours = 5;
        settings.webhooks.keep_days = 40;
        settings.limits.api_key_burst = 1_000;
        settings.connections_max = 123;
        settings.request_timeout_secs = 29;
    });
    let server = builder.start().await;
    let acme = server.account("acme").await;
    let started = acme.get(PATH).await.data(200)["started_at"].take();
    server.clock().advance(60);
    let said = acme.get(PATH).await.data(200);
    assert_eq!(said["started_at"], started);
    assert_eq!(said["record_type"], "server");
    assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
    let settings = &said["settings"];
    for (place, wanted) in [
        ("/tokens/expiry", json!("keep")),
        ("/tokens/reuse", json!("replace_old")),
        ("/tokens/leeway_secs", json!(7)),
        ("/tokens/client_ttl_default_secs", json!(600)),
        ("/tokens/refresh_ttl_max_secs", json!(86_400)),
        ("/sessions/grace_secs", json!(11)),
        ("/silence/websocket_max_secs", json!(9)),
        ("/silence/return_check_secs", json!(2)),
        ("/silence/session_timeout_secs", json!(61)),
        ("/silence/media_max_secs", json!(14)),
        ("/moderation/kick_revokes", json!(true)),
        ("/moderation/end_revokes", json!(true)),
        ("/webhooks/retry_hours", json!(5)),
        ("/webhooks/keep_days", json!(40)),
        ("/webhooks/keep_failed_days", json!(40)),
        ("/limits/api_key_burst", json!(1_000)),
        ("/limits/connections_max", json!(123)),
        ("/limits/request_timeout_secs", json!(29)),
    ] {
        assert_eq!(settings.pointer(place), Some(&wanted), "{place}");
    }
}

/// The words are those of the configuration.
#[test]
fn settings_are_shown_as_they_are_set() {
    for expiry in [TokenExpiry::Close, TokenExpiry::Keep] {
        assert_eq!(json!(expiry), expiry.as_str());
    }
    for reuse in [
        TokenReuse::Allow,
        TokenReuse::RejectNew,
        TokenReuse::ReplaceOld,
    ] {
        assert_eq!(json!(reuse), reuse.as_str());
    }
}

#[tokio::test]
async fn the_operator_is_the_first_account() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    server.clock().advance(1);
    let globex = server.account("globex").await;
    assert_eq!(acme.get(PATH).await.data(200)["operator"], true);
    assert_eq!(globex.get(PATH).await.data(200)["operator"], false);
}

#[tokio::test]
async fn it_tells_no_path_and_no_address() {
    let server = TestServer::with(|settings: &mut Settings| {
        settings.cors_origins = vec!["https://app.example.com".into()];
        settings.trusted_proxies = vec!["10.9.8.0/24".parse().unwrap()];
        settings.webhooks.allow_networks = vec!["10.7.6.0/24".parse().unwrap()];
    })
    .await;
    let acme = server.account("acme").await;
    let said: Value = acme.get(PATH).await.data(200);
    let text = said.to_string();
    let data = server.data().to_str().unwrap();
    for hidden in [
        data,
        "example.com",
        "10.9.8",
        "10.7.6",
        "127.0.0.1",
        "/",
        &acme.key,
    ] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
