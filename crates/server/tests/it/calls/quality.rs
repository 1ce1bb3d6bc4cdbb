//! How people fare, as an operator sees it.

use std::collections::BTreeSet;
use std::time::Duration;

use greenroom_headless::Video;
use greenroom_testkit::media::{Attendee, Driver, Identity};
use greenroom_testkit::{LIMIT, eventually};
use serde_json::{Value, json};

use super::{Venue, driver, tone};

/// How often it is looked how people fare.
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Venue {
    /// How everybody in a session fares now, by their ids.
    async fn quality(&self, session_id: &str) -> Vec<Value> {
        let path = format!("/v2/room_sessions/{session_id}/quality");
        let list = self.client.get(&path).await.data(200);
        list.as_array().unwrap().clone()
    }

    /// Waits until that holds of how everybody fares; the last look.
    async fn until_quality(
        &self,
        session_id: &str,
        what: &str,
        holds: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let mut last = Vec::new();
        let look = async {
            let mut ticks = tokio::time::interval(LOOK_EVERY);
            loop {
                ticks.tick().await;
                last = self.quality(session_id).await;
                if holds(&last) {
                    return;
                }
            }
        };
        let looked = tokio::time::timeout(LIMIT, look).await;
        assert!(looked.is_ok(), "{what}: {last:#?}");
        last
    }
}

async fn join(venue: &Venue, driver: &Driver, room: &str, number: u64) -> Attendee {
    let gateway = venue.gateway(room).await;
    let who = Identity::numbered(number);
    Attendee::join(driver, gateway, who, tone(440.0), false, true)
        .await
        .unwrap()
}

fn at(value: &Value, pointer: &str) -> f64 {
    value
        .pointer(pointer)
        .and_then(Value::as_f64)
        .unwrap_or(-1.0)
}

