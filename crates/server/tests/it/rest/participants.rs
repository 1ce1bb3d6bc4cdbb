//! Participants, in lists and one by one.

use greenroom_testkit::Reply;
use serde_json::json;

use super::past::{Past, ThreeDays, id, number};
use super::shown;

/// What a list's reply shows, in order: the numbers of session and participant.
fn pairs(reply: Reply) -> Vec<(u64, u64)> {
    let items = reply.data(200);
    let items = items.as_array().unwrap();
    let pair = |item: &serde_json::Value| (number(&item["session_id"]), number(&item["id"]));
    items.iter().map(pair).collect()
}

const ALL: &[(u64, u64)] = &[(3, 14), (3, 13), (2, 12), (2, 11), (1, 11)];

#[tokio::test]
async fn the_last_to_join_first() {
    let stage = ThreeDays::set().await;
    let reply = stage.acme.get("/v2/room_participants").await;
    insta::assert_json_snapshot!(shown(&reply));
    assert_eq!(pairs(reply), ALL);
}

#[tokio::test]
async fn every_filter_alone() {
    let stage = ThreeDays::set().await;
    for (query, expected) in [
        (
            format!("filter[session_id]={}", id(2)),
            &[(2, 12), (2, 11)][..],
        ),
        (format!("filter[session_id]={}", id(9)), &[]),
        ("filter[session_id]=".to_owned(), ALL),
        (
            "filter[context]=Alice".to_owned(),
            &[(3, 14), (2, 11), (1, 11)],
        ),
        ("filter[context]=alice".to_owned(), &[]),
        ("filter[context]=Ali".to_owned(), &[]),
        ("filter%5Bcontext%5D=Bob+B.".to_owned(), &[(2, 12)]),
        ("filter[context]=Bob%20B%2E".to_owned(), &[(2, 12)]),
        ("filter[context]=".to_owned(), ALL),
        (
            "filter[date_joined_at][eq]=2021-04-23".to_owned(),
            &[(2, 12), (2, 11)],
        ),
        (
            "filter[date_joined_at][gte]=2021-04-24".to_owned(),
            &[(3, 14), (3, 13)],
        ),
        (
            "filter[date_joined_at][lte]=2021-04-22".to_owned(),
            &[(1, 11)],
        ),
        (
            "filter[date_updated_at][eq]=2021-04-24".to_owned(),
            &[(3, 14), (3, 13), (2, 12)],
        ),
        ("filter[date_updated_at][gte]=2021-04-25".to_owned(), &[]),
        (
            "filter[date_updated_at][lte]=2021-04-23".to_owned(),
            &[(2, 11), (1, 11)],
        ),
        (
            "filter[date_left_at][eq]=2021-04-24".to_owned(),
            &[(3, 14), (2, 12)],
        ),
        (
            "filter[date_left_at][gte]=2021-04-23".to_owned(),
            &[(3, 14), (2, 12), (2, 11)],
        ),
        (
            "filter[date_left_at][lte]=2021-04-22".to_owned(),
            &[(1, 11)],
        ),
    ] {
        let path = format!("/v2/room_participants?{query}");
        let reply = stage.acme.get(&path).await;
        let total = reply.json()["meta"]["total_results"].take();
        assert_eq!(total, expected.len(), "{query}");
        assert_eq!(pairs(reply), expected, "{query}");
    }
}

#[tokio::test]
async fn filters_narrow_each_other_on_every_page() {
    let stage = ThreeDays::set().await;
    let query = "filter[context]=Alice&filter[date_joined_at][lte]=2021-04-23";
    let path = format!("/v2/room_participants?{query}&page[size]=1");
    let reply = stage.acme.get(&path).await;
    assert_eq!(
        reply.json()["meta"],
        json!({"page_number": 1, "page_size": 1, "total_pages": 2, "total_results": 2})
    );
    assert_eq!(pairs(reply), [(2, 11)]);
    let next = format!("{path}&page[number]=1&page_number=2");
    assert_eq!(pairs(stage.acme.get(&next).await), [(1, 11)]);
}

