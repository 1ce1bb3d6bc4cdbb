use greenroom_testkit::{Account, TestServer};
use serde_json::{Value, json};

use super::shown;

#[tokio::test]
async fn a_change_shows_in_the_answer_and_ever_after() {
    let (server, acme, room) = a_room_with_every_setting().await;
    server.clock().advance(90);
    let path = path(&room);
    let reply = acme
        .patch(&path, json!({"unique_name": "Another"}))
        .await
        .expect(200);
    insta::assert_json_snapshot!(shown(&reply));
    assert_eq!(acme.get(&path).await.data(200), reply.data(200));
}

#[tokio::test]
async fn each_field_changes_alone() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let path = path(&room);
    let mut expected = room.clone();
    for (name, value) in [
        ("unique_name", json!("Another")),
        ("max_participants", json!(2)),
        ("enable_recording", json!(false)),
        ("webhook_event_url", json!("https://example.org/1")),
        ("webhook_event_failover_url", json!("https://example.org/2")),
        ("webhook_timeout_secs", json!(0)),
    ] {
        expected[name] = value.clone();
        let changed = acme.patch(&path, json!({name: value})).await.data(200);
        assert_eq!(changed, expected, "{name}");
    }
}

#[tokio::test]
async fn nothing_sent_changes_nothing_but_the_time() {
    let (server, acme, room) = a_room_with_every_setting().await;
    server.clock().advance(1);
    let patched = acme.patch(&path(&room), json!({})).await.data(200);
    let mut expected = room.clone();
    expected["updated_at"] = json!("2021-04-22T12:14:56.954863Z");
    assert_eq!(patched, expected);

    let no_body = acme
        .call("PATCH", &path(&room))
        .header("content-type", "application/json")
        .send()
        .await;
    assert_eq!(no_body.data(200), expected);
}

#[tokio::test]
async fn null_clears_what_can_be_cleared() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let nulls = json!({
        "unique_name": null, "max_participants": null, "enable_recording": null,
        "webhook_event_url": null, "webhook_event_failover_url": null, "webhook_timeout_secs": null,
    });
    let cleared = acme.patch(&path(&room), nulls).await.data(200);
    let mut expected = room;
    expected["unique_name"] = Value::Null;
    expected["webhook_event_url"] = Value::Null;
    expected["webhook_event_failover_url"] = json!("");
    expected["webhook_timeout_secs"] = Value::Null;
    assert_eq!(cleared, expected);
}

#[tokio::test]
async fn empty_text_clears_urls_and_is_no_name() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let path = path(&room);
    let urls = json!({"webhook_event_url": "", "webhook_event_failover_url": ""});
    let cleared = acme.patch(&path, urls).await.data(200);
    assert_eq!(cleared["webhook_event_url"], Value::Null);
    assert_eq!(cleared["webhook_event_failover_url"], "");

    let nameless = acme.patch(&path, json!({"unique_name": ""})).await;
    nameless.refused(422, "10025");
}

#[tokio::test]
async fn what_one_sdk_always_sends_is_taken_at_its_word() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let sent = json!({
        "unique_name": "Another", "enable_recording": false, "max_participants": 10,
        "webhook_event_failover_url": "",
    });
    let changed = acme.patch(&path(&room), sent.clone()).await.data(200);
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{name}");
    }
    assert_eq!(changed["webhook_timeout_secs"], 25);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let path = path(&room);
    let half_good = json!({"unique_name": "Another", "max_participants": 51});
    let error = acme.patch(&path, half_good).await.refused(422, "10033");
    assert_eq!(error["source"]["pointer"], "/max_participants");
    assert_eq!(acme.get(&path).await.data(200), room);
}

#[tokio::test]
async fn a_name_that_is_taken_stays_where_it_is() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let other = acme.create_room(json!({"unique_name": "Other"})).await;
    let taken = acme
        .patch(&path(&other), json!({"unique_name": "My room"}))
        .await;
    taken.refused(422, "10012");
    // Its own name is not in the way.
    acme.patch(&path(&room), json!({"unique_name": "My room"}))
        .await
        .expect(200);
    // A name that was given up can be had.
    acme.patch(&path(&room), json!({"unique_name": null}))
        .await
        .expect(200);
    acme.patch(&path(&other), json!({"unique_name": "My room"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed() {
    let (_server, acme, room) = a_room_with_every_setting().await;
    let id = room["id"].as_str().unwrap();
    for other in [
        "00000000-0000-4000-8000-000000000000",
        &id.to_uppercase(),
        &id.replace('-', ""),
        &format!("%7B{id}%7D"),
        "undefined",
        "x",
    ] {
        let path = format!("/v2/rooms/{other}");
        let name = json!({"unique_name": "Another"});
        acme.patch(&path, name).await.refused(404, "10005");
        acme.get(&path).await.refused(404, "10005");
        acme.delete(&path).await.refused(404, "10005");
    }
    assert_eq!(acme.get(&path(&room)).await.data(200), room);
}

async fn a_room_with_every_setting() -> (TestServer, Account, Value) {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let room = acme
        .create_room(json!({
            "unique_name": "My room",
            "max_participants": 25,
            "enable_recording": true,
            "webhook_event_url": "https://example.com/events",
            "webhook_event_failover_url": "https://failover.example.com/events",
            "webhook_timeout_secs": 25,
        }))
        .await;
    (server, acme, room)
}

fn path(room: &Value) -> String {
    format!("/v2/rooms/{}", room["id"].as_str().unwrap())
}
