//! A call whose way from the tokens to the first frames is followed.

use std::collections::BTreeSet;

use greenroom_headless::Video;
use greenroom_testkit::Greenroom;
use greenroom_testkit::media::{Attendee, Gateway, Identity};
use serde_json::json;

use super::{Venue, driver, tone};
use crate::traces::{Collector, Seen, trace_of};

/// A span of the application's.
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SECRET: &str = "Bearer of-the-collector";

const MADE: &str = "POST /v2/rooms/{room_id}/actions/generate_join_client_token";
const REFRESHED: &str = "POST /v2/rooms/{room_id}/actions/refresh_client_token";

/// Tokens of one family: those that are secret, and the one to come with.
struct Ticket {
    secrets: Vec<String>,
    token: String,
}

async fn ticket(venue: &Venue, room: &str) -> Ticket {
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let call = venue.client.call("POST", &path);
    let call = call.header("traceparent", TRACEPARENT).json(&json!({}));
    let pair = call.send().await.data(201);
    let text = |name: &str| pair[name].as_str().unwrap().to_owned();
    let (first, refresh) = (text("token"), text("refresh_token"));
    let anyone = venue.program.anyone();
    let refreshed = anyone.refresh(room, &refresh).await.data(201);
    let token = refreshed["token"].as_str().unwrap().to_owned();
    Ticket {
        secrets: vec![first, refresh, token.clone()],
        token,
    }
}

async fn join(
    venue: &Venue,
    room: &str,
    ticket: &Ticket,
    number: u64,
) -> (Attendee, greenroom_testkit::media::Driver) {
    let driver = driver(number);
    let gateway = Gateway::Greenroom {
        server: venue.program.http(),
        room_id: room.to_owned(),
        token: ticket.token.clone(),
    };
    let who = Identity::numbered(number);
    let attendee = Attendee::join(&driver, gateway, who, tone(440.0), true, true).await;
    (attendee.unwrap(), driver)
}

/// The spans of one trace, in the order in which they began.
fn trace(seen: &[Seen], ticket: &Ticket) -> Vec<Seen> {
    let id = trace_of(&ticket.token);
    let mut own: Vec<Seen> = seen.to_vec();
    own.retain(|it| it.span.trace_id == id);
    own.sort_by_key(|it| it.span.start_time_unix_nano);
    own
}

fn has(trace: &[Seen], name: &str) -> bool {
    trace.iter().any(|it| it.span.name == name)
}

