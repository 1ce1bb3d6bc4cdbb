//! `greenroom backup` and `greenroom restore`, with the real program.

mod refusals;
mod under_load;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use greenroom_testkit::{Client, Finished, Greenroom, TestProgram};
use serde_json::json;
use tempfile::TempDir;

/// A data directory with an API key, and room beside it.
struct House {
    folder: TempDir,
    greenroom: Greenroom,
    key: String,
}

impl House {
    async fn build() -> Self {
        let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
            .env("GREENROOM_LISTEN", "127.0.0.1:0")
            .env("GREENROOM_WEBHOOKS__ALLOW_PRIVATE", "true");
        let mut house = Self {
            folder: tempfile::tempdir().unwrap(),
            greenroom,
            key: String::new(),
        };
        let made = house.on(&house.data(), &["api-key", "create"]).await;
        house.key = made.value("key");
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data directory.
    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Runs a command on a data directory.
    async fn on(&self, data: &Path, arguments: &[&str]) -> Finished {
        let data = ["--data", data.to_str().unwrap()];
        self.greenroom
            .run(arguments.iter().copied().chain(data))
            .await
    }

    async fn serve(&self, data: &Path) -> TestProgram {
        self.greenroom
            .start(["serve", "--data", data.to_str().unwrap()])
            .await
    }

    fn client(&self, program: &TestProgram) -> Client {
        program.anyone().with_key(&self.key)
    }

    /// Backs the data directory up; the path of the backup.
    async fn back_up(&self, name: &str) -> PathBuf {
        let file = self.path(name);
        let backup = ["backup", file.to_str().unwrap()];
        self.on(&self.data(), &backup).await.succeeded();
        file
    }

    async fn restore(&self, backup: &Path, data: &Path, more: &[&str]) -> Finished {
        let arguments = ["restore", backup.to_str().unwrap()];
        let arguments: Vec<_> = arguments.iter().chain(more).copied().collect();
        self.on(data, &arguments).await
    }
}

/// A room with a token of it, as a client was told of them.
#[derive(Debug, Clone)]
struct Kept {
    room: String,
    refresh_token: String,
}

impl Kept {
    async fn make(client: &Client) -> Self {
        let room = client.post("/v2/rooms", json!({})).await.data(201);
        let room = room["id"].as_str().unwrap().to_owned();
        let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
        let tokens = client.post(&path, json!({})).await.data(201);
        Self {
            room,
            refresh_token: tokens["refresh_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The room is there, and its token is good.
    async fn is_good(&self, client: &Client) {
        client
            .get(&format!("/v2/rooms/{}", self.room))
            .await
            .expect(200);
        let refreshed = client.refresh(&self.room, &self.refresh_token).await;
        refreshed.expect(201);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}
