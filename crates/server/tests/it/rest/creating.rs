use greenroom_testkit::{Account, TestServer};
use serde_json::{Value, json};

use super::shown;

#[tokio::test]
async fn a_room_of_which_nothing_is_said() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let reply = acme.post("/v2/rooms", json!({})).await.expect(201);
    insta::assert_json_snapshot!(shown(&reply));
}

#[tokio::test]
async fn every_field_is_kept() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let reply = acme.post("/v2/rooms", every_field()).await.expect(201);
    insta::assert_json_snapshot!(shown(&reply));

    let made = reply.data(201);
    let seen = acme.get(&path(&made)).await.data(200);
    assert_eq!(seen, made);
    for (name, value) in every_field().as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
}

#[tokio::test]
async fn null_is_the_same_as_nothing() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let mut nulls = every_field();
    for value in nulls.as_object_mut().unwrap().values_mut() {
        *value = Value::Null;
    }
    assert_eq!(settings_of(&acme, nulls).await, default_settings());
}

#[tokio::test]
async fn the_defaults_that_one_sdk_always_sends_are_the_defaults() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let always_sent = json!({
        "enable_recording": false,
        "max_participants": 10,
        "webhook_event_failover_url": "",
    });
    assert_eq!(settings_of(&acme, always_sent).await, default_settings());
}

#[tokio::test]
async fn scalars_may_come_as_text() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for (sent, kept) in [
        (json!({"max_participants": "12"}), json!(12)),
        (json!({"max_participants": 12.0}), json!(12)),
        (json!({"max_participants": "2"}), json!(2)),
        (json!({"enable_recording": "true"}), json!(true)),
        (json!({"enable_recording": "false"}), json!(false)),
        (json!({"webhook_timeout_secs": "25"}), json!(25)),
        (json!({"webhook_timeout_secs": 0.0}), json!(0)),
    ] {
        let room = acme.create_room(sent.clone()).await;
        let name = sent.as_object().unwrap().keys().next().unwrap();
        assert_eq!(room[name], kept, "{sent}");
    }
}

#[tokio::test]
async fn values_at_their_bounds_are_taken() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let longest_name = "é".repeat(255);
    let longest_url = format!("https://example.com/{}", "x".repeat(1_980));
    for (name, value) in [
        ("unique_name", json!("x")),
        ("unique_name", json!(longest_name)),
        ("max_participants", json!(2)),
        ("max_participants", json!(50)),
        ("webhook_event_url", json!(longest_url)),
        ("webhook_event_url", json!("http://127.0.0.1:9/hook?x=1#y")),
        ("webhook_event_failover_url", json!("HTTPS://EXAMPLE.COM")),
        ("webhook_timeout_secs", json!(0)),
        ("webhook_timeout_secs", json!(30)),
    ] {
        let room = acme.create_room(json!({name: value})).await;
        assert_eq!(room[name], value);
    }
}

#[tokio::test]
async fn what_is_out_of_bounds_is_refused_and_named() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let too_long_url = format!("https://example.com/{}", "x".repeat(1_981));
    for (name, value, code) in [
        ("unique_name", json!(""), "10025"),
        ("unique_name", json!("é".repeat(256)), "10025"),
        ("unique_name", json!("nul\u{0}inside"), "10025"),
        ("unique_name", json!(7), "10026"),
        ("unique_name", json!(["standup"]), "10026"),
        ("max_participants", json!(1), "10033"),
        ("max_participants", json!(51), "10033"),
        ("max_participants", json!(-10), "10033"),
        ("max_participants", json!("51"), "10033"),
        ("max_participants", json!(1e15), "10033"),
        ("max_participants", json!(2.5), "10026"),
        ("max_participants", json!(1e300), "10026"),
        ("max_participants", json!(u64::MAX), "10026"),
        ("max_participants", json!("ten"), "10026"),
        ("max_participants", json!(""), "10026"),
        ("max_participants", json!(true), "10026"),
        ("max_participants", json!({}), "10026"),
        ("enable_recording", json!("yes"), "10026"),
        ("enable_recording", json!(1), "10026"),
        ("enable_recording", json!([]), "10026"),
        ("webhook_event_url", json!("example.com/hook"), "10003"),
        ("webhook_event_url", json!("ftp://example.com"), "10003"),
        ("webhook_event_url", json!("javascript:alert(1)"), "10003"),
        ("webhook_event_url", json!(too_long_url), "10003"),
        ("webhook_event_url", json!(7), "10026"),
        ("webhook_event_failover_url", json!("https://"), "10003"),
        ("webhook_timeout_secs", json!(-1), "10033"),
        ("webhook_timeout_secs", json!(31), "10033"),
        ("webhook_timeout_secs", json!("soon"), "10026"),
    ] {
        let reply = acme.post("/v2/rooms", json!({name: value})).await;
        let error = reply.refused(422, code);
        assert_eq!(error["source"], json!({"pointer": format!("/{name}")}));
    }
    let rooms = acme.get("/v2/rooms").await.data(200);
    assert_eq!(rooms, json!([]), "nothing was made of what was refused");
}

