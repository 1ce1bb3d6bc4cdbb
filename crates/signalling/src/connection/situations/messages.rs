//! Messages over data channels.

use super::*;
use insta::assert_snapshot;

/// Ann, Ben and Cid have data channels 1, 2 and 3, and have joined.
fn three_writers() -> House {
    let mut house = House::new(10);
    house
        .enter("ann")
        .enter("ben")
        .enter("cid")
        .quietly(|house| {
            for (peer, name) in (1..).zip(["ann", "ben", "cid"]) {
                open_channel(house, name, 2, peer);
                house.says(peer, &join(name));
            }
        });
    house
}

fn join(name: &str) -> Value {
    json!({"textroom": "join", "transaction": "j", "room": ROOM, "username": name, "display": name})
}

#[test]
fn people_join_and_leave_the_messages() {
    let mut house = House::new(10);
    house.enter("ann").enter("ben").quietly(|house| {
        open_channel(house, "ann", 2, 1);
        open_channel(house, "ben", 2, 2);
    });
    let mut without_room = join("ann");
    without_room.as_object_mut().unwrap().remove("room");
    house
        .says(1, &without_room)
        .says(
            2,
            &json!({"textroom": "join", "transaction": "j", "room": ROOM, "username": "ben"}),
        )
        .note("what is not granted")
        .says(
            2,
            &json!({"textroom": "join", "transaction": "again", "username": "benny"}),
        )
        .says(2, &json!({"textroom": "leave", "transaction": "l"}))
        .says(
            2,
            &json!({"textroom": "message", "transaction": "m", "text": "{}"}),
        )
        .says(
            2,
            &json!({"textroom": "join", "transaction": "taken", "username": "ann"}),
        )
        .says(
            2,
            &json!({"textroom": "join", "transaction": "far", "username": "ben", "room": 5}),
        )
        .says(2, &join("ben"))
        .note("and who goes is announced, too")
        .vanish("ann");
    assert_snapshot!(house.log.replace(&number(), "<room's number>"));
}

/// The room's number, which the setup told.
fn number() -> String {
    let mut house = House::new(2);
    house.enter("ann");
    open_channel(&mut house, "ann", 2, 1);
    let (_, rest) = house.log.split_once("\"janus_room_id\":").unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn a_message_goes_to_all() {
    let mut house = three_writers();
    house.says(
        1,
        &json!({"textroom": "message", "room": ROOM, "text": "{\"message\":{\"type\":\"text\",\"payload\":\"hello\"},\"recipients\":[]}", "transaction": "m"}),
    );
    assert_snapshot!(house.log.replace(&number(), "<room's number>"));
}

#[test]
fn a_message_goes_to_some() {
    let mut house = three_writers();
    let message = |members: Value| {
        let mut message = json!({"textroom": "message", "text": "{}", "transaction": "m"});
        message
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        message
    };
    house
        .says(1, &message(json!({"tos": ["ben"]})))
        .note("somebody is gone, and somebody is named twice")
        .says(1, &message(json!({"tos": ["dan", "cid", "cid"]})))
        .note("to one")
        .says(1, &message(json!({"to": "cid"})))
        .says(1, &message(json!({"to": "dan"})))
        .note("no answer is wanted")
        .says(1, &message(json!({"ack": false})))
        .says(1, &message(json!({"ack": false, "to": "dan"})));
    assert_snapshot!(house.log.replace(&number(), "<room's number>"));
}

#[test]
fn lists_of_people_and_rooms() {
    let mut house = three_writers();
    house
        .says(
            1,
            &json!({"textroom": "listparticipants", "transaction": "p"}),
        )
        .says(1, &json!({"textroom": "list", "transaction": "l"}))
        .says(
            1,
            &json!({"textroom": "exists", "transaction": "e", "room": ROOM}),
        )
        .says(
            1,
            &json!({"textroom": "exists", "transaction": "e", "room": "elsewhere"}),
        )
        .note("over the WebSocket")
        .message("ann", 2, json!({"request": "listparticipants"}))
        .message("ann", 2, json!({"request": "list"}))
        .message("ann", 2, json!({"request": "exists", "room": 5}));
    assert_snapshot!(house.log.replace(&number(), "<room's number>"));
}

#[test]
fn texts_that_are_no_requests() {
    let mut house = three_writers();
    let odd = |transaction: &str| "x".repeat(transaction.len());
    for text in [
        json!(null),
        json!([]),
        json!("hello"),
        json!({}),
        json!({"textroom": "message"}),
        json!({"textroom": "message", "transaction": 7}),
        json!({"textroom": "message", "transaction": odd(&"t".repeat(129))}),
        json!({"transaction": "t"}),
        json!({"transaction": "t", "textroom": 7}),
        json!({"transaction": "t", "textroom": "nonsense"}),
        json!({"transaction": "t", "textroom": "message"}),
        json!({"transaction": "t", "textroom": "message", "text": {}}),
        json!({"transaction": "t", "textroom": "message", "text": "{}", "to": 7}),
        json!({"transaction": "t", "textroom": "message", "text": "{}", "tos": "ben"}),
        json!({"transaction": "t", "textroom": "message", "text": "{}", "tos": [7]}),
        json!({"transaction": "t", "textroom": "message", "text": "{}", "tos": vec!["ben"; 51]}),
        json!({"transaction": "t", "textroom": "message", "text": "{}", "ack": "no"}),
        json!({"transaction": "t", "textroom": "message", "text": "{}", "room": {}}),
        json!({"transaction": "t", "textroom": "message", "text": "x".repeat(32 * 1024 + 1)}),
        json!({"transaction": "t", "textroom": "join", "username": "x".repeat(256)}),
        json!({"transaction": "t", "textroom": "announcement", "text": "{}"}),
        json!({"transaction": "t", "textroom": "create"}),
        json!({"transaction": "t", "textroom": "kick"}),
    ] {
        house.says(1, &text);
    }
    let log = house.log.replace(&"x".repeat(100), "");
    assert_snapshot!(log.replace(&number(), "<room's number>"));
}
