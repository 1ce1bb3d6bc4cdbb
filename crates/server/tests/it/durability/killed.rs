//! The program is killed while it works, again and again.

use std::sync::{Arc, Mutex};

use greenroom_domain::Entropy;
use greenroom_testkit::{Client, Greenroom, LIMIT, SeededEntropy, TestProgram, Tokens, eventually};
use serde_json::{Value, json};

use crate::door::sdk::Sdk;

use super::ledger::{Change, Ledger};

const ROUNDS: usize = 20;
const WRITERS: usize = 4;
/// Most changes that are acknowledged in a round before the kill.
const CHANGES_MAX: u64 = 40;

/// The program, a data directory, and all that was acknowledged on it.
struct Story {
    greenroom: Greenroom,
    data: String,
    ledger: Arc<Mutex<Ledger>>,
    /// API keys that were made, and one that was revoked.
    keys: Vec<String>,
    revoked_key: String,
    /// The room that all tokens are for.
    room: String,
    tokens: Vec<Tokens>,
    /// The signing keys, as the command line shows them.
    signing_keys: String,
}

#[tokio::test]
async fn whatever_was_acknowledged_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut story = Story::begin(folder.path().join("data").to_str().unwrap()).await;
    let chance = SeededEntropy::named("kill");
    for round in 0..ROUNDS {
        let mut program = story.start().await;
        story.check(&program).await;
        story.work_and_die(&mut program, round, &chance).await;
    }
    let mut program = story.start().await;
    story.check(&program).await;
    assert_eq!(program.terminate().await, Some(0));
    assert!(story.ledger.lock().unwrap().acknowledged() > ROUNDS);
}

impl Story {
    async fn begin(data: &str) -> Self {
        let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
        let make_key = async || greenroom.run(["api-key", "create", "--data", data]).await;
        let key = make_key().await.value("key");
        let revoked = make_key().await;
        greenroom
            .run(["api-key", "revoke", &revoked.value("id"), "--data", data])
            .await
            .succeeded();
        let signing_keys = greenroom.run(["signing-key", "list", "--data", data]).await;
        let mut story = Self {
            data: data.to_owned(),
            ledger: Arc::default(),
            revoked_key: revoked.value("key"),
            keys: vec![key],
            room: String::new(),
            tokens: Vec::new(),
            signing_keys: signing_keys.succeeded(),
            greenroom,
        };
        let mut program = story.start().await;
        let room = story
            .client(&program)
            .post("/v2/rooms", json!({}))
            .await
            .data(201);
        story.room = {
            let mut ledger = story.ledger.lock().unwrap();
            ledger.creating();
            ledger.created(room)
        };
        program.kill().await;
        story
    }

    async fn start(&self) -> TestProgram {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", &self.data];
        self.greenroom.start(arguments).await
    }

    fn client(&self, program: &TestProgram) -> Client {
        program.anyone().with_key(self.keys.last().unwrap())
    }

    /// Everything that was ever acknowledged is there, and nothing that was deleted is back.
    async fn check(&mut self, program: &TestProgram) {
        let rooms = all_rooms(&self.client(program)).await;
        self.ledger.lock().unwrap().compare(rooms);
        for key in &self.keys {
            program
                .anyone()
                .with_key(key)
                .get("/v2/rooms")
                .await
                .expect(200);
        }
        let revoked = program.anyone().with_key(&self.revoked_key);
        revoked.get("/v2/rooms").await.refused(401, "10009");
        let keys = self
            .greenroom
            .run(["signing-key", "list", "--data", &self.data])
            .await;
        assert_eq!(keys.succeeded(), self.signing_keys);
        for tokens in &self.tokens {
            program
                .anyone()
                .refresh(&self.room, &tokens.refresh_token)
                .await
                .expect(201);
            Sdk::initialize(program.http(), &self.room, &tokens.token).await;
        }
    }

    /// Lets writers write and the command line work, and kills the program in the middle of it.
    async fn work_and_die(
        &mut self,
        program: &mut TestProgram,
        round: usize,
        chance: &SeededEntropy,
    ) {
        let path = format!("/v2/rooms/{}/actions/generate_join_client_token", self.room);
        let data = self.client(program).post(&path, json!({})).await.data(201);
        self.tokens.push(Tokens {
            token: data["token"].as_str().unwrap().to_owned(),
            refresh_token: data["refresh_token"].as_str().unwrap().to_owned(),
            data,
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let work = write(
                    self.client(program),
                    Arc::clone(&self.ledger),
                    writer,
                    round,
                );
                tokio::spawn(work)
            })
            .collect();

        let made = self
            .greenroom
            .run(["api-key", "create", "--data", &self.data])
            .await;
        self.keys.push(made.value("key"));
        // A key retires for a day, and there is room for 16.
        if round.is_multiple_of(2) {
            let rotated = self
                .greenroom
                .run(["signing-key", "rotate", "--data", &self.data])
                .await;
            let shown = rotated.succeeded();
            let note = shown.find("A running server").unwrap();
            self.signing_keys = shown[..note].to_owned();
        }
        let mut drawn = [0; 8];
        chance.fill(&mut drawn);
        let more = usize::try_from(u64::from_le_bytes(drawn) % CHANGES_MAX).unwrap();
        let until = self.ledger.lock().unwrap().acknowledged() + more;
        let ledger = Arc::clone(&self.ledger);
        eventually(LIMIT, async || {
            ledger.lock().unwrap().acknowledged() >= until
        })
        .await;
        program.kill().await;
        for writer in writers {
            writer.await.unwrap();
        }
    }
}

/// Creates rooms, renames most of them, and deletes every other, until the server is gone.
async fn write(client: Client, ledger: Arc<Mutex<Ledger>>, writer: usize, round: usize) {
    let note = || ledger.lock().unwrap();
    for turn in 0.. {
        let name = format!("{round}-{writer}-{turn}");
        note().creating();
        let create = client
            .call("POST", "/v2/rooms")
            .json(&json!({"unique_name": name}));
        let Some(reply) = create.try_send().await else {
            return;
        };
        let id = note().created(reply.data(201));
        let path = format!("/v2/rooms/{id}");
        if turn % 3 > 0 {
            let name = format!("{name} renamed");
            note().changing(&id, Change::Rename(name.clone()));
            let rename = client
                .call("PATCH", &path)
                .json(&json!({"unique_name": name}));
            let Some(reply) = rename.try_send().await else {
                return;
            };
            note().changed(&id, Some(reply.data(200)));
        }
        if turn % 2 > 0 {
            note().changing(&id, Change::Delete);
            let Some(reply) = client.call("DELETE", &path).try_send().await else {
                return;
            };
            reply.expect(204);
            note().changed(&id, None);
        }
    }
}

/// Every room of the account, page by page.
async fn all_rooms(client: &Client) -> Vec<Value> {
    let mut rooms = Vec::new();
    for page in 1.. {
        let path = format!("/v2/rooms?page[size]=250&page[number]={page}");
        let mut list = client.get(&path).await.expect(200).json();
        let Value::Array(data) = list["data"].take() else {
            panic!("{list:#}")
        };
        rooms.extend(data);
        if list["meta"]["total_pages"] == page {
            assert_eq!(list["meta"]["total_results"], rooms.len());
            break;
        }
    }
    rooms
}
