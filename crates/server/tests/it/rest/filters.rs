//! Lists, narrowed down.

use greenroom_testkit::{Account, FakeClock, TestServer};
use serde_json::{Value, json};

use super::{names, shown};

#[tokio::test]
async fn newest_first() {
    let (_server, acme) = three_days().await;
    let reply = acme.get("/v2/rooms").await;
    insta::assert_json_snapshot!(shown(&reply));
    assert_eq!(names(reply), ["third", "second", "my room!", "first"]);
}

#[tokio::test]
async fn rooms_of_the_same_moment_stand_by_id() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for _ in 0..10 {
        acme.new_room().await;
    }
    let rooms = acme.get("/v2/rooms").await.data(200);
    let ids: Vec<&str> = rooms
        .as_array()
        .unwrap()
        .iter()
        .map(|room| room["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 10);
    assert!(ids.is_sorted(), "{ids:?}");
}

#[tokio::test]
async fn every_filter_alone() {
    let (_server, acme) = three_days().await;
    for (query, expected) in [
        ("filter[unique_name]=second", &["second"][..]),
        ("filter[unique_name]=Second", &[]),
        ("filter[unique_name]=sec", &[]),
        ("filter[unique_name]=%25", &[]),
        (
            "filter[unique_name]=",
            &["third", "second", "my room!", "first"],
        ),
        (
            "filter[date_created_at][eq]=2021-04-22",
            &["my room!", "first"],
        ),
        (
            "filter[date_created_at][gte]=2021-04-23",
            &["third", "second"],
        ),
        (
            "filter[date_created_at][lte]=2021-04-23",
            &["second", "my room!", "first"],
        ),
        ("filter[date_created_at][gte]=2021-04-25", &[]),
        (
            "filter[date_updated_at][eq]=2021-04-24",
            &["third", "first"],
        ),
        (
            "filter[date_updated_at][gte]=2021-04-24",
            &["third", "first"],
        ),
        (
            "filter[date_updated_at][lte]=2021-04-23",
            &["second", "my room!"],
        ),
        ("filter[date_created_at][eq]=1970-01-01", &[]),
        (
            "filter[date_created_at][lte]=9999-12-31",
            &["third", "second", "my room!", "first"],
        ),
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        assert_eq!(names(reply), expected, "{query}");
    }
}

#[tokio::test]
async fn filters_narrow_each_other() {
    let (_server, acme) = three_days().await;
    let created = "filter[date_created_at]";
    let updated = "filter[date_updated_at]";
    for (query, expected) in [
        (
            format!("{created}[gte]=2021-04-23&{created}[lte]=2021-04-23"),
            &["second"][..],
        ),
        (
            format!("{created}[eq]=2021-04-22&{updated}[eq]=2021-04-24"),
            &["first"],
        ),
        (
            format!("{created}[eq]=2021-04-22&{created}[gte]=2021-04-23"),
            &[],
        ),
        (
            format!("{created}[gte]=2021-04-24&{created}[lte]=2021-04-22"),
            &[],
        ),
        (
            format!("filter[unique_name]=second&{created}[eq]=2021-04-23"),
            &["second"],
        ),
        (
            format!("filter[unique_name]=second&{created}[eq]=2021-04-24"),
            &[],
        ),
        (
            format!(
                "filter[unique_name]=first&{created}[eq]=2021-04-22&{created}[gte]=2021-04-01&\
                 {created}[lte]=2021-04-30&{updated}[eq]=2021-04-24&{updated}[gte]=2021-04-24&\
                 {updated}[lte]=2021-04-24&include_sessions=false&page[number]=1&page[size]=250"
            ),
            &["first"],
        ),
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        assert_eq!(names(reply), expected, "{query}");
    }
}

#[tokio::test]
async fn a_day_is_a_day_in_utc_to_the_microsecond() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let midnight = "2021-04-23T00:00:00.000000Z";
    let last_micro_of_the_day = 42_304_045_136;
    server.clock().advance_micros(last_micro_of_the_day);
    acme.create_room(json!({"unique_name": "late"})).await;
    server.clock().advance_micros(1);
    let early = acme.create_room(json!({"unique_name": "early"})).await;
    assert_eq!(early["created_at"], midnight);
    for (query, expected) in [
        ("[eq]=2021-04-22", "late"),
        ("[lte]=2021-04-22", "late"),
        ("[eq]=2021-04-23", "early"),
        ("[gte]=2021-04-23", "early"),
    ] {
        let reply = acme
            .get(&format!("/v2/rooms?filter[date_created_at]{query}"))
            .await;
        assert_eq!(names(reply), [expected], "{query}");
    }
}

#[tokio::test]
async fn queries_come_in_every_spelling() {
    let (_server, acme) = three_days().await;
    for query in [
        "filter[unique_name]=my%20room!",
        "filter[unique_name]=my+room!",
        "filter%5Bunique_name%5D=my+room%21",
        "filter%5bunique_name%5d=%6D%79%20%72oom%21",
        "&&filter%5Bunique_name%5D=my+room%21&&",
        "filter[unique_name]=first&filter[unique_name]=my+room!",
        "unknown=1&filter[unique_name]=my+room!&sort=created_at&0=2",
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        assert_eq!(names(reply), ["my room!"], "{query}");
    }
    acme.create_room(json!({"unique_name": "a+b&c=d"})).await;
    let reply = acme
        .get("/v2/rooms?filter[unique_name]=a%2Bb%26c%3Dd")
        .await;
    assert_eq!(names(reply), ["a+b&c=d"]);
}

