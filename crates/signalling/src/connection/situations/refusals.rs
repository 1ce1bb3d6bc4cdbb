//! What is not granted, and how the browser SDK is kept from waiting for it.

use super::*;
use insta::assert_snapshot;

#[test]
fn a_full_room_ends_the_session_of_a_newcomer() {
    let mut house = House::new(1);
    house.enter("ann").enter("ben").quietly(|house| {
        connect(house, "ann");
    });
    house
        .attach("ben", "audiobridge")
        .message("ben", 2, roster_join("ben"));
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 1);
}

#[test]
fn without_media_there_is_no_session() {
    let mut house = House::new(2);
    house.enter("ann").fill_media().quietly(|house| {
        house
            .attach("ann", "audiobridge")
            .message("ann", 2, roster_join("ann"));
    });
    house.jsep("ann", 2, json!({"request": "configure"}), ("offer", "sdp"));
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 0);
}

#[test]
fn refused_by_the_mixed_audio() {
    let mut house = House::new(2);
    house.enter("ann").attach("ann", "audiobridge");
    for body in [
        json!({}),
        json!({"request": 7}),
        json!({"request": "x".repeat(65)}),
        json!({"request": "nonsense"}),
        json!({"request": "create"}),
        json!({"request": "kick", "id": 5}),
        json!({"request": "mute", "id": 5}),
        json!({"request": "changeroom", "room": "elsewhere"}),
        json!({"request": "exists"}),
        json!({"request": "configure"}),
        json!({"request": "leave"}),
        json!({"request": "join", "room": "elsewhere"}),
        json!({"request": "join", "room": true}),
        json!({"request": "join", "room": ROOM, "id": "5"}),
        json!({"request": "join", "room": ROOM, "id": 0}),
        json!({"request": "join", "room": ROOM, "muted": "yes"}),
        json!({"request": "join", "room": ROOM, "display": 7}),
    ] {
        house.message("ann", 2, body);
    }
    house
        .message(
            "ann",
            2,
            json!({"request": "join", "display": "x".repeat(8 * 1024 + 1)}),
        )
        .jsep("ann", 2, json!({"request": "join"}), ("answer", "sdp"))
        .message(
            "ann",
            2,
            json!({"request": "JOIN", "room": ROOM, "id": 5, "display": null}),
        )
        .message("ann", 2, json!({"request": "join", "room": ROOM}))
        .jsep("ann", 2, json!({"request": "configure"}), ("answer", "sdp"))
        .jsep("ann", 2, json!({"request": "configure"}), ("offer", "bad"))
        .attach("ann", "audiobridge")
        .message("ann", 3, json!({"request": "join", "room": ROOM, "id": 5}));
    assert_snapshot!(house.log.replace(&"x".repeat(50), ""));
}

#[test]
fn refused_by_the_streams() {
    let mut house = two_people();
    let feed = with_a_stream(&mut house);
    house.attach("ben", "videoroom");
    for body in [
        json!({"request": "create"}),
        json!({"request": "moderate"}),
        json!({"request": "nonsense"}),
        json!({"request": "configure"}),
        json!({"request": "unpublish"}),
        json!({"request": "start"}),
        json!({"request": "leave"}),
        json!({"request": "join", "room": ROOM}),
        json!({"request": "join", "room": ROOM, "ptype": "spectator"}),
        json!({"request": "join", "room": "elsewhere", "ptype": "publisher"}),
        json!({"request": "join", "ptype": "subscriber"}),
        json!({"request": "join", "ptype": "subscriber", "feed": "5"}),
        json!({"request": "join", "ptype": "subscriber", "streams": [{}]}),
        json!({"request": "join", "ptype": "subscriber", "streams": [7]}),
        json!({"request": "join", "ptype": "subscriber", "streams": vec![json!({"feed": 5}); 257]}),
        json!({"request": "join", "ptype": "subscriber", "feed": 5}),
        json!({"request": "join", "ptype": "publisher", "id": feed}),
        json!({"request": "join", "ptype": "publisher"}),
        json!({"request": "join", "ptype": "publisher"}),
        json!({"request": "unpublish"}),
        json!({"request": "pause"}),
        json!({"request": "configure", "bitrate": -1}),
    ] {
        house.message("ben", 5, body);
    }
    house
        .jsep("ben", 5, json!({"request": "publish"}), ("answer", "sdp"))
        .jsep("ben", 5, json!({"request": "publish"}), ("offer", "bad"))
        .jsep("ben", 5, json!({"request": "publish"}), ("offer", "sdp"))
        .jsep("ben", 5, json!({"request": "publish"}), ("offer", "sdp"));
    assert_snapshot!(house.log);
}

#[test]
fn refused_by_the_messages() {
    let mut house = House::new(2);
    house.enter("ann").attach("ann", "textroom");
    for body in [
        json!({"request": "restart"}),
        json!({"request": "join"}),
        json!({"request": "announcement"}),
        json!({"request": "setup", "room": 5}),
        json!({"request": "setup", "room": ROOM}),
        json!({"request": "setup", "room": ROOM}),
        json!({"request": "ack"}),
    ] {
        house.message("ann", 2, body);
    }
    house
        .jsep("ann", 2, json!({"request": "ack"}), ("offer", "sdp"))
        .jsep("ann", 2, json!({"request": "ack"}), ("answer", "bad"));
    assert_snapshot!(house.log);
}

#[test]
fn messages_that_never_reach_a_plugin() {
    let mut house = House::new(2);
    house.enter("ann").attach("ann", "videoroom");
    for members in [
        json!({}),
        json!({"body": null}),
        json!({"body": "join"}),
        json!({"body": {}, "jsep": "sdp"}),
        json!({"body": {}, "jsep": {}}),
        json!({"body": {}, "jsep": {"type": "offer"}}),
        json!({"body": {}, "jsep": {"type": "rollback", "sdp": ""}}),
        json!({"body": {}, "jsep": {"type": "offer", "sdp": 7}}),
        json!({"body": {}, "jsep": {"type": "offer", "sdp": "x".repeat(48 * 1024 + 1)}}),
    ] {
        let mut members = members;
        members["handle_id"] = json!(2);
        house.frame("ann", "message", members);
    }
    assert_snapshot!(house.log.replace(&"x".repeat(1_000), ""));
}
