//! How long tokens live: exactly as long as was asked for.

use greenroom_testkit::tokens::claims_of;
use serde_json::{Value, json};

use super::Meeting;

#[tokio::test]
async fn lives_are_exact_at_their_bounds() {
    let meeting = Meeting::set().await;
    for (body, client_secs, refresh_secs) in [
        (json!({}), 600, 3_600),
        (json!({"token_ttl_secs": 10}), 10, 3_600),
        (json!({"token_ttl_secs": 3_600}), 3_600, 3_600),
        (json!({"refresh_token_ttl_secs": 60}), 600, 60),
        (json!({"refresh_token_ttl_secs": 86_400}), 600, 86_400),
        (
            json!({"token_ttl_secs": "3600", "refresh_token_ttl_secs": "86400"}),
            3_600,
            86_400,
        ),
        (
            json!({"token_ttl_secs": 10.0, "refresh_token_ttl_secs": 60.0}),
            10,
            60,
        ),
        (
            json!({"token_ttl_secs": null, "refresh_token_ttl_secs": null}),
            600,
            3_600,
        ),
        // What one SDK always sends.
        (
            json!({"refresh_token_ttl_secs": 3_600, "token_ttl_secs": 600}),
            600,
            3_600,
        ),
    ] {
        let tokens = meeting
            .acme
            .tokens_living(&meeting.room_id, body.clone())
            .await;
        assert_eq!(life_secs(&tokens.token), client_secs, "{body}");
        assert_eq!(life_secs(&tokens.refresh_token), refresh_secs, "{body}");
    }
}

#[tokio::test]
async fn a_life_out_of_bounds_is_refused_never_clamped() {
    let meeting = Meeting::set().await;
    let path = meeting.action("generate_join_client_token");
    for (name, wrong) in [
        ("token_ttl_secs", [9, 3_601, 0, -1, i64::MAX]),
        ("refresh_token_ttl_secs", [59, 86_401, 0, -1, i64::MIN]),
    ] {
        for value in wrong {
            for sent in [json!(value), json!(value.to_string())] {
                let reply = meeting.acme.post(&path, json!({name: sent})).await;
                let error = reply.refused(422, "10033");
                assert_eq!(error["source"], json!({"pointer": format!("/{name}")}));
            }
        }
        for wrong in [
            json!("soon"),
            json!(""),
            json!(60.5),
            json!(true),
            json!([60]),
            json!({}),
        ] {
            let reply = meeting.acme.post(&path, json!({name: wrong})).await;
            let error = reply.refused(422, "10026");
            assert_eq!(error["source"], json!({"pointer": format!("/{name}")}));
        }
    }
    let both = json!({"token_ttl_secs": 9, "refresh_token_ttl_secs": 59});
    let error = meeting.acme.post(&path, both).await.refused(422, "10033");
    assert_eq!(error["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refreshed_token_lives_by_the_same_bounds() {
    let meeting = Meeting::set().await;
    let path = meeting.action("refresh_client_token");
    let anyone = meeting.server.anyone();
    let body =
        |ttl: Value| json!({"refresh_token": meeting.tokens.refresh_token, "token_ttl_secs": ttl});
    for (ttl, secs) in [
        (Value::Null, 600),
        (json!(10), 10),
        (json!("10"), 10),
        (json!(3_600), 3_600),
    ] {
        let data = anyone.post(&path, body(ttl)).await.data(201);
        assert_eq!(life_secs(data["token"].as_str().unwrap()), secs);
    }
    for wrong in [9, 3_601] {
        let error = anyone
            .post(&path, body(json!(wrong)))
            .await
            .refused(422, "10033");
        assert_eq!(error["source"], json!({"pointer": "/token_ttl_secs"}));
    }
}

#[tokio::test]
async fn the_times_in_the_answer_are_those_in_the_token() {
    let meeting = Meeting::set().await;
    let body = json!({"token_ttl_secs": 45, "refresh_token_ttl_secs": 86_400});
    let data = meeting
        .acme
        .tokens_living(&meeting.room_id, body)
        .await
        .data;
    // Whole seconds, as two of the vendor's applications insist on.
    assert_eq!(data["token_expires_at"], "2021-04-22T12:15:40Z");
    assert_eq!(data["refresh_token_expires_at"], "2021-04-23T12:14:55Z");
    let claims = claims_of(data["token"].as_str().unwrap());
    assert_eq!(claims["iat"], 1_619_093_695);
    assert_eq!(claims["nbf"], 1_619_093_694);
    assert_eq!(claims["exp"], 1_619_093_740);
}

#[tokio::test]
async fn a_token_is_good_to_its_last_second_and_no_longer() {
    let meeting = Meeting::set().await;
    let lives = json!({"token_ttl_secs": 10, "refresh_token_ttl_secs": 60});
    let tokens = meeting.acme.tokens_living(&meeting.room_id, lives).await;
    let anyone = meeting.server.anyone();
    let clock = meeting.server.clock();

    clock.advance(9);
    let mut door = meeting.server.door(&meeting.room_id).await;
    door.session(&tokens.token).await;
    clock.advance(1);
    let mut door = meeting.server.door(&meeting.room_id).await;
    assert_eq!(door.create(&tokens.token).await["status_code"], 401);

    clock.advance(49);
    let reply = anyone
        .refresh(&meeting.room_id, &tokens.refresh_token)
        .await;
    // Refreshed in the last second: it outlives the refresh token, as with the hosted service.
    let refreshed = reply.data(201)["token"].take();
    clock.advance(1);
    let reply = anyone
        .refresh(&meeting.room_id, &tokens.refresh_token)
        .await;
    reply.refused(403, "10010");
    let mut door = meeting.server.door(&meeting.room_id).await;
    door.session(refreshed.as_str().unwrap()).await;
}

/// How long a token lives, by what stands in it.
fn life_secs(token: &str) -> i64 {
    let claims = claims_of(token);
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}
