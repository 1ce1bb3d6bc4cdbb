//! Coming in.

use super::*;
use insta::assert_snapshot;

#[test]
fn somebody_connects_to_an_empty_room() {
    let mut house = House::new(2);
    house.enter("ann");
    connect(&mut house, "ann");
    house.up([1]);
    assert_snapshot!(house.log);
}

#[test]
fn somebody_connects_with_messages() {
    let mut house = House::new(2);
    house.enter("ann");
    open_channel(&mut house, "ann", 2, 1);
    assert_snapshot!(house.log);
}

#[test]
fn the_one_inside_is_told_of_a_newcomer() {
    let mut house = House::new(2);
    house.enter("ann").enter("ben").quietly(|house| {
        connect(house, "ann");
        house.up([1]);
    });
    connect(&mut house, "ben");
    house.up([2]);
    assert_snapshot!(house.log);
    assert_eq!(house.people(), 2, "six legs, two people");
}

#[test]
fn a_newcomer_is_told_of_people_streams_and_moderation() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house.enter("cid");
    connect(&mut house, "cid");
    assert_snapshot!(house.log);
}

#[test]
fn candidates_are_taken_before_and_after_the_description() {
    let mut house = House::new(2);
    house.enter("ann").attach("ann", "audiobridge");
    let candidate = json!({"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0});
    for members in [
        json!({"candidate": candidate}),
        json!({"candidates": [candidate, candidate]}),
        json!({"candidate": {"completed": true}}),
        json!({"candidate": null}),
        json!({}),
    ] {
        let mut members = members;
        members["handle_id"] = json!(2);
        house.frame("ann", "trickle", members);
    }
    assert_snapshot!(house.log);
}
