//! `POST /v2/client_tokens/actions/explain`: what `greenroom token explain` says, to the account that the token is of.

use greenroom_domain::limits::TOKEN_MAX_BYTES;
use greenroom_testkit::tokens::{claims_of, header_of, with_claims};
use greenroom_testkit::{Client, TestServer};
use serde_json::{Value, json};

use super::Meeting;

const PATH: &str = "/v2/client_tokens/actions/explain";

async fn explain(client: &Client, token: &str) -> Value {
    let reply = client.post(PATH, json!({"token": token})).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let signature = token.rsplit('.').next().unwrap();
    let repeated = signature.len() > 40 && reply.text().contains(signature);
    assert!(!repeated, "what is shown can be used as a token");
    reply.data(200)
}

/// The check of that name.
fn check<'e>(explanation: &'e Value, name: &str) -> &'e Value {
    let checks = explanation["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()
}

#[track_caller]
fn assert_failed(explanation: &Value, name: &str, detail: &str) {
    assert_eq!(explanation["valid"], false);
    let check = check(explanation, name);
    assert_eq!(check["outcome"], "failed", "{explanation:#}");
    let said = check["detail"].as_str().unwrap();
    assert!(said.contains(detail), "{said}");
}

#[tokio::test]
async fn a_good_token_passes_every_check() {
    let meeting = Meeting::set().await;
    let tokens = &meeting.tokens;
    for (token, kind) in [
        (&tokens.token, "access"),
        (&tokens.refresh_token, "refresh"),
    ] {
        let said = explain(&meeting.acme, &format!(" {token}\n")).await;
        assert_eq!(said["record_type"], "token_explanation");
        assert_eq!(said["valid"], true, "{said:#}");
        assert_eq!(said["token_type"], kind);
        assert_eq!(said["header"], header_of(token));
        assert_eq!(said["claims"], claims_of(token));
        let names = [
            "size",
            "segments",
            "encoding",
            "header",
            "algorithm",
            "header_members",
        ];
        let names = names
            .into_iter()
            .chain(["key", "signature", "payload", "claims", "type"]);
        let names = names.chain(["identity", "times", "grants", "room", "family", "rotation"]);
        let checks = said["checks"].as_array().unwrap();
        assert!(
            checks
                .iter()
                .map(|check| check["name"].as_str().unwrap())
                .eq(names)
        );
        for check in checks {
            let wanted = if check["name"] == "rotation" {
                "skipped"
            } else {
                "passed"
            };
            assert_eq!(check["outcome"], wanted, "{check}");
        }
    }
}

#[tokio::test]
async fn an_expired_token() {
    let meeting = Meeting::set().await;
    meeting.server.clock().advance(600);
    let said = explain(&meeting.acme, &meeting.tokens.token).await;
    assert_failed(&said, "times", "expired");
    assert_eq!(said["token_type"], Value::Null);
    assert_eq!(said["claims"], claims_of(&meeting.tokens.token));
    assert_eq!(check(&said, "signature")["outcome"], "passed");
    for later in ["grants", "room", "family", "rotation"] {
        assert_eq!(check(&said, later)["outcome"], "skipped");
    }
}

#[tokio::test]
async fn a_forged_token() {
    let meeting = Meeting::set().await;
    let forged = with_claims(&meeting.tokens.token, |claims| {
        claims["sid"] = json!("\u{1b}x");
    });
    let said = explain(&meeting.acme, &forged).await;
    assert_failed(&said, "signature", "does not hold");
    assert_eq!(said["claims"]["sid"], "\u{1b}x");
}

#[tokio::test]
async fn texts_that_are_no_tokens() {
    let meeting = Meeting::set().await;
    for (text, name) in [
        ("", "segments"),
        ("x", "segments"),
        ("a.b.c.d.e", "segments"),
        ("\u{0}..", "encoding"),
        ("W10.W10.", "header"),
        ("e30.e30.", "algorithm"),
        (&"x".repeat(TOKEN_MAX_BYTES + 1), "size"),
    ] {
        let said = explain(&meeting.acme, text).await;
        assert_failed(&said, name, "");
    }
    let list = explain(&meeting.acme, "W10.W10.").await;
    assert_eq!(
        (&list["header"], &list["claims"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn what_is_on_record_counts() {
    let meeting = Meeting::set().await;
    let revoked = meeting.acme.tokens(&meeting.room_id).await.token;
    let family = claims_of(&revoked)["sid"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    meeting.server.revoke_family(family).await;
    greenroom_testkit::eventually(greenroom_testkit::LIMIT, async || {
        explain(&meeting.acme, &revoked).await["valid"] == false
    })
    .await;
    assert_failed(&explain(&meeting.acme, &revoked).await, "family", "revoked");

    meeting.acme.delete_room(&meeting.room_id).await;
    let said = explain(&meeting.acme, &meeting.tokens.token).await;
    assert_failed(&said, "room", "does not exist");
    assert_eq!(check(&said, "family")["outcome"], "passed");
}

#[tokio::test]
async fn a_family_that_rotates() {
    let meeting = Meeting::set().await;
    let wish = json!({"rotate_refresh_token": true});
    let first = meeting.acme.tokens_living(&meeting.room_id, wish).await;
    let said = explain(&meeting.acme, &first.refresh_token).await;
    assert_eq!(said["valid"], true);
    assert_eq!(check(&said, "rotation")["outcome"], "passed");

    let anyone = meeting.server.anyone();
    let refresh = async |token: &str| {
        anyone.refresh(&meeting.room_id, token).await.data(201)["refresh_token"].take()
    };
    let second = refresh(&first.refresh_token).await;
    let said = explain(&meeting.acme, &first.refresh_token).await;
    let detail = check(&said, "rotation")["detail"].as_str().unwrap();
    assert!(
        said["valid"] == true && detail.contains("once more"),
        "{detail}"
    );
    refresh(second.as_str().unwrap()).await;
    let said = explain(&meeting.acme, &first.refresh_token).await;
    assert_failed(&said, "rotation", "used up");
    // To ask is not to present.
    assert_eq!(explain(&meeting.acme, &first.token).await["valid"], true);
}

#[tokio::test]
async fn a_foreign_token_is_only_said_to_be_foreign() {
    let meeting = Meeting::set().await;
    let globex = meeting.server.account("globex").await;
    for token in [&meeting.tokens.token, &meeting.tokens.refresh_token] {
        let said = explain(&globex, token).await;
        assert_failed(&said, "room", "not a room of this account");
        assert_eq!(said["claims"], Value::Null);
        assert_eq!(check(&said, "family")["outcome"], "skipped");
        assert!(!said.to_string().contains(&meeting.room_id));
    }
    let before = explain(&globex, &meeting.tokens.token).await;
    meeting.acme.delete_room(&meeting.room_id).await;
    assert_eq!(explain(&globex, &meeting.tokens.token).await, before);
    meeting.server.clock().advance(600);
    let late = explain(&globex, &meeting.tokens.token).await;
    assert_failed(&late, "times", "expired");
    assert_eq!(late["claims"], Value::Null);
}

#[tokio::test]
async fn a_request_without_a_token_is_a_mistake() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for (body, code) in [
        (json!({}), "10004"),
        (json!({"token": null}), "10004"),
        (json!({"token": 7}), "10026"),
        (json!([]), "10023"),
    ] {
        acme.post(PATH, body).await.refused(422, code);
    }
}
