//! The program is killed between a change and its delivery.

use greenroom_domain::Clock;
use greenroom_server::app::open_store;
use greenroom_server::edges::SystemClock;
use greenroom_store::outbox::EventState;
use greenroom_testkit::{Greenroom, LIMIT, Receiver, eventually};
use serde_json::json;

use super::{add, event, event_id, numbers};

#[tokio::test]
async fn what_was_not_delivered_before_a_kill_is_delivered_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .env("GREENROOM_LISTEN", "127.0.0.1:0")
        .env("GREENROOM_DATA", &data)
        .env("GREENROOM_WEBHOOKS__ALLOW_PRIVATE", "true");
    let key = greenroom.run(["api-key", "create"]).await.value("key");
    let receiver = Receiver::start().await;
    receiver.hang();

    let mut program = greenroom.start(["serve"]).await;
    let client = program.anyone().with_key(&key);
    let settings = json!({"webhook_event_url": receiver.url("/")});
    let room = client.post("/v2/rooms", settings).await.data(201);
    let room = room["id"].as_str().unwrap().parse().unwrap();
    let store = open_store(&data).await.unwrap();
    let account = store.first_account().await.unwrap().unwrap().id;
    let now = SystemClock::start().now();
    for number in 1..=3 {
        add(&*store, &event(account, room, number, now)).await;
    }
    receiver.received(1).await;
    program.kill().await;
    assert_eq!(numbers(&receiver), [1]);

    receiver.answer(200);
    let mut program = greenroom.start(["serve"]).await;
    receiver.received(4).await;
    assert_eq!(numbers(&receiver), [1, 1, 2, 3], "the first one again");
    let shown = greenroom.run(["webhooks", "public-key"]).await.succeeded();
    let deliveries = receiver.deliveries();
    assert!(deliveries.iter().all(|one| one.is_signed_by(shown.trim())));
    eventually(LIMIT, async || {
        let last = store.outbox_entry(event_id(3)).await.unwrap().unwrap();
        last.state == EventState::Delivered
    })
    .await;
    assert_eq!(program.terminate().await, Some(0));
}
