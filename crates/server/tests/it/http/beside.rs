//! What is served beside the API: health, metrics, documentation, the page.

use std::net::SocketAddr;

use greenroom_testkit::{Client, Greenroom, TestServer};
use serde_json::{Value, json};

#[tokio::test]
async fn health_is_told_to_anyone() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    assert_eq!(
        anyone.get("/healthz").await.expect(200).json(),
        json!({"status": "ok"})
    );
    assert_eq!(
        anyone.get("/readyz").await.expect(200).json(),
        json!({"status": "ready"})
    );
}

#[tokio::test]
async fn a_server_that_has_lost_its_directory_lives_but_is_not_ready() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    let elsewhere = server.data().with_extension("elsewhere");
    std::fs::rename(server.data(), &elsewhere).unwrap();
    let reply = anyone.get("/readyz").await;
    reply.refused(503, "10037");
    assert!(reply.header("retry-after").is_some());
    anyone.get("/healthz").await.expect(200);
    std::fs::rename(&elsewhere, server.data()).unwrap();
    anyone.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn metrics_count_what_happens_and_nothing_that_clients_choose() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let anyone = server.anyone();
    let id = acme.new_room().await;
    let tokens = acme.tokens(&id).await;
    anyone.refresh(&id, &tokens.refresh_token).await.expect(201);
    anyone.refresh(&id, "not a token").await.expect(403);
    anyone.get("/v2/rooms").await.expect(401);
    acme.get("/made-up/path").await.expect(404);
    acme.call("BREW", "/v2/rooms").send().await.expect(405);

    let reply = anyone.get("/metrics").await.expect(200);
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(reply.header("content-type"), Some(form));
    let text = reply.text();
    for line in [
        "greenroom_tokens_issued_total 1",
        "greenroom_tokens_refreshed_total 1",
        "greenroom_refresh_refused_token_total 1",
        "greenroom_authentication_failed_total 1",
        r#"greenroom_media_connections{shard="0"} 0"#,
        r#"greenroom_media_datagrams_in_total{shard="0"} 0"#,
        r#"greenroom_media_round_trip_seconds_count{shard="0"} 0"#,
        r#"greenroom_media_loss_in_ratio_bucket{le="0.02",shard="0"} 0"#,
        r#"greenroom_media_loss_out_ratio_bucket{le="+Inf",shard="0"} 0"#,
        r#"greenroom_mixer_ticks_total{mixer="0"} 0"#,
        "greenroom_media_threads_failed 0",
        r#"greenroom_http_requests_total{method="POST",route="/v2/rooms",status="201"} 1"#,
        r#"greenroom_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"greenroom_http_requests_total{method="other",route="/v2/rooms",status="405"} 1"#,
    ] {
        assert!(
            text.lines().any(|other| other == line),
            "no {line} in {text}"
        );
    }
    assert!(text.ends_with("# EOF\n"));
    for chosen in [
        "made-up",
        "BREW",
        &id,
        &acme.key,
        &tokens.token,
        &acme.id.to_string(),
    ] {
        assert!(!text.contains(chosen), "{chosen}");
    }
}

