//! Many at once, and just when it all changes.

use std::collections::HashSet;

use futures_util::future::join_all;
use greenroom_testkit::tokens::claims_of;
use greenroom_testkit::{Client, LIMIT, TestServer, eventually};
use serde_json::json;

use super::Meeting;

/// Refreshes at once; each connection takes 100 of them.
const REFRESHES: usize = 1_000;
const CONNECTIONS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_refreshes_at_once_are_all_fine() {
    let meeting = Meeting::set().await;
    calm(&meeting).await;
    let replies = refresh_at_once(&meeting).await;
    let tokens: Vec<String> = replies.into_iter().map(Result::unwrap).collect();
    let ids: HashSet<String> = tokens
        .iter()
        .map(|token| claims_of(token)["jti"].to_string())
        .collect();
    assert_eq!(ids.len(), REFRESHES);
}

/// The first of them fetches the room, and the others wait for it: none needs a query of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_refreshes_are_fine_for_a_server_that_has_just_started() {
    let mut meeting = Meeting::set().await;
    meeting.server.stop().await;
    meeting.server.start_again().await;
    let replies = refresh_at_once(&meeting).await;
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
}

/// Whatever a refresh got out of the server before its room was deleted opens nothing afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refresh_outruns_the_end_of_its_room() {
    let meeting = Meeting::on(without_limit_on_failures().await).await;
    calm(&meeting).await;
    let (replies, ()) = tokio::join!(
        refresh_at_once(&meeting),
        meeting.acme.delete_room(&meeting.room_id)
    );
    // From here on the deletion has been answered.
    let anyone = meeting.server.anyone();
    anyone
        .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
        .await
        .refused(403, "10010");
    let got: Vec<String> = replies.into_iter().filter_map(Result::ok).collect();
    let tries = got
        .iter()
        .chain([&meeting.tokens.token])
        .map(async |token| {
            let mut door = meeting.server.door(&meeting.room_id).await;
            let answer = door.create(token).await;
            assert!(
                [401, 403, 404]
                    .map(|code| json!(code))
                    .contains(&answer["status_code"]),
                "{answer}"
            );
            assert_eq!(door.closed().await, 4000);
        });
    // A few doors at a time: each is a connection.
    let mut tries = tries.peekable();
    while tries.peek().is_some() {
        join_all(tries.by_ref().take(50)).await;
    }
}

/// A deletion that is answered holds for the very next request, however often it is tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_deletion_nothing_is_issued() {
    let server = without_limit_on_failures().await;
    let acme = server.account("acme").await;
    for _ in 0..20 {
        let room_id = acme.new_room().await;
        let tokens = acme.tokens(&room_id).await;
        let path = format!("/v2/rooms/{room_id}/actions/generate_join_client_token");
        let issuing = join_all((0..20).map(|_| acme.post(&path, json!({}))));
        let (issued, ()) = tokio::join!(issuing, acme.delete_room(&room_id));
        assert!(
            issued
                .iter()
                .all(|reply| [201, 403].contains(&reply.status))
        );

        acme.post(&path, json!({})).await.refused(403, "65001");
        let anyone = server.anyone();
        for refresh_token in issued
            .into_iter()
            .filter(|reply| reply.status == 201)
            .map(|reply| {
                reply.data(201)["refresh_token"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .chain([tokens.refresh_token])
        {
            let reply = anyone.refresh(&room_id, &refresh_token).await;
            reply.refused(403, "10010");
        }
    }
}

/// Here all failures come from one address, and none is an attempt at anything.
async fn without_limit_on_failures() -> TestServer {
    TestServer::with(|settings| settings.limits.failed_auth_burst = 0).await
}

/// Waits until the server has noticed all that was written beside it (the account), and knows the room by
/// heart again.
async fn calm(meeting: &Meeting) {
    let other = meeting.acme.tokens(&meeting.room_id).await;
    let family = claims_of(&other.token)["sid"].take();
    let family = family.as_str().unwrap().parse().unwrap();
    meeting.server.revoke_family(family).await;
    let anyone = meeting.server.anyone();
    eventually(LIMIT, async || {
        let refresh = anyone.refresh(&meeting.room_id, &other.refresh_token);
        refresh.await.status == 403
    })
    .await;
    let room = format!("/v2/rooms/{}", meeting.room_id);
    meeting.acme.get(&room).await.expect(200);
}

/// Refreshes the meeting's tokens a thousand times at once: the new token, or the status if there is none.
async fn refresh_at_once(meeting: &Meeting) -> Vec<Result<String, u16>> {
    let connections: Vec<Client> = (0..CONNECTIONS)
        .map(|_| Client::anonymous_http2(meeting.server.address()))
        .collect();
    let refreshes = (0..REFRESHES).map(|number| {
        let client = connections[number % CONNECTIONS].clone();
        let (room_id, token) = (
            meeting.room_id.clone(),
            meeting.tokens.refresh_token.clone(),
        );
        tokio::spawn(async move {
            let reply = client.refresh(&room_id, &token).await;
            if reply.status != 201 {
                reply.refused(403, "10010");
                return Err(reply.status);
            }
            Ok(reply.data(201)["token"].as_str().unwrap().to_owned())
        })
    });
    let done = join_all(refreshes).await;
    done.into_iter().map(Result::unwrap).collect()
}
