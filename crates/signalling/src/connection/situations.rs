//! The situations of a call as `docs/protocol.md` describes them, played with the real call of a
//! room: one transcript each. What the clients send is what the browser SDK sends.

mod connecting;
mod general;
mod leaving;
mod messages;
mod moderation;
mod publishing;
mod refusals;
mod subscribing;

use greenroom_media::{MediaEvent, PeerId};
use serde_json::{Value, json};

use super::house::{House, ROOM};

/// The SDK's `display`, in short.
fn display(who: &str, what: &str) -> String {
    format!("{who}/{what}")
}

/// `connect()`: the roster legs are handles 2 and 3, the mixer leg is handle 4.
fn connect(house: &mut House, name: &str) {
    house
        .attach(name, "audiobridge")
        .message(name, 2, roster_join(name))
        .attach(name, "videoroom")
        .message(name, 3, video_join(name, "roster"))
        .attach(name, "audiobridge")
        .message(name, 4, json!({"request": "join", "room": ROOM, "display": display(name, "mixer"), "muted": false}))
        .jsep(name, 4, json!({"request": "configure", "display": display(name, "mixer")}), ("offer", "sdp"));
}

fn roster_join(name: &str) -> Value {
    json!({"request": "join", "room": ROOM, "display": display(name, "roster"), "muted": true})
}

fn video_join(name: &str, what: &str) -> Value {
    json!({"request": "join", "room": ROOM, "ptype": "publisher", "display": display(name, what)})
}

/// `addStream()`, on a new handle.
fn add_stream(house: &mut House, name: &str, handle: u64, offer: &str) {
    let shown = display(name, "self+audio+video");
    house
        .message(name, 4, json!({"request": "configure"}))
        .attach(name, "videoroom")
        .message(name, handle, video_join(name, "self+audio+video"))
        .jsep(
            name,
            handle,
            json!({"request": "configure", "audio": true, "video": true, "bitrate": 500_000, "display": shown}),
            ("offer", offer),
        )
        .message(name, handle, json!({"request": "configure", "audio": true, "video": true, "display": shown}));
}

/// `addSubscription()`, on a new handle.
fn subscribe(house: &mut House, name: &str, handle: u64, feed: u64, audio: bool, video: bool) {
    house
        .attach(name, "videoroom")
        .message(
            name,
            handle,
            json!({"request": "join", "room": ROOM, "ptype": "subscriber", "feed": feed, "audio": audio, "video": video}),
        )
        .jsep(name, handle, json!({"request": "start", "room": ROOM}), ("answer", "sdp"));
}

/// Ann and Ben are connected; Ann's mixer has media connection 1 and Ben's 2.
fn two_people() -> House {
    let mut house = House::new(10);
    house.enter("ann").enter("ben").quietly(|house| {
        connect(house, "ann");
        connect(house, "ben");
        house.up([1, 2]);
    });
    house
}

/// Ann publishes on handle 5 with media connection 3; her feed.
fn with_a_stream(house: &mut House) -> u64 {
    house.quietly(|house| {
        add_stream(house, "ann", 5, "sdp");
        house.up([3]);
    });
    house.id_of("ann", 5)
}

/// The text room, up to the open data channel of media connection `peer`.
fn open_channel(house: &mut House, name: &str, handle: u64, peer: u64) {
    house
        .attach(name, "textroom")
        .message(name, handle, json!({"request": "setup", "room": ROOM}))
        .jsep(name, handle, json!({"request": "ack"}), ("answer", "sdp"))
        .up([peer])
        .media(MediaEvent::TextOpened(PeerId(peer)));
}