#[tokio::test]
async fn metrics_can_have_a_listener_of_their_own() {
    let server = TestServer::with(|settings| {
        settings.metrics_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    })
    .await;
    let apart = Client::anonymous(server.metrics_address().unwrap());
    server.anyone().get("/metrics").await.refused(404, "10005");
    for path in ["/metrics", "/healthz", "/readyz"] {
        apart.get(path).await.expect(200);
    }
    for path in [
        "/v2/rooms",
        "/docs",
        "/.well-known/jwks.json",
        "/openapi.json",
    ] {
        apart.get(path).await.refused(404, "10005");
    }
    let text = apart.get("/metrics").await.expect(200);
    assert!(
        text.text().contains(r#"route="/metrics""#),
        "its own requests count too"
    );
    server.anyone().get("/readyz").await.expect(200);
}

#[tokio::test]
async fn the_served_document_is_the_printed_one() {
    let server = TestServer::start().await;
    let served = server
        .anyone()
        .get("/openapi.json")
        .await
        .expect(200)
        .json();
    let printed = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .run(["openapi"])
        .await
        .succeeded();
    assert_eq!(served, serde_json::from_str::<Value>(&printed).unwrap());
    assert_eq!(served["openapi"], "3.1.0");
    assert_eq!(served["servers"][0]["url"], "/v2");
}

/// A browser that opens the documentation asks no other machine for anything.
#[tokio::test]
async fn the_documentation_comes_from_here_alone() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    let page = browse(&anyone, "/docs").await;
    assert!(page.contains("swagger-ui"), "{page}");
    let initializer = browse(&anyone, "/docs/swagger-initializer.js").await;
    assert!(
        initializer.contains(r#""url": "/openapi.json""#),
        "{initializer}"
    );
    assert!(
        initializer.contains(r#""validatorUrl": "none""#),
        "{initializer}"
    );
    let errors = browse(&anyone, "/docs/errors").await;
    for text in [&page, &initializer, &errors] {
        for elsewhere in ["http://", "https://", "src=\"//", "href=\"//", "@import"] {
            assert!(!text.contains(elsewhere), "{elsewhere} in {text}");
        }
    }
    for file in [
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
    ] {
        assert!(page.contains(file), "{page}");
        browse(&anyone, &format!("/docs/{file}")).await;
    }
}

/// The page runs its own files alone: its policy allows no script or style that stands in the page itself. A program
/// that was built without pages says so.
#[tokio::test]
async fn the_page_comes_from_here_alone() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    let policy = anyone.get("/").await;
    let was_built = policy.status == 200;
    let policy = policy.header("content-security-policy").unwrap();
    assert!(!policy.contains("unsafe"), "{policy}");
    if !was_built {
        let instead = anyone.get("/").await;
        assert_eq!(instead.status, 404);
        assert!(instead.text().contains("make web"));
        return;
    }
    let page = browse(&anyone, "/").await;
    for inline in ["<style", " style=", " onclick=", "javascript:", "data:"] {
        assert!(!page.contains(inline), "{inline} in {page}");
    }
    let files = quoted(&page, "/assets/");
    assert!(files.len() >= 2, "{page}");
    for path in files {
        browse(&anyone, &path).await;
        let file = anyone.get(&path).await;
        let caching = file.header("cache-control").unwrap();
        assert!(caching.contains("immutable"), "{path}: {caching}");
    }
}

/// A browser that has a page already is not sent it again, and what it has not is sent compressed.
#[tokio::test]
async fn a_page_is_sent_once_and_compressed() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    let page = anyone.get("/").await;
    let Some(etag) = page.header("etag").map(str::to_owned) else {
        assert!(page.text().contains("make web"));
        return;
    };
    let again = anyone.call("GET", "/").header("if-none-match", &etag);
    let again = again.send().await;
    assert_eq!(again.status, 304);
    for name in ["content-security-policy", "permissions-policy"] {
        assert_eq!(again.header(name), page.header(name), "{name}");
    }
    let files = quoted(page.text(), "/assets/");
    let script = files.iter().find(|path| path.contains(".js")).unwrap();
    let ask = async |offer: &str| {
        let call = anyone.call("GET", script);
        call.header("accept-encoding", offer).send().await
    };
    let packed = ask("br, gzip").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    let plain = ask("gzip;q=0").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert!(plain.body.len() > packed.body.len());
    assert_eq!(anyone.get("/assets/index.html").await.status, 404);
    assert_eq!(anyone.get("/assets/none.js").await.status, 404);
}

/// What stands in quotes and begins with `prefix`.
fn quoted(text: &str, prefix: &str) -> Vec<String> {
    let parts = text.split(['"', '\'']);
    let wanted = parts.filter(|part| part.starts_with(prefix));
    wanted.map(str::to_owned).collect()
}

/// Fetches a page as a browser does, and makes sure that its policy keeps it from asking elsewhere.
async fn browse(anyone: &Client, path: &str) -> String {
    let mut reply = anyone.get(path).await;
    if let Some(location) = reply.header("location") {
        let target = location.to_owned();
        assert!(target.starts_with("/docs/"), "{target}");
        reply = anyone.get(&target).await;
    }
    let reply = reply.expect(200);
    let policy = reply.header("content-security-policy").unwrap();
    let sources = policy.split_ascii_whitespace();
    let elsewhere = sources.filter(|source| source.contains("//") || source.contains('*'));
    assert_eq!(elsewhere.count(), 0, "{policy}");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    reply.text().to_owned()
}

#[tokio::test]
async fn every_error_is_explained_where_it_points_to() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    let error = anyone.get("/v2/rooms").await.refused(401, "10009");
    let url = error["meta"]["url"].as_str().unwrap();
    let (page, anchor) = url.split_once('#').unwrap();
    let page = anyone.get(page).await.expect(200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(page.text().contains(&format!(r#"id="{anchor}""#)));
}
