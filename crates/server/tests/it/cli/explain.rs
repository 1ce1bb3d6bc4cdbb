//! `greenroom token explain`: what clients are never told.

use greenroom_domain::Clock;
use greenroom_testkit::tokens::{claims_of, with_claims};
use greenroom_testkit::{FakeClock, Finished, Greenroom, TestServer, Tokens};
use serde_json::{Value, json};

#[tokio::test]
async fn a_good_token_passes_every_check() {
    let (server, room_id, tokens) = meeting(FakeClock::standing_at_present()).await;
    for (token, kind) in [
        (&tokens.token, "client token"),
        (&tokens.refresh_token, "refresh token"),
    ] {
        let said = explain(&server, token).await.succeeded();
        assert!(said.contains(&format!("A good {kind}")), "{said}");
        assert!(said.contains(&room_id), "{said}");
        assert!(said.contains("passed       the room is there"), "{said}");
        assert!(
            said.contains("passed       the token's family is not revoked"),
            "{said}"
        );
        assert!(!said.contains("FAILED"), "{said}");
        let signature = token.rsplit_once('.').unwrap().1;
        assert!(
            !said.contains(signature),
            "what is shown can be used as a token"
        );
    }
}

#[tokio::test]
async fn an_expired_token() {
    let clock = FakeClock::standing_at_present();
    let an_hour_ago = clock.now().saturating_add_secs(-3_600);
    let (server, _, tokens) = meeting(FakeClock::standing_at(an_hour_ago)).await;
    let said = explain(&server, &tokens.token).await.succeeded();
    assert!(said.starts_with("Refused: "), "{said}");
    assert!(said.contains("expired"), "{said}");
    assert!(said.contains("FAILED"), "{said}");
    assert!(said.contains("not reached"), "{said}");
}

#[tokio::test]
async fn a_forged_token() {
    let (server, _, tokens) = meeting(FakeClock::standing_at_present()).await;
    let elsewhere = "00000000-0000-4000-8000-000000000000";
    let forged = with_claims(&tokens.token, |claims| {
        claims["grants"][0]["resources"] = json!([format!("telnyx:video:rooms:{elsewhere}")]);
    });
    let said = explain(&server, &forged).await.succeeded();
    assert!(said.starts_with("Refused: "), "{said}");
    assert!(said.contains("signature"), "{said}");
    assert!(said.contains("not to be trusted"), "{said}");
    assert!(said.contains(elsewhere), "{said}");
    let escape = with_claims(&tokens.token, |claims| claims["iss"] = json!("\u{1b}[2J"));
    let said = explain(&server, &escape).await.succeeded();
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[tokio::test]
async fn a_token_of_a_deleted_room() {
    let server = TestServer::builder()
        .clock(FakeClock::standing_at_present())
        .start()
        .await;
    let acme = server.account("acme").await;
    let room_id = acme.new_room().await;
    let tokens = acme.tokens(&room_id).await;
    acme.delete_room(&room_id).await;
    let said = explain(&server, &tokens.token).await.succeeded();
    assert!(
        said.contains("FAILED       the room does not exist"),
        "{said}"
    );
}

#[tokio::test]
async fn a_token_of_a_revoked_family() {
    let (server, _, tokens) = meeting(FakeClock::standing_at_present()).await;
    let family = claims_of(&tokens.token)["sid"].take();
    let family = family.as_str().unwrap().parse().unwrap();
    server.revoke_family(family).await;
    let said = explain(&server, &tokens.token).await.succeeded();
    assert!(
        said.contains("FAILED       the token's family is revoked"),
        "{said}"
    );
}

#[tokio::test]
async fn tokens_of_a_rotating_family() {
    let server = TestServer::builder()
        .clock(FakeClock::standing_at_present())
        .start()
        .await;
    let acme = server.account("acme").await;
    let room_id = acme.new_room().await;
    let generate = format!("/v2/rooms/{room_id}/actions/generate_join_client_token");
    let wish = json!({"rotate_refresh_token": true});
    let first = acme.post(&generate, wish).await.data(201);
    let says = async |token: &Value, line: &str| {
        let said = explain(&server, token.as_str().unwrap()).await.succeeded();
        assert!(said.contains(line), "{said}");
        assert_eq!(
            said.contains("FAILED"),
            line.starts_with("FAILED"),
            "{said}"
        );
    };
    let refresh = async |tokens: &Value| {
        let token = tokens["refresh_token"].as_str().unwrap();
        server.anyone().refresh(&room_id, token).await
    };
    says(
        &first["refresh_token"],
        "passed       the refresh token is its family's latest",
    )
    .await;
    says(
        &first["token"],
        "passed       the client token was not replaced",
    )
    .await;

    let lost = refresh(&first).await.data(201);
    says(&first["refresh_token"], "it is good once more").await;
    let second = refresh(&first).await.data(201);
    says(&lost["token"], "FAILED       the client token was replaced").await;
    says(
        &second["token"],
        "passed       the client token was not replaced",
    )
    .await;

    refresh(&second).await.expect(201);
    says(
        &first["refresh_token"],
        "FAILED       the refresh token was used up",
    )
    .await;
    refresh(&first).await.refused(403, "10010");
    says(
        &second["refresh_token"],
        "FAILED       a refresh token of the family was used twice",
    )
    .await;
    says(
        &second["token"],
        "FAILED       the token's family is revoked",
    )
    .await;
}

#[tokio::test]
async fn a_token_can_come_on_standard_input() {
    let (server, _, tokens) = meeting(FakeClock::standing_at_present()).await;
    let data = server.data().to_str().unwrap();
    let arguments = ["token", "explain", "--data", data, "-"];
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    let typed = format!("{}\n", tokens.token);
    let finished = greenroom.run_with_input(arguments, &typed).await;
    let said = finished.succeeded();
    assert!(said.contains("A good client token"), "{said}");
    let nothing = greenroom.run_with_input(arguments, "").await.succeeded();
    assert!(nothing.starts_with("Refused: "), "{nothing}");
}

#[tokio::test]
async fn where_no_server_has_run_there_is_nothing_to_explain() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("absent");
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    let arguments = ["token", "explain", "x", "--data", data.to_str().unwrap()];
    let finished = greenroom.run(arguments).await;
    super::failed(&finished, 1, &["no server has run on", "absent"]);
    assert!(!data.exists());
}

async fn meeting(clock: FakeClock) -> (TestServer, String, Tokens) {
    let server = TestServer::builder().clock(clock).start().await;
    let acme = server.account("acme").await;
    let room_id = acme.new_room().await;
    let tokens = acme.tokens(&room_id).await;
    (server, room_id, tokens)
}

async fn explain(server: &TestServer, token: &str) -> Finished {
    let data = server.data().to_str().unwrap();
    Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .run(["token", "explain", "--data", data, token])
        .await
}
