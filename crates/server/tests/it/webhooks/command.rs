//! `greenroom webhooks`, beside a running server.

use greenroom_testkit::{FakeClock, Finished, Greenroom, LIMIT, Receiver, TestServer, eventually};

use super::{event_id, room, tell};

/// Runs the command on the server's data directory.
async fn webhooks(server: &TestServer, arguments: &[&str]) -> Finished {
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    let data = server.data().to_str().unwrap();
    let mut all = vec!["webhooks"];
    all.extend_from_slice(arguments);
    all.extend(["--data", data]);
    greenroom.run(all).await
}

#[tokio::test]
async fn events_are_listed_shown_and_replayed() {
    let server = TestServer::builder()
        .clock(FakeClock::standing_at_present())
        .settings(|settings| settings.webhooks.allow_private = Some(true))
        .start()
        .await;
    let acme = server.account("acme").await;
    let receiver = Receiver::start().await;
    let first_room = room(&acme, &receiver.url("/hook?secret=x")).await;
    let other_room = room(&acme, &receiver.url("/other")).await;
    tell(&server, &acme, first_room, [1, 2]).await;
    tell(&server, &acme, other_room, [3]).await;
    let delivered = ["list", "--state", "delivered"];
    eventually(LIMIT, async || {
        let list = webhooks(&server, &delivered).await.succeeded();
        list.ends_with("3 of 3\n")
    })
    .await;
    let (first, other) = (event_id(1).to_string(), other_room.to_string());
    let list = webhooks(&server, &["list", "--room", &other, "--limit", "1"]).await;
    let list = list.succeeded();
    assert!(list.contains(&event_id(3).to_string()) && list.ends_with("1 of 1\n"));
    let none = webhooks(&server, &["list", "--state", "dead"]).await;
    assert!(none.succeeded().ends_with("0 of 0\n"));

    let shown = webhooks(&server, &["show", &first]).await.succeeded();
    let log = format!("{}  answered 200", receiver.url("/hook"));
    assert!(
        shown.contains(&log) && shown.contains("delivered since"),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");

    webhooks(&server, &["replay", &first]).await.succeeded();
    server.clock().advance(60);
    let deliveries = receiver.received(4).await;
    assert_eq!(deliveries[3].event_id(), first);
    assert_eq!(deliveries[3].json()["meta"]["attempt"], 2);
    let nothing = webhooks(&server, &["replay", "--dead"]).await.succeeded();
    assert_eq!(nothing, "0 dead letters are delivered again\n");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let server = TestServer::start().await;
    let unknown = event_id(9).to_string();
    for (arguments, code, text) in [
        (&["show", &unknown][..], 1, "there is no event"),
        (&["replay", &unknown], 1, "there is no event"),
        (&["replay"], 2, "required"),
        (&["replay", &unknown, "--dead"], 2, "cannot be used with"),
        (
            &["replay", &unknown, "--room", &unknown],
            2,
            "cannot be used with",
        ),
        (&["list", "--limit", "251"], 2, "251"),
    ] {
        let finished = webhooks(&server, arguments).await;
        assert_eq!(finished.code, Some(code), "{finished:?}");
        assert!(finished.stderr.contains(text), "{finished:?}");
    }
}
