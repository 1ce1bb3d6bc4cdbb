//! Refreshes that are refused, and that the answer never tells why.
//!
//! That the time taken tells nothing either is not measured, since no test may depend on speed. It
//! follows from how a refresh is made: every reason below takes the same way out of the same
//! handler, and no reason costs a query that another saves (rooms come from memory).

use greenroom_domain::Clock;
use greenroom_testkit::tokens::{claims_of, signed, signed_with_header, with_claims};
use greenroom_testkit::{LIMIT, Reply, TestServer, eventually};
use serde_json::{Value, json};

use super::Meeting;

/// The body of every refusal.
const REFUSED: &str = concat!(
    r#"{"code":"10010","title":"Authorization failed","detail":"The refresh token does not allow this.","#,
    r#""meta":{"url":"/docs/errors#10010"},"errors":[{"code":"10010","title":"Authorization failed","#,
    r#""detail":"The refresh token does not allow this.","meta":{"url":"/docs/errors#10010"}}]}"#,
);

/// The vendor's published examples: of another product, and of another key.
const HS512: &str = concat!(
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.",
    "eyJhdWQiOiJ0ZWxueXhfdGVsZXBob255IiwiZXhwIjoxNTkwMDEwMTQzLCJpYXQiOjE1ODc1OTA5NDMsImlzcyI6InRlbG55eF90",
    "ZWxlcGhvbnkiLCJqdGkiOiJiOGM3NDgzNy1kODllLTRhNjUtOWNmMi0zNGM3YTZmYTYwYzgiLCJuYmYiOjE1ODc1OTA5NDIsInN1",
    "YiI6IjVjN2FjN2QwLWRiNjUtNGYxMS05OGUxLWVlYzBkMWQ1YzZhZSIsInRlbF90b2tlbiI6InJqX1pra1pVT1pNeFpPZk9tTHBF",
    "VUIzc2lVN3U2UmpaRmVNOXMtZ2JfeENSNTZXRktGQUppTXlGMlQ2Q0JSbWxoX1N5MGlfbGZ5VDlBSThzRWlmOE1USUlzenl6U2xf",
    "YURuRzQ4YU81MHlhSEd1UlNZYlViU1ltOVdJaVEwZz09IiwidHlwIjoiYWNjZXNzIn0.",
    "gNEwzTow5MLLPLQENytca7pUN79PmPj6FyqZWW06ZeEmesxYpwKh0xRtA0TzLh6CDYIRHrI8seofOO0YFGDhpQ",
);
const PUBLISHED: &str = concat!(
    "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.",
    "eyJhdWQiOiJ0ZWxueXhfYWNjZXNzX3Rva2VuIiwiZXhwIjoxNjE5MDkzNzA1LCJncmFudHMiOlt7ImFjdGlvbnMiOlsiam9pbiJd",
    "LCJyZXNvdXJjZXMiOlsidGVsbnl4OnZpZGVvOnJvb21zOjllMmEwY2JlLWNlNjYtNDExZS1hMWFjLTQ2OGYwYjEwM2M5YSJdLCJz",
    "dWJqZWN0cyI6WyJ0ZWxueXg6dXNlcnM6NzgyYjJjYmUtODQ2Ni00ZTNmLWE0ZDMtOTc4MWViNTc3ZTUwIl19XSwiZ3JhbnRzX3Zl",
    "cnNpb24iOiIxLjAuMCIsImlhdCI6MTYxOTA5MzY5NSwiaXNzIjoidGVsbnl4X2FjY2Vzc190b2tlbiIsImp0aSI6ImQ3OWJlMzhj",
    "LWFkNTQtNGQ5ZC1hODc4LWExNjVjNTk0MGQwNyIsIm5iZiI6MTYxOTA5MzY5NCwic3ViIjoibnVsbCIsInR5cCI6InJlZnJlc2gifQ.",
    "FHsp7KlVXn1E5tTUiKZzmQ4of39gi57AakeQeqI0oAa8hzjFMVb0RGj-mxWTvHVen4GpgsUW_epqqaxK16viCA",
);

