//! Subscriptions to streams.

use super::*;
use insta::assert_snapshot;

#[test]
fn a_stream_is_subscribed_to() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    subscribe(&mut house, "ben", 5, feed, true, true);
    house.up([4]);
    assert_snapshot!(house.log);
}

#[test]
fn one_s_own_stream_is_subscribed_to_before_it_is_up() {
    let mut house = two_people();
    house.quietly(|house| add_stream(house, "ann", 5, "sdp"));
    let feed = house.id_of("ann", 5);
    subscribe(&mut house, "ann", 6, feed, true, true);
    assert_snapshot!(house.log);
}

#[test]
fn audio_alone_then_video() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    subscribe(&mut house, "ben", 5, feed, true, false);
    for (audio, video) in [(true, true), (false, true), (false, false), (true, true)] {
        house.message(
            "ben",
            5,
            json!({"request": "configure", "audio": audio, "video": video}),
        );
    }
    assert_snapshot!(house.log);
}

#[test]
fn two_subscriptions_at_once() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    let join = json!({"request": "join", "room": ROOM, "ptype": "subscriber", "feed": feed, "audio": true, "video": true});
    house
        .attach("ben", "videoroom")
        .attach("ben", "videoroom")
        .message("ben", 5, join.clone())
        .message("ben", 6, join)
        .jsep(
            "ben",
            6,
            json!({"request": "start", "room": ROOM}),
            ("answer", "sdp"),
        )
        .jsep(
            "ben",
            5,
            json!({"request": "start", "room": ROOM}),
            ("answer", "sdp"),
        );
    assert_snapshot!(house.log);
}

/// The SDK detaches the same handle twice, and waits for a success both times.
#[test]
fn a_subscription_is_removed_and_its_stream_then_too() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    house.quietly(|house| subscribe(house, "ben", 5, feed, true, true));
    house
        .frame("ben", "detach", json!({"handle_id": 5}))
        .frame("ann", "detach", json!({"handle_id": 5}))
        .frame("ben", "detach", json!({"handle_id": 5}));
    assert_snapshot!(house.log);
}

#[test]
fn a_stream_ends_under_its_subscribers() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    house.quietly(|house| subscribe(house, "ben", 5, feed, true, true));
    house.frame("ann", "detach", json!({"handle_id": 5})).frame(
        "ben",
        "detach",
        json!({"handle_id": 5}),
    );
    assert_snapshot!(house.log);
}