#[tokio::test]
async fn unknown_filters_are_refused_and_named() {
    let (_server, acme) = three_days().await;
    let id = acme.new_room().await;
    for (path, parameter) in [
        ("/v2/rooms?filter[name]=x", "filter[name]"),
        ("/v2/rooms?filter%5Bname%5D=x", "filter[name]"),
        (
            "/v2/rooms?filter[unique_name][eq]=x",
            "filter[unique_name][eq]",
        ),
        (
            "/v2/rooms?filter[date_created_at]=2021-04-22",
            "filter[date_created_at]",
        ),
        (
            "/v2/rooms?filter[date_created_at][gt]=2021-04-22",
            "filter[date_created_at][gt]",
        ),
        ("/v2/rooms?filter[Unique_name]=x", "filter[Unique_name]"),
        ("/v2/rooms?filter[active]=true", "filter[active]"),
        ("/v2/rooms?filter[]=x", "filter[]"),
        (
            &format!("/v2/rooms/{id}?filter[unique_name]=x"),
            "filter[unique_name]",
        ),
    ] {
        let error = acme.get(path).await.refused(422, "10031");
        assert_eq!(error["source"], json!({"parameter": parameter}));
    }
}

#[tokio::test]
async fn bad_values_are_refused_and_named() {
    let (_server, acme) = three_days().await;
    for (query, parameter) in [
        (
            "filter[date_created_at][eq]=today",
            "filter[date_created_at][eq]",
        ),
        (
            "filter[date_created_at][gte]=2021-02-30",
            "filter[date_created_at][gte]",
        ),
        (
            "filter[date_created_at][lte]=2021-4-25",
            "filter[date_created_at][lte]",
        ),
        (
            "filter[date_updated_at][eq]=2021-04-25T00:00:00Z",
            "filter[date_updated_at][eq]",
        ),
        (
            "filter[date_updated_at][gte]=-021-04-25",
            "filter[date_updated_at][gte]",
        ),
        (
            "filter[date_updated_at][lte]=1619093695",
            "filter[date_updated_at][lte]",
        ),
        ("include_sessions=yes", "include_sessions"),
        ("include_sessions=TRUE", "include_sessions"),
        ("page[number]=0", "page[number]"),
        ("page[number]=-1", "page[number]"),
        ("page[number]=two", "page[number]"),
        ("page[number]=1.5", "page[number]"),
        ("page[number]=10000001", "page[number]"),
        ("page[number]=9223372036854775808", "page[number]"),
        ("page%5Bsize%5D=0", "page[size]"),
        ("page[size]=251", "page[size]"),
        ("page_number=0", "page_number"),
        ("page_size=many", "page_size"),
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        let error = reply.refused(422, "10015");
        assert_eq!(error["source"], json!({"parameter": parameter}), "{query}");
    }
}

#[tokio::test]
async fn all_faults_of_a_query_are_told_at_once() {
    let (_server, acme) = three_days().await;
    let query = "page[size]=0&page[number]=0&include_sessions=maybe&filter[x]=1&\
                 filter[date_created_at][eq]=never";
    let reply = acme.get(&format!("/v2/rooms?{query}")).await.expect(422);
    insta::assert_json_snapshot!(shown(&reply));
}

#[tokio::test]
async fn a_query_has_its_bounds() {
    let (_server, acme) = three_days().await;
    for query in [
        format!("x={}", "y".repeat(8 * 1024)),
        "x&".repeat(65),
        "filter[unique_name]=%FF".to_owned(),
        "filter[unique_name]=%00".to_owned(),
        "%ff=1".to_owned(),
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        reply.refused(422, "10015");
    }
}

#[tokio::test]
async fn sessions_show_when_they_are_asked_for() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let id = acme.new_room().await;
    let one = format!("/v2/rooms/{id}");
    for (query, sessions) in [
        ("", None),
        ("?include_sessions=false", None),
        ("?include_sessions=", None),
        ("?include_sessions=true", Some(json!([]))),
    ] {
        let room = acme.get(&format!("{one}{query}")).await.data(200);
        let list = acme.get(&format!("/v2/rooms{query}")).await.data(200);
        assert_eq!(room.get("sessions"), sessions.as_ref(), "{query}");
        assert_eq!(list, json!([room]), "{query}");
        assert_eq!(room["active_session_id"], Value::Null);
    }
}

/// Rooms made on the 22nd (two), 23rd and 24th of April 2021; the first one was changed on the 24th.
async fn three_days() -> (TestServer, Account) {
    const DAY_SECS: i64 = 86_400;
    let server = TestServer::builder()
        .clock(FakeClock::default())
        .start()
        .await;
    let acme = server.account("acme").await;
    let first = acme.create_room(json!({"unique_name": "first"})).await;
    server.clock().advance(1);
    acme.create_room(json!({"unique_name": "my room!"})).await;
    server.clock().advance(DAY_SECS);
    acme.create_room(json!({"unique_name": "second"})).await;
    server.clock().advance(DAY_SECS);
    acme.create_room(json!({"unique_name": "third"})).await;
    let path = format!("/v2/rooms/{}", first["id"].as_str().unwrap());
    acme.patch(&path, json!({"enable_recording": true}))
        .await
        .expect(200);
    (server, acme)
}
