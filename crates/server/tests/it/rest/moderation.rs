//! Kick, mute, unmute and end, with people in the room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use greenroom_testkit::{Client, LIMIT, TestServer, Tokens, eventually};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::meeting::Meeting;
use super::past::{Past, id};
use super::shown;

#[tokio::test]
async fn who_joins_and_leaves_is_on_record_under_its_own_id() {
    let mut meeting = Meeting::of(2).await;
    let room_path = format!("/v2/rooms/{}", meeting.room);
    let room = meeting.acme.get(&room_path).await.data(200);
    let session = meeting.session().await;
    assert_eq!(room["active_session_id"], session["id"]);
    assert_eq!(session["active"], true);
    assert_eq!(session["ended_at"], Value::Null);
    let participant = format!("/v2/room_participants/{}", id(2));
    let on_record = meeting.acme.get(&participant).await.data(200);
    assert_eq!(on_record["session_id"], session["id"]);
    assert_eq!(on_record["context"], "user 2");
    assert_eq!(on_record["left_at"], Value::Null);

    let leaver = meeting.people.pop().unwrap();
    leaver.session.leave().await.unwrap();
    eventually(LIMIT, async || meeting.inside().await == [1]).await;
    let on_record = meeting.acme.get(&participant).await.data(200);
    assert!(on_record["left_at"].is_string());
    assert_eq!(on_record["left_reason"], "left");
    let others = format!("{}/participants?filter[context]=user+1", meeting.path);
    let others = meeting.acme.get(&others).await.data(200);
    assert_eq!(others[0]["id"], json!(id(1)));
    assert_eq!(others[0]["left_at"], Value::Null);
}

#[tokio::test]
async fn a_kick_sends_out_and_keeps_out() {
    let mut meeting = Meeting::of(3).await;
    let reply = meeting.act("kick", json!({"participants": [id(2)]})).await;
    insta::assert_json_snapshot!(shown(&reply));
    assert_eq!(meeting.inside().await, [1, 3], "on record when answered");

    let mut kicked = meeting.people.remove(1);
    assert_eq!(kicked.told("kicked").await, kicked.roster_id);
    assert_eq!(kicked.close_code().await, 4000);
    for witness in &mut meeting.people {
        assert_eq!(witness.told("kicked").await, kicked.roster_id);
        assert_eq!(witness.session.close_code(), None);
    }
    let (room, tokens) = (&meeting.room, &kicked.tokens);
    let anyone = meeting.server.anyone();
    let refresh = anyone.refresh(room, &tokens.refresh_token);
    refresh.await.refused(403, "10010");
    meeting.enter(&tokens.token).await.unwrap_err();

    let again = meeting.act("kick", json!({"participants": [id(2)]})).await;
    let error = again.refused(422, "10022");
    assert_eq!(error["source"], json!({"pointer": "/participants"}));
    assert!(error["detail"].as_str().unwrap().contains(&id(2)));
    // With other tokens it may come back.
    let person = meeting.join(2).await;
    eventually(LIMIT, async || meeting.inside().await == [1, 2, 3]).await;
    assert_eq!(person.session.close_code(), None);
}

#[tokio::test]
async fn all_but_some() {
    for (body, staying) in [
        (json!({"participants": "all", "exclude": [id(1)]}), &[1][..]),
        (json!({"exclude": [id(1), id(3)]}), &[1, 3]),
        (
            json!({"participants": [id(1), id(2), id(2)], "exclude": [id(1)]}),
            &[1, 3],
        ),
        (json!({"participants": null, "exclude": [id(2)]}), &[2]),
        (json!({"participants": "all", "exclude": [id(7)]}), &[]),
        (json!({"participants": "all", "exclude": null, "x": 1}), &[]),
        (json!({"participants": []}), &[1, 2, 3]),
    ] {
        let meeting = Meeting::of(3).await;
        let reply = meeting.act("kick", body.clone()).await;
        assert_eq!(reply.data(200), json!({"result": "ok"}), "{body}");
        assert_eq!(meeting.inside().await, staying, "{body}");
        for person in &meeting.people {
            if staying.contains(&person.number) {
                assert_eq!(person.session.close_code(), None, "{body}");
            } else {
                assert_eq!(person.close_code().await, 4000, "{body}");
            }
        }
    }
}

#[tokio::test]
async fn who_is_unknown_spares_all_others() {
    let meeting = Meeting::of(2).await;
    for action in ["kick", "mute", "unmute"] {
        let strangers: Vec<_> = (100..112).map(id).collect();
        let mut named = vec![id(1)];
        named.extend_from_slice(&strangers);
        let reply = meeting.act(action, json!({"participants": named})).await;
        let error = reply.refused(422, "10022");
        let detail = error["detail"].as_str().unwrap();
        assert!(!detail.contains(&id(1)), "{detail}");
        assert!(
            detail.contains(&id(100)) && detail.contains(&id(109)),
            "{detail}"
        );
        assert!(detail.ends_with("and 2 more."), "{detail}");
    }
    assert_eq!(meeting.inside().await, [1, 2], "nothing was done");
}

