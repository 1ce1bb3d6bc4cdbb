//! Sessions, in lists and one by one.

use greenroom_testkit::{Reply, TestServer};
use serde_json::{Value, json};

use super::past::{Past, ThreeDays, id, number};
use super::shown;

/// The numbers of what a list's reply shows, in order.
fn numbers(reply: Reply) -> Vec<u64> {
    let items = reply.data(200);
    let items = items.as_array().unwrap();
    items.iter().map(|item| number(&item["id"])).collect()
}

#[tokio::test]
async fn newest_first() {
    let stage = ThreeDays::set().await;
    let reply = stage.acme.get("/v2/room_sessions").await;
    insta::assert_json_snapshot!(shown(&reply));
    assert_eq!(numbers(reply), [3, 2, 1]);
}

#[tokio::test]
async fn with_those_who_took_part() {
    let stage = ThreeDays::set().await;
    let path = format!("/v2/room_sessions/{}", id(2));
    let reply = stage
        .acme
        .get(&format!("{path}?include_participants=true"))
        .await;
    insta::assert_json_snapshot!(shown(&reply));

    let plain = stage.acme.get(&path).await.data(200);
    assert_eq!(plain.get("participants"), None);
    let mut full = reply.data(200);
    full.as_object_mut().unwrap().remove("participants");
    assert_eq!(plain, full);
    let spelt_out = format!("{path}?include_participants=false");
    assert_eq!(stage.acme.get(&spelt_out).await.data(200), plain);

    let list = "/v2/room_sessions?include_participants=true";
    let sessions = stage.acme.get(list).await.data(200);
    let of_each: Vec<Vec<u64>> = sessions
        .as_array()
        .unwrap()
        .iter()
        .map(|session| {
            let participants = session["participants"].as_array().unwrap();
            participants.iter().map(|one| number(&one["id"])).collect()
        })
        .collect();
    assert_eq!(of_each, [&[14, 13][..], &[12, 11], &[11]]);
}

#[tokio::test]
async fn every_filter_alone() {
    let stage = ThreeDays::set().await;
    let (red, blue) = (&stage.red, &stage.blue);
    for (query, expected) in [
        (format!("filter[room_id]={red}"), &[2, 1][..]),
        (format!("filter[room_id]={blue}"), &[3]),
        (format!("filter[room_id]={}", id(7)), &[]),
        ("filter[room_id]=".to_owned(), &[3, 2, 1]),
        ("filter[active]=true".to_owned(), &[3]),
        ("filter[active]=false".to_owned(), &[2, 1]),
        ("filter[active]=1".to_owned(), &[3]),
        ("filter[date_created_at][eq]=2021-04-23".to_owned(), &[2]),
        (
            "filter[date_created_at][gte]=2021-04-23".to_owned(),
            &[3, 2],
        ),
        (
            "filter[date_created_at][lte]=2021-04-23".to_owned(),
            &[2, 1],
        ),
        ("filter[date_updated_at][eq]=2021-04-24".to_owned(), &[3, 2]),
        ("filter[date_updated_at][gte]=2021-04-25".to_owned(), &[]),
        ("filter[date_updated_at][lte]=2021-04-23".to_owned(), &[1]),
        ("filter[date_ended_at][eq]=2021-04-24".to_owned(), &[2]),
        ("filter[date_ended_at][gte]=2021-04-22".to_owned(), &[2, 1]),
        ("filter[date_ended_at][lte]=2021-04-23".to_owned(), &[1]),
        ("filter[date_ended_at][lte]=9999-12-31".to_owned(), &[2, 1]),
    ] {
        let reply = stage.acme.get(&format!("/v2/room_sessions?{query}")).await;
        let meta = reply.json()["meta"]["total_results"].take();
        assert_eq!(meta, expected.len(), "{query}");
        assert_eq!(numbers(reply), expected, "{query}");
    }
}