#[tokio::test]
async fn of_one_session() {
    let stage = ThreeDays::set().await;
    let path = format!("/v2/room_sessions/{}/participants", id(2));
    let reply = stage.acme.get(&path).await;
    let account_wide = format!("/v2/room_participants?filter[session_id]={}", id(2));
    assert_eq!(reply.json(), stage.acme.get(&account_wide).await.json());
    assert_eq!(pairs(reply), [(2, 12), (2, 11)]);
    for (query, expected) in [
        ("filter[context]=Alice", &[(2, 11)][..]),
        ("filter[date_joined_at][eq]=2021-04-24", &[]),
        ("filter[date_updated_at][gte]=2021-04-24", &[(2, 12)]),
        ("filter[date_left_at][lte]=2021-04-23", &[(2, 11)]),
        ("page%5Bsize%5D=1&page%5Bnumber%5D=2", &[(2, 11)]),
    ] {
        let reply = stage.acme.get(&format!("{path}?{query}")).await;
        assert_eq!(pairs(reply), expected, "{query}");
    }
    let narrower = format!("{path}?filter[session_id]={}", id(2));
    let error = stage.acme.get(&narrower).await.refused(422, "10031");
    assert_eq!(error["source"], json!({"parameter": "filter[session_id]"}));
}

#[tokio::test]
async fn one_by_its_id() {
    let stage = ThreeDays::set().await;
    let path = format!("/v2/room_participants/{}", id(13));
    let reply = stage.acme.get(&path).await;
    insta::assert_json_snapshot!(shown(&reply));

    // It took part twice; the last time is shown.
    let twice = format!("/v2/room_participants/{}", id(11));
    let participant = stage.acme.get(&twice).await.data(200);
    assert_eq!(participant["session_id"], json!(id(2)));
}

#[tokio::test]
async fn bad_values_are_refused_and_named() {
    let stage = ThreeDays::set().await;
    let of_session = format!("/v2/room_sessions/{}/participants", id(2));
    for (path, query, parameter) in [
        (
            "/v2/room_participants",
            "filter[session_id]=x",
            "filter[session_id]",
        ),
        (
            "/v2/room_participants",
            "filter[date_left_at][lte]=2021-13-01",
            "filter[date_left_at][lte]",
        ),
        ("/v2/room_participants", "page[number]=0", "page[number]"),
        (
            &of_session,
            "filter[date_joined_at][gte]=now",
            "filter[date_joined_at][gte]",
        ),
        (&of_session, "page_size=0", "page_size"),
    ] {
        let reply = stage.acme.get(&format!("{path}?{query}")).await;
        let error = reply.refused(422, "10015");
        assert_eq!(error["source"], json!({"parameter": parameter}), "{query}");
    }
    let one = format!("/v2/room_participants/{}", id(13));
    for (path, filter) in [
        ("/v2/room_participants", "filter[active]"),
        ("/v2/room_participants", "filter[date_ended_at][eq]"),
        (&of_session, "filter[room_id]"),
        (&one, "filter[context]"),
    ] {
        let reply = stage.acme.get(&format!("{path}?{filter}=x")).await;
        let error = reply.refused(422, "10031");
        assert_eq!(error["source"], json!({"parameter": filter}));
    }
}

#[tokio::test]
async fn foreign_and_unknown_ones_are_not_there() {
    let stage = ThreeDays::set().await;
    let participants = stage.globex.get("/v2/room_participants").await;
    assert_eq!(pairs(participants), [(9, 19)]);
    let of_foreign_session = format!("/v2/room_participants?filter[session_id]={}", id(3));
    let participants = stage.globex.get(&of_foreign_session).await;
    assert_eq!(participants.data(200), json!([]));
    let mut bodies = Vec::new();
    for who in [&id(13), &id(7), "undefined", &id(13).to_uppercase()] {
        let path = format!("/v2/room_participants/{who}");
        let reply = stage.globex.get(&path).await;
        reply.refused(404, "10005");
        bodies.push(reply.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn two_accounts_may_have_one_of_the_same_id() {
    let stage = ThreeDays::set().await;
    // The client chooses the id, so somebody else's may come up again.
    let room = stage.globex.new_room().await;
    let past = Past {
        server: &stage.server,
        account: &stage.globex,
        room: &room,
    };
    let session = past.session(8, 0).await;
    past.participant(session, 13, Some("Mallory"), 400_000, None)
        .await;
    let path = format!("/v2/room_participants/{}", id(13));
    let own = stage.acme.get(&path).await.data(200);
    assert_eq!(
        (&own["context"], number(&own["session_id"])),
        (&json!(null), 3)
    );
    let other = stage.globex.get(&path).await.data(200);
    assert_eq!(other["context"], json!("Mallory"));
}