#[tokio::test]
async fn muting_is_answered() {
    let meeting = Meeting::of(2).await;
    for (action, body) in [
        ("mute", json!({"participants": [id(1)]})),
        ("mute", json!({"participants": [id(1)]})),
        ("mute", json!({"participants": "all"})),
        ("unmute", json!({"participants": "all", "exclude": [id(2)]})),
        ("unmute", json!({"participants": [id(1), id(2)]})),
        ("unmute", json!({"participants": [id(1), id(2)]})),
    ] {
        let reply = meeting.act(action, body.clone()).await;
        assert_eq!(reply.json(), json!({"data": {"result": "ok"}}));
        reply.expect(200);
    }
    assert_eq!(meeting.inside().await, [1, 2]);
}

#[tokio::test]
async fn an_end_is_the_end_for_all() {
    let meeting = Meeting::of(2).await;
    let before = meeting.session().await;
    let reply = meeting.act("end", json!({})).await;
    assert_eq!(reply.data(200), json!({"result": "ok"}));
    let session = meeting.session().await;
    assert_eq!(session["active"], false);
    assert_eq!(session["ended_at"], session["updated_at"]);
    assert!(session["ended_at"].is_string());
    assert_eq!(session["ended_reason"], "Ended from API");
    assert!(meeting.inside().await.is_empty());
    for person in &meeting.people {
        assert_eq!(person.close_code().await, 4000);
    }
    let room_path = format!("/v2/rooms/{}?include_sessions=true", meeting.room);
    let room = meeting.acme.get(&room_path).await.data(200);
    assert_eq!(room["active_session_id"], Value::Null);
    assert_eq!(room["sessions"], json!([session]));

    for (action, body) in [
        ("end", json!({})),
        ("kick", json!({"participants": "all"})),
        ("mute", json!({"participants": [id(1)]})),
        ("unmute", json!({"participants": "all"})),
    ] {
        let error = meeting.act(action, body).await.refused(422, "10027");
        assert!(error["detail"].as_str().unwrap().contains("ended"));
    }

    // The room stays, and so do the tokens: who comes back begins another session.
    let person = meeting.people.first().unwrap();
    let session = meeting.enter(&person.tokens.token).await.unwrap();
    let display = json!({"participantId": id(1)});
    session.join_audio(&display, true).await.unwrap();
    let room_path = format!("/v2/rooms/{}", meeting.room);
    let active = async || {
        let room = meeting.acme.get(&room_path).await.data(200);
        room["active_session_id"].is_string() && room["active_session_id"] != before["id"]
    };
    eventually(LIMIT, active).await;
}

#[tokio::test]
async fn an_end_does_not_look_at_its_body() {
    for (headers, body) in [
        (&[][..], ""),
        (&[("content-type", "application/json")], ""),
        (&[("content-type", "application/json")], "{}"),
        (&[], "{}"),
        (&[("content-type", "text/plain")], "now"),
    ] {
        let meeting = Meeting::of(1).await;
        let path = format!("{}/actions/end", meeting.path);
        let mut call = meeting.acme.call("POST", &path).body(body);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        call.send().await.expect(200);
        assert_eq!(
            meeting.session().await["active"],
            false,
            "{headers:?} {body}"
        );
    }
}

#[tokio::test]
async fn a_body_that_names_nobody_is_a_mistake() {
    let meeting = Meeting::of(1).await;
    for action in ["kick", "mute", "unmute"] {
        let path = format!("{}/actions/{action}", meeting.path);
        for body in [
            "",
            "{}",
            r#"{"participants":null}"#,
            r#"{"exclude":[]}"#,
            r#"{"participants":null,"exclude":[]}"#,
            r#"{"participant":["x"]}"#,
        ] {
            let call = meeting
                .acme
                .call("POST", &path)
                .header("content-type", "application/json")
                .body(body);
            let error = call.send().await.refused(422, "10004");
            assert_eq!(error["source"], json!({"pointer": "/participants"}));
        }
    }
    assert_eq!(meeting.inside().await, [1]);
}

