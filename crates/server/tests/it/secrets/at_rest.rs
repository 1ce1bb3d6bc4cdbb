//! What the files of the data directory say.

use std::fs;
use std::path::Path;

use greenroom_testkit::Greenroom;
use serde_json::json;

use super::needles::Needles;

/// Looks through every file below `folder`.
pub(super) fn are_not_kept(needles: &Needles, folder: &Path) {
    let mut seen = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            seen += 1;
            let found = needles.found_in(&fs::read(&path).unwrap());
            assert!(found.is_empty(), "{} holds {found:?}", path.display());
        }
    }
    assert!(seen > 2, "only {seen} files");
}

/// Also in the middle of it all, with everything still in the write-ahead log.
#[tokio::test]
async fn no_file_holds_a_key_or_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let environment_key = "KEY_of_the_environment_0123456789_abcdefgh";
    let greenroom =
        Greenroom::at(env!("CARGO_BIN_EXE_greenroom")).env("GREENROOM_API_KEY", environment_key);
    let mut needles = Needles::default();
    needles.key("the environment's API key", environment_key);
    let mut program = greenroom
        .start(["serve", "--listen", "127.0.0.1:0", "--data", data])
        .await;
    for label in ["one", "two"] {
        let made = greenroom
            .run(["api-key", "create", "--label", label, "--data", data])
            .await;
        needles.key(label, &made.value("key"));
        let client = program.anyone().with_key(&made.value("key"));
        let room = client.post("/v2/rooms", json!({})).await.data(201);
        let room = room["id"].as_str().unwrap();
        let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
        let tokens = client.post(&path, json!({})).await.data(201);
        for name in ["token", "refresh_token"] {
            needles.token(name, tokens[name].as_str().unwrap());
        }
        client
            .refresh(room, tokens["refresh_token"].as_str().unwrap())
            .await
            .expect(201);
    }
    are_not_kept(&needles, folder.path());
    program.kill().await;
    are_not_kept(&needles, folder.path());
}
