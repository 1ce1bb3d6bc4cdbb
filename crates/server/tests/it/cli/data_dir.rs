use std::fs;

use greenroom_testkit::TestServer;
use serde_json::json;

use super::{Workshop, failed};

#[tokio::test]
async fn a_data_directory_serves_one_server_at_a_time() {
    let shop = Workshop::open();
    let mut program = shop.serve().await;
    let second = shop.greenroom.run(shop.serving(&[])).await;
    failed(&second, 1, &["another greenroom is running", &shop.data()]);
    program.anyone().get("/healthz").await.expect(200);
    program.terminate().await;
    let mut third = shop.serve().await;
    assert_eq!(third.terminate().await, Some(0));
}

#[tokio::test]
async fn a_server_that_was_killed_leaves_no_lock_behind() {
    let shop = Workshop::open();
    let mut program = shop.serve().await;
    program.kill().await;
    let mut again = shop.serve().await;
    again.anyone().get("/readyz").await.expect(200);
    again.terminate().await;
}

#[tokio::test]
async fn the_same_holds_inside_one_process() {
    let server = TestServer::start().await;
    let error = server.try_start_beside().await.unwrap_err();
    assert!(
        error.to_string().contains("another greenroom is running"),
        "{error}"
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let shop = Workshop::open();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = shop.data();
    for (setting, variable) in [
        ("listen", "GREENROOM_LISTEN"),
        ("metrics_listen", "GREENROOM_METRICS_LISTEN"),
    ] {
        let greenroom = shop
            .greenroom
            .clone()
            .env("GREENROOM_LISTEN", "127.0.0.1:0")
            .env(variable, &address);
        let serve = ["serve", "--media-port", "0", "--data", &data];
        let finished = greenroom.run(serve).await;
        let named = format!("`{setting}`");
        failed(&finished, 1, &[&address, &named, "in use"]);
    }
}

#[tokio::test]
async fn a_media_port_that_is_taken_is_named() {
    let shop = Workshop::open();
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let greenroom = shop
        .greenroom
        .clone()
        .env("GREENROOM_LISTEN", "127.0.0.1:0");
    for (variable, address, words) in [
        ("UDP_PORT", udp.local_addr(), ["UDP", "`media.udp_port`"]),
        ("TCP_PORT", tcp.local_addr(), ["TCP", "`media.tcp_port`"]),
    ] {
        let port = address.unwrap().port().to_string();
        let greenroom = greenroom
            .clone()
            .env(&format!("GREENROOM_MEDIA__{variable}"), &port);
        let finished = greenroom.run(["serve", "--data", &shop.data()]).await;
        let [kind, setting] = words;
        failed(&finished, 1, &[&port, kind, setting, "127.0.0.1"]);
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_one_is_named() {
    let shop = Workshop::open();
    fs::write(shop.folder().join("data"), "a file").unwrap();
    let finished = shop.greenroom.run(shop.serving(&[])).await;
    failed(&finished, 1, &[&shop.data(), "cannot be used"]);
}

#[tokio::test]
async fn a_database_that_is_none_is_named() {
    let shop = Workshop::open();
    fs::create_dir(shop.folder().join("data")).unwrap();
    let text = "this is a text, not a database. ".repeat(100);
    fs::write(shop.folder().join("data/greenroom.db"), &text).unwrap();
    let finished = shop.greenroom.run(shop.serving(&[])).await;
    failed(&finished, 1, &["greenroom.db", "not a database"]);
    let left = fs::read_to_string(shop.folder().join("data/greenroom.db")).unwrap();
    assert_eq!(left, text);
}

#[tokio::test]
async fn a_key_from_the_environment_is_ready_at_once() {
    const KEY: &str = "KEY-from-the-environment";
    let shop = Workshop::open();
    let greenroom = shop.greenroom.clone().env("GREENROOM_API_KEY", KEY);
    let mut program = greenroom.start(shop.serving(&[])).await;
    let caller = program.anyone().with_key(KEY);
    let room = caller.post("/v2/rooms", json!({})).await.data(201);
    assert!(!program.stdout().contains(KEY));
    program.terminate().await;

    // Another one takes its place, for the same account.
    let other = "KEY-another-one-0123456789";
    let greenroom = shop.greenroom.clone().env("GREENROOM_API_KEY", other);
    let mut program = greenroom.start(shop.serving(&[])).await;
    let caller = program.anyone().with_key(other);
    let rooms = caller.get("/v2/rooms").await.data(200);
    assert_eq!(rooms, json!([room]));
    let earlier = program.anyone().with_key(KEY);
    earlier.get("/v2/rooms").await.refused(401, "10009");
    program.terminate().await;
}

#[tokio::test]
async fn a_key_from_the_environment_has_its_form() {
    let shop = Workshop::open();
    let longest = format!("KEY{}", "x".repeat(253));
    let too_long = format!("KEY{}", "x".repeat(254));
    for wrong in [
        "",
        "KEY",
        "KEY4567890123456789",
        "key_5678901234567890",
        "KEY_ with a space in it",
        "KEY_nön-ascii-0123456789",
        &too_long,
    ] {
        let greenroom = shop.greenroom.clone().env("GREENROOM_API_KEY", wrong);
        let finished = greenroom.run(shop.serving(&[])).await;
        failed(&finished, 2, &["GREENROOM_API_KEY", "KEY", "20 to 256"]);
        assert!(
            wrong.len() < 4 || !finished.stderr.contains(wrong),
            "it is a secret"
        );
    }
    for good in ["KEY45678901234567890", &longest] {
        let greenroom = shop.greenroom.clone().env("GREENROOM_API_KEY", good);
        let mut program = greenroom.start(shop.serving(&[])).await;
        let caller = program.anyone().with_key(good);
        caller.get("/v2/rooms").await.expect(200);
        program.terminate().await;
    }
}

#[tokio::test]
async fn root_keeps_out_of_a_data_directory_of_another_user() {
    const NOBODY: u32 = 65_534;
    let shop = Workshop::open();
    shop.run(&["api-key", "list"]).await.succeeded();
    let database = shop.folder().join("data/greenroom.db");
    if let Err(error) = std::os::unix::fs::chown(&database, Some(NOBODY), None) {
        // Who is not root can neither give files away nor spoil those of others.
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        return;
    }
    let before = fs::read_dir(shop.folder().join("data")).unwrap().count();
    for command in [
        &["api-key", "create"][..],
        &["signing-key", "rotate"],
        &["webhooks", "public-key"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let words = ["another user", "sudo -u '#65534' greenroom", &shop.data()];
        failed(&shop.run(command).await, 1, &words);
    }
    let after = fs::read_dir(shop.folder().join("data")).unwrap().count();
    assert_eq!(before, after, "nothing was made");
}