#[tokio::test]
async fn filters_narrow_each_other_however_they_are_spelt() {
    let stage = ThreeDays::set().await;
    for query in [
        "filter[active]=false&filter[date_created_at][gte]=2021-04-23",
        "filter%5Bactive%5D=false&filter%5Bdate_created_at%5D%5Bgte%5D=2021-04-23",
        "filter[date_ended_at][eq]=2021-04-24&filter[date_created_at][eq]=2021-04-23&x=1",
        "page%5Bnumber%5D=1&page%5Bsize%5D=1&page_number=2",
    ] {
        let reply = stage.acme.get(&format!("/v2/room_sessions?{query}")).await;
        assert_eq!(numbers(reply), [2], "{query}");
    }
}

#[tokio::test]
async fn of_one_room() {
    let stage = ThreeDays::set().await;
    let path = format!("/v2/rooms/{}/sessions", stage.red);
    let reply = stage.acme.get(&path).await;
    let account_wide = format!("/v2/room_sessions?filter[room_id]={}", stage.red);
    assert_eq!(reply.json(), stage.acme.get(&account_wide).await.json());
    assert_eq!(numbers(reply), [2, 1]);
    for (query, expected) in [
        ("filter[active]=true", &[][..]),
        ("filter[date_created_at][eq]=2021-04-22", &[1]),
        ("filter[date_updated_at][gte]=2021-04-24", &[2]),
        ("filter[date_ended_at][lte]=2021-04-22", &[1]),
        ("page[size]=1&page[number]=2", &[1]),
        ("page[size]=1&page_number=3", &[]),
    ] {
        let reply = stage.acme.get(&format!("{path}?{query}")).await;
        assert_eq!(numbers(reply), expected, "{query}");
    }
    let with = format!("{path}?include_participants=true&page[size]=1");
    let sessions = stage.acme.get(&with).await.data(200);
    assert_eq!(sessions[0]["participants"].as_array().unwrap().len(), 2);

    let foreign = format!("{path}?filter[room_id]={}", stage.red);
    let error = stage.acme.get(&foreign).await.refused(422, "10031");
    assert_eq!(error["source"], json!({"parameter": "filter[room_id]"}));
}

#[tokio::test]
async fn rooms_show_theirs() {
    let stage = ThreeDays::set().await;
    let blue = format!("/v2/rooms/{}", stage.blue);
    let room = stage.acme.get(&blue).await.data(200);
    assert_eq!(room["active_session_id"], json!(id(3)));
    assert_eq!(room.get("sessions"), None);
    let changed = json!({"max_participants": 12});
    let room = stage.acme.patch(&blue, changed).await.data(200);
    assert_eq!(room["active_session_id"], json!(id(3)));

    let red = format!("/v2/rooms/{}?include_sessions=true", stage.red);
    let reply = stage.acme.get(&red).await;
    insta::assert_json_snapshot!(shown(&reply));

    let rooms = stage.acme.get("/v2/rooms?include_sessions=true").await;
    for room in rooms.data(200).as_array().unwrap() {
        let sessions = room["sessions"].as_array().unwrap();
        let numbers: Vec<_> = sessions.iter().map(|one| number(&one["id"])).collect();
        let (expected, active) = if room["id"] == json!(stage.red) {
            (&[2, 1][..], Value::Null)
        } else {
            (&[3][..], json!(id(3)))
        };
        assert_eq!(numbers, expected);
        assert_eq!(room["active_session_id"], active);
    }
}

#[tokio::test]
async fn bad_values_are_refused_and_named() {
    let stage = ThreeDays::set().await;
    let of_red = format!("/v2/rooms/{}/sessions", stage.red);
    let one = format!("/v2/room_sessions/{}", id(1));
    for (path, query, parameter) in [
        (
            "/v2/room_sessions",
            "filter[room_id]=red",
            "filter[room_id]",
        ),
        (
            "/v2/room_sessions",
            "filter%5Broom_id%5D=0CCC7B54-4DF3-4BCA-A65A-3DA1ECC777F0",
            "filter[room_id]",
        ),
        (
            "/v2/room_sessions",
            "filter[active]=maybe",
            "filter[active]",
        ),
        (
            "/v2/room_sessions",
            "filter[date_ended_at][eq]=today",
            "filter[date_ended_at][eq]",
        ),
        (
            "/v2/room_sessions",
            "include_participants=2",
            "include_participants",
        ),
        ("/v2/room_sessions", "page[size]=251", "page[size]"),
        (&of_red, "filter[active]=on", "filter[active]"),
        (&of_red, "page_number=0", "page_number"),
        (&one, "include_participants=all", "include_participants"),
    ] {
        let reply = stage.acme.get(&format!("{path}?{query}")).await;
        let error = reply.refused(422, "10015");
        assert_eq!(error["source"], json!({"parameter": parameter}), "{query}");
    }
    for (path, filter) in [
        ("/v2/room_sessions", "filter[context]"),
        ("/v2/room_sessions", "filter[date_created_at]"),
        (&of_red, "filter[unique_name]"),
        (&one, "filter[active]"),
    ] {
        let reply = stage.acme.get(&format!("{path}?{filter}=x")).await;
        let error = reply.refused(422, "10031");
        assert_eq!(error["source"], json!({"parameter": filter}));
    }
}

