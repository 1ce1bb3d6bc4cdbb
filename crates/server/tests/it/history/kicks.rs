//! A kick means out, whatever goes on at the same moment.

use futures_util::future::join_all;
use greenroom_testkit::media::{Gateway, Identity};
use greenroom_testkit::{Client, LIMIT, TestServer, eventually};
use serde_json::{Value, json};

use super::{Guest, participants, session_with};

/// Refreshes at once; each connection takes 100 of them.
const REFRESHES: usize = 1_000;
const CONNECTIONS: usize = 10;

fn at(server: &TestServer, room_id: &str, token: &str) -> Gateway {
    Gateway::Greenroom {
        server: server.address(),
        room_id: room_id.to_owned(),
        token: token.to_owned(),
    }
}

fn kick_path(session: &Value) -> String {
    let id = session["id"].as_str().unwrap();
    format!("/v2/room_sessions/{id}/actions/kick")
}

/// Here all failures come from one address, and none is an attempt at anything.
async fn patient_server() -> TestServer {
    TestServer::with(|settings| {
        settings.limits.failed_auth_burst = 0;
        settings.limits.refresh_per_address_burst = 0;
        settings.limits.refresh_per_family_burst = 0;
    })
    .await
}

/// Refreshes at once; the client tokens that came of it.
async fn refreshes(server: &TestServer, room_id: &str, refresh_token: &str) -> Vec<String> {
    let connections: Vec<Client> = (0..CONNECTIONS)
        .map(|_| Client::anonymous_http2(server.address()))
        .collect();
    let refreshes = (0..REFRESHES).map(|number| {
        let client = connections[number % CONNECTIONS].clone();
        let (room_id, token) = (room_id.to_owned(), refresh_token.to_owned());
        tokio::spawn(async move {
            let reply = client.refresh(&room_id, &token).await;
            if reply.status != 201 {
                reply.refused(403, "10010");
                return None;
            }
            Some(reply.data(201)["token"].as_str().unwrap().to_owned())
        })
    });
    let done = join_all(refreshes).await.into_iter();
    done.filter_map(Result::unwrap).collect()
}

/// Whatever a refresh got out of the server before the kick was answered opens nothing afterwards, and
/// nothing is got out of it any more: neither now nor after the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refresh_outruns_a_kick() {
    let mut server = patient_server().await;
    let acme = server.account("acme").await;
    let room_id = acme.new_room().await;
    let tokens = acme.tokens(&room_id).await;
    let ann = Guest::join(at(&server, &room_id, &tokens.token), &Identity::numbered(1)).await;
    let ann = ann.unwrap();
    let other = acme.tokens(&room_id).await;
    let ben = Guest::join(at(&server, &room_id, &other.token), &Identity::numbered(2)).await;
    let ben = ben.unwrap();
    let session = session_with(&acme, &room_id, 2).await;

    let refreshes = refreshes(&server, &room_id, &tokens.refresh_token);
    let path = kick_path(&session);
    let kick = async {
        let body = json!({"participants": [Identity::numbered(1).participant_id]});
        acme.post(&path, body).await.data(200);
        // From here on it has been answered.
        let anyone = server.anyone();
        let late = anyone.refresh(&room_id, &tokens.refresh_token).await;
        late.refused(403, "10010");
    };
    let (refreshed, ()) = tokio::join!(refreshes, kick);
    let got: Vec<String> = refreshed
        .into_iter()
        .chain([tokens.token.clone()])
        .collect();
    let mut tries = got.iter().map(async |token| {
        let back = Guest::join(at(&server, &room_id, token), &Identity::numbered(1)).await;
        assert!(back.is_err(), "a kicked one is back");
    });
    // A few doors at a time: each is a connection.
    loop {
        let some: Vec<_> = tries.by_ref().take(50).collect();
        if some.is_empty() {
            break;
        }
        join_all(some).await;
    }
    eventually(LIMIT, async || ann.session.close_code().is_some()).await;
    assert_eq!(ann.session.close_code(), Some(4000));
    let session = session_with(&acme, &room_id, 1).await;
    assert_eq!(participants(&session).len(), 2);
    assert_eq!(ben.session.close_code(), None);

    let fresh = acme.tokens(&room_id).await;
    server.stop().await;
    server.start_again().await;
    let anyone = server.anyone();
    let reply = anyone.refresh(&room_id, &tokens.refresh_token).await;
    reply.refused(403, "10010");
    for token in got.iter().take(5).chain([&tokens.token]) {
        let back = Guest::join(at(&server, &room_id, token), &Identity::numbered(1)).await;
        assert!(back.is_err(), "a kicked one is back after a restart");
    }
    let back = Guest::join(at(&server, &room_id, &fresh.token), &Identity::numbered(1)).await;
    assert!(back.is_ok());
}

/// Kicks and joins of one family, again and again: once a kick is answered, whoever it hit is out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rejoin_outruns_a_kick() {
    let server = patient_server().await;
    let acme = server.account("acme").await;
    let room_id = acme.new_room().await;
    for round in 1..=10 {
        let tokens = acme.tokens(&room_id).await;
        let identity = Identity::numbered(round);
        let gateway = at(&server, &room_id, &tokens.token);
        let _guest = Guest::join(gateway.clone(), &identity).await.unwrap();
        let session = session_with(&acme, &room_id, 1).await;
        let path = kick_path(&session);
        let rejoins = (0..5).map(|_| Guest::join(gateway.clone(), &identity));
        let body = json!({"participants": "all"});
        let (rejoined, kicked) = tokio::join!(join_all(rejoins), acme.post(&path, body));
        kicked.data(200);
        for guest in rejoined.into_iter().flatten() {
            eventually(LIMIT, async || guest.session.close_code().is_some()).await;
        }
        session_with(&acme, &room_id, 0).await;
        assert!(Guest::join(gateway, &identity).await.is_err());
    }
}
