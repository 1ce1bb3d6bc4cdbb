//! `/v2/signing_keys`: the operator's account looks at the keys and changes them, in force at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use futures_util::future::join_all;
use greenroom_testkit::tokens::header_of;
use greenroom_testkit::{Account, TestServer};
use serde_json::{Value, json};

const PATH: &str = "/v2/signing_keys";
const ROTATE: &str = "/v2/signing_keys/actions/rotate";

fn revoke(kid: &str) -> String {
    format!("{PATH}/{kid}/actions/revoke")
}

/// The operator, and an account that was made later.
async fn accounts(server: &TestServer) -> (Account, Account) {
    let operator = server.account("acme").await;
    server.clock().advance(1);
    (operator, server.account("globex").await)
}

fn ids(keys: &Value) -> Vec<String> {
    let keys = keys.as_array().unwrap().iter();
    keys.map(|key| key["id"].as_str().unwrap().to_owned())
        .collect()
}

fn states(keys: &Value) -> Vec<&str> {
    let keys = keys.as_array().unwrap().iter();
    keys.map(|key| key["state"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn keys_are_shown_without_anything_secret() {
    let server = TestServer::start().await;
    let (operator, _) = accounts(&server).await;
    let reply = operator.get(PATH).await.expect(200);
    let keys = reply.json()["data"].take();
    assert_eq!(states(&keys), ["active", "next"]);
    let published = server.anyone().get("/.well-known/jwks.json").await.json();
    for (key, published) in keys
        .as_array()
        .unwrap()
        .iter()
        .zip(published["keys"].as_array().unwrap())
    {
        assert_eq!(key["id"], published["kid"]);
        assert_eq!(key["algorithm"], published["alg"]);
        assert_eq!(key["record_type"], "signing_key");
        let members: Vec<_> = key.as_object().unwrap().keys().collect();
        let known = [
            "active_since",
            "algorithm",
            "id",
            "record_type",
            "retires_at",
            "state",
        ];
        assert_eq!(members, known);
    }
    assert!(keys[0]["active_since"].is_string());
    assert_eq!(keys[1]["active_since"], Value::Null);
    let second = operator
        .get(&format!("{PATH}?page[size]=1&page[number]=2"))
        .await;
    assert_eq!(second.json()["meta"]["total_results"], 2);
    assert_eq!(second.data(200), json!([keys[1]]));
}

#[tokio::test]
async fn a_rotation_is_in_force_at_once_and_on_disk() {
    let server = TestServer::start().await;
    let (operator, other) = accounts(&server).await;
    let room = other.new_room().await;
    let before = other.tokens(&room).await;
    let [old, next] = ids(&operator.get(PATH).await.data(200)).try_into().unwrap();

    let rotated = operator.post(ROTATE, json!({})).await.expect(200).json();
    assert_eq!(rotated["meta"]["total_results"], 3);
    let keys = &rotated["data"];
    assert_eq!(states(keys), ["active", "retiring", "next"]);
    assert_eq!(ids(keys)[..2], [next.clone(), old.clone()]);
    assert!(keys[1]["retires_at"].is_string());
    let after = other.tokens(&room).await;
    assert_eq!(header_of(&after.token)["kid"], next.as_str());
    let anyone = server.anyone();
    anyone
        .refresh(&room, &before.refresh_token)
        .await
        .expect(201);
    assert_eq!(operator.get(PATH).await.data(200), *keys);

    let on_disk: Vec<_> = server
        .key_ring()
        .entries()
        .iter()
        .map(|entry| entry.kid().to_string())
        .collect();
    assert_eq!(on_disk, ids(keys));
    for kid in on_disk {
        let file = server.data().join(format!("keys/{kid}.pem"));
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn a_revocation_is_in_force_at_once() {
    let server = TestServer::start().await;
    let (operator, other) = accounts(&server).await;
    let room = other.new_room().await;
    let before = other.tokens(&room).await;
    let mut door = server.door(&room).await;
    door.session(&before.token).await;
    let kid = header_of(&before.token)["kid"].as_str().unwrap().to_owned();

    let keys = operator.post(&revoke(&kid), json!({})).await.data(200);
    assert_eq!(states(&keys), ["active", "next"]);
    assert!(!ids(&keys).contains(&kid));
    let anyone = server.anyone();
    anyone
        .refresh(&room, &before.refresh_token)
        .await
        .refused(403, "10010");
    let after = other.tokens(&room).await;
    anyone
        .refresh(&room, &after.refresh_token)
        .await
        .expect(201);
    assert!(!server.data().join(format!("keys/{kid}.pem")).exists());
    let heard = json!(door.rest().await).to_string();
    assert!(heard.contains("40"), "the session was ended: {heard}");
    operator
        .post(&revoke(&kid), json!({}))
        .await
        .refused(404, "10005");
    operator
        .post(&revoke("x"), json!({}))
        .await
        .refused(404, "10005");
}

#[tokio::test]
async fn keys_are_the_operators_alone() {
    let server = TestServer::start().await;
    let (operator, other) = accounts(&server).await;
    let before = operator.get(PATH).await.data(200);
    let kid = &ids(&before)[0];
    for (method, path) in [
        ("GET", PATH),
        ("POST", ROTATE),
        ("POST", &revoke(kid)),
        ("POST", &revoke("x")),
    ] {
        let reply = other.call(method, path).send().await;
        reply.refused(403, "10010");
        assert!(!reply.text().contains(kid.as_str()));
    }
    assert_eq!(operator.get(PATH).await.data(200), before);
}

#[tokio::test]
async fn many_changes_at_once_come_one_after_the_other() {
    let server = TestServer::start().await;
    let (operator, _) = accounts(&server).await;
    let rotations = (0..20).map(|_| operator.post(ROTATE, json!({})));
    let replies = join_all(rotations).await;
    let (done, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(done.len(), 14, "sixteen keys at most");
    for reply in refused {
        reply.refused(422, "10027");
    }
    let keys = operator.get(PATH).await.data(200);
    assert_eq!(keys.as_array().unwrap().len(), 16);
    let on_disk: Vec<_> = server
        .key_ring()
        .entries()
        .iter()
        .map(|entry| entry.kid().to_string())
        .collect();
    assert_eq!(on_disk, ids(&keys));
}

#[tokio::test]
async fn keys_that_cannot_be_kept_are_not_used() {
    let server = TestServer::start().await;
    let (operator, _) = accounts(&server).await;
    let before = operator.get(PATH).await.data(200);
    let folder = server.data().join("keys");
    let elsewhere = server.data().join("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    let reply = operator.post(ROTATE, json!({})).await;
    reply.refused(503, "10037");
    assert!(!reply.text().contains("keys/"), "no path in an answer");
    assert_eq!(operator.get(PATH).await.data(200), before);
    fs::rename(&elsewhere, &folder).unwrap();
    operator.post(ROTATE, json!({})).await.expect(200);
}
