use greenroom_testkit::{Account, TestServer};
use serde_json::{Value, json};

use super::names;

#[tokio::test]
async fn three_pages_hold_every_room_once() {
    let (_server, acme) = rooms(55).await;
    let mut seen = Vec::new();
    for number in 1..=3 {
        let path = format!("/v2/rooms?page[number]={number}&page[size]=25");
        let reply = acme.get(&path).await;
        assert_eq!(
            reply.json()["meta"],
            json!({"page_number": number, "page_size": 25, "total_pages": 3, "total_results": 55})
        );
        seen.extend(names(reply));
    }
    let expected: Vec<String> = (0..55)
        .rev()
        .map(|number| format!("room {number}"))
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_pager_that_only_adds_page_number_moves_on() {
    let (_server, acme) = rooms(5).await;
    // One SDK leaves `page[number]` as it was and appends its own parameter.
    let mut query = "page%5Bnumber%5D=1&page%5Bsize%5D=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        let meta = reply.json()["meta"].take();
        seen.extend(names(reply));
        let number = meta["page_number"].as_u64().unwrap();
        if number >= meta["total_pages"].as_u64().unwrap() {
            break;
        }
        query = format!(
            "page%5Bnumber%5D=1&page%5Bsize%5D=2&page_number={}",
            number + 1
        );
    }
    assert_eq!(seen, ["room 4", "room 3", "room 2", "room 1", "room 0"]);
}

#[tokio::test]
async fn page_number_and_page_size_win_in_either_order() {
    let (_server, acme) = rooms(5).await;
    for query in [
        "page_number=2&page_size=2&page[number]=1&page[size]=3",
        "page[number]=1&page[size]=3&page_size=2&page_number=2",
        "page_number=2&page_size=2",
        "page[number]=2&page[size]=2",
        // What is overruled is not even looked at.
        "page_number=2&page_size=2&page[number]=zero&page[size]=999",
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        assert_eq!(names(reply), ["room 2", "room 1"], "{query}");
    }
}

#[tokio::test]
async fn meta_is_always_complete() {
    let (_server, acme) = rooms(21).await;
    for (query, expected) in [
        ("", meta(1, 20, 2, 21)),
        ("page[size]=250", meta(1, 250, 1, 21)),
        ("page[size]=1", meta(1, 1, 21, 21)),
        ("page[size]=7&page[number]=3", meta(3, 7, 3, 21)),
        ("filter[unique_name]=room+7", meta(1, 20, 1, 1)),
        ("filter[unique_name]=nowhere", meta(1, 20, 1, 0)),
        ("filter[date_created_at][gte]=2021-04-23", meta(1, 20, 1, 0)),
    ] {
        let reply = acme.get(&format!("/v2/rooms?{query}")).await;
        assert_eq!(reply.json()["meta"], expected, "{query}");
    }
}

#[tokio::test]
async fn a_page_past_the_end_is_empty() {
    let (server, acme) = rooms(3).await;
    for number in [3_u32, 4, 10_000_000] {
        let path = format!("/v2/rooms?page[number]={number}&page[size]=2");
        let reply = acme.get(&path).await.expect(200);
        assert_eq!(
            reply.json(),
            json!({"data": [], "meta": meta(number, 2, 2, 3)})
        );
    }
    let nobody = server.account("nobody").await;
    let reply = nobody.get("/v2/rooms").await.expect(200);
    assert_eq!(reply.json(), json!({"data": [], "meta": meta(1, 20, 1, 0)}));
}

#[tokio::test]
async fn filters_hold_on_every_page() {
    let (server, acme) = rooms(4).await;
    server.clock().advance(86_400);
    for number in 0..6 {
        server.clock().advance(1);
        acme.create_room(json!({"unique_name": format!("next day {number}")}))
            .await;
    }
    let mut seen = Vec::new();
    for number in 1..=3 {
        let path = format!(
            "/v2/rooms?filter[date_created_at][eq]=2021-04-23&page[size]=2&page[number]={number}"
        );
        let reply = acme.get(&path).await;
        assert_eq!(reply.json()["meta"], meta(number, 2, 3, 6));
        seen.extend(names(reply));
    }
    assert!(seen.iter().all(|name| name.starts_with("next day")));
    assert_eq!(seen.len(), 6);
}

fn meta(page_number: u32, page_size: u32, total_pages: u32, total_results: u32) -> Value {
    json!({
        "page_number": page_number,
        "page_size": page_size,
        "total_pages": total_pages,
        "total_results": total_results,
    })
}

/// An account with `room 0`, `room 1` and so on, each made a millisecond after the one before.
async fn rooms(count: u32) -> (TestServer, Account) {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for number in 0..count {
        acme.create_room(json!({"unique_name": format!("room {number}")}))
            .await;
        server.clock().advance_micros(1_000);
    }
    (server, acme)
}