#[tokio::test]
async fn tokens_that_are_none() {
    let meeting = Meeting::set().await;
    let refresh = &meeting.tokens.refresh_token;
    let (start, end) = refresh.split_at(refresh.len() - 1);
    let last = if end == "A" { "B" } else { "A" };
    let unsigned = refresh.rsplit_once('.').unwrap().0;
    for token in [
        "",
        " ",
        "x",
        "..",
        "a.b.c",
        "undefined",
        "null",
        "\u{0}",
        "会議室",
        HS512,
        PUBLISHED,
        &meeting.tokens.token,
        &meeting.acme.key,
        start,
        &format!("{start}{last}"),
        &format!("{refresh} "),
        &format!("{refresh}="),
        &format!("Bearer {refresh}"),
        &format!("{unsigned}."),
        unsigned,
        &format!("{refresh}.{refresh}"),
        &with_claims(refresh, |claims| claims["exp"] = json!(1_700_000_000)),
        &"A".repeat(15_000),
    ] {
        let anyone = meeting.server.anyone();
        refused(&anyone.refresh(&meeting.room_id, token).await);
        refused(&anyone.refresh("undefined", token).await);
    }
}

/// Tokens that only the owner of the signing key can make: the signature is good, what they say is not.
#[tokio::test]
async fn tokens_that_say_something_else() {
    let meeting = Meeting::set().await;
    let ring = meeting.server.key_ring();
    let claims = claims_of(&meeting.tokens.refresh_token);
    let anyone = meeting.server.anyone();
    let as_it_is = signed(ring.active(), &claims);
    anyone
        .refresh(&meeting.room_id, &as_it_is)
        .await
        .expect(201);

    let other_room = meeting.acme.new_room().await;
    let other_account = meeting.server.account("globex").await.id;
    let subjects = json!([format!("telnyx:users:{other_account}")]);
    let changes: [(&str, Value); 12] = [
        ("/typ", json!("access")),
        ("/iss", json!("telnyx_telephony")),
        ("/aud", json!(["telnyx_access_token"])),
        ("/sub", Value::Null),
        ("/grants_version", json!("2.0.0")),
        ("/grants", json!([])),
        ("/grants/0/actions", json!(["join", "publish"])),
        ("/grants/0/actions", json!([])),
        ("/grants/0/resources", json!(["telnyx:video:rooms:*"])),
        ("/grants/0/subjects", subjects),
        ("/exp", json!("1619097295")),
        ("/nbf", json!(1_619_093_695 + 61)),
    ];
    for (place, value) in changes {
        let mut claims = claims.clone();
        *claims.pointer_mut(place).unwrap() = value;
        let token = signed(ring.active(), &claims);
        refused(&anyone.refresh(&meeting.room_id, &token).await);
    }
    let mut elsewhere = claims.clone();
    elsewhere["grants"][0]["resources"] = json!([format!("telnyx:video:rooms:{other_room}")]);
    let elsewhere = signed(ring.active(), &elsewhere);
    refused(&anyone.refresh(&meeting.room_id, &elsewhere).await);
    anyone.refresh(&other_room, &elsewhere).await.expect(201);
}

