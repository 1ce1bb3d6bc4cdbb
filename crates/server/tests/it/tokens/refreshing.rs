use greenroom_testkit::tokens::{claims_of, header_of};
use serde_json::{Value, json};

use super::Meeting;

#[tokio::test]
async fn a_refresh_copies_everything_but_the_times_and_the_id() {
    let meeting = Meeting::set().await;
    meeting.server.clock().advance(300);
    let anyone = meeting.server.anyone();
    let reply = anyone
        .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
        .await
        .expect(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let data = reply.data(201);
    let names: Vec<_> = data.as_object().unwrap().keys().collect();
    assert_eq!(names, ["token", "token_expires_at"]);
    assert_eq!(data["token_expires_at"], "2021-04-22T12:29:55Z");

    let token = data["token"].as_str().unwrap();
    let (claims, first) = (claims_of(token), claims_of(&meeting.tokens.token));
    let refresh = claims_of(&meeting.tokens.refresh_token);
    for (name, value) in first.as_object().unwrap() {
        if !["iat", "nbf", "exp", "jti"].contains(&name.as_str()) {
            assert_eq!(&claims[name], value, "{name}");
        }
    }
    assert_eq!(claims["grants"], refresh["grants"]);
    assert_eq!(claims["sid"], refresh["sid"]);
    assert_ne!(claims["jti"], first["jti"]);
    assert_eq!(header_of(token), header_of(&meeting.tokens.token));
    insta::assert_json_snapshot!(json!({"header": header_of(token), "claims": claims}));
}

/// A refresh token is not used up: real clients present the same one every half minute.
#[tokio::test]
async fn a_refresh_token_is_good_for_many() {
    let meeting = Meeting::set().await;
    let anyone = meeting.server.anyone();
    for _ in 0..100 {
        meeting.server.clock().advance(30);
        anyone
            .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
            .await
            .expect(201);
    }
}

#[tokio::test]
async fn no_api_key_is_needed_and_none_is_looked_at() {
    let meeting = Meeting::set().await;
    let path = meeting.action("refresh_client_token");
    let globex = meeting.server.account("globex").await;
    let anyone = meeting.server.anyone();
    let overlong = format!("Bearer {}", "x".repeat(10_000));
    for client in [
        anyone.clone(),
        anyone.with_key(&meeting.acme.key),
        anyone.with_key(&globex.key),
        anyone.with_key("KEY_unknown0123456789"),
        anyone.with_authorization("Bearer"),
        anyone.with_authorization(""),
        anyone.with_authorization("Basic eDp5"),
        anyone.with_authorization(&overlong),
    ] {
        let body = json!({"refresh_token": meeting.tokens.refresh_token});
        client.post(&path, body).await.expect(201);
    }
}

/// Wrong credentials on a refresh must not eat into the budget for wrong credentials.
#[tokio::test]
async fn a_bad_key_on_a_good_refresh_is_no_failed_attempt() {
    let server = greenroom_testkit::TestServer::with(|settings| {
        settings.limits.failed_auth_burst = 1;
    })
    .await;
    let meeting = Meeting::on(server).await;
    let stranger = meeting.server.anyone().with_key("KEY_unknown0123456789");
    for _ in 0..5 {
        let reply = stranger
            .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
            .await;
        reply.expect(201);
    }
    stranger.get("/v2/rooms").await.refused(401, "10009");
}

/// What the vendor's own sample application sends.
#[tokio::test]
async fn the_room_may_be_undefined() {
    let meeting = Meeting::set().await;
    let anyone = meeting.server.anyone();
    let reply = anyone
        .refresh("undefined", &meeting.tokens.refresh_token)
        .await;
    let token = reply.data(201)["token"].take();
    let mut door = meeting.server.door(&meeting.room_id).await;
    door.session(token.as_str().unwrap()).await;

    meeting.acme.delete_room(&meeting.room_id).await;
    let reply = anyone
        .refresh("undefined", &meeting.tokens.refresh_token)
        .await;
    reply.refused(403, "10010");
}

#[tokio::test]
async fn what_is_malformed_is_told_apart_from_what_is_refused() {
    let meeting = Meeting::set().await;
    let path = meeting.action("refresh_client_token");
    let anyone = meeting.server.anyone();
    for (body, code, pointer) in [
        (json!({}), "10004", "/refresh_token"),
        (json!({"refresh_token": null}), "10004", "/refresh_token"),
        (json!({"refresh_token": 7}), "10026", "/refresh_token"),
        (json!({"refresh_token": ["x"]}), "10026", "/refresh_token"),
        (
            json!({"refresh_token": "x", "token_ttl_secs": 9}),
            "10033",
            "/token_ttl_secs",
        ),
        (Value::Null, "10023", ""),
        (json!(meeting.tokens.refresh_token), "10023", ""),
    ] {
        let error = anyone.post(&path, body).await.refused(422, code);
        assert_eq!(error["source"], json!({"pointer": pointer}));
    }
    let both = json!({"token_ttl_secs": "soon"});
    let error = anyone.post(&path, both).await.refused(422, "10026");
    assert_eq!(error["errors"][1]["code"], "10004");

    let body = json!({"refresh_token": meeting.tokens.refresh_token}).to_string();
    let no_type = anyone.call("POST", &path).body(body.clone());
    no_type.send().await.refused(415, "10014");
    let empty = anyone
        .call("POST", &path)
        .header("content-type", "application/json");
    empty.send().await.refused(422, "10004");
    let form = anyone
        .call("POST", &path)
        .header("content-type", "application/x-www-form-urlencoded");
    form.body(body).send().await.refused(415, "10014");
    let large = json!({"refresh_token": "x".repeat(17_000)});
    anyone.post(&path, large).await.refused(413, "10015");
}
