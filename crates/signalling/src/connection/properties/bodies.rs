//! Messages to plugins, sensible and not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

const REQUESTS: [&str; 34] = [
    "join",
    "joinandconfigure",
    "configure",
    "publish",
    "unpublish",
    "leave",
    "start",
    "pause",
    "switch",
    "subscribe",
    "unsubscribe",
    "update",
    "listparticipants",
    "list",
    "exists",
    "create",
    "destroy",
    "edit",
    "allowed",
    "kick",
    "moderate",
    "mute",
    "changeroom",
    "setup",
    "ack",
    "restart",
    "announcement",
    "rtp_forward",
    "enable_recording",
    "JOIN",
    "Configure",
    "nonsense",
    "",
    "request",
];

const MEMBERS: [&str; 22] = [
    "room",
    "ptype",
    "display",
    "id",
    "feed",
    "muted",
    "audio",
    "video",
    "bitrate",
    "keyframe",
    "substream",
    "temporal",
    "streams",
    "subscribe",
    "unsubscribe",
    "username",
    "private_id",
    "restart",
    "pin",
    "token",
    "to",
    "tos",
];

fn value() -> impl Strategy<Value = Value> {
    let stream = || {
        prop_oneof![
            Just(json!({"feed": 7})),
            Just(json!({"feed": 7, "mid": "0"})),
            Just(json!({"sub_mid": "0"})),
            Just(json!({"mid": "1", "send": false})),
            Just(json!({})),
            Just(json!(7)),
        ]
    };
    prop_oneof![
        4 => any::<bool>().prop_map(Value::from),
        4 => (0_u64..9).prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        2 => Just(json!("publisher")),
        2 => Just(json!("subscriber")),
        2 => Just(json!("0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")),
        2 => ".{0,20}".prop_map(Value::from),
        1 => Just(json!(null)),
        3 => prop::collection::vec(stream(), 0..4).prop_map(Value::from),
        1 => Just(json!(["a", "b", "a"])),
    ]
}

fn body() -> impl Strategy<Value = Value> {
    let request = prop::sample::select(&REQUESTS[..]).prop_map(|name| json!(name));
    let request = prop_oneof![20 => request, 1 => value()];
    let members = prop::collection::vec((prop::sample::select(&MEMBERS[..]), value()), 0..6);
    let ptype = prop_oneof![Just("publisher"), Just("subscriber"), Just("listener")];
    let sensible = (ptype, 1_u64..9)
        .prop_map(|(ptype, feed)| json!({"request": "join", "ptype": ptype, "feed": feed}));
    let any = (prop::option::weighted(0.97, request), members).prop_map(|(request, members)| {
        let mut body: Map<String, Value> = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        body.extend(request.map(|request| ("request".to_owned(), request)));
        Value::Object(body)
    });
    prop_oneof![2 => sensible, 8 => any]
}

fn jsep() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!({"type": "offer", "sdp": "v=0"})),
        4 => Just(json!({"type": "answer", "sdp": "v=0"})),
        1 => Just(json!({"type": "rollback"})),
        1 => Just(json!({"type": "offer", "sdp": 1})),
        1 => Just(json!(null)),
        1 => value(),
    ]
}

/// The members of a message to one of the first handles of session 1.
pub(super) fn message() -> impl Strategy<Value = Map<String, Value>> {
    let body = prop_oneof![20 => body(), 1 => value()];
    let jsep = prop::option::weighted(0.4, jsep());
    (body, jsep, 2_u64..8).prop_map(|(body, jsep, handle)| {
        let mut frame = Map::new();
        frame.insert("janus".to_owned(), json!("message"));
        frame.insert("client_token".to_owned(), json!("ann-1"));
        frame.insert("session_id".to_owned(), json!(1));
        frame.insert("handle_id".to_owned(), json!(handle));
        frame.insert("body".to_owned(), body);
        frame.extend(jsep.map(|jsep| ("jsep".to_owned(), jsep)));
        frame
    })
}
