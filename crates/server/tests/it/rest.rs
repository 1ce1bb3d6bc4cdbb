//! Rooms, sessions and participants over the wire: every field, every filter, every way to be wrong.

mod bodies;
mod catalogue;
mod creating;
mod deleting;
mod filters;
mod meeting;
mod moderation;
mod paging;
mod participants;
mod past;
mod sessions;
mod tenants;
mod updating;

use greenroom_testkit::Reply;
use serde_json::{Value, json};

/// A reply as snapshots show it.
fn shown(reply: &Reply) -> Value {
    json!({"status": reply.status, "body": reply.json()})
}

/// The names of the rooms in a list's reply, in order.
fn names(reply: Reply) -> Vec<String> {
    let rooms = reply.data(200);
    let name = |room: &Value| room["unique_name"].as_str().unwrap().to_owned();
    rooms.as_array().unwrap().iter().map(name).collect()
}
