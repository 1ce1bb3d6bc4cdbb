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
mod server;
mod sessions;
mod signing_keys;
mod tenants;
mod updating;

use greenroom_domain::RoomId;
use greenroom_testkit::Reply;
use serde_json::{Value, json};

/// A reply as snapshots show it: ids that the server has drawn are numbered, since they change with all
/// else that it draws.
fn shown(reply: &Reply) -> Value {
    let mut body = reply.json();
    number_ids(&mut body, &mut Vec::new());
    json!({"status": reply.status, "body": body})
}

fn number_ids(value: &mut Value, seen: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if text.parse::<RoomId>().is_err() || past::is_ours(text) {
                return;
            }
            let number = seen.iter().position(|id| id == text);
            let number = number.unwrap_or_else(|| {
                seen.push(text.clone());
                seen.len() - 1
            });
            *text = format!("[id {}]", number + 1);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| number_ids(item, seen)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| number_ids(member, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The names of the rooms in a list's reply, in order.
fn names(reply: Reply) -> Vec<String> {
    let rooms = reply.data(200);
    let name = |room: &Value| room["unique_name"].as_str().unwrap().to_owned();
    rooms.as_array().unwrap().iter().map(name).collect()
}