#[tokio::test]
async fn foreign_and_unknown_ones_are_not_there() {
    let stage = ThreeDays::set().await;
    let sessions = stage.globex.get("/v2/room_sessions").await;
    assert_eq!(numbers(sessions), [9]);
    let of_foreign_room = format!("/v2/room_sessions?filter[room_id]={}", stage.red);
    let sessions = stage.globex.get(&of_foreign_room).await;
    assert_eq!(sessions.data(200), json!([]));
    let mut bodies = Vec::new();
    for path in [
        format!("/v2/rooms/{}/sessions", stage.red),
        format!("/v2/rooms/{}/sessions", id(7)),
        "/v2/rooms/undefined/sessions".to_owned(),
        format!("/v2/room_sessions/{}", id(1)),
        format!("/v2/room_sessions/{}?include_participants=true", id(1)),
        format!("/v2/room_sessions/{}", id(7)),
        "/v2/room_sessions/undefined".to_owned(),
        format!("/v2/room_sessions/{}/participants", id(1)),
        format!("/v2/room_sessions/{}/participants", id(7)),
        "/v2/room_sessions/x%2Fy/participants".to_owned(),
        format!("/v2/room_sessions/{}/quality", id(1)),
        format!("/v2/room_sessions/{}/quality", id(7)),
        "/v2/room_sessions/undefined/quality".to_owned(),
    ] {
        let reply = stage.globex.get(&path).await;
        reply.refused(404, "10005");
        bodies.push(reply.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn what_took_place_outlasts_the_room() {
    let stage = ThreeDays::set().await;
    stage.acme.delete_room(&stage.red).await;
    let nested = format!("/v2/rooms/{}/sessions", stage.red);
    stage.acme.get(&nested).await.refused(404, "10005");

    let list = format!("/v2/room_sessions?filter[room_id]={}", stage.red);
    assert_eq!(numbers(stage.acme.get(&list).await), [2, 1]);
    let one = format!("/v2/room_sessions/{}", id(1));
    let session = stage.acme.get(&one).await.data(200);
    assert_eq!(session["room_id"], json!(stage.red));
    let participants = stage.acme.get(&format!("{one}/participants")).await;
    assert_eq!(numbers(participants), [11]);
}

#[tokio::test]
async fn what_rooms_and_sessions_show_within_them_is_bounded() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let room = acme.new_room().await;
    let past = Past {
        server: &server,
        account: &acme,
        room: &room,
    };
    for session in 0..252 {
        let began = i64::try_from(session).unwrap() * 10;
        let started = past.session(session, began).await;
        past.end(started, began + 5).await;
    }
    let one = format!("/v2/rooms/{room}?include_sessions=true");
    let shown = acme.get(&one).await.data(200);
    let sessions = shown["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 250);
    assert_eq!(number(&sessions[0]["id"]), 251);
    assert_eq!(number(&sessions[249]["id"]), 2);
    let second = format!("/v2/rooms/{room}/sessions?page[size]=250&page[number]=2");
    assert_eq!(numbers(acme.get(&second).await), [1, 0]);
}

#[tokio::test]
async fn in_a_session_that_is_over_nobody_fares_in_any_way() {
    let stage = ThreeDays::set().await;
    let path = format!("/v2/room_sessions/{}/quality", id(1));
    let list = stage.acme.get(&path).await.expect(200).json();
    assert_eq!(list["data"], json!([]));
    assert_eq!(list["meta"]["total_results"], 0);
}