/// What is told of two people, of whom the first publishes three layers that the second sees.
fn check_flowing(people: &[Value], [anna, ben]: [&Identity; 2]) {
    let [of_anna, of_ben] = people else {
        panic!("{people:?}")
    };
    assert_eq!(of_anna["record_type"], "participant_quality");
    assert_eq!(of_anna["participant_id"], anna.participant_id.as_str());
    assert_eq!(of_anna["context"], json!(anna.context));
    assert_eq!(of_ben["participant_id"], ben.participant_id.as_str());
    let published = &of_anna["published"][0];
    assert_eq!(published["key"], "presentation");
    assert_eq!(published["codec"], "vp8");
    assert_eq!(
        (&published["audio"], &published["video"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(published["muted"], false);
    let layers = published["layers"].as_array().unwrap();
    let rids: BTreeSet<&str> = layers
        .iter()
        .filter_map(|layer| layer["rid"].as_str())
        .collect();
    assert_eq!(rids.len(), 3, "{layers:?}");
    let sum: f64 = layers.iter().map(|layer| at(layer, "/bitrate_bps")).sum();
    assert!(
        sum > 0.0 && sum <= at(published, "/bitrate_bps"),
        "{published}"
    );
    assert_eq!(of_ben["received"]["streams"], 1);
    assert_eq!(of_ben["published"], json!([]));
    // This machine may be busy, but it is one machine.
    assert!(at(of_anna, "/rtt_ms") < 5_000.0, "{of_anna}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rates_layers_and_round_trips_are_those_of_the_media() {
    let venue = Venue::open().await;
    let room = venue.room(10).await;
    let driver = driver(5);
    let mut anna = join(&venue, &driver, &room, 1).await;
    let mut ben = join(&venue, &driver, &room, 2).await;
    let video = Some(Video::simulcast());
    let stream = anna
        .publish(&driver, "presentation", Some(tone(440.0)), video)
        .await
        .unwrap();
    let feed = ben.next_feed().await.unwrap();
    let seen = ben.subscribe(&driver, &feed).await.unwrap();
    let session = venue.session(&room).await;

    let flows = |people: &[Value]| {
        let [anna, ben] = people else {
            return false;
        };
        let layers = anna["published"][0]["layers"].as_array();
        at(anna, "/published/0/bitrate_bps") > 300_000.0
            && layers.is_some_and(|layers| layers.iter().all(|layer| layer["active"] == true))
            && at(anna, "/rtt_ms") >= 0.0
            && at(anna, "/mixed_audio/bitrate_out_bps") > 0.0
            && at(ben, "/received/bitrate_bps") > 100_000.0
            && at(ben, "/received/available_bps") > 0.0
            && at(ben, "/received/packet_loss_percent") >= 0.0
            && at(ben, "/mixed_audio/bitrate_in_bps") > 10_000.0
    };
    let people = venue.until_quality(&session, "media flows", flows).await;
    check_flowing(&people, [&anna.identity, &ben.identity]);

    // An operator mutes her; she hears and is seen as before.
    let only_anna = json!({"participants": [anna.identity.participant_id]});
    venue.act(&session, "mute", &only_anna).await;
    let muted = |people: &[Value]| {
        people[0]["published"][0]["muted"] == true && people[0]["mixed_audio"]["muted"] == true
    };
    let people = venue.until_quality(&session, "muted", muted).await;
    assert_eq!(people[1]["mixed_audio"]["muted"], false);

    // What is not published any more is not told, nor who has left.
    drop(seen);
    anna.unpublish(stream).await.unwrap();
    let ceased = |people: &[Value]| people[0]["published"] == json!([]);
    venue.until_quality(&session, "unpublished", ceased).await;
    ben.leave().await.unwrap();
    venue
        .until_quality(&session, "left", |people| people.len() == 1)
        .await;
    venue.act(&session, "end", &json!({})).await;
    let path = format!("/v2/room_sessions/{session}/quality");
    let over = venue.client.get(&path).await.expect(200).json();
    assert_eq!(over["data"], json!([]));
    assert_eq!(over["meta"]["total_results"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loss_spoils_it_for_whom_it_hits() {
    let venue = Venue::open().await;
    let room = venue.room(10).await;
    let driver = driver(6);
    let mut anna = join(&venue, &driver, &room, 1).await;
    let ben = join(&venue, &driver, &room, 2).await;
    let video = Some(Video::single(400_000));
    let stream = anna.publish(&driver, "self", None, video).await.unwrap();
    let seen = ben.subscribe(&driver, &stream.feed).await.unwrap();
    let session = venue.session(&room).await;
    stream.peer.lose(300, 0);
    let spoilt = |people: &[Value]| {
        people.len() == 2
            && people[0]["quality"] == "poor"
            && at(&people[0], "/published/0/packet_loss_percent") > 8.0
    };
    venue.until_quality(&session, "her loss", spoilt).await;
    stream.peer.lose(0, 0);
    seen.peer.lose(0, 300);
    let moved = |people: &[Value]| {
        at(&people[0], "/published/0/packet_loss_percent") < 2.0
            && people[1]["quality"] == "poor"
            && at(&people[1], "/received/packet_loss_percent") > 8.0
    };
    venue.until_quality(&session, "his loss", moved).await;
    // Threads tell what they have measured in their own time.
    eventually(LIMIT, async || {
        let metrics = venue.client.get("/metrics").await.expect(200);
        let is_counted = |name: &&str| {
            let start = format!("greenroom_media_{name}_count{{shard=\"0\"}} ");
            let mut lines = metrics.text().lines();
            let count = lines.find_map(|line| line.strip_prefix(&start)).unwrap();
            count.parse::<u64>().unwrap() > 0
        };
        ["round_trip_seconds", "loss_in_ratio", "loss_out_ratio"]
            .iter()
            .all(is_counted)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_whose_session_it_is() {
    let venue = Venue::open().await;
    let room = venue.room(10).await;
    let driver = driver(7);
    let mut people = Vec::new();
    for number in 1..=3 {
        people.push(join(&venue, &driver, &room, number).await);
    }
    let session = venue.session(&room).await;
    venue
        .until_quality(&session, "all are there", |people| people.len() == 3)
        .await;
    let path = format!("/v2/room_sessions/{session}/quality");
    let page = format!("{path}?page[number]=2&page[size]=2");
    let page = venue.client.get(&page).await.expect(200).json();
    let third = people[2].identity.participant_id.as_str();
    assert_eq!(page["data"][0]["participant_id"], third);
    let meta = json!({"page_number": 2, "page_size": 2, "total_pages": 2, "total_results": 3});
    assert_eq!(page["meta"], meta);
    let odd = format!("{path}?filter[quality]=good");
    venue.client.get(&odd).await.expect(422);
    let unknown = "/v2/room_sessions/00000000-0000-4000-8000-000000000000/quality";
    venue.client.get(unknown).await.refused(404, "10005");
    let keyless = venue.program.anyone().get(&path).await;
    keyless.refused(401, "10009");
}
