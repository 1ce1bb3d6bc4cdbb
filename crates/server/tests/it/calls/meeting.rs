//! Two participants see, hear and message each other.

use std::time::Duration;

use greenroom_headless::{Kind, Video};
use greenroom_testkit::media::{Attendee, Identity, Peer, Subscribed};
use greenroom_testkit::{LIMIT, eventually};
use serde_json::json;

use super::{Hearing, Venue, driver, strength, tone};

/// Samples listened to at a time: a second.
const HEARD: usize = 48_000;

async fn wait_for_picture(subscribed: &Subscribed) {
    let pictures = |client: &greenroom_headless::Client| {
        let mut tracks = client.tracks();
        tracks.any(|track| track.video.decodable && track.video.frames_decoded >= 30)
    };
    subscribed.peer.until("a picture", pictures).await.unwrap();
}

/// A second of what a leg hears, once it hears `wanted` hertz; the strength of that and of `other` in it.
async fn strengths(leg: &mut Peer, wanted: f64, other: f64) -> (f64, f64) {
    let mut hearing = Hearing::of(leg);
    let listening = async {
        loop {
            let heard = hearing.next(HEARD).await;
            let found = (strength(&heard, wanted), strength(&heard, other));
            if found.0 > 0.05 {
                return found;
            }
        }
    };
    tokio::time::timeout(LIMIT, listening)
        .await
        .expect("the tone is not heard")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_see_hear_and_message_each_other() {
    let venue = Venue::open().await;
    let room = venue.room(10).await;
    let driver = driver(1);
    let [anna, ben] = [Identity::numbered(1), Identity::numbered(2)];
    let gateway = venue.gateway(&room).await;
    let mut anna = Attendee::join(&driver, gateway, anna, tone(440.0), true, true)
        .await
        .unwrap();
    let gateway = venue.gateway(&room).await;
    let mut ben = Attendee::join(&driver, gateway, ben, tone(1_000.0), true, true)
        .await
        .unwrap();

    let video = Some(Video::simulcast());
    let published = anna
        .publish(&driver, "self", Some(tone(440.0)), video)
        .await
        .unwrap();
    let feed = ben.next_feed().await.unwrap();
    assert_eq!(feed, published.feed);
    let seen = ben.subscribe(&driver, &feed).await.unwrap();
    wait_for_picture(&seen).await;
    let audio = seen.peer.track(Kind::Audio).await.unwrap();
    assert!(audio.packets > 0);

    let video = Some(Video::single(500_000));
    ben.publish(&driver, "self", None, video).await.unwrap();
    let feed = anna.next_feed().await.unwrap();
    let seen_back = anna.subscribe(&driver, &feed).await.unwrap();
    wait_for_picture(&seen_back).await;

    let (other, own) = strengths(&mut ben.mix.peer, 440.0, 1_000.0).await;
    assert!(
        own < other / 20.0,
        "ben hears himself: {own} beside {other}"
    );
    let (other, own) = strengths(&mut anna.mix.peer, 1_000.0, 440.0).await;
    assert!(
        own < other / 20.0,
        "anna hears herself: {own} beside {other}"
    );

    let said = json!({"type": "text", "payload": "hello, Ben"}).to_string();
    anna.text.as_mut().unwrap().say(&said).await.unwrap();
    let arrived = loop {
        let text = ben.text.as_mut().unwrap().next_text().await.unwrap();
        if text["textroom"] == "message" {
            break text;
        }
    };
    assert_eq!(arrived["from"], anna.identity.participant_id.as_str());
    assert_eq!(arrived["text"], said.as_str());

    let roster_id = anna.roster_id.clone();
    anna.unpublish(published).await.unwrap();
    anna.leave().await.unwrap();
    ben.session
        .next_push_with(|push| {
            let data = &push["plugindata"]["data"];
            (data["audiobridge"] == "event" && data["leaving"] == roster_id).then_some(())
        })
        .await
        .unwrap();
    ben.leave().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_comes_back_after_it_was_off() {
    let venue = Venue::open().await;
    let room = venue.room(10).await;
    let driver = driver(2);
    let gateway = venue.gateway(&room).await;
    let mut anna = Attendee::join(
        &driver,
        gateway.clone(),
        Identity::numbered(1),
        tone(440.0),
        false,
        false,
    )
    .await
    .unwrap();
    let published = anna
        .publish(&driver, "self", None, Some(Video::single(500_000)))
        .await
        .unwrap();
    let ben = Attendee::join(
        &driver,
        gateway,
        Identity::numbered(2),
        tone(1_000.0),
        false,
        false,
    )
    .await
    .unwrap();
    assert_eq!(ben.feeds, std::slice::from_ref(&published.feed));
    let seen = ben.subscribe(&driver, &published.feed).await.unwrap();
    wait_for_picture(&seen).await;

    let switch = |on: bool| json!({"request": "configure", "audio": true, "video": on});
    let session = &ben.session;
    session
        .message(seen.handle, switch(false), None)
        .await
        .unwrap();
    let still = async || {
        let before = seen.peer.track(Kind::Video).await.unwrap().packets;
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        ticks.tick().await;
        ticks.tick().await;
        before == seen.peer.track(Kind::Video).await.unwrap().packets
    };
    eventually(LIMIT, still).await;
    let before = seen.peer.track(Kind::Video).await.unwrap().video;

    session
        .message(seen.handle, switch(true), None)
        .await
        .unwrap();
    let again = before.frames_decoded + 30;
    let pictures = move |client: &greenroom_headless::Client| {
        let mut tracks = client.tracks();
        tracks.any(|track| track.video.decodable && track.video.frames_decoded >= again)
    };
    seen.peer
        .until("the picture again", pictures)
        .await
        .unwrap();
    let after = seen.peer.track(Kind::Video).await.unwrap().video;
    assert_eq!(after.broken_frames, before.broken_frames);
    assert_eq!(after.time_went_back, 0);
}
