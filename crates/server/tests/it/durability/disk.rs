//! Disks that take nothing any more: what can go on goes on.

use greenroom_testkit::{Client, Reply};
use serde_json::json;

use crate::door::sdk::{Sdk, metric};

use super::small_disk::SmallDisk;

/// A server's answer when it cannot write: to come again later.
fn is_unavailable(reply: &Reply) -> bool {
    if reply.status != 503 {
        return false;
    }
    reply.refused(503, "10037");
    let seconds: u32 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    true
}

/// Makes rooms until that does not work any more: a database has some space in reserve.
async fn write_until_refused(client: &Client) {
    for _ in 0..10_000 {
        let reply = client.post("/v2/rooms", json!({})).await;
        if is_unavailable(&reply) {
            return;
        }
        reply.expect(201);
    }
    panic!("a full disk takes everything");
}

#[tokio::test]
async fn a_full_disk_stops_writes_and_nothing_else() {
    let Some(disk) = SmallDisk::prepare().await else {
        return;
    };
    let data = disk.path().join("data");
    let data = data.to_str().unwrap();
    let mut on_disk = disk
        .start(&["dev", "--listen", "127.0.0.1:0", "--data", data])
        .await;
    let key = on_disk.program.api_key().await;
    let client = on_disk.program.anyone().with_key(&key);
    let room = client
        .post("/v2/rooms", json!({"unique_name": "before"}))
        .await
        .data(201);
    let id = room["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/rooms/{id}");
    client.get("/readyz").await.expect(200);

    for _ in 0..2 {
        on_disk.fill();
        write_until_refused(&client).await;
        for _ in 0..3 {
            assert!(is_unavailable(&client.post("/v2/rooms", json!({})).await));
            assert!(is_unavailable(
                &client.patch(&path, json!({"max_participants": 3})).await
            ));
            assert!(is_unavailable(&client.delete(&path).await));
        }
        client.get("/healthz").await.expect(200);
        assert!(is_unavailable(&client.get("/readyz").await));

        assert_eq!(client.get(&path).await.data(200), room);
        client.get("/v2/rooms?page[size]=250").await.expect(200);
        client
            .get("/v2/rooms?filter[unique_name]=before")
            .await
            .expect(200);
        use_tokens(&client, &id).await;
        client.get("/.well-known/jwks.json").await.expect(200);
        assert_eq!(metric(&client, "greenroom_door_connections").await, 0);
        let wrong_key = client.with_key("KEY0000_not_a_key_of_anybody_here");
        wrong_key.get("/v2/rooms").await.refused(401, "10009");

        on_disk.free();
        client.get("/readyz").await.expect(200);
        let after = client.post("/v2/rooms", json!({})).await.data(201);
        let path = format!("/v2/rooms/{}", after["id"].as_str().unwrap());
        client
            .patch(&path, json!({"max_participants": 3}))
            .await
            .expect(200);
        client.delete(&path).await.expect(204);
    }
    assert_eq!(on_disk.program.terminate().await, Some(0));
}

/// Tokens are issued, refreshed and honoured: none of it writes.
async fn use_tokens(client: &Client, room: &str) {
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let tokens = client.post(&path, json!({})).await.data(201);
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let refreshed = client.refresh(room, &text("refresh_token")).await.data(201);
    for token in [
        text("token"),
        refreshed["token"].as_str().unwrap().to_owned(),
    ] {
        let mut sdk = Sdk::initialize(client.server(), room, &token).await;
        assert_eq!(sdk.disconnect().await, 1000);
        sdk.door.hung_up().await;
    }
}

#[tokio::test]
async fn the_command_line_on_a_full_disk_fails_with_a_line_and_spoils_nothing() {
    let Some(disk) = SmallDisk::prepare().await else {
        return;
    };
    let data = disk.path().join("data");
    let data = data.to_str().unwrap();
    let mut on_disk = disk
        .start(&["dev", "--listen", "127.0.0.1:0", "--data", data])
        .await;
    let client = on_disk
        .program
        .anyone()
        .with_key(&on_disk.program.api_key().await);
    let room = client.post("/v2/rooms", json!({})).await.data(201);
    let id = room["id"].as_str().unwrap();
    let keys = on_disk
        .run_beside(&["signing-key", "list", "--data", data])
        .await
        .succeeded();

    on_disk.fill();
    write_until_refused(&client).await;
    for command in [["api-key", "create"], ["signing-key", "rotate"]] {
        let [noun, verb] = command;
        let failed = on_disk.run_beside(&[noun, verb, "--data", data]).await;
        assert_eq!(failed.code, Some(1), "{failed:?}");
        assert_eq!(failed.stderr.lines().count(), 1, "{failed:?}");
        assert!(failed.stderr.starts_with("greenroom: "), "{failed:?}");
    }
    use_tokens(&client, id).await;

    on_disk.free();
    let after = on_disk
        .run_beside(&["signing-key", "list", "--data", data])
        .await;
    assert_eq!(after.succeeded(), keys);
    for command in [["api-key", "create"], ["signing-key", "rotate"]] {
        let [noun, verb] = command;
        on_disk
            .run_beside(&[noun, verb, "--data", data])
            .await
            .succeeded();
    }
    use_tokens(&client, id).await;
    assert_eq!(on_disk.program.terminate().await, Some(0));
}

#[tokio::test]
async fn on_a_read_only_disk_the_program_does_not_start() {
    let Some(disk) = SmallDisk::prepare().await else {
        return;
    };
    let data = disk.path().join("data");
    let data = data.to_str().unwrap();
    let empty = "mount -o remount,ro \"$DISK\"";
    let used = format!(
        "{} api-key create --data {data} > /dev/null 2>&1 && {} signing-key list --data {data} > /dev/null && {empty}",
        env!("CARGO_BIN_EXE_greenroom"),
        env!("CARGO_BIN_EXE_greenroom"),
    );
    for first in [empty, &used] {
        for command in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["dev", "--listen", "127.0.0.1:0"],
            &["api-key", "create"],
            &["signing-key", "rotate"],
        ] {
            let mut command = command.to_vec();
            command.extend(["--data", data]);
            let refused = disk.run_after(first, &command).await;
            assert_eq!(refused.code, Some(1), "{command:?}: {refused:?}");
            assert_eq!(refused.stdout, "", "{command:?}");
            let said: Vec<_> = refused.stderr.lines().collect();
            let [line] = said[..] else {
                panic!("{command:?}: {refused:?}")
            };
            assert!(line.starts_with("greenroom: "), "{line}");
            assert!(line.contains(data), "{line}");
            assert!(line.to_lowercase().contains("read-only"), "{line}");
        }
    }
}