#[tokio::test]
async fn every_fault_is_told_at_once() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let body = json!({
        "unique_name": "", "max_participants": 51, "enable_recording": "maybe",
        "webhook_event_url": "example.com", "webhook_event_failover_url": 1, "webhook_timeout_secs": 31,
    });
    let reply = acme.post("/v2/rooms", body).await.expect(422);
    insta::assert_json_snapshot!(shown(&reply));
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let body = json!({"max_participant": 99, "id": "x", "created_at": 1, "constructor": {}});
    assert_eq!(settings_of(&acme, body).await, default_settings());
}

#[tokio::test]
async fn names_are_kept_letter_by_letter() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for name in [
        "My room",
        " ",
        "Straße",
        "STRASSE",
        "strasse",
        // Composed and decomposed: two names, since they compare exactly.
        "caf\u{e9}",
        "cafe\u{301}",
        "会議室",
        "غرفة",
        "👩‍👩‍👧‍👦",
        "a/b?c=d&e#f%20+",
        "\"quoted\" \\ <b>'--;",
        "tab\tnew\nline",
        "\u{feff}marked",
        "\u{202e}reversed",
    ] {
        let room = acme.create_room(json!({"unique_name": name})).await;
        let seen = acme.get(&path(&room)).await.data(200);
        assert_eq!(seen["unique_name"], name);
    }
}

#[tokio::test]
async fn a_name_can_be_had_once_for_each_account() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let body = json!({"unique_name": "standup"});
    acme.create_room(body.clone()).await;
    let again = acme.post("/v2/rooms", body.clone()).await;
    let error = again.refused(422, "10012");
    assert_eq!(error["source"], json!({"pointer": "/unique_name"}));

    let globex = server.account("globex").await;
    globex.create_room(body).await;
    acme.create_room(json!({"unique_name": "Standup"})).await;
    // No name is none that could be taken.
    acme.create_room(json!({"unique_name": null})).await;
    acme.create_room(json!({"unique_name": null})).await;
}

#[tokio::test]
async fn of_many_who_want_a_name_at_once_one_gets_it() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let wanted = (0..20).map(|_| acme.post("/v2/rooms", json!({"unique_name": "standup"})));
    let replies = futures_util::future::join_all(wanted).await;
    let statuses = |status: u16| {
        replies
            .iter()
            .filter(|reply| reply.status == status)
            .count()
    };
    assert_eq!((statuses(201), statuses(422)), (1, 19));
}

#[tokio::test]
async fn times_have_microseconds_to_the_last_digit() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let room = acme.create_room(json!({})).await;
    assert_eq!(room["created_at"], "2021-04-22T12:14:55.954863Z");
    // From .954863 on to a whole second, which has its six digits too.
    server.clock().advance_micros(45_137);
    let room = acme.create_room(json!({})).await;
    assert_eq!(room["created_at"], "2021-04-22T12:14:56.000000Z");
    assert_eq!(room["updated_at"], room["created_at"]);
}

fn every_field() -> Value {
    json!({
        "unique_name": "My room",
        "max_participants": 25,
        "enable_recording": true,
        "webhook_event_url": "https://example.com/events?for=rooms",
        "webhook_event_failover_url": "https://failover.example.com/events",
        "webhook_timeout_secs": 25,
    })
}

fn default_settings() -> Value {
    json!({
        "unique_name": null,
        "max_participants": 10,
        "enable_recording": false,
        "webhook_event_url": null,
        "webhook_event_failover_url": "",
        "webhook_timeout_secs": null,
    })
}

/// The settings of a room made by `body`.
async fn settings_of(account: &Account, body: Value) -> Value {
    let mut room = account.create_room(body).await;
    let fields = every_field();
    let names = fields.as_object().unwrap().keys();
    names
        .map(|name| (name.clone(), room[name].take()))
        .collect()
}

fn path(room: &Value) -> String {
    format!("/v2/rooms/{}", room["id"].as_str().unwrap())
}
