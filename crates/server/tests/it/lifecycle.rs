//! How the program starts, stops and starts again.

mod failing;
mod restarting;
mod service_manager;
mod stopping;

use greenroom_testkit::{Client, Greenroom, TestProgram};
use serde_json::json;
use tempfile::TempDir;

/// The program and a data directory for it.
struct House {
    folder: TempDir,
    greenroom: Greenroom,
}

impl House {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            greenroom: Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
                .env("GREENROOM_LOG__FORMAT", "json"),
        }
    }

    /// Sets a variable of the program's environment.
    fn env(mut self, name: &str, value: &str) -> Self {
        self.greenroom = self.greenroom.env(name, value);
        self
    }

    /// The data directory.
    fn data(&self) -> String {
        self.folder.path().join("data").to_str().unwrap().to_owned()
    }

    async fn dev(&self) -> TestProgram {
        let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", &self.data()];
        self.greenroom.start(arguments).await
    }
}

/// A client with the key that `dev` shows.
async fn client(program: &mut TestProgram) -> Client {
    let key = program.api_key().await;
    program.anyone().with_key(&key)
}

async fn new_room(client: &Client) -> String {
    let room = client.post("/v2/rooms", json!({})).await.data(201);
    room["id"].as_str().unwrap().to_owned()
}

/// A client token and a refresh token for the room.
async fn tokens(client: &Client, room: &str) -> (String, String) {
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let data = client.post(&path, json!({})).await.data(201);
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    (text("token"), text("refresh_token"))
}