/// Headers that name another algorithm, bring a key along or point to one, over a signature that is good.
#[tokio::test]
async fn tokens_that_want_to_be_checked_otherwise() {
    let meeting = Meeting::set().await;
    let ring = meeting.server.key_ring();
    let (key, kid) = (ring.active(), ring.active().kid().to_string());
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys.json", trap.local_addr().unwrap());
    let jwk = meeting.server.anyone().get("/.well-known/jwks.json").await;
    let jwk = jwk.json()["keys"][0].take();
    let outside = format!("../keys/{kid}");
    let usual = json!({"alg": "Ed25519", "typ": "JWT", "kid": kid});
    let mut headers = vec![json!({}), json!([]), json!({"typ": "JWT"})];
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("nOnE")),
        ("alg", json!("")),
        ("alg", json!("EdDSA")),
        ("alg", json!("ed25519")),
        ("alg", json!("Ed448")),
        ("alg", json!("HS256")),
        ("alg", json!(["Ed25519"])),
        ("typ", json!("at+jwt")),
        ("kid", json!("")),
        ("kid", json!(outside)),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!("\u{0}")),
        ("kid", json!("x".repeat(1_000))),
        ("kid", json!({"x": 1})),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jwk", jwk),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        let mut header = usual.clone();
        header[name] = value;
        headers.push(header);
    }
    let anyone = meeting.server.anyone();
    let mut door = meeting.server.door(&meeting.room_id).await;
    for header in headers {
        let refresh = claims_of(&meeting.tokens.refresh_token);
        let token = signed_with_header(key, &header, &refresh);
        refused(&anyone.refresh(&meeting.room_id, &token).await);
        let client = claims_of(&meeting.tokens.token);
        let token = signed_with_header(key, &header, &client);
        let answer = door.create(&token).await;
        assert_eq!(answer["status_code"], 401, "{header}");
        door = meeting.server.door(&meeting.room_id).await;
    }
    let nobody_came = trap.accept().unwrap_err().kind();
    assert_eq!(nobody_came, std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn rooms_that_are_not_the_tokens() {
    let meeting = Meeting::set().await;
    let other = meeting.acme.new_room().await;
    let foreign = meeting.server.account("globex").await.new_room().await;
    let id = &meeting.room_id;
    let anyone = meeting.server.anyone();
    for path in [
        other.as_str(),
        &foreign,
        "00000000-0000-4000-8000-000000000000",
        "Undefined",
        "undefined%20",
        "null",
        "*",
        "%FF",
        &id.to_uppercase(),
        &format!("%7B{id}%7D"),
        &format!("{id}%20"),
        &id.replace('-', ""),
        &format!("urn:uuid:{id}"),
    ] {
        let reply = anyone.refresh(path, &meeting.tokens.refresh_token).await;
        refused(&reply);
    }
    // The same room's id with a letter in percent-encoding is the same path.
    let (first, rest) = id.split_at(1);
    let encoded = format!("%{:x}{rest}", first.as_bytes()[0]);
    let reply = anyone
        .refresh(&encoded, &meeting.tokens.refresh_token)
        .await;
    reply.expect(201);
}

#[tokio::test]
async fn what_was_good_and_is_not_any_more() {
    // Expired.
    let meeting = Meeting::set().await;
    meeting.server.clock().advance(3_600);
    refused(&refresh(&meeting).await);

    // The room was deleted.
    let meeting = Meeting::set().await;
    refresh(&meeting).await.expect(201);
    meeting.acme.delete_room(&meeting.room_id).await;
    refused(&refresh(&meeting).await);

    // The family was revoked, by another process.
    let meeting = Meeting::set().await;
    let other_family = meeting.acme.tokens(&meeting.room_id).await;
    let family = claims_of(&meeting.tokens.refresh_token)["sid"].take();
    let family = family.as_str().unwrap().parse().unwrap();
    meeting.server.revoke_family(family).await;
    eventually(LIMIT, async || refresh(&meeting).await.status == 403).await;
    refused(&refresh(&meeting).await);
    let anyone = meeting.server.anyone();
    anyone
        .refresh(&meeting.room_id, &other_family.refresh_token)
        .await
        .expect(201);

    // The signing key was revoked.
    let meeting = Meeting::set().await;
    let kid = meeting.server.key_ring().active().kid();
    let now = meeting.server.clock().now();
    let change = |ring: &greenroom_token::KeyRing, fresh| ring.revoke(kid, fresh, now).unwrap();
    meeting.server.change_keys("fresh", change);
    eventually(LIMIT, async || refresh(&meeting).await.status == 403).await;
    refused(&refresh(&meeting).await);
}

#[tokio::test]
async fn a_revoked_family_stays_revoked_over_a_restart() {
    let mut meeting = Meeting::set().await;
    let family = claims_of(&meeting.tokens.refresh_token)["sid"].take();
    let family = family.as_str().unwrap().parse().unwrap();
    meeting.server.revoke_family(family).await;
    meeting.server.stop().await;
    meeting.server.start_again().await;
    refused(&refresh(&meeting).await);
}

#[tokio::test]
async fn a_token_of_the_future_waits_for_its_time() {
    let meeting = Meeting::on(
        TestServer::with(|settings| {
            settings.tokens.leeway_secs = 5;
        })
        .await,
    )
    .await;
    let ring = meeting.server.key_ring();
    let anyone = meeting.server.anyone();
    // As another machine of ours would issue it whose clock is ahead.
    for (ahead_secs, status) in [(1, 201), (5, 201), (6, 403), (61, 403)] {
        let mut claims = claims_of(&meeting.tokens.refresh_token);
        for name in ["iat", "nbf", "exp"] {
            claims[name] = json!(claims[name].as_i64().unwrap() + ahead_secs);
        }
        let token = signed(ring.active(), &claims);
        let reply = anyone.refresh(&meeting.room_id, &token).await;
        assert_eq!(reply.status, status, "{ahead_secs} s ahead");
    }
}

async fn refresh(meeting: &Meeting) -> Reply {
    let anyone = meeting.server.anyone();
    anyone
        .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
        .await
}

/// The one refusal, byte for byte.
#[track_caller]
fn refused(reply: &Reply) {
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert_eq!(reply.text(), REFUSED);
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "access-control-allow-origin",
            "access-control-expose-headers",
            "content-length",
            "content-security-policy",
            "content-type",
            "date",
            "referrer-policy",
            "vary",
            "x-content-type-options",
            "x-request-id",
        ]
    );
}
