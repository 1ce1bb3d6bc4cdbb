//! Streams, as those who publish and those who could see them are told of them.

use super::*;
use insta::assert_snapshot;

#[test]
fn a_stream_is_published() {
    let mut house = two_people();
    add_stream(&mut house, "ann", 5, "sdp");
    house.up([3]);
    assert_snapshot!(house.log);
}

#[test]
fn a_stream_with_simulcast() {
    let mut house = two_people();
    house.quietly(|house| {
        house
            .attach("ann", "videoroom")
            .message("ann", 5, video_join("ann", "self"));
    });
    house
        .jsep(
            "ann",
            5,
            json!({"request": "configure", "audio": true, "video": true, "bitrate": 800_000}),
            ("offer", "sdp of simulcast"),
        )
        .up([3]);
    assert_snapshot!(house.log);
}

#[test]
fn tracks_are_switched_off_and_on() {
    let mut house = two_people();
    with_a_stream(&mut house);
    for shown in ["self+audio", "self+audio+video"] {
        house.message(
            "ann",
            5,
            json!({"request": "configure", "audio": true, "video": true, "display": display("ann", shown)}),
        );
    }
    assert_snapshot!(house.log);
}

#[test]
fn a_stream_is_removed() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house
        .message("ann", 4, json!({"request": "configure"}))
        .frame("ann", "detach", json!({"handle_id": 5}));
    assert_snapshot!(house.log);
}

#[test]
fn a_stream_is_hung_up_and_its_publisher_stays() {
    let mut house = two_people();
    with_a_stream(&mut house);
    house
        .frame("ann", "hangup", json!({"handle_id": 5}))
        .jsep("ann", 5, json!({"request": "publish"}), ("offer", "sdp"))
        .message("ann", 5, json!({"request": "unpublish"}))
        .message("ann", 5, json!({"request": "leave"}));
    assert_snapshot!(house.log);
}

#[test]
fn somebody_talks() {
    let mut house = two_people();
    with_a_stream(&mut house);
    for talking in [true, false] {
        house
            .media(MediaEvent::Talking(PeerId(1), talking))
            .media(MediaEvent::Talking(PeerId(3), talking));
    }
    assert_snapshot!(house.log);
}
