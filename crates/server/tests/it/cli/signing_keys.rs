use std::fs;
use std::os::unix::fs::PermissionsExt;

use greenroom_testkit::tokens::header_of;
use greenroom_testkit::{Client, Finished, LIMIT, TestProgram, eventually};
use serde_json::{Value, json};

use super::{Workshop, failed};

#[tokio::test]
async fn keys_are_listed_with_their_states() {
    let shop = Workshop::open();
    let first = keys(&shop.run(&["signing-key", "list"]).await);
    let states: Vec<_> = first.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states, ["active", "next"]);
    let again = keys(&shop.run(&["signing-key", "list"]).await);
    assert_eq!(again, first, "made once");

    let rotated = keys(&shop.run(&["signing-key", "rotate"]).await);
    let states: Vec<_> = rotated.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states, ["active", "retiring", "next"]);
    assert_eq!((&rotated[0].0, &rotated[1].0), (&first[1].0, &first[0].0));
}

#[tokio::test]
async fn a_rotation_reaches_a_running_server() {
    let shop = Workshop::open();
    let program = shop.serve().await;
    let (caller, room) = room(&shop, &program).await;
    let before = tokens(&caller, &room).await;
    let rotated = shop.run(&["signing-key", "rotate"]).await;
    let active = keys(&rotated)[0].0.clone();
    assert!(rotated.stderr.contains("signing_key.rotate"), "{rotated:?}");
    assert!(rotated.stderr.contains(&active), "{rotated:?}");
    assert!(rotated.succeeded().contains("within a second"));
    eventually(LIMIT, async || {
        let after = tokens(&caller, &room).await;
        header_of(after["token"].as_str().unwrap())["kid"] == active.as_str()
    })
    .await;
    refresh(&program, &room, &before).await.expect(201);
}

#[tokio::test]
async fn a_revocation_reaches_a_running_server() {
    let shop = Workshop::open();
    let program = shop.serve().await;
    let (caller, room) = room(&shop, &program).await;
    let before = tokens(&caller, &room).await;
    let kid = header_of(before["token"].as_str().unwrap())["kid"].take();
    let kid = kid.as_str().unwrap();
    let revoked = shop.run(&["signing-key", "revoke", kid]).await;
    let audited = revoked
        .stderr
        .lines()
        .find(|line| line.contains("signing_key.revoke"));
    assert!(
        audited.is_some_and(|line| line.contains(kid)),
        "{revoked:?}"
    );
    revoked.succeeded();
    eventually(LIMIT, async || {
        refresh(&program, &room, &before).await.status == 403
    })
    .await;
    let after = tokens(&caller, &room).await;
    refresh(&program, &room, &after).await.expect(201);
    let file = shop.folder().join(format!("data/keys/{kid}.pem"));
    assert!(!file.exists(), "the private key is still there");
    let again = shop.run(&["signing-key", "revoke", kid]).await;
    failed(&again, 1, &["there is no key", kid]);
}

/// One key in 64 has such an id.
#[tokio::test]
async fn an_id_that_begins_with_a_hyphen_is_no_option() {
    let kid = "-PrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    let shop = Workshop::open();
    let unknown = shop.run(&["signing-key", "revoke", kid]).await;
    failed(&unknown, 1, &["there is no key", kid]);
}

#[tokio::test]
async fn keys_can_be_rotated_only_so_often() {
    let shop = Workshop::open();
    for _ in 0..14 {
        shop.run(&["signing-key", "rotate"]).await.succeeded();
    }
    let one_more = shop.run(&["signing-key", "rotate"]).await;
    failed(&one_more, 1, &["16 keys"]);
    let left = keys(&shop.run(&["signing-key", "list"]).await);
    assert_eq!(left.len(), 16);
}

#[tokio::test]
async fn private_keys_are_private() {
    let shop = Workshop::open();
    shop.run(&["signing-key", "list"]).await.succeeded();
    let folder = shop.folder().join("data/keys");
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&shop.folder().join("data")), 0o700);
    let mut keys = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        keys += usize::from(path.extension().is_some_and(|extension| extension == "pem"));
    }
    assert_eq!(keys, 2);
    let mut program = shop.serve().await;
    program.terminate().await;
    for name in ["greenroom.db", "greenroom.lock"] {
        assert_eq!(
            mode(&shop.folder().join("data").join(name)),
            0o600,
            "{name}"
        );
    }
}

#[tokio::test]
async fn keys_that_others_can_read_are_refused() {
    let shop = Workshop::open();
    shop.run(&["signing-key", "list"]).await.succeeded();
    let folder = shop.folder().join("data/keys");
    let pem = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .unwrap();
    for (path, wide, right) in [
        (&folder, 0o750, 0o700),
        (&folder, 0o701, 0o700),
        (&pem, 0o640, 0o600),
        (&pem, 0o604, 0o600),
        (&folder.join("ring.json"), 0o644, 0o600),
    ] {
        let set = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(wide);
        let advice = format!("chmod {right:o} '{}'", path.display());
        let has = format!("mode {wide:o}");
        for finished in [
            shop.greenroom.run(shop.serving(&[])).await,
            shop.run(&["signing-key", "list"]).await,
            shop.run(&["token", "explain", "x"]).await,
        ] {
            assert_eq!(finished.code, Some(1), "{finished:?}");
            assert!(finished.stderr.contains(&advice), "{finished:?}");
            assert!(finished.stderr.contains(&has), "{finished:?}");
        }
        set(right);
    }
    let mut program = shop.serve().await;
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn damaged_keys_are_refused_and_named() {
    let shop = Workshop::open();
    let listed = keys(&shop.run(&["signing-key", "list"]).await);
    let folder = shop.folder().join("data/keys");
    let ring = folder.join("ring.json");
    let [one, other] = [0, 1].map(|at: usize| folder.join(format!("{}.pem", listed[at].0)));
    for (path, content, words) in [
        (&ring, "{".to_owned(), &["ring.json", "damaged"][..]),
        (&ring, "[]".to_owned(), &["no key is active"]),
        (
            &one,
            "nonsense".to_owned(),
            &[".pem", "not the key it is named for"],
        ),
        (
            &one,
            fs::read_to_string(&other).unwrap(),
            &[".pem", "it holds the key", &listed[1].0],
        ),
    ] {
        let good = fs::read(path).unwrap();
        fs::write(path, content).unwrap();
        failed(&shop.greenroom.run(shop.serving(&[])).await, 1, words);
        fs::write(path, good).unwrap();
    }
    fs::remove_file(&one).unwrap();
    failed(
        &shop.greenroom.run(shop.serving(&[])).await,
        1,
        &[&listed[0].0],
    );
}

/// The ids of the listed keys with the first word of their states.
fn keys(finished: &Finished) -> Vec<(String, String)> {
    let listed = finished.clone().succeeded();
    listed
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(kid, state)| {
            let state = state.split(' ').next().unwrap();
            (kid.to_owned(), state.to_owned())
        })
        .collect()
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A caller and a room of it.
async fn room(shop: &Workshop, program: &TestProgram) -> (Client, String) {
    let made = shop.run(&["api-key", "create"]).await;
    let caller = program.anyone().with_key(&made.value("key"));
    let room = caller.post("/v2/rooms", json!({})).await.data(201);
    (caller, room["id"].as_str().unwrap().to_owned())
}

async fn tokens(caller: &Client, room: &str) -> Value {
    let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    caller.post(&path, json!({})).await.data(201)
}

async fn refresh(program: &TestProgram, room: &str, tokens: &Value) -> greenroom_testkit::Reply {
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    program.anyone().refresh(room, refresh_token).await
}
