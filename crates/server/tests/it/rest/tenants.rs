//! Accounts never meet: what belongs to another one is not there.

use greenroom_testkit::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_foreign_room_is_no_room() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let globex = server.account("globex").await;
    let room = acme.create_room(json!({"unique_name": "secret"})).await;
    let id = room["id"].as_str().unwrap();
    let path = format!("/v2/rooms/{id}");
    let unknown = "/v2/rooms/00000000-0000-4000-8000-000000000000";

    for (foreign, missing) in [
        (globex.get(&path).await, globex.get(unknown).await),
        (globex.delete(&path).await, globex.delete(unknown).await),
        (
            globex.patch(&path, json!({"unique_name": "mine"})).await,
            globex.patch(unknown, json!({"unique_name": "mine"})).await,
        ),
    ] {
        foreign.refused(404, "10005");
        assert_eq!(foreign.body, missing.body, "the answer tells nothing");
    }
    assert_eq!(acme.get(&path).await.data(200), room);
}

#[tokio::test]
async fn no_token_can_be_had_for_a_foreign_room() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let globex = server.account("globex").await;
    let foreign = acme.new_room().await;
    let deleted = globex.new_room().await;
    globex.delete_room(&deleted).await;
    let mut bodies = Vec::new();
    for id in [
        &foreign,
        &deleted,
        "00000000-0000-4000-8000-000000000000",
        "undefined",
        "not-a-uuid",
        &foreign.to_uppercase(),
    ] {
        let path = format!("/v2/rooms/{id}/actions/generate_join_client_token");
        let reply = globex.post(&path, json!({})).await;
        reply.refused(403, "65001");
        bodies.push(reply.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn a_list_shows_ones_own() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let globex = server.account("globex").await;
    let hidden = acme.create_room(json!({"unique_name": "standup"})).await;
    let own = globex.create_room(json!({"unique_name": "standup"})).await;
    assert_ne!(hidden["id"], own["id"]);
    for query in [
        "",
        "?filter[unique_name]=standup",
        "?filter[date_created_at][eq]=2021-04-22",
        "?page[size]=250",
    ] {
        let reply = globex.get(&format!("/v2/rooms{query}")).await;
        assert_eq!(reply.json()["meta"]["total_results"], 1, "{query}");
        assert_eq!(reply.data(200), json!([own]), "{query}");
    }
}

#[tokio::test]
async fn whoever_has_no_key_is_told_so_and_nothing_else() {
    let server = TestServer::with(|settings| settings.limits.failed_auth_burst = 0).await;
    let acme = server.account("acme").await;
    let id = acme.new_room().await;
    let one = format!("/v2/rooms/{id}");
    let tokens = format!("{one}/actions/generate_join_client_token");
    let lower = acme.key.to_lowercase();
    for client in [
        server.anyone(),
        server.anyone().with_authorization(""),
        server.anyone().with_authorization(&acme.key),
        server.anyone().with_authorization("Bearer"),
        server.anyone().with_authorization("Bearer "),
        server
            .anyone()
            .with_authorization(&format!("Basic {}", acme.key)),
        server
            .anyone()
            .with_authorization(&format!("Bearer {} x", acme.key)),
        server.anyone().with_key("KEY_unknown0123456789"),
        server.anyone().with_key(&lower),
        server.anyone().with_key(&acme.key[..acme.key.len() - 1]),
        server.anyone().with_key(&format!("{}0", acme.key)),
        server.anyone().with_key(&acme.key_id.to_string()),
    ] {
        // Failed attempts are limited, and there are many here.
        server.clock().advance(5);
        for (method, path) in [
            ("GET", "/v2/rooms"),
            ("POST", "/v2/rooms"),
            ("GET", &one),
            ("PATCH", &one),
            ("DELETE", &one),
            ("POST", &tokens),
            ("GET", &format!("{one}/sessions")),
            ("GET", "/v2/room_sessions"),
            ("GET", "/v2/room_sessions/x"),
            ("GET", "/v2/room_sessions/x/participants"),
            ("GET", "/v2/room_sessions/x/quality"),
            ("POST", "/v2/room_sessions/x/actions/end"),
            ("POST", "/v2/room_sessions/x/actions/kick"),
            ("POST", "/v2/room_sessions/x/actions/mute"),
            ("POST", "/v2/room_sessions/x/actions/unmute"),
            ("GET", "/v2/room_participants"),
            ("GET", "/v2/room_participants/x"),
            ("POST", "/v2/client_tokens/actions/explain"),
            ("GET", "/v2/server"),
            ("GET", "/v2/webhook_deliveries"),
            ("GET", "/v2/webhook_deliveries/x"),
            ("POST", "/v2/webhook_deliveries/x/actions/replay"),
            ("GET", "/v2/signing_keys"),
            ("POST", "/v2/signing_keys/actions/rotate"),
            ("POST", "/v2/signing_keys/x/actions/revoke"),
        ] {
            let reply = client.call(method, path).send().await;
            reply.refused(401, "10009");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
    }
    let relaxed = server.anyone();
    for authorization in [
        format!("bearer {}", acme.key),
        format!("BEARER   {} ", acme.key),
    ] {
        let client = relaxed.with_authorization(&authorization);
        client.get(&one).await.expect(200);
    }
}
