//! What the pages are told, and how visitors come in.

use greenroom_server::config::IceServer;
use greenroom_testkit::{Client, Reply, TestServer};
use serde_json::{Value, json};

#[tokio::test]
async fn pages_are_told_what_they_have_to_know() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    let facts = anyone.get("/pages.json").await.expect(200).json();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        facts,
        json!({"visitors": false, "version": version, "ice_servers": []})
    );

    let server = TestServer::with(|settings| {
        settings.pages.visitors = Some(true);
        settings.pages.ice_servers = vec![IceServer {
            urls: vec!["turn:turn.example.com".to_owned()],
            username: Some("ann".to_owned()),
            credential: Some("open".to_owned()),
        }];
    })
    .await;
    let facts = server.anyone().get("/pages.json").await.expect(200).json();
    assert_eq!(facts["visitors"], true);
    let relay = json!({"urls": ["turn:turn.example.com"], "username": "ann", "credential": "open"});
    assert_eq!(facts["ice_servers"], json!([relay]));
}

#[tokio::test]
async fn a_server_lets_no_visitors_in_by_itself() {
    let server = TestServer::start().await;
    let reply = visit(&server.anyone(), json!({"room": "standup"})).await;
    reply.refused(404, "10005");
}

#[tokio::test]
async fn visitors_meet_in_a_room_by_its_name() {
    let server = open_house().await;
    let anyone = server.anyone();
    let first = visit(&anyone, json!({"room": " standup "})).await;
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let first = first.data(201);
    assert_eq!(first["record_type"], "visit");
    assert_eq!(first["room"]["unique_name"], "standup");
    let again = visit(&anyone, json!({"room": "standup"})).await.data(201);
    assert_eq!(again["room"], first["room"]);
    assert_ne!(again["token"], first["token"]);
    let id = first["room"]["id"].as_str().unwrap();
    let by_id = visit(&anyone, json!({"room": id})).await.data(201);
    assert_eq!(by_id["room"], first["room"]);

    let refresh_token = first["refresh_token"].as_str().unwrap();
    anyone.refresh(id, refresh_token).await.expect(201);
    let mut door = server.door(id).await;
    door.session(first["token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn rooms_of_other_accounts_are_not_there() {
    let server = open_house().await;
    let acme = server.account("acme").await;
    let theirs = acme.create_room(json!({"unique_name": "secret"})).await;
    let anyone = server.anyone();
    let by_id = visit(&anyone, json!({"room": theirs["id"]})).await;
    by_id.refused(403, "65001");
    let by_name = visit(&anyone, json!({"room": "secret"})).await.data(201);
    assert_ne!(by_name["room"]["id"], theirs["id"]);
}

#[tokio::test]
async fn two_visitors_at_once_meet_in_one_room() {
    let server = open_house().await;
    let anyone = server.anyone();
    let room = || visit(&anyone, json!({"room": "rush"}));
    let (one, two, three) = tokio::join!(room(), room(), room());
    let ids = [one, two, three].map(|reply| reply.data(201)["room"]["id"].clone());
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[1], ids[2]);
}

#[tokio::test]
async fn what_a_visitor_may_say() {
    let server = open_house().await;
    let anyone = server.anyone();
    for (body, code) in [
        (json!({}), "10004"),
        (json!({"room": null}), "10004"),
        (json!({"room": ""}), "10025"),
        (json!({"room": "  "}), "10025"),
        (json!({"room": "x".repeat(256)}), "10025"),
        (json!({"room": 7}), "10026"),
        (json!([]), "10023"),
    ] {
        visit(&anyone, body).await.refused(422, code);
    }
    let form = anyone.call("POST", "/visit").body(r#"{"room": "standup"}"#);
    let form = form.header("content-type", "text/plain");
    form.send().await.refused(415, "10014");
    anyone.get("/visit").await.refused(405, "10030");
}

#[tokio::test]
async fn only_the_own_page_comes_in() {
    let server = TestServer::with(|settings| {
        settings.pages.visitors = Some(true);
        settings.pages.hosts = vec!["meet.example.com".to_owned()];
    })
    .await;
    let anyone = server.anyone();
    let with = async |headers: &[(&str, &str)]| {
        let mut call = anyone.call("POST", "/visit");
        for (name, value) in headers {
            call = call.header(name, value);
        }
        call.json(&json!({"room": "standup"})).send().await
    };
    let own = [
        ("host", "meet.example.com"),
        ("origin", "https://meet.example.com"),
        ("sec-fetch-site", "same-origin"),
    ];
    let reply = with(&own).await.expect(201);
    assert_eq!(reply.header("access-control-allow-origin"), None);
    for foreign in [
        ("host", "rebound.example.org"),
        ("origin", "https://elsewhere.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let headers = own.map(|header| {
            if header.0 == foreign.0 {
                foreign
            } else {
                header
            }
        });
        with(&headers).await.refused(403, "10010");
    }
    let preflight = anyone.call("OPTIONS", "/visit");
    let preflight = preflight.header("origin", "https://elsewhere.example");
    let preflight = preflight.header("access-control-request-method", "POST");
    let reply = preflight.send().await;
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn visitors_have_a_limit() {
    let server = TestServer::with(|settings| {
        settings.pages.visitors = Some(true);
        settings.limits.visits_per_address_burst = 2;
    })
    .await;
    let anyone = server.anyone();
    for room in ["one", "two"] {
        visit(&anyone, json!({"room": room})).await.expect(201);
    }
    let reply = visit(&anyone, json!({"room": "three"})).await;
    reply.refused(429, "10011");
    assert!(reply.header("retry-after").is_some());
}

async fn open_house() -> TestServer {
    TestServer::with(|settings| settings.pages.visitors = Some(true)).await
}

async fn visit(anyone: &Client, body: Value) -> Reply {
    anyone.post("/visit", body).await
}
