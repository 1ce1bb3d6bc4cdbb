use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use greenroom_testkit::tokens::{claims_of, header_of};
use serde_json::{Value, json};

use super::Meeting;

#[tokio::test]
async fn a_pair_holds_what_it_should() {
    let meeting = Meeting::set().await;
    let decoded = |token: &str| json!({"header": header_of(token), "claims": claims_of(token)});
    insta::assert_json_snapshot!(json!({
        "client": decoded(&meeting.tokens.token),
        "refresh": decoded(&meeting.tokens.refresh_token),
    }));
    let grants = &claims_of(&meeting.tokens.token)["grants"];
    let room = format!("telnyx:video:rooms:{}", meeting.room_id);
    let account = format!("telnyx:users:{}", meeting.acme.id);
    assert_eq!(
        *grants,
        json!([{"actions": ["join"], "resources": [room], "subjects": [account]}])
    );
}

#[tokio::test]
async fn the_answer_has_all_fields_and_is_not_kept_by_caches() {
    let meeting = Meeting::set().await;
    let path = meeting.action("generate_join_client_token");
    let reply = meeting.acme.post(&path, json!({})).await.expect(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let data = reply.data(201);
    let names: Vec<_> = data.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "recort_type",
            "refresh_token",
            "refresh_token_expires_at",
            "token",
            "token_expires_at"
        ]
    );
    assert_eq!(data["recort_type"], "client_token");
    assert_eq!(data["token_expires_at"], "2021-04-22T12:24:55Z");
    assert_eq!(data["refresh_token_expires_at"], "2021-04-22T13:14:55Z");
}

#[tokio::test]
async fn every_pair_is_a_family_of_its_own() {
    let meeting = Meeting::set().await;
    let mut token_ids = HashSet::new();
    let mut families = HashSet::new();
    for _ in 0..50 {
        let tokens = meeting.acme.tokens(&meeting.room_id).await;
        let client = claims_of(&tokens.token);
        let refresh = claims_of(&tokens.refresh_token);
        assert_eq!(client["sid"], refresh["sid"]);
        families.insert(client["sid"].to_string());
        token_ids.extend([client["jti"].to_string(), refresh["jti"].to_string()]);
    }
    assert_eq!((families.len(), token_ids.len()), (50, 100));
}

#[tokio::test]
async fn a_pair_opens_the_door_and_gets_refreshed() {
    let meeting = Meeting::set().await;
    let mut door = meeting.server.door(&meeting.room_id).await;
    door.session(&meeting.tokens.token).await;
    let anyone = meeting.server.anyone();
    let reply = anyone
        .refresh(&meeting.room_id, &meeting.tokens.refresh_token)
        .await;
    let refreshed = reply.data(201);
    let mut door = meeting.server.door(&meeting.room_id).await;
    door.session(refreshed["token"].as_str().unwrap()).await;
}

/// The files of the data directory are the same before and after: issuing and refreshing write nothing.
#[tokio::test]
async fn nothing_is_written() {
    let meeting = Meeting::set().await;
    // Once a minute the server notes down when API keys were last used. That may fall into one round
    // on its own, so a round counts as soon as nothing at all was written in it.
    for _round in 0..3 {
        let before = files(meeting.server.data());
        for _ in 0..500 {
            let tokens = meeting.acme.tokens(&meeting.room_id).await;
            let anyone = meeting.server.anyone();
            anyone
                .refresh(&meeting.room_id, &tokens.refresh_token)
                .await
                .expect(201);
        }
        if files(meeting.server.data()) == before {
            return;
        }
    }
    panic!("issuing tokens writes to the disk");
}

/// Size and time of change of every file. Without the index of the write-ahead log, which is memory
/// that readers share and goes with the last of them.
fn files(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_none_or(|extension| extension != "db-shm")
        {
            found.insert(path, (metadata.len(), metadata.modified().unwrap()));
        }
    }
    found
}

#[tokio::test]
async fn what_is_sent_along_is_ignored_or_refused_like_anywhere_else() {
    let meeting = Meeting::set().await;
    let path = meeting.action("generate_join_client_token");
    let unknown = json!({"grants": ["admin"], "ttl_secs": 9_999, "iss": "x"});
    let token = meeting.acme.post(&path, unknown).await.data(201)["token"].take();
    let claims = claims_of(token.as_str().unwrap());
    let usual = claims_of(&meeting.tokens.token);
    for (name, value) in usual.as_object().unwrap() {
        if name != "jti" && name != "sid" {
            assert_eq!(&claims[name], value, "{name}");
        }
    }
    for body in [json!([]), json!("x"), Value::Null] {
        meeting.acme.post(&path, body).await.refused(422, "10023");
    }
    let no_type = meeting.acme.call("POST", &path).body("{}");
    no_type.send().await.refused(415, "10014");
    let no_body = meeting
        .acme
        .call("POST", &path)
        .header("content-type", "application/json");
    no_body.send().await.expect(201);
}
