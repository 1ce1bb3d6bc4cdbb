//! What operators do, seen from both sides.

use super::*;
use insta::assert_snapshot;

#[test]
fn somebody_is_kicked() {
    let mut house = two_people();
    house.kick(0);
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}

#[test]
fn somebody_is_kicked_while_publishing() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    house.quietly(|house| subscribe(house, "ben", 5, feed, true, true));
    house.kick(0);
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}

#[test]
fn somebody_is_muted_and_unmuted_and_a_newcomer_sees_it() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house
        .mute(0, true)
        .note("what the browser SDK does then")
        .message("ann", 4, json!({"request": "configure"}))
        .note("what it does not do")
        .message("ann", 4, json!({"request": "configure", "muted": false}))
        .note("a newcomer")
        .enter("cat")
        .attach("cat", "audiobridge")
        .message("cat", 2, roster_join("cat"))
        .attach("cat", "videoroom")
        .message("cat", 3, video_join("cat", "roster"))
        .mute(0, false);
    assert_snapshot!(house.log);
}

#[test]
fn the_session_is_ended() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house.end(false);
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 0);
}

#[test]
fn the_room_is_deleted() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house.end(true);
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 0);
}

#[test]
fn clients_moderate_nobody() {
    let mut house = two_people();
    let roster = house.id_of("ben", 2);
    let seat = house.id_of("ben", 3);
    house
        .message(
            "ann",
            2,
            json!({"request": "kick", "room": ROOM, "id": roster}),
        )
        .message(
            "ann",
            2,
            json!({"request": "mute", "room": ROOM, "id": roster}),
        )
        .message(
            "ann",
            3,
            json!({"request": "kick", "room": ROOM, "id": seat}),
        )
        .message(
            "ann",
            3,
            json!({"request": "moderate", "room": ROOM, "id": seat, "mid": "0", "mute": true}),
        );
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 2);
}
