//! Going out, in whatever way.

use super::*;
use greenroom_media::PeerEnd;
use insta::assert_snapshot;

#[test]
fn somebody_disconnects() {
    let mut house = two_people();
    house.frame("ann", "destroy", json!({}));
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}

#[test]
fn somebody_disconnects_while_publishing() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    house.quietly(|house| subscribe(house, "ben", 5, feed, true, true));
    house.frame("ann", "destroy", json!({}));
    assert_snapshot!(house.log);
}

#[test]
fn somebody_is_gone_without_a_word() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house.vanish("ann");
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}

#[test]
fn a_session_ends_with_a_token_that_is_none() {
    let mut house = two_people();
    house.frame("ann", "keepalive", json!({"client_token": "eve-1"}));
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}

#[test]
fn media_ends_by_itself() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    house.quietly(|house| subscribe(house, "ben", 5, feed, true, true));
    house
        .media(MediaEvent::Ended(PeerId(4), PeerEnd::TimedOut))
        .media(MediaEvent::Ended(PeerId(3), PeerEnd::ClosedByPeer))
        .note("the handles are still there")
        .jsep(
            "ann",
            5,
            json!({"request": "configure", "audio": true, "video": true}),
            ("offer", "sdp"),
        )
        .message("ben", 5, json!({"request": "configure", "video": false}))
        .message(
            "ben",
            5,
            json!({"request": "join", "ptype": "subscriber", "feed": feed}),
        );
    assert_snapshot!(house.log);
}

#[test]
fn somebody_comes_again_in_the_same_connection() {
    let mut house = House::new(2);
    house.enter("ann").quietly(|house| {
        house
            .attach("ann", "audiobridge")
            .message("ann", 2, roster_join("ann"));
    });
    house
        .message("ann", 2, json!({"request": "leave"}))
        .message("ann", 2, json!({"request": "leave"}))
        .message("ann", 2, roster_join("ann"));
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}
