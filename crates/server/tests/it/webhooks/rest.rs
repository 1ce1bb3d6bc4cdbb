//! `/v2/webhook_deliveries`: what an account's rooms had to tell, and telling it again.

use greenroom_domain::Clock;
use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;
use greenroom_domain::{EventKind, ParticipantId, RoomId};
use greenroom_testkit::{Account, LIMIT, Receiver, TestServer, eventually};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{add, event, event_id, numbers, room, server, tell};

const PATH: &str = "/v2/webhook_deliveries";

fn one(number: u128) -> String {
    format!("{PATH}/{}", event_id(number))
}

async fn shown(account: &Account, number: u128) -> Value {
    account.get(&one(number)).await.data(200)
}

/// Waits until an event is in that state, and shows it.
async fn becomes(account: &Account, number: u128, status: &str) -> Value {
    eventually(LIMIT, async || {
        shown(account, number).await["status"] == status
    })
    .await;
    shown(account, number).await
}

/// The numbers of the events in a list.
async fn listed(account: &Account, query: &str) -> Vec<u128> {
    let list = account.get(&format!("{PATH}{query}")).await.expect(200);
    let list = list.json();
    let number = |item: &Value| {
        let id: Uuid = item["id"].as_str().unwrap().parse().unwrap();
        id.as_u128()
    };
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect()
}

/// One event of each kind.
fn kinds() -> [EventKind; 4] {
    let participant_id = ParticipantId::from_uuid(Uuid::from_u128(7));
    [
        EventKind::SessionStarted,
        EventKind::ParticipantJoined {
            participant_id,
            context: Some("I am \"Ann\"".to_owned()),
        },
        EventKind::ParticipantLeft {
            participant_id,
            context: None,
            duration_secs: 12,
            reason: LeftReason::TimedOut,
        },
        EventKind::SessionEnded {
            duration_secs: 3_600,
            reason: EndReason::Empty,
        },
    ]
}

#[tokio::test]
async fn what_is_shown_is_what_was_sent() {
    let server = server().await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    let url = receiver.url("/hook");
    let room = room(&acme, &url).await;
    let now = server.clock().now();
    for (number, kind) in (1..).zip(kinds()) {
        let event = greenroom_domain::Event {
            kind,
            ..event(acme.id, room, number, now)
        };
        add(server.store(), &event).await;
    }
    let sent = receiver.received(4).await;
    becomes(&acme, 4, "delivered").await;
    for (number, sent) in (1..).zip(sent) {
        let said = shown(&acme, number).await;
        assert_eq!(said["webhook"], sent.json()["data"]);
        let attempts = said["attempts"].as_array().unwrap();
        let [attempt] = attempts.as_slice() else {
            panic!("{said:#}")
        };
        assert_eq!(attempt["status"], "delivered");
        assert_eq!(attempt["errors"], json!([]));
        assert_eq!(attempt["error"], Value::Null);
        assert_eq!(attempt["http"]["request"]["url"], url);
        assert_eq!(attempt["http"]["response"]["status"], 200);
        assert_eq!(said["started_at"], attempt["started_at"]);
        assert_eq!(said["finished_at"], attempt["finished_at"]);
        for (member, wanted) in [
            ("record_type", json!("webhook_delivery")),
            ("id", json!(event_id(number).to_string())),
            ("user_id", json!(acme.id.to_string())),
            ("room_id", json!(room.to_string())),
            ("attempts_count", json!(1)),
            ("failure_reason", Value::Null),
            ("next_attempt_at", Value::Null),
        ] {
            assert_eq!(said[member], wanted, "{member}");
        }
    }
}

/// The first event has failed at both receivers once, and the second waits for it.
async fn fails_at_both(acme: &Account) {
    eventually(LIMIT, async || shown(acme, 1).await["attempts_count"] == 1).await;
    let said = shown(acme, 1).await;
    assert_eq!(said["status"], "pending");
    assert_eq!(said["finished_at"], Value::Null);
    assert!(said["next_attempt_at"].is_string(), "{said:#}");
    let behind = shown(acme, 2).await;
    assert_eq!(behind["next_attempt_at"], Value::Null, "not its turn");
    assert_eq!(
        (&behind["started_at"], &behind["attempts"]),
        (&Value::Null, &json!([]))
    );
    let attempts = said["attempts"].as_array().unwrap();
    let brief = |attempt: &Value| {
        let number = attempt["attempt"].clone();
        json!([
            number,
            attempt["failover"],
            attempt["status"],
            attempt["errors"]
        ])
    };
    let wanted = [
        json!([1, true, "failed", [404]]),
        json!([1, false, "failed", [503]]),
    ];
    assert!(attempts.iter().map(brief).eq(wanted), "{said:#}");
    assert!(attempts[0]["error"].as_str().unwrap().contains("404"));
}

