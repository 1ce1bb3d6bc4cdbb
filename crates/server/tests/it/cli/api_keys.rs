use std::fs;

use greenroom_testkit::Client;
use serde_json::json;

use super::{Workshop, failed};

#[tokio::test]
async fn a_new_key_works_with_the_next_request() {
    let shop = Workshop::open();
    let program = shop.serve().await;
    for number in 0..3 {
        let label = format!("key {number}");
        let made = shop.run(&["api-key", "create", "--label", &label]).await;
        let caller = program.anyone().with_key(&made.value("key"));
        caller.get("/v2/rooms").await.expect(200);
        made.succeeded();
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_from_the_next_request_on() {
    let shop = Workshop::open();
    let program = shop.serve().await;
    for _ in 0..3 {
        let made = shop.run(&["api-key", "create"]).await;
        let caller = program.anyone().with_key(&made.value("key"));
        caller.get("/v2/rooms").await.expect(200);
        let revoked = shop.run(&["api-key", "revoke", &made.value("id")]).await;
        revoked.succeeded();
        caller.get("/v2/rooms").await.refused(401, "10009");
    }
}

#[tokio::test]
async fn keys_are_for_the_first_account_unless_told_otherwise() {
    let shop = Workshop::open();
    let program = shop.serve().await;
    let first = shop.run(&["api-key", "create"]).await;
    let second = shop.run(&["api-key", "create"]).await;
    let apart = shop.run(&["api-key", "create", "--new-account"]).await;
    let account = apart.value("account");
    let beside = shop
        .run(&["api-key", "create", "--account", &account])
        .await;
    assert_eq!(first.value("account"), second.value("account"));
    assert_ne!(first.value("account"), account);
    assert_eq!(beside.value("account"), account);

    let caller = |made: &greenroom_testkit::Finished| program.anyone().with_key(&made.value("key"));
    let seen =
        async |caller: Client| caller.get("/v2/rooms").await.json()["meta"]["total_results"].take();
    caller(&first)
        .post("/v2/rooms", json!({}))
        .await
        .expect(201);
    assert_eq!(seen(caller(&second)).await, 1);
    assert_eq!(seen(caller(&apart)).await, 0);
    caller(&apart)
        .post("/v2/rooms", json!({}))
        .await
        .expect(201);
    caller(&apart)
        .post("/v2/rooms", json!({}))
        .await
        .expect(201);
    assert_eq!(seen(caller(&beside)).await, 2);
    assert_eq!(seen(caller(&first)).await, 1);
}

#[tokio::test]
async fn the_list_shows_everything_but_the_keys() {
    let shop = Workshop::open();
    let none = shop.run(&["api-key", "list"]).await.succeeded();
    assert!(none.contains("greenroom api-key create"), "{none}");

    let brief = [
        "api-key",
        "create",
        "--label",
        "for the demo",
        "--expires-in-days",
        "1",
    ];
    let brief = shop.run(&brief).await;
    let lasting = shop.run(&["api-key", "create"]).await;
    let program = shop.serve().await;
    let caller = program.anyone().with_key(&lasting.value("key"));
    caller.get("/v2/rooms").await.expect(200);
    drop(program);
    shop.run(&["api-key", "revoke", &lasting.value("id")])
        .await
        .succeeded();

    let list = shop.run(&["api-key", "list"]).await.succeeded();
    let line = |made: &greenroom_testkit::Finished| {
        let id = made.value("id");
        let mut lines = list.lines();
        lines.find(|line| line.starts_with(&id)).unwrap().to_owned()
    };
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(line(&brief).contains("for the demo"), "{list}");
    assert!(line(&brief).contains("expiring"), "{list}");
    assert!(line(&brief).contains("never"), "{list}");
    assert!(line(&lasting).contains("revoked"), "{list}");
    for made in [&brief, &lasting] {
        let key = made.value("key");
        assert!(line(made).contains(&key[..12]), "{list}");
        assert!(!list.contains(&key[12..]), "{list}");
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_kept_nowhere() {
    let shop = Workshop::open();
    let made = shop.run(&["api-key", "create"]).await;
    let key = made.value("key");
    assert_eq!(made.stdout.matches(&key).count(), 1);
    assert!(made.stdout.contains("not shown again"), "{made:?}");
    let mut program = shop.serve().await;
    let caller = program.anyone().with_key(&key);
    caller.get("/v2/rooms").await.expect(200);
    program.terminate().await;

    let secret = &key.as_bytes()[12..];
    let mut looked_at = 0;
    for entry in fs::read_dir(shop.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let mut places = bytes.windows(secret.len());
            assert!(!places.any(|place| place == secret), "{}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at >= 2);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_clearly() {
    let shop = Workshop::open();
    let made = shop.run(&["api-key", "create"]).await;
    let id = made.value("id");
    shop.run(&["api-key", "revoke", &id]).await.succeeded();
    let again = shop.run(&["api-key", "revoke", &id]).await;
    failed(&again, 1, &["there is no key", &id]);
    let unknown = "782b2cbe-8466-4e3f-a4d3-9781eb577e50";
    let revoked = shop.run(&["api-key", "revoke", unknown]).await;
    failed(&revoked, 1, &["there is no key", unknown]);
    let made = shop.run(&["api-key", "create", "--account", unknown]).await;
    failed(&made, 1, &[]);
    let long = "x".repeat(101);
    let made = shop.run(&["api-key", "create", "--label", &long]).await;
    failed(&made, 2, &["label", "100"]);
    let longest = "é".repeat(100);
    let made = shop.run(&["api-key", "create", "--label", &longest]).await;
    made.succeeded();
}

#[tokio::test]
async fn what_operators_do_to_keys_is_audited() {
    let shop = Workshop::open();
    let made = shop.run(&["api-key", "create"]).await;
    let id = made.value("id");
    let audited = |stderr: &str, action: &str| {
        let line = stderr.lines().find(|line| line.contains(action));
        line.is_some_and(|line| line.contains(&id))
    };
    assert!(audited(&made.stderr, "api_key.create"), "{made:?}");
    let revoked = shop.run(&["api-key", "revoke", &id]).await;
    assert!(audited(&revoked.stderr, "api_key.revoke"), "{revoked:?}");

    let quiet = shop.greenroom.clone().env("GREENROOM_LOG__AUDIT", "false");
    let made = quiet
        .run(["api-key", "create", "--data", &shop.path("data")])
        .await;
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""));
}