#[tokio::test]
async fn each_fault_of_a_body_is_told_with_its_place() {
    let meeting = Meeting::of(1).await;
    let many: Vec<_> = (0..201).map(id).collect();
    for (body, code, pointer) in [
        (
            json!({"participants": "everybody"}),
            "10032",
            "/participants",
        ),
        (json!({"participants": "ALL"}), "10032", "/participants"),
        (json!({"participants": id(1)}), "10032", "/participants"),
        (json!({"participants": 1}), "10026", "/participants"),
        (json!({"participants": {}}), "10026", "/participants"),
        (json!({"participants": ["all"]}), "10006", "/participants/0"),
        (
            json!({"participants": [id(1), id(10).to_uppercase()]}),
            "10006",
            "/participants/1",
        ),
        (json!({"participants": [null]}), "10026", "/participants/0"),
        (
            json!({"participants": "all", "exclude": "all"}),
            "10026",
            "/exclude",
        ),
        (
            json!({"participants": "all", "exclude": [id(1), "x"]}),
            "10006",
            "/exclude/1",
        ),
        (json!({"participants": many}), "10033", "/participants"),
        (json!({"exclude": many}), "10033", "/exclude"),
    ] {
        let error = meeting.act("kick", body.clone()).await.refused(422, code);
        assert_eq!(error["source"], json!({"pointer": pointer}), "{body}");
    }
    let reply = meeting
        .act("kick", json!({"participants": ["x", 7], "exclude": [1]}))
        .await;
    insta::assert_json_snapshot!(shown(&reply));
    meeting.act("kick", json!([])).await.refused(422, "10023");
    assert_eq!(meeting.inside().await, [1]);
}

#[tokio::test]
async fn two_lists_of_full_length_fit() {
    let meeting = Meeting::of(1).await;
    let many: Vec<_> = (1..=200).map(id).collect();
    let body = json!({"participants": many, "exclude": many});
    let reply = meeting.act("mute", body).await;
    // It was read to its end: whoever is named has to be there.
    reply.refused(422, "10022");
    let body = json!({"participants": "all", "exclude": many});
    meeting.act("mute", body).await.expect(200);
}

#[tokio::test]
async fn foreign_and_unknown_sessions_are_not_there() {
    let meeting = Meeting::of(1).await;
    let globex = meeting.server.account("globex").await;
    let past = Past {
        server: &meeting.server,
        account: &globex,
        room: &globex.new_room().await,
    };
    past.session(9, 0).await;
    let everybody = json!({"participants": "all"});
    let mut bodies = Vec::new();
    for action in ["end", "kick", "mute", "unmute"] {
        let foreign = format!("{}/actions/{action}", meeting.path);
        bodies.push(globex.post(&foreign, everybody.clone()).await);
        for unknown in [&id(7), "undefined", &id(9)] {
            let path = format!("/v2/room_sessions/{unknown}/actions/{action}");
            bodies.push(meeting.acme.post(&path, everybody.clone()).await);
        }
    }
    for reply in &bodies {
        reply.refused(404, "10005");
        assert_eq!(reply.body, bodies[0].body);
    }
    assert_eq!(meeting.inside().await, [1]);
}

/// Tries to refresh again and again; how often it was refused, which never ends once it has begun.
async fn refresh_again_and_again(
    client: Client,
    room: String,
    tokens: Tokens,
    granted: Arc<AtomicUsize>,
) -> usize {
    let mut refused = 0;
    for _ in 0..50 {
        let reply = client.refresh(&room, &tokens.refresh_token).await;
        match reply.status {
            201 => {
                assert_eq!(refused, 0, "granted after one was refused");
                granted.fetch_add(1, Ordering::Relaxed);
            }
            403 => refused += 1,
            other => panic!("{other}"),
        }
    }
    refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_refreshes_none_gets_past_a_kick() {
    let server = TestServer::with(|settings| settings.limits.failed_auth_burst = 2_000).await;
    let meeting = Meeting::at(server, 1).await;
    let tokens = &meeting.people[0].tokens;
    let granted = Arc::new(AtomicUsize::new(0));
    let mut refreshing = JoinSet::new();
    for _ in 0..20 {
        let client = meeting.server.anyone();
        let (room, granted) = (meeting.room.clone(), Arc::clone(&granted));
        refreshing.spawn(refresh_again_and_again(
            client,
            room,
            tokens.clone(),
            granted,
        ));
    }
    eventually(LIMIT, async || granted.load(Ordering::Relaxed) >= 100).await;
    let reply = meeting.act("kick", json!({"participants": "all"})).await;
    let granted_in_time = granted.load(Ordering::Relaxed);
    assert_eq!(reply.data(200), json!({"result": "ok"}));
    let anyone = meeting.server.anyone();
    let late = anyone.refresh(&meeting.room, &tokens.refresh_token);
    late.await.refused(403, "10010");

    let refused: usize = refreshing.join_all().await.into_iter().sum();
    let granted = granted.load(Ordering::Relaxed);
    assert_eq!(granted + refused, 1_000);
    assert!(refused > 0, "the kick came in the midst of it");
    // Only answers that were on their way when the kick was answered.
    assert!(
        granted - granted_in_time <= 20,
        "{granted_in_time}, {granted}"
    );
    meeting.enter(&tokens.token).await.unwrap_err();
}
