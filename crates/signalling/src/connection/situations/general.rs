//! A plain video room, as general Janus clients use one: a token named `token`, and lists of streams.

use super::*;
use insta::assert_snapshot;

/// Ann, Ben and Cid, of whom Ann (handle 2, media 1) and Ben (handle 2, media 2) publish.
fn video_room() -> (House, u64, u64) {
    let mut house = House::new(10);
    house.enter("ann").enter("ben").enter("cid");
    house.quietly(|house| {
        for name in ["ann", "ben"] {
            house.attach(name, "videoroom").jsep(
                name,
                2,
                json!({"request": "joinandconfigure", "room": ROOM, "ptype": "publisher", "display": name}),
                ("offer", "sdp"),
            );
        }
        house.up([1, 2]).attach("cid", "videoroom");
    });
    let (ann, ben) = (house.id_of("ann", 2), house.id_of("ben", 2));
    (house, ann, ben)
}

#[test]
fn a_plain_video_room() {
    let mut house = House::new(10);
    house
        .enter("ann")
        .note("the token under its other name")
        .frame("ann", "attach", json!({"client_token": null, "token": "ann-1", "plugin": "janus.plugin.videoroom", "opaque_id": "x"}))
        .frame("ann", "attach", json!({"plugin": "janus.plugin.videoroom"}))
        .message("ann", 2, json!({"request": "exists", "room": ROOM}))
        .message("ann", 2, json!({"request": "exists", "room": "elsewhere"}))
        .message("ann", 2, json!({"request": "list"}))
        .jsep(
            "ann",
            2,
            json!({"request": "joinandconfigure", "room": ROOM, "ptype": "publisher", "display": "Ann", "audio": true}),
            ("offer", "sdp"),
        )
        .up([1])
        .message("ann", 2, json!({"request": "listparticipants", "room": ROOM}))
        .message("ann", 2, json!({"request": "unpublish"}))
        .jsep("ann", 2, json!({"request": "publish", "bitrate": 128_000}), ("offer", "sdp"))
        .message("ann", 2, json!({"request": "configure", "keyframe": true, "video": false}))
        .message("ann", 2, json!({"request": "leave"}));
    assert_snapshot!(house.log);
}

#[test]
fn a_subscriber_to_several_streams() {
    let (mut house, ann, ben) = video_room();
    house
        .message(
            "cid",
            2,
            json!({"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [
                {"feed": ann, "mid": "0"}, {"feed": ann, "mid": "1"}, {"feed": ben},
            ]}),
        )
        .jsep("cid", 2, json!({"request": "start"}), ("answer", "sdp"))
        .note("what flows is set for all of it")
        .message(
            "cid",
            2,
            json!({"request": "configure", "streams": [{"mid": "1", "send": false}]}),
        )
        .message(
            "cid",
            2,
            json!({"request": "configure", "substream": 1, "temporal": 0}),
        )
        .message("cid", 2, json!({"request": "configure", "substream": 3}))
        .message("cid", 2, json!({"request": "pause"}))
        .message("cid", 2, json!({"request": "start"}))
        .message("cid", 2, json!({"request": "leave"}))
        .message("cid", 2, json!({"request": "leave"}));
    assert_snapshot!(house.log);
}

#[test]
fn a_subscription_is_changed() {
    let (mut house, ann, ben) = video_room();
    house
        .message(
            "cid",
            2,
            json!({"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": ann}]}),
        )
        .jsep("cid", 2, json!({"request": "start"}), ("answer", "sdp"))
        .message("cid", 2, json!({"request": "configure", "streams": [{"mid": "1", "send": false, "substream": 1}]}))
        .message("cid", 2, json!({"request": "configure", "streams": [{"mid": "7", "send": false}]}))
        .message("cid", 2, json!({"request": "switch", "feed": ben}))
        .message("cid", 2, json!({"request": "switch", "streams": [{"feed": ann, "mid": "1", "sub_mid": "1"}]}))
        .message("cid", 2, json!({"request": "switch", "streams": [{"feed": ann}, {"feed": ben}]}))
        .message("cid", 2, json!({"request": "update", "subscribe": [{"feed": ben}]}))
        .jsep("cid", 2, json!({"request": "start"}), ("answer", "sdp"))
        .message("cid", 2, json!({"request": "subscribe", "streams": [{"feed": ann}]}))
        .message("cid", 2, json!({"request": "unsubscribe", "streams": [{"sub_mid": "2"}, {"sub_mid": "3"}]}))
        .message("cid", 2, json!({"request": "unsubscribe", "streams": [{"sub_mid": "7"}]}))
        .message("cid", 2, json!({"request": "update"}));
    assert_snapshot!(house.log);
}

#[test]
fn a_plain_audio_room() {
    let mut house = House::new(10);
    house
        .enter("ann")
        .attach("ann", "audiobridge")
        .message("ann", 2, json!({"request": "exists", "room": ROOM}))
        .message("ann", 2, json!({"request": "list"}))
        .message(
            "ann",
            2,
            json!({"request": "join", "room": ROOM, "display": "Ann"}),
        )
        .jsep(
            "ann",
            2,
            json!({"request": "configure", "muted": false}),
            ("offer", "sdp"),
        )
        .up([1])
        .message("ann", 2, json!({"request": "configure", "muted": true}))
        .message(
            "ann",
            2,
            json!({"request": "listparticipants", "room": ROOM}),
        )
        .message("ann", 2, json!({"request": "leave"}))
        .frame("ann", "hangup", json!({"handle_id": 2}));
    assert_snapshot!(house.log);
}

#[test]
fn a_leg_of_the_mix_with_its_offer_in_the_join() {
    let mut house = House::new(10);
    house
        .enter("ann")
        .attach("ann", "audiobridge")
        .jsep(
            "ann",
            2,
            json!({"request": "join", "room": ROOM, "display": "Ann"}),
            ("offer", "bad"),
        )
        .jsep(
            "ann",
            2,
            json!({"request": "join", "room": ROOM, "display": "Ann"}),
            ("offer", "sdp"),
        )
        .up([1]);
    assert_snapshot!(house.log);
}
