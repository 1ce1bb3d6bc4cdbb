//! A room with people in it, all of them on record.

use greenroom_testkit::media::{Gateway, Session};
use greenroom_testkit::{Account, LIMIT, Reply, TestServer, Tokens, eventually};
use serde_json::{Value, json};

use super::past::{id, number};

/// Somebody in a room, as the SDK joins its roster.
pub struct Person {
    pub number: u64,
    pub tokens: Tokens,
    pub session: Session,
    /// Its id in the roster.
    pub roster_id: Value,
}

impl Person {
    /// Waits for the next thing that the roster tells in `member`.
    pub async fn told(&mut self, member: &str) -> Value {
        let found = self.session.next_push_with(|push| {
            let data = push.pointer("/plugindata/data")?;
            Some(data.get(member)?.clone())
        });
        found.await.unwrap()
    }

    /// Waits until the server has closed the connection; the code.
    pub async fn close_code(&self) -> u16 {
        eventually(LIMIT, async || self.session.close_code().is_some()).await;
        self.session.close_code().unwrap()
    }
}

/// A room with people in it, all of them on record.
pub struct Meeting {
    pub server: TestServer,
    pub acme: Account,
    pub room: String,
    /// The session's path.
    pub path: String,
    pub people: Vec<Person>,
}

impl Meeting {
    /// With people of the numbers from 1 on.
    pub async fn of(people: u64) -> Self {
        Self::at(TestServer::start().await, people).await
    }

    pub async fn at(server: TestServer, people: u64) -> Self {
        let acme = server.account("acme").await;
        let room = acme.new_room().await;
        let mut meeting = Self {
            server,
            acme,
            room,
            path: String::new(),
            people: Vec::new(),
        };
        for number in 1..=people {
            let person = meeting.join(number).await;
            meeting.people.push(person);
        }
        let at_hand = meeting.present(people).await;
        let session = at_hand[0]["session_id"].as_str().unwrap();
        meeting.path = format!("/v2/room_sessions/{session}");
        meeting
    }

    /// Joins with tokens of its own.
    pub async fn join(&self, number: u64) -> Person {
        let tokens = self.acme.tokens(&self.room).await;
        let session = self.enter(&tokens.token).await.unwrap();
        let display = json!({
            "participantId": id(number), "external": format!("user {number}"),
        });
        let (_, joined) = session.join_audio(&display, true).await.unwrap();
        Person {
            number,
            tokens,
            session,
            roster_id: joined["id"].clone(),
        }
    }

    /// Opens a session at the room's door.
    pub async fn enter(&self, token: &str) -> anyhow::Result<Session> {
        let gateway = Gateway::Greenroom {
            server: self.server.address(),
            room_id: self.room.clone(),
            token: token.to_owned(),
        };
        Session::open(gateway).await
    }

    /// Waits until that many participants are on record; they.
    async fn present(&self, count: u64) -> Vec<Value> {
        let list = "/v2/room_participants";
        let on_record = async || self.acme.get(list).await.json()["meta"]["total_results"] == count;
        eventually(LIMIT, on_record).await;
        let participants = self.acme.get(list).await.data(200);
        participants.as_array().unwrap().clone()
    }

    /// `POST` to an action of the session.
    pub async fn act(&self, action: &str, body: Value) -> Reply {
        let path = format!("{}/actions/{action}", self.path);
        self.acme.post(&path, body).await
    }

    /// The session as it is shown.
    pub async fn session(&self) -> Value {
        self.acme.get(&self.path).await.data(200)
    }

    /// The numbers of those who are in the session now, in order.
    pub async fn inside(&self) -> Vec<u64> {
        let list = format!("{}/participants", self.path);
        let participants = self.acme.get(&list).await.data(200);
        let mut inside: Vec<_> = participants
            .as_array()
            .unwrap()
            .iter()
            .filter(|participant| participant["left_at"].is_null())
            .map(|participant| number(&participant["id"]))
            .collect();
        inside.sort_unstable();
        inside
    }
}
