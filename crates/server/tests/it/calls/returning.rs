//! People who lose their network and come back before they are missed.

use greenroom_testkit::media::{Attendee, Gateway, Identity};
use greenroom_testkit::{LIMIT, eventually};
use serde_json::{Value, json};

use super::{Venue, driver, tone};

/// A client token and one that was refreshed from the same pair.
async fn family(venue: &Venue, room: &str) -> [Gateway; 2] {
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let body = json!({"token_ttl_secs": 3_600});
    let pair = venue.client.post(&path, body).await.data(201);
    let refresh_token = pair["refresh_token"].as_str().unwrap();
    let refreshed = venue.client.refresh(room, refresh_token).await.data(201);
    [pair, refreshed].map(|data| Gateway::Greenroom {
        server: venue.program.http(),
        room_id: room.to_owned(),
        token: data["token"].as_str().unwrap().to_owned(),
    })
}

/// Ann as often as she comes: another id, the same context.
fn ann(number: u64) -> Identity {
    Identity {
        context: Some("{\"username\":\"ann\"}".to_owned()),
        ..Identity::numbered(number)
    }
}

/// The participants of the room's newest session, oldest first: id, whether it is there, why it left.
async fn on_record(venue: &Venue, session: &str) -> Vec<(String, bool)> {
    let path = format!("/v2/room_sessions/{session}?include_participants=true");
    let session = venue.client.get(&path).await.data(200);
    let participants = session["participants"].as_array().unwrap().iter();
    let mut all: Vec<_> = participants
        .map(|one| {
            let id = one["id"].as_str().unwrap().to_owned();
            (id, one["left_at"].is_null())
        })
        .collect();
    all.sort();
    all
}

/// What somebody in the roster is told of others there: who comes and who goes, by their ids in the roster.
async fn next_in_roster(attendee: &mut Attendee) -> (&'static str, Value) {
    let wanted = |push: &Value| {
        let data = &push["plugindata"]["data"];
        let joined = &data["participants"][0];
        if data["audiobridge"] == "joined" && joined["display"].is_string() {
            return Some(("joined", joined["id"].clone()));
        }
        let leaving = data.get("leaving")?;
        (data["audiobridge"] == "event").then(|| ("leaving", leaving.clone()))
    };
    attendee.session.next_push_with(wanted).await.unwrap()
}

/// A room that holds two: Ann, whose network goes, and Ben. She comes back with a refreshed token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ghost_is_gone_before_its_person_is_back() {
    let venue = Venue::open().await;
    let room = venue.room(2).await;
    let (lost, found) = (driver(1), driver(2));
    let [token, refreshed] = family(&venue, &room).await;
    let before = Attendee::join(&lost, token, ann(1), tone(440.0), false, true)
        .await
        .unwrap();
    let gateway = venue.gateway(&room).await;
    let identity = Identity::numbered(2);
    let mut ben = Attendee::join(&found, gateway, identity, tone(600.0), false, true)
        .await
        .unwrap();
    let session = venue.session(&room).await;

    before.session.freeze();
    drop(lost);
    let after = Attendee::join(&found, refreshed, ann(3), tone(440.0), false, true)
        .await
        .unwrap();
    // Her roster leg and her leg in the mix go, then the new ones come.
    let mut told = Vec::new();
    while told.last() != Some(&("joined", after.roster_id.clone())) {
        told.push(next_in_roster(&mut ben).await);
    }
    assert!(
        told.contains(&("leaving", before.roster_id.clone())),
        "{told:?}"
    );
    let ids = [&before, &ben, &after].map(|it| it.identity.participant_id.clone());
    let [old, other, new] = ids;
    let expected = [(old, false), (other, true), (new, true)];
    eventually(LIMIT, async || {
        on_record(&venue, &session).await == expected
    })
    .await;
    assert_eq!(venue.session(&room).await, session);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_tab_with_the_same_token_is_no_return() {
    let venue = Venue::open().await;
    let room = venue.room(3).await;
    let driver = driver(1);
    let [token, refreshed] = family(&venue, &room).await;
    let join =
        |gateway, number| Attendee::join(&driver, gateway, ann(number), tone(440.0), false, false);
    let first = join(token, 1).await.unwrap();
    let _second = join(refreshed.clone(), 2).await.unwrap();
    let session = venue.session(&room).await;
    let expected = [1, 2].map(|number| (ann(number).participant_id, true));
    eventually(LIMIT, async || {
        on_record(&venue, &session).await == expected
    })
    .await;
    assert_eq!(first.session.close_code(), None);

    // Whose media is there is there, though its WebSocket is stuck.
    first.session.freeze();
    let third = join(refreshed, 3).await.unwrap();
    let expected = [1, 2, 3].map(|number| (ann(number).participant_id, true));
    eventually(LIMIT, async || {
        on_record(&venue, &session).await == expected
    })
    .await;
    assert_eq!(third.session.close_code(), None);
}
