use greenroom_testkit::{Greenroom, TestServer};
use serde_json::json;

#[tokio::test]
async fn both() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let room = acme.create_room(json!({"unique_name": "standup"})).await;
    println!("{room:#}");
    let id = room["id"].as_str().unwrap();
    let tokens = acme.tokens(id).await;
    println!("{:#}", tokens.data);
    let mut door = server.door(id).await;
    println!("{}", door.create(&tokens.token).await);
    let refreshed = server.anyone().refresh(id, &tokens.refresh_token).await;
    println!("{}", refreshed.data(201));
    acme.delete_room(id).await;
    println!("{}", door.closed().await);
    server.anyone().refresh(id, &tokens.refresh_token).await.refused(403, "10010");

    let dir = tempfile::tempdir().unwrap();
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    let mut program = greenroom
        .start(["dev", "--listen", "127.0.0.1:0", "--data", dir.path().to_str().unwrap()])
        .await;
    let key = program.api_key().await;
    println!("{:?}", program.anyone().with_key(&key).get("/v2/rooms").await.data(200));
    println!("{:?}", program.terminate().await);
    println!("{}", program.stdout());
    println!("{}", program.stderr());
}
