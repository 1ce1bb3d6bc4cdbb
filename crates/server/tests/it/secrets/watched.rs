//! A program that logs all it can, and secrets of every kind for it to meet.

use greenroom_server::key_dir::KeyDir;
use greenroom_testkit::{Client, Greenroom, Reply, TestProgram, tokens};
use serde_json::json;
use tempfile::TempDir;

use super::needles::Needles;

pub(super) const ENVIRONMENT_KEY: &str = "KEY_environment_0123456789_abcdefghijklmnopqrstuvwxyz";
const NOBODYS_KEY: &str = "KEY_nobodysK_9876543210_zyxwvutsrqponmlkjihgfedcba";

/// The program under observation, and the secrets it meets.
pub(super) struct Watched {
    pub(super) program: TestProgram,
    pub(super) needles: Needles,
    /// Every secret with its name, good and bad ones.
    pub(super) secrets: Vec<(&'static str, String)>,
    pub(super) client: Client,
    pub(super) room: String,
    pub(super) token: String,
    pub(super) refresh_token: String,
    pub(super) folder: TempDir,
}

impl Watched {
    /// A program that logs everything, with a room and secrets of all kinds.
    pub(super) async fn start(log_level: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let data = data.to_str().unwrap();
        let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
            .env("GREENROOM_API_KEY", ENVIRONMENT_KEY)
            .env("GREENROOM_LOG__FORMAT", "json")
            .env("GREENROOM_LOG__REQUESTS", "true")
            .env("GREENROOM_LOG__LEVEL", log_level);
        let made = greenroom.run(["api-key", "create", "--data", data]).await;
        let revoked = greenroom.run(["api-key", "create", "--data", data]).await;
        let program = greenroom
            .start(["serve", "--listen", "127.0.0.1:0", "--data", data])
            .await;
        greenroom
            .run(["api-key", "revoke", &revoked.value("id"), "--data", data])
            .await
            .succeeded();

        let client = program.anyone().with_key(&made.value("key"));
        let room = new_room(&client).await;
        let other_room = new_room(&client).await;
        let deleted_room = new_room(&client).await;
        let (token, refresh_token) = pair(&client, &room).await;
        let (of_other_room, refresh_of_other_room) = pair(&client, &other_room).await;
        let (of_deleted_room, refresh_of_deleted_room) = pair(&client, &deleted_room).await;
        client
            .delete(&format!("/v2/rooms/{deleted_room}"))
            .await
            .expect(204);
        let refreshed = client.refresh(&room, &refresh_token).await.data(201);
        let refreshed = refreshed["token"].as_str().unwrap().to_owned();
        let forged = tokens::with_claims(&of_other_room, |claims| claims["iat"] = json!(1));
        let expired = expired(data, &token);

        let mut watched = Self {
            program,
            needles: Needles::default(),
            secrets: Vec::new(),
            client,
            room,
            token: token.clone(),
            refresh_token: refresh_token.clone(),
            folder,
        };
        watched.meet_keys([
            ("the environment's API key", ENVIRONMENT_KEY.to_owned()),
            ("an API key", made.value("key")),
            ("a revoked API key", revoked.value("key")),
            ("nobody's API key", NOBODYS_KEY.to_owned()),
        ]);
        watched.meet_tokens([
            ("a client token", token),
            ("a refresh token", refresh_token),
            ("a refreshed token", refreshed),
            ("another room's token", of_other_room),
            ("another room's refresh token", refresh_of_other_room),
            ("a deleted room's token", of_deleted_room),
            ("a deleted room's refresh token", refresh_of_deleted_room),
            ("a forged token", forged),
            ("an expired token", expired),
        ]);
        watched
    }

    fn meet_keys<const N: usize>(&mut self, keys: [(&'static str, String); N]) {
        for (name, key) in keys {
            self.needles.key(name, &key);
            self.secrets.push((name, key));
        }
    }

    fn meet_tokens<const N: usize>(&mut self, tokens: [(&'static str, String); N]) {
        for (name, token) in tokens {
            self.needles.token(name, &token);
            self.secrets.push((name, token));
        }
    }

    /// Looks at an answer that should not have a secret in it.
    #[track_caller]
    pub(super) fn look_at(&self, what: &str, reply: &Reply) {
        self.needles
            .are_not_in(&format!("the body of {what}"), &reply.body);
        self.needles.are_not_in(
            &format!("the head of {what}"),
            format!("{:?}", reply.headers),
        );
    }
}

async fn new_room(client: &Client) -> String {
    let room = client.post("/v2/rooms", json!({})).await.data(201);
    room["id"].as_str().unwrap().to_owned()
}

async fn pair(client: &Client, room: &str) -> (String, String) {
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let data = client.post(&path, json!({})).await.data(201);
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    (text("token"), text("refresh_token"))
}

/// The token as it would be had it expired a while ago, with a good signature.
fn expired(data: &str, token: &str) -> String {
    let ring = KeyDir::new(data.as_ref()).load().unwrap();
    let mut claims = tokens::claims_of(token);
    for time in ["iat", "nbf", "exp"] {
        claims[time] = json!(claims[time].as_i64().unwrap() - 100_000);
    }
    tokens::signed(ring.active(), &claims)
}