fn find<'a>(trace: &'a [Seen], name: &str) -> &'a Seen {
    let found = trace.iter().find(|it| it.span.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {trace:#?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_the_token_to_the_first_frame() {
    let collector = Collector::start().await;
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .env("GREENROOM_TRACES__OTLP_ENDPOINT", collector.endpoint())
        .env(
            "GREENROOM_TRACES__HEADERS",
            format!("{{authorization = \"{SECRET}\"}}"),
        );
    let venue = Venue::of(greenroom).await;
    let room = venue.room(10).await;
    let (of_anna, of_ben) = (ticket(&venue, &room).await, ticket(&venue, &room).await);
    let (mut anna, annas) = join(&venue, &room, &of_anna, 1).await;
    let video = Some(Video::single(500_000));
    let _published = anna
        .publish(&annas, "self", Some(tone(440.0)), video)
        .await
        .unwrap();
    let (ben, bens) = join(&venue, &room, &of_ben, 2).await;
    let feed = ben.feeds[0].clone();
    let _seen = ben.subscribe(&bens, &feed).await.unwrap();

    // All of it, before anybody leaves: a call that goes on can be looked at.
    collector
        .until(|seen| {
            let (anna, ben) = (trace(seen, &of_anna), trace(seen, &of_ben));
            let came = ["first video in", "first audio in", "connect textroom"];
            let went = ["first video out", "first audio out", "connect subscriber"];
            came.iter().all(|name| has(&anna, name)) && went.iter().all(|name| has(&ben, name))
        })
        .await;
    ben.leave().await.unwrap();
    let seen = collector
        .until(|seen| has(&trace(seen, &of_ben), "session"))
        .await;

    let (anna, ben) = (trace(&seen, &of_anna), trace(&seen, &of_ben));
    is_one_tree(&anna, &room);
    is_one_tree(&ben, &room);
    is_in_order(
        &anna,
        &[
            MADE,
            REFRESHED,
            "open session",
            "join publisher",
            "negotiate publisher",
            "connect publisher",
            "first video in",
        ],
    );
    is_in_order(
        &ben,
        &[
            MADE,
            REFRESHED,
            "open session",
            "join subscriber",
            "negotiate subscriber",
            "connect subscriber",
            "first video out",
        ],
    );
    names_people(&anna, &ben);
    holds_no_secret(&collector, &[&of_anna, &of_ben]);
}

/// Who sent, who left, and how.
fn names_people(anna: &[Seen], ben: &[Seen]) {
    let annas = &Identity::numbered(1).participant_id;
    let first = find(ben, "first video out");
    assert_eq!(
        &first.attributes["greenroom.publisher.participant.id"],
        annas
    );
    let first = find(anna, "first video in");
    assert_eq!(&first.attributes["greenroom.participant.id"], annas);
    let left = find(ben, "session");
    assert_eq!(left.attributes["greenroom.session.end"], "destroyed");
    assert_eq!(left.fault(), "");
}

/// One root, to which everything leads; and the application's span can be found from it.
fn is_one_tree(trace: &[Seen], room: &str) {
    let roots: Vec<&Seen> = trace
        .iter()
        .filter(|it| it.span.parent_span_id.is_empty())
        .collect();
    assert_eq!(roots.len(), 1);
    assert_eq!(roots[0].span.name, MADE);
    let link = &roots[0].span.links[0];
    let linked = u128::from_be_bytes(link.trace_id.as_slice().try_into().unwrap());
    let within = u64::from_be_bytes(link.span_id.as_slice().try_into().unwrap());
    assert!(TRACEPARENT.contains(&format!("{linked:032x}-{within:016x}")));
    let ids: BTreeSet<&[u8]> = trace.iter().map(|it| it.span.span_id.as_slice()).collect();
    assert_eq!(ids.len(), trace.len(), "no id is there twice");
    let session = find(trace, "open session");
    for it in trace {
        let parent = it.span.parent_span_id.as_slice();
        let above = match it.span.name.as_str() {
            MADE => continue,
            REFRESHED | "open session" => &roots[0].span.span_id,
            _ => &session.span.span_id,
        };
        assert_eq!(parent, above, "{}", it.span.name);
        assert_eq!(it.fault(), "", "{}", it.span.name);
        assert_eq!(it.attributes["greenroom.room.id"], room);
        assert_eq!(it.attributes["resource.service.name"], "greenroom");
        assert!(it.attributes.contains_key("resource.service.version"));
        assert!(it.attributes.contains_key("resource.service.instance.id"));
    }
}

/// Each ends when the next one does, or before.
fn is_in_order(trace: &[Seen], names: &[&str]) {
    let ends: Vec<u64> = names
        .iter()
        .map(|name| find(trace, name).span.end_time_unix_nano)
        .collect();
    assert!(ends.is_sorted(), "{names:?} at {ends:?}");
    for it in trace {
        assert!(it.span.start_time_unix_nano <= it.span.end_time_unix_nano);
    }
}

fn holds_no_secret(collector: &Collector, tickets: &[&Ticket]) {
    let contains = |text: &[u8], needle: &str| {
        text.windows(needle.len())
            .any(|window| window == needle.as_bytes())
    };
    for delivery in collector.0.deliveries() {
        assert_eq!(delivery.path, "/v1/traces");
        assert_eq!(delivery.headers["content-type"], "application/x-protobuf");
        assert_eq!(delivery.headers["authorization"], SECRET);
        for ticket in tickets {
            for secret in &ticket.secrets {
                let claims = secret.split('.').nth(1).unwrap();
                let signature = secret.rsplit('.').next().unwrap();
                assert!(!contains(&delivery.body, claims));
                assert!(!contains(&delivery.body, signature));
            }
        }
        // Nor what the application said of somebody, nor what is to be kept from others.
        for needle in ["username", "user-1", "of-the-collector"] {
            assert!(!contains(&delivery.body, needle), "{needle}");
        }
    }
}