#[tokio::test]
async fn a_failure_is_told_attempt_by_attempt_and_replayed() {
    let server = server().await;
    let acme = server.account("acme").await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    first.answer(503);
    second.answer(404);
    let settings = json!({
        "webhook_event_url": first.url("/first"),
        "webhook_event_failover_url": second.url("/second"),
    });
    let made = acme.post("/v2/rooms", settings).await.data(201);
    let room: RoomId = made["id"].as_str().unwrap().parse().unwrap();
    tell(&server, &acme, room, [1, 2]).await;
    fails_at_both(&acme).await;

    server.clock().advance(73 * 3_600);
    let dead = becomes(&acme, 1, "failed").await;
    assert_eq!(dead["failure_reason"], "expired");
    assert!(dead["finished_at"].is_string());
    assert!(dead["attempts_count"].as_u64() >= Some(2));

    server.clock().advance(60);
    becomes(&acme, 2, "failed").await;
    first.answer(200);
    let replay = format!("{}/actions/replay", one(1));
    let again = acme.post(&replay, json!({})).await.data(200);
    assert_eq!(
        (&again["status"], &again["failure_reason"]),
        (&json!("pending"), &Value::Null)
    );
    becomes(&acme, 1, "delivered").await;
    assert_eq!(shown(&acme, 2).await["status"], "failed", "replayed alone");
    // What was delivered can be sent once more.
    let taken = || {
        numbers(&first)
            .iter()
            .filter(|number| **number == 1)
            .count()
    };
    let before = taken();
    acme.post(&replay, json!({})).await.expect(200);
    eventually(LIMIT, async || taken() == before + 1).await;
    becomes(&acme, 1, "delivered").await;
}

#[tokio::test]
async fn lists_are_narrowed_and_paged() {
    let server = server().await;
    let acme = server.account("acme").await;
    let (works, refuses) = (Receiver::start().await, Receiver::start().await);
    refuses.answer(500);
    let one = room(&acme, &works.url("/")).await;
    let other = room(&acme, &refuses.url("/")).await;
    tell(&server, &acme, one, [1, 2]).await;
    tell(&server, &acme, other, [3]).await;
    let ended = greenroom_domain::Event {
        kind: kinds()[3].clone(),
        ..event(acme.id, one, 4, server.clock().now())
    };
    add(server.store(), &ended).await;
    for number in [1, 2, 4] {
        becomes(&acme, number, "delivered").await;
    }
    let of = |room: RoomId| format!("?filter[room_id]={room}");
    let started = "video.room.session.started";
    for (query, wanted) in [
        (String::new(), vec![4, 3, 2, 1]),
        ("?filter[status][eq]=pending".into(), vec![3]),
        (
            "?filter%5Bstatus%5D%5Beq%5D=delivered".into(),
            vec![4, 2, 1],
        ),
        ("?filter[status][eq]=failed".into(), vec![]),
        (of(one), vec![4, 2, 1]),
        (
            format!("{}&filter[status][eq]=delivered", of(other)),
            vec![],
        ),
        (format!("?filter[event_type]={started}"), vec![3, 2, 1]),
        (
            format!("?filter[event_type]=video.room.session.ended,{started}"),
            vec![4, 3, 2, 1],
        ),
        ("?filter[event_type]=call.initiated".into(), vec![]),
        ("?page[size]=3".into(), vec![4, 3, 2]),
        ("?page[size]=3&page[number]=2".into(), vec![1]),
        ("?page[number]=9".into(), vec![]),
    ] {
        assert_eq!(listed(&acme, &query).await, wanted, "{query}");
    }
    let list = acme.get(&format!("{PATH}?page[size]=3")).await.json();
    let meta = json!({"page_number": 1, "page_size": 3, "total_pages": 2, "total_results": 4});
    assert_eq!(list["meta"], meta);
    let mut whole = shown(&acme, 4).await;
    whole.as_object_mut().unwrap().remove("attempts");
    assert_eq!(list["data"][0], whole, "all but the attempts");
    for (query, code) in [
        ("?filter[status][eq]=dead", "10015"),
        ("?filter[status]=failed", "10031"),
        ("?filter[room_id]=x", "10015"),
        ("?filter[started_at][gte]=2021-04-16", "10031"),
        ("?page[size]=0", "10015"),
    ] {
        acme.get(&format!("{PATH}{query}")).await.refused(422, code);
    }
}

#[tokio::test]
async fn accounts_are_told_of_their_own_rooms_only() {
    let server = server().await;
    let acme = server.account("acme").await;
    let globex = server.account("globex").await;
    let receiver = Receiver::start().await;
    let room = room(&acme, &receiver.url("/")).await;
    tell(&server, &acme, room, [1]).await;
    becomes(&acme, 1, "delivered").await;
    assert_eq!(listed(&globex, "").await, Vec::<u128>::new());
    let query = format!("?filter[room_id]={room}");
    assert_eq!(listed(&globex, &query).await, Vec::<u128>::new());
    for number in [1, 2] {
        globex.get(&one(number)).await.refused(404, "10005");
        let replay = format!("{}/actions/replay", one(number));
        globex.post(&replay, json!({})).await.refused(404, "10005");
    }
    assert_eq!(shown(&acme, 1).await["attempts_count"], 1, "not sent again");
    acme.delete_room(&room.to_string()).await;
    assert_eq!(
        listed(&acme, &query).await,
        [1],
        "the room's end is not theirs"
    );
}

#[tokio::test]
async fn a_room_that_lost_its_url() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let room = room(&acme, "http://10.0.0.1/hook").await;
    tell(&server, &acme, room, [1]).await;
    let path = format!("/v2/rooms/{room}");
    acme.patch(&path, json!({"webhook_event_url": null}))
        .await
        .expect(200);
    server.clock().advance(60);
    let said = becomes(&acme, 1, "failed").await;
    assert_eq!(said["failure_reason"], "no_url");
    assert!(said["finished_at"].is_string());
}
