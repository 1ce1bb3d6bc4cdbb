//! Order, retries, failover, dead letters.

use greenroom_domain::Clock;
use greenroom_store::outbox::{DeadReason, EventState, OutboxEntry};
use greenroom_testkit::{LIMIT, Receiver, TestServer, eventually};
use serde_json::json;

use super::{event_id, numbers, room, server, tell};

async fn entry(server: &TestServer, number: u128) -> OutboxEntry {
    let entry = server.store().outbox_entry(event_id(number)).await;
    entry.unwrap().unwrap()
}

/// Waits until an event has been tried that often.
async fn tried(server: &TestServer, number: u128, attempts: u32) {
    eventually(LIMIT, async || {
        entry(server, number).await.attempts >= attempts
    })
    .await;
}

async fn settled(server: &TestServer, number: u128) -> EventState {
    eventually(LIMIT, async || {
        entry(server, number).await.state != EventState::Pending
    })
    .await;
    entry(server, number).await.state
}

/// The numbers of what a receiver got, each as often as it came again after another.
fn order(receiver: &Receiver) -> Vec<u128> {
    let mut order = numbers(receiver);
    order.dedup();
    order
}

#[tokio::test]
async fn an_event_is_delivered_and_signed() {
    let server = server().await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    let url = receiver.url("/hook");
    let room = room(&acme, &url).await;
    tell(&server, &acme, room, [1]).await;
    let deliveries = receiver.received(1).await;
    assert_eq!(settled(&server, 1).await, EventState::Delivered);

    let key = server.anyone().get("/.well-known/webhook-key.json").await;
    let key = key.expect(200).json();
    assert_eq!(key["algorithm"], "Ed25519");
    assert!(deliveries[0].is_signed_by(key["public_key"].as_str().unwrap()));
    let now = server.clock().now();
    assert_eq!(deliveries[0].timestamp(), now.unix_secs());
    assert_eq!(deliveries[0].headers["content-type"], "application/json");
    assert_eq!(
        deliveries[0].json(),
        json!({
            "data": {
                "record_type": "event",
                "event_type": "video.room.session.started",
                "id": event_id(1).to_string(),
                "occurred_at": now.to_rfc3339_micros(),
                "payload": {
                    "session_id": "00000000-0000-0000-0000-000000000001",
                    "room_id": room.to_string(),
                },
            },
            "meta": {"attempt": 1, "delivered_to": url},
        })
    );
}

#[tokio::test]
async fn what_was_down_for_an_hour_gets_everything_in_order() {
    let server = server().await;
    let acme = server.account("acme").await;
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    let rooms = [
        room(&acme, &one.url("/")).await,
        room(&acme, &other.url("/")).await,
    ];
    one.answer(503);
    other.answer(503);
    for step in 0..12 {
        tell(&server, &acme, rooms[0], [step + 1]).await;
        tell(&server, &acme, rooms[1], [step + 101]).await;
        // The first delays are shorter than a step, so each of the first steps brings one attempt.
        if step < 6 {
            let attempts = u32::try_from(step).unwrap() + 1;
            tried(&server, 1, attempts).await;
            tried(&server, 101, attempts).await;
        }
        server.clock().advance(300);
    }
    one.answer(200);
    other.answer(200);
    server.clock().advance(3_600);
    for number in (1..=12).chain(101..=112) {
        assert_eq!(settled(&server, number).await, EventState::Delivered);
    }
    assert_eq!(order(&one), (1..=12).collect::<Vec<_>>());
    assert_eq!(order(&other), (101..=112).collect::<Vec<_>>());
    let last = one.deliveries().pop().unwrap();
    assert_eq!(last.timestamp(), server.clock().now().unix_secs());
    let attempt = entry(&server, 1).await.attempts;
    assert!(attempt >= 6, "{attempt}");
}

#[tokio::test]
async fn what_hangs_delays_no_other_room() {
    let server = server().await;
    let acme = server.account("acme").await;
    let (hangs, works) = (Receiver::start().await, Receiver::start().await);
    hangs.hang();
    // More rooms than there are slots in all.
    for number in 0..150 {
        let room = room(&acme, &hangs.url("/")).await;
        tell(&server, &acme, room, [1_000 + number]).await;
    }
    let room = room(&acme, &works.url("/")).await;
    for number in 1..=20 {
        tell(&server, &acme, room, [number]).await;
    }
    works.received(20).await;
    assert_eq!(order(&works), (1..=20).collect::<Vec<_>>());
    let waiting = hangs.deliveries().len();
    assert!(waiting < 100, "one receiver has few slots: {waiting}");
    hangs.answer(200);
    for number in 0..150 {
        // Those that had been given up in the meantime come again.
        eventually(LIMIT, async || {
            server.clock().advance(1);
            entry(&server, 1_000 + number).await.state == EventState::Delivered
        })
        .await;
    }
}

