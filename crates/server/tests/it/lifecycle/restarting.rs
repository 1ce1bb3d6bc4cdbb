//! What a restart keeps.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::door::sdk::Sdk;

use super::{House, client, new_room, tokens};

#[tokio::test]
async fn a_restart_keeps_rooms_keys_and_tokens() {
    let house = House::new();
    let mut program = house.dev().await;
    let key = program.api_key().await;
    let rooms = client(&mut program).await;
    let room = rooms
        .post("/v2/rooms", json!({"unique_name": "kept"}))
        .await
        .data(201);
    let id = room["id"].as_str().unwrap();
    let deleted = new_room(&rooms).await;
    rooms
        .delete(&format!("/v2/rooms/{deleted}"))
        .await
        .expect(204);
    let (token, refresh_token) = tokens(&rooms, id).await;
    let jwks = rooms.get("/.well-known/jwks.json").await.expect(200).json();
    let other_key = house
        .greenroom
        .run(["api-key", "create", "--data", &house.data()])
        .await;
    assert_eq!(program.terminate().await, Some(0));

    for _ in 0..2 {
        let mut program = house.dev().await;
        assert_eq!(program.api_key().await, key);
        let rooms = client(&mut program).await;
        let found = rooms.get(&format!("/v2/rooms/{id}")).await.data(200);
        assert_eq!(found, room);
        rooms
            .get(&format!("/v2/rooms/{deleted}"))
            .await
            .refused(404, "10005");
        let found = rooms.get("/.well-known/jwks.json").await.expect(200).json();
        assert_eq!(found, jwks);
        let with_other_key = rooms.with_key(&other_key.value("key"));
        with_other_key.get("/v2/rooms").await.expect(200);
        rooms.refresh(id, &refresh_token).await.expect(201);
        Sdk::initialize(program.http(), id, &token).await;
        assert_eq!(program.terminate().await, Some(0));
    }
}

#[tokio::test]
async fn the_data_directory_is_private_and_its_files_too() {
    let house = House::new();
    let mut program = house.dev().await;
    new_room(&client(&mut program).await).await;
    let mut seen = 0;
    let mut folders = vec![house.folder.path().join("data")];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            seen += 1;
            assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
        }
    }
    assert!(
        seen >= 5,
        "database, lock, keys and the key of `dev`: {seen} files"
    );
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// A start that was cut off before the key was written leaves an empty file.
#[tokio::test]
async fn an_empty_key_file_of_an_earlier_start_is_no_obstacle() {
    let house = House::new();
    let mut program = house.dev().await;
    program.kill().await;
    std::fs::write(house.folder.path().join("data/dev-api-key"), "").unwrap();
    let mut program = house.dev().await;
    client(&mut program)
        .await
        .get("/v2/rooms")
        .await
        .expect(200);
}

/// The same for everything that is written beside the database.
#[tokio::test]
async fn leftovers_of_a_rotation_that_was_cut_off_are_no_obstacle() {
    let house = House::new();
    let mut program = house.dev().await;
    let rooms = client(&mut program).await;
    let room = new_room(&rooms).await;
    let (token, _) = tokens(&rooms, &room).await;
    program.kill().await;
    let keys = house.folder.path().join("data/keys");
    std::fs::write(keys.join("ring.new"), "[").unwrap();
    let orphan = keys.join("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.pem");
    std::fs::write(&orphan, "").unwrap();

    let mut program = house.dev().await;
    Sdk::initialize(program.http(), &room, &token).await;
    house
        .greenroom
        .run(["signing-key", "rotate", "--data", &house.data()])
        .await
        .succeeded();
    assert!(!orphan.exists());
    Sdk::initialize(program.http(), &room, &token).await;
    assert_eq!(program.terminate().await, Some(0));
}
