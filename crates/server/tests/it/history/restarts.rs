//! The real program is killed or stopped while people are in, and starts again.

use futures_util::future::join_all;
use greenroom_testkit::media::{Gateway, Identity};
use greenroom_testkit::{Client, Greenroom, LIMIT, TestProgram, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::door::sdk::family_of;

use super::{Guest, participants, present_in, session_with, sessions};

/// A data directory with two rooms, and a token for each.
struct House {
    folder: TempDir,
    greenroom: Greenroom,
    key_id: String,
    key: String,
    rooms: [Room; 2],
}

#[derive(Clone, Default)]
struct Room {
    id: String,
    token: String,
}

impl House {
    async fn build() -> Self {
        let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let made = greenroom
            .run(["api-key", "create", "--data", data.to_str().unwrap()])
            .await;
        let mut house = Self {
            folder,
            greenroom,
            key_id: made.value("id"),
            key: made.value("key"),
            rooms: Default::default(),
        };
        let mut program = house.start(3_600).await;
        let client = house.client(&program);
        for room in &mut house.rooms {
            let made = client.post("/v2/rooms", json!({})).await.data(201);
            made["id"].as_str().unwrap().clone_into(&mut room.id);
            let path = format!("/v2/rooms/{}/actions/generate_join_client_token", room.id);
            let body = json!({"token_ttl_secs": 3_600});
            let tokens = client.post(&path, body).await.data(201);
            tokens["token"]
                .as_str()
                .unwrap()
                .clone_into(&mut room.token);
        }
        assert_eq!(program.terminate().await, Some(0));
        house
    }

    /// Starts the program, which keeps an empty session open for so long.
    async fn start(&self, grace_secs: u32) -> TestProgram {
        let data = self.folder.path().join("data");
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data"];
        let arguments = arguments.into_iter().chain([data.to_str().unwrap()]);
        self.greenroom
            .clone()
            .env("GREENROOM_SESSIONS__GRACE_SECS", grace_secs.to_string())
            .start(arguments)
            .await
    }

    fn client(&self, program: &TestProgram) -> Client {
        program.anyone().with_key(&self.key)
    }

    async fn enter(&self, program: &TestProgram, room: usize, number: u64) -> Guest {
        let Room { id, token } = self.rooms[room].clone();
        let gateway = Gateway::Greenroom {
            server: program.http(),
            room_id: id,
            token,
        };
        Guest::join(gateway, &Identity::numbered(number))
            .await
            .unwrap()
    }
}

fn texts<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    let mut texts: Vec<_> = items
        .iter()
        .map(|item| item[field].as_str().unwrap_or_default())
        .collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn after_a_kill_nobody_is_in_and_nothing_stays_active() {
    let house = House::build().await;
    let [busy, quiet] = house.rooms.clone();
    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    let _ann = house.enter(&program, 0, 1).await;
    let ben = house.enter(&program, 0, 2).await;
    let _cid = house.enter(&program, 1, 3).await;
    let meeting = session_with(&client, &busy.id, 2).await;
    let other = session_with(&client, &quiet.id, 1).await;
    ben.session.leave().await.unwrap();
    let meeting_before = session_with(&client, &busy.id, 1).await;
    program.kill().await;

    // Whoever comes back in time goes on with the meeting; elsewhere nobody is in any more.
    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    let left = session_with(&client, &busy.id, 0).await;
    assert_eq!(
        (&left["id"], &left["active"]),
        (&meeting["id"], &json!(true))
    );
    for one in participants(&left) {
        let time = |field: &str| one[field].as_str().unwrap();
        assert!(time("left_at") >= time("joined_at"), "{one}");
    }
    let ann_of = |session: &Value| {
        let ann = Identity::numbered(1).participant_id;
        let mut all = participants(session).iter();
        all.find(|one| one["id"] == ann.as_str()).unwrap().clone()
    };
    assert_eq!(
        ann_of(&left)["joined_at"],
        ann_of(&meeting_before)["joined_at"]
    );
    let again = house.enter(&program, 0, 1).await;
    let back = session_with(&client, &busy.id, 1).await;
    assert_eq!(back["id"], meeting["id"]);
    assert_eq!(participants(&back).len(), 2);
    assert_eq!(ann_of(&back)["left_at"], Value::Null);
    assert_eq!(sessions(&client, &busy.id).await.len(), 1);
    program.kill().await;
    drop(again);

    let mut program = house.start(0).await;
    let client = house.client(&program);
    eventually(LIMIT, async || {
        let active = "/v2/room_sessions?filter[active]=true";
        client.get(active).await.data(200) == json!([])
    })
    .await;
    for (room, session) in [(&busy, &meeting), (&quiet, &other)] {
        let ended = sessions(&client, &room.id).await;
        assert_eq!(ended.len(), 1);
        assert_eq!(
            (&ended[0]["id"], present_in(&ended[0])),
            (&session["id"], 0)
        );
        let left = texts(participants(&ended[0]), "left_at");
        assert_eq!(ended[0]["ended_at"].as_str(), left.last().copied());
        assert_eq!(
            client
                .get(&format!("/v2/rooms/{}", room.id))
                .await
                .data(200)["active_session_id"],
            Value::Null
        );
    }
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn a_meeting_goes_on_over_a_restart() {
    let house = House::build().await;
    let room = &house.rooms[0].id;
    let mut program = house.start(3_600).await;
    let _ann = house.enter(&program, 0, 1).await;
    let _ben = house.enter(&program, 0, 2).await;
    let meeting = session_with(&house.client(&program), room, 2).await;
    assert_eq!(program.terminate().await, Some(0));

    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    // What a stop had to write is on record before anything else.
    let stopped = sessions(&client, room).await;
    assert_eq!((stopped.len(), present_in(&stopped[0])), (1, 0));
    assert_eq!(stopped[0]["active"], true);
    let _ann = house.enter(&program, 0, 1).await;
    let _ben = house.enter(&program, 0, 2).await;
    let resumed = session_with(&client, room, 2).await;
    assert_eq!(resumed["id"], meeting["id"]);
    assert_eq!(participants(&resumed).len(), 2);
    assert_eq!(
        texts(participants(&resumed), "context"),
        texts(participants(&meeting), "context")
    );
    assert_eq!(program.terminate().await, Some(0));
}

/// All are told 1001, and come back in the very moment in which the next start listens: each with a refreshed
/// token and as somebody new, as the browser SDK does. The meeting goes on, and nobody is in it twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_comes_back_at_once_after_a_restart() {
    const CROWD: u64 = 50;
    let house = House::build().await;
    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    let body = json!({"max_participants": CROWD});
    let room = client.post("/v2/rooms", body).await.data(201);
    let room = room["id"].as_str().unwrap();
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let mut refresh_tokens = Vec::new();
    let mut guests = Vec::new();
    for number in 1..=CROWD {
        let pair = client.post(&path, json!({})).await.data(201);
        refresh_tokens.push(pair["refresh_token"].as_str().unwrap().to_owned());
        let gateway = Gateway::Greenroom {
            server: program.http(),
            room_id: room.to_owned(),
            token: pair["token"].as_str().unwrap().to_owned(),
        };
        let guest = Guest::join(gateway, &Identity::numbered(number)).await;
        guests.push(guest.unwrap());
    }
    let present = usize::try_from(CROWD).unwrap();
    let meeting = session_with(&client, room, present).await;
    assert_eq!(program.terminate().await, Some(0));
    eventually(LIMIT, async || {
        guests.iter().all(|it| it.session.close_code().is_some())
    })
    .await;
    for guest in guests {
        assert_eq!(guest.session.close_code(), Some(1001));
    }

    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    let returns = refresh_tokens.into_iter().zip(1..).map(|(token, number)| {
        let (anyone, server) = (program.anyone(), program.http());
        let room_id = room.to_owned();
        tokio::spawn(async move {
            let refreshed = anyone.refresh(&room_id, &token).await.data(201);
            let token = refreshed["token"].as_str().unwrap().to_owned();
            let gateway = Gateway::Greenroom {
                server,
                room_id,
                token,
            };
            let mut identity = Identity::numbered(number);
            identity.participant_id = Identity::numbered(1_000 + number).participant_id;
            Guest::join(gateway, &identity).await.unwrap()
        })
    });
    let returned = join_all(returns).await;
    assert!(returned.iter().all(Result::is_ok));
    let resumed = session_with(&client, room, present).await;
    assert_eq!(resumed["id"], meeting["id"]);
    assert_eq!(participants(&resumed).len(), 2 * present);
    assert_eq!(sessions(&client, room).await.len(), 1);
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn a_deleted_room_has_ended_its_session() {
    let house = House::build().await;
    let room = &house.rooms[0].id;
    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    let ann = house.enter(&program, 0, 1).await;
    let meeting = session_with(&client, room, 1).await;
    client
        .delete(&format!("/v2/rooms/{room}"))
        .await
        .expect(204);
    let path = format!(
        "/v2/room_sessions/{}?include_participants=true",
        meeting["id"].as_str().unwrap()
    );
    let mut ended = Value::Null;
    eventually(LIMIT, async || {
        ended = client.get(&path).await.data(200);
        ended["active"] == false
    })
    .await;
    assert_eq!(present_in(&ended), 0);
    eventually(LIMIT, async || ann.session.close_code().is_some()).await;
    assert_eq!(ann.session.close_code(), Some(4000));
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn what_is_done_to_people_is_audited() {
    let house = House::build().await;
    let room = &house.rooms[0];
    let mut program = house.start(3_600).await;
    let client = house.client(&program);
    let _ann = house.enter(&program, 0, 1).await;
    let session = session_with(&client, &room.id, 1).await;
    let path = format!(
        "/v2/room_sessions/{}/actions",
        session["id"].as_str().unwrap()
    );
    let everybody = json!({"participants": "all"});
    for action in ["mute", "unmute", "kick"] {
        let path = format!("{path}/{action}");
        client.post(&path, everybody.clone()).await.data(200);
    }
    client
        .post(&format!("{path}/end"), json!({}))
        .await
        .data(200);
    assert_eq!(program.terminate().await, Some(0));

    let log = program.stderr();
    let audited = |action: &str| -> Value {
        let lines = log.lines().map(serde_json::from_str::<Value>);
        let mut lines = lines.map(Result::unwrap);
        lines
            .find(|line| line["target"] == "audit" && line["action"] == action)
            .unwrap_or_else(|| panic!("no {action} in {log}"))
    };
    let ann = Identity::numbered(1).participant_id;
    for action in ["session.mute", "session.unmute", "session.kick"] {
        let line = audited(action);
        assert_eq!(line["api_key"], house.key_id.as_str());
        assert_eq!(line["session"], session["id"]);
        assert_eq!(line["participants"], ann.as_str());
    }
    assert_eq!(audited("session.end")["participants"], "");
    let kicked = audited("session.kick");
    let family = family_of(&room.token).to_string();
    assert_eq!(kicked["revoked_families"], family.as_str());
    assert_eq!(audited("session.mute")["revoked_families"], "");
    let signature = room.token.rsplit_once('.').unwrap().1;
    for secret in [signature, &house.key] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
