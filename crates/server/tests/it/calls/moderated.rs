//! A mute holds for clients that know nothing of it: these go on sending.

use greenroom_headless::{Client, Kind, Video};
use greenroom_testkit::media::{Attendee, Identity, Peer};
use greenroom_testkit::{LIMIT, eventually};
use serde_json::json;

use super::{Hearing, Venue, driver, strength, tone};

/// Samples listened to at a time: half a second.
const HEARD: usize = 24_000;
const ANNA_HERTZ: f64 = 440.0;
const BEN_HERTZ: f64 = 3_000.0;
const CARL_HERTZ: f64 = 1_000.0;

/// Waits until a leg hears these of Anna and Carl, and nobody else of them.
async fn hears(leg: &mut Peer, anna: bool, carl: bool) {
    let mut hearing = Hearing::of(leg);
    let listening = async {
        loop {
            let heard = hearing.next(HEARD).await;
            let is_there = |hertz| strength(&heard, hertz) > 0.05;
            if (is_there(ANNA_HERTZ), is_there(CARL_HERTZ)) == (anna, carl) {
                return;
            }
        }
    };
    let found = tokio::time::timeout(LIMIT, listening).await;
    assert!(found.is_ok(), "not heard: anna {anna}, carl {carl}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_muted_and_goes_on_sending_is_not_heard() {
    let venue = Venue::open().await;
    let room = venue.room(10).await;
    let driver = driver(3);
    let mut people = Vec::new();
    for (number, hertz) in [(1, ANNA_HERTZ), (2, BEN_HERTZ), (3, CARL_HERTZ)] {
        let gateway = venue.gateway(&room).await;
        let who = Identity::numbered(number);
        let listens = number == 2;
        let person = Attendee::join(&driver, gateway, who, tone(hertz), listens, false).await;
        people.push(person.unwrap());
    }
    let mut people = people.into_iter();
    let (mut anna, mut ben) = (people.next().unwrap(), people.next().unwrap());
    let video = Some(Video::single(300_000));
    let published = anna
        .publish(&driver, "self", Some(tone(ANNA_HERTZ)), video)
        .await
        .unwrap();
    let seen = ben.subscribe(&driver, &published.feed).await.unwrap();
    let flows = |client: &Client| client.tracks().all(|track| track.packets > 20);
    seen.peer.until("anna's stream", flows).await.unwrap();
    hears(&mut ben.mix.peer, true, true).await;

    let session = venue.session(&room).await;
    let anna_alone = json!({"participants": [anna.identity.participant_id]});
    venue.act(&session, "mute", &anna_alone).await;
    hears(&mut ben.mix.peer, false, true).await;
    let audio = async || {
        let track = seen.peer.track(Kind::Audio).await;
        track.unwrap().packets
    };
    let before = audio().await;
    // What was under way when the mute was decided may still come; then nothing does, while others are heard.
    hears(&mut ben.mix.peer, false, true).await;
    let silent = audio().await;
    hears(&mut ben.mix.peer, false, true).await;
    assert_eq!(audio().await, silent, "after {before} packets");

    // Her own word does not bring her back.
    let unmuted = json!({"request": "configure", "muted": false});
    anna.session
        .message(anna.mix.handle, unmuted, None)
        .await
        .unwrap();
    hears(&mut ben.mix.peer, false, true).await;

    venue.act(&session, "unmute", &anna_alone).await;
    hears(&mut ben.mix.peer, true, true).await;
    eventually(LIMIT, async || audio().await > silent).await;
}
