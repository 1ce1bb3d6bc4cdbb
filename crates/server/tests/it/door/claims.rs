//! Tokens that we signed, and that say something which none of ours says.

use greenroom_testkit::{TestServer, tokens};
use serde_json::{Value, json};

use super::sdk::{Sdk, thrown_out, with_room};

/// What becomes of the token whose claims were changed, at the door of its room.
async fn try_claims(
    server: &TestServer,
    room: &str,
    token: &str,
    change: impl FnOnce(&mut Value),
) -> (Vec<Value>, u16) {
    let mut claims = tokens::claims_of(token);
    change(&mut claims);
    let signed = tokens::signed(server.key_ring().active(), &claims);
    let mut sdk = Sdk::at(server.door(room).await, &signed);
    sdk.send("create", json!({})).await;
    sdk.door.rest().await
}

#[tokio::test]
async fn claims_are_taken_as_they_are_or_not_at_all() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let other_room = acme.new_room().await;
    let resource = |room: &str| format!("telnyx:video:rooms:{room}");
    let both = json!([resource(&room), resource(&other_room)]);
    let upper = resource(&room.to_uppercase());
    let claims = tokens::claims_of(&token);
    let grant = &claims["grants"][0];
    let (exp, iat) = (
        claims["exp"].as_i64().unwrap(),
        claims["iat"].as_i64().unwrap(),
    );
    for (path, value) in [
        ("/grants/0/resources", both),
        ("/grants/0/resources", json!(["telnyx:video:rooms:*"])),
        ("/grants/0/resources", json!([upper])),
        ("/grants/0/resources", json!([])),
        ("/grants/0/actions", json!([])),
        ("/grants/0/actions", json!(["listen"])),
        ("/grants/0/actions", json!(["join", "listen"])),
        ("/grants", json!([])),
        ("/grants", json!([grant, grant])),
        ("/grants_version", json!("2.0.0")),
        ("/typ", json!("refresh")),
        ("/typ", json!("Access")),
        ("/typ", json!(null)),
        ("/iss", json!("telnyx_telephony")),
        ("/aud", json!(["telnyx_access_token"])),
        ("/sid", json!(null)),
        ("/jti", json!("1")),
        ("/exp", json!(exp.to_string())),
        ("/exp", json!(f64::MAX)),
        ("/exp", json!(null)),
        ("/exp", json!(iat + 3_601)),
        ("/nbf", json!(exp + 1)),
        ("/iat", json!(-1)),
    ] {
        let end = try_claims(&server, &room, &token, |claims| {
            *claims.pointer_mut(path).unwrap() = value.clone();
        });
        assert_eq!(end.await, thrown_out(401), "{path}: {value}");
    }
    let additional = |claims: &mut Value| claims["admin"] = json!(true);
    let end = try_claims(&server, &room, &token, additional).await;
    assert_eq!(end, thrown_out(401));
    Sdk::initialize(server.address(), &room, &token).await;
}

#[tokio::test]
async fn a_token_of_a_clock_ahead_is_taken_within_the_leeway() {
    for leeway_secs in [0, 5, 60] {
        let server = TestServer::with(|settings| settings.tokens.leeway_secs = leeway_secs).await;
        let (_acme, room, token) = with_room(&server).await;
        let leeway_secs = i64::from(leeway_secs);
        let ahead = |secs: i64| {
            move |claims: &mut Value| {
                for time in ["iat", "nbf", "exp"] {
                    claims[time] = json!(claims[time].as_i64().unwrap() + secs);
                }
            }
        };
        let mut claims = tokens::claims_of(&token);
        ahead(leeway_secs)(&mut claims);
        let within = tokens::signed(server.key_ring().active(), &claims);
        Sdk::initialize(server.address(), &room, &within).await;
        let end = try_claims(&server, &room, &token, ahead(leeway_secs + 1)).await;
        assert_eq!(end, thrown_out(401), "{leeway_secs} s");
    }
}
