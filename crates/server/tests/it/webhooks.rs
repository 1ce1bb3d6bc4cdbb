//! Webhooks from the store to a real receiver. Events are added to the store as another process would add them.

mod command;
mod delivery;
mod killed;
mod rest;

use greenroom_domain::{AccountId, Clock, Event, EventId, EventKind, RoomId, SessionId, Timestamp};
use greenroom_store::Store;
use greenroom_testkit::{Account, Receiver, TestServer};
use serde_json::json;
use uuid::Uuid;

/// A server that may send to loopback.
async fn server() -> TestServer {
    TestServer::with(|settings| settings.webhooks.allow_private = Some(true)).await
}

/// Makes a room whose events go to `url`.
async fn room(account: &Account, url: &str) -> RoomId {
    let made = account
        .post("/v2/rooms", json!({"webhook_event_url": url}))
        .await;
    made.data(201)["id"].as_str().unwrap().parse().unwrap()
}

fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

fn event(account_id: AccountId, room_id: RoomId, number: u128, now: Timestamp) -> Event {
    Event {
        id: event_id(number),
        room_id,
        account_id,
        session_id: SessionId::from_uuid(Uuid::from_u128(1)),
        occurred_at: now,
        kind: EventKind::SessionStarted,
    }
}

async fn add(store: &dyn Store, event: &Event) {
    let mut work = store.begin().await.unwrap();
    assert!(work.add_event(event).await.unwrap());
    work.commit().await.unwrap();
}

/// Adds the events `numbers` of a room, now.
async fn tell(
    server: &TestServer,
    account: &Account,
    room: RoomId,
    numbers: impl IntoIterator<Item = u128>,
) {
    for number in numbers {
        let event = event(account.id, room, number, server.clock().now());
        add(server.store(), &event).await;
    }
}

/// The numbers of the events that a receiver got, in order.
fn numbers(receiver: &Receiver) -> Vec<u128> {
    let number = |id: String| Uuid::parse_str(&id).unwrap().as_u128();
    let deliveries = receiver.deliveries();
    deliveries
        .iter()
        .map(|delivery| number(delivery.event_id()))
        .collect()
}
