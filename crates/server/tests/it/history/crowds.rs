//! Many at once.

use futures_util::future::join_all;
use greenroom_testkit::TestServer;
use greenroom_testkit::media::{Gateway, Identity};
use serde_json::json;

use super::{Guest, participants, session_with, sessions};

const JOINS: u64 = 100;
const PLACES: usize = 10;

/// Whoever comes at the same moment, a room holds as many as it should, and the record knows of no others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_at_once_ten_get_in() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let room = acme.create_room(json!({"max_participants": PLACES})).await;
    let room_id = room["id"].as_str().unwrap();
    // Some come with a token of their own, others with one that they share.
    let shared = acme.tokens(room_id).await;
    let mut gateways = Vec::new();
    for number in 0..JOINS {
        let token = if number % 2 == 0 {
            acme.tokens(room_id).await.token
        } else {
            shared.token.clone()
        };
        gateways.push(Gateway::Greenroom {
            server: server.address(),
            room_id: room_id.to_owned(),
            token,
        });
    }
    let joins = gateways.into_iter().zip(1..).map(|(gateway, number)| {
        tokio::spawn(async move {
            let identity = Identity::numbered(number);
            Guest::join(gateway, &identity).await
        })
    });
    let guests: Vec<Guest> = join_all(joins)
        .await
        .into_iter()
        .filter_map(|joined| joined.unwrap().ok())
        .collect();
    assert_eq!(guests.len(), PLACES);
    let session = session_with(&acme, room_id, PLACES).await;
    assert_eq!(participants(&session).len(), PLACES);

    // Each place that becomes free is taken by one.
    let leaving = guests.into_iter().map(|guest| guest.session.leave());
    for left in join_all(leaving).await {
        left.unwrap();
    }
    session_with(&acme, room_id, 0).await;
    let gateway = Gateway::Greenroom {
        server: server.address(),
        room_id: room_id.to_owned(),
        token: shared.token,
    };
    let late = Guest::join(gateway, &Identity::numbered(JOINS + 1)).await;
    let _late = late.unwrap();
    let session = session_with(&acme, room_id, 1).await;
    assert_eq!(participants(&session).len(), PLACES + 1);
    assert_eq!(sessions(&acme, room_id).await.len(), 1);
}