#[tokio::test]
async fn failover_comes_at_once() {
    let server = server().await;
    let acme = server.account("acme").await;
    let (bad, good) = (Receiver::start().await, Receiver::start().await);
    bad.answer(500);
    let settings = json!({
        "webhook_event_url": bad.url("/a"),
        "webhook_event_failover_url": good.url("/b"),
        "webhook_timeout_secs": 3,
    });
    let made = acme.post("/v2/rooms", settings).await.data(201);
    let room = made["id"].as_str().unwrap().parse().unwrap();
    tell(&server, &acme, room, [1]).await;
    assert_eq!(settled(&server, 1).await, EventState::Delivered);
    let (bad, good) = (bad.deliveries(), good.deliveries());
    assert_eq!((bad.len(), good.len()), (1, 1));
    assert_eq!(bad[0].event_id(), good[0].event_id());
    assert_eq!(good[0].json()["meta"]["attempt"], 1);
    let log = server.store().attempts(event_id(1)).await.unwrap();
    let tried: Vec<_> = log
        .iter()
        .map(|line| (line.failover, line.status))
        .collect();
    assert_eq!(tried, [(false, Some(500)), (true, Some(200))]);
}

#[tokio::test]
async fn after_three_days_an_event_is_dead_and_the_next_one_goes() {
    let server = server().await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    receiver.answer(404);
    let room = room(&acme, &receiver.url("/")).await;
    tell(&server, &acme, room, [1]).await;
    tried(&server, 1, 1).await;
    server.clock().advance(72 * 3_600 - 10);
    tried(&server, 1, 2).await;
    assert_eq!(entry(&server, 1).await.state, EventState::Pending);
    tell(&server, &acme, room, [2]).await;
    server.clock().advance(10);
    let dead = EventState::Dead(DeadReason::Expired);
    assert_eq!(settled(&server, 1).await, dead);
    receiver.answer(200);
    server.clock().advance(6);
    assert_eq!(settled(&server, 2).await, EventState::Delivered);
    assert_eq!(order(&receiver), [1, 2]);

    let attempts = entry(&server, 1).await.attempts;
    let mut work = server.store().begin().await.unwrap();
    let now = server.clock().now();
    assert_eq!(work.replay_dead(Some(room), now).await.unwrap(), 1);
    work.commit().await.unwrap();
    assert_eq!(settled(&server, 1).await, EventState::Delivered);
    let last = receiver.deliveries().pop().unwrap();
    assert_eq!(last.event_id(), event_id(1).to_string());
    assert_eq!(last.json()["meta"]["attempt"], attempts + 1);
}

#[tokio::test]
async fn metrics_tell_of_the_outbox() {
    let server = server().await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let room = room(&acme, &receiver.url("/")).await;
    tell(&server, &acme, room, [1, 2]).await;
    tried(&server, 1, 1).await;
    server.clock().advance(4);
    let expected = [
        "greenroom_webhook_attempts_total{outcome=\"status\"} 1",
        "greenroom_webhooks_pending 2",
        "greenroom_webhooks_oldest_pending_seconds 4",
        "greenroom_webhooks_dead 0",
    ];
    eventually(LIMIT, async || {
        let reply = server.anyone().get("/metrics").await;
        expected
            .iter()
            .all(|line| reply.text().lines().any(|one| one == *line))
    })
    .await;
}

#[tokio::test]
async fn a_private_target_is_refused_and_may_be_mended() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    let room = room(&acme, &receiver.url("/?secret=x")).await;
    tell(&server, &acme, room, [1]).await;
    tried(&server, 1, 1).await;
    let log = server.store().attempts(event_id(1)).await.unwrap();
    assert_eq!(
        log[0].error.as_deref(),
        Some("127.0.0.1 is refused as a webhook target: a loopback address")
    );
    assert_eq!(log[0].url, receiver.url("/"));
    assert_eq!(receiver.deliveries().len(), 0);

    let path = format!("/v2/rooms/{room}");
    let none = json!({"webhook_event_url": null});
    acme.patch(&path, none).await.expect(200);
    server.clock().advance(60);
    let dead = EventState::Dead(DeadReason::NoUrl);
    assert_eq!(settled(&server, 1).await, dead);
}

/// A server and its receiver, which has the first of two events and does not answer.
async fn hanging() -> (TestServer, Receiver) {
    let server = server().await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    receiver.hang();
    let room = room(&acme, &receiver.url("/")).await;
    tell(&server, &acme, room, [1, 2]).await;
    receiver.received(1).await;
    (server, receiver)
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way_and_a_start_goes_on() {
    let (mut server, receiver) = hanging().await;
    let ((), ()) = tokio::join!(server.stop(), async { receiver.answer(200) });
    assert_eq!(numbers(&receiver), [1], "taken, and written down as taken");
    server.start_again().await;
    receiver.received(2).await;
    assert_eq!(numbers(&receiver), [1, 2]);
}

#[tokio::test]
async fn nothing_more_is_sent_once_a_stop_is_asked_for() {
    let (mut server, receiver) = hanging().await;
    // What came of the first cannot be written down before the stop, and the second goes behind that.
    let another_writes = server.store().begin().await.unwrap();
    receiver.answer(200);
    eventually(LIMIT, async || {
        let reply = server.anyone().get("/metrics").await;
        let delivered = "greenroom_webhook_attempts_total{outcome=\"delivered\"} 1";
        reply.text().lines().any(|line| line == delivered)
    })
    .await;
    tokio::join!(server.stop(), async { drop(another_writes) });
    assert_eq!(numbers(&receiver), [1]);
    server.start_again().await;
    receiver.received(2).await;
    assert_eq!(numbers(&receiver), [1, 2]);
}
