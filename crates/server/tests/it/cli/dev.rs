use std::fs;
use std::os::unix::fs::PermissionsExt;

use greenroom_testkit::TestProgram;
use serde_json::json;

use super::Workshop;

#[tokio::test]
async fn what_is_printed_is_all_one_needs() {
    let shop = Workshop::open();
    let mut program = dev(&shop).await;
    let key = program.api_key().await;
    let base = format!("http://{}", program.http());
    let text = program.stdout();
    for line in [
        format!("listening on {base}"),
        format!("  open {base}/"),
        format!("  open {base}/console#key={key}"),
        format!("  export TELNYX_BASE_URL={base}/v2"),
        format!("  export TELNYX_API_KEY={key}"),
    ] {
        assert!(
            text.lines().any(|other| other == line),
            "no {line} in {text}"
        );
    }
    let caller = program.anyone().with_key(&key);
    let room = caller
        .post("/v2/rooms", json!({"unique_name": "standup"}))
        .await;
    let room = room.data(201);
    let path = format!(
        "/v2/rooms/{}/actions/generate_join_client_token",
        room["id"].as_str().unwrap()
    );
    // The page needs none of that.
    let visit = json!({"room": "standup"});
    let visit = program.anyone().post("/visit", visit).await.data(201);
    assert_eq!(visit["room"]["id"], room["id"]);
    // As the printed command does it: without a body.
    caller.call("POST", &path).send().await.expect(201);
}

#[tokio::test]
async fn visitors_can_be_kept_out() {
    let shop = Workshop::open();
    let data = shop.data();
    let greenroom = shop
        .greenroom
        .clone()
        .env("GREENROOM_PAGES__VISITORS", "false");
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", &data];
    let mut program = greenroom.start(arguments).await;
    let key = program.api_key().await;
    let anyone = program.anyone();
    let visit = anyone.post("/visit", json!({"room": "standup"})).await;
    visit.refused(404, "10005");
    let shown = format!("/#key={key}");
    program.terminate().await;
    assert!(program.stdout().contains(&shown), "{}", program.stdout());
}

#[tokio::test]
async fn the_key_stays_from_start_to_start() {
    let shop = Workshop::open();
    let mut first = dev(&shop).await;
    let key = first.api_key().await;
    let caller = first.anyone().with_key(&key);
    let room = caller.post("/v2/rooms", json!({})).await.data(201);
    assert_eq!(first.terminate().await, Some(0));

    let mut second = dev(&shop).await;
    assert_eq!(second.api_key().await, key);
    let caller = second.anyone().with_key(&key);
    assert_eq!(caller.get("/v2/rooms").await.data(200), json!([room]));
    second.terminate().await;

    let keys = shop.run(&["api-key", "list"]).await.succeeded();
    assert_eq!(keys.lines().count(), 2, "one key, made once: {keys}");
    let file = fs::metadata(shop.folder().join("data/dev-api-key")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_key_that_was_revoked_is_not_brought_back_by_itself() {
    let shop = Workshop::open();
    let mut program = dev(&shop).await;
    let key = program.api_key().await;
    program.terminate().await;
    fs::remove_file(shop.folder().join("data/dev-api-key")).unwrap();
    let mut program = dev(&shop).await;
    let fresh = program.api_key().await;
    assert_ne!(fresh, key);
    let lost = program.anyone().with_key(&key);
    lost.get("/v2/rooms").await.refused(401, "10009");
    let found = program.anyone().with_key(&fresh);
    found.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn without_arguments_everything_is_in_the_folder_one_stands_in() {
    let shop = Workshop::open();
    let greenroom = shop
        .greenroom
        .clone()
        .inside(shop.folder())
        .env("GREENROOM_LISTEN", "127.0.0.1:0");
    let mut program = greenroom.start(["dev"]).await;
    program.api_key().await;
    assert!(shop.folder().join("greenroom-data/greenroom.db").is_file());
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn a_key_of_ones_own_is_not_printed() {
    let key = "KEY-my-own-0123456789";
    let shop = Workshop::open();
    let data = shop.data();
    let greenroom = shop.greenroom.clone().env("GREENROOM_API_KEY", key);
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", &data];
    let mut program = greenroom.start(arguments).await;
    let caller = program.anyone().with_key(key);
    caller.get("/v2/rooms").await.expect(200);
    assert_eq!(program.api_key().await, "$GREENROOM_API_KEY");
    program.terminate().await;
    assert!(!program.stdout().contains(key));
    assert!(!shop.folder().join("data/dev-api-key").exists());
}

async fn dev(shop: &Workshop) -> TestProgram {
    let data = shop.data();
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", &data];
    shop.greenroom.start(arguments).await
}
