use greenroom_testkit::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_deleted_room_is_gone_for_every_question() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let id = acme.new_room().await;
    let path = format!("/v2/rooms/{id}");
    let reply = acme.delete(&path).await.expect(204);
    assert!(reply.body.is_empty());
    assert_eq!(reply.header("content-type"), None);

    acme.get(&path).await.refused(404, "10005");
    acme.delete(&path).await.refused(404, "10005");
    acme.patch(&path, json!({})).await.refused(404, "10005");
    let tokens = format!("{path}/actions/generate_join_client_token");
    acme.post(&tokens, json!({})).await.refused(403, "65001");
    assert_eq!(acme.get("/v2/rooms").await.data(200), json!([]));
}

#[tokio::test]
async fn its_name_is_free_and_its_id_is_not() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let named = json!({"unique_name": "standup"});
    let first = acme.create_room(named.clone()).await;
    acme.delete_room(first["id"].as_str().unwrap()).await;
    let second = acme.create_room(named.clone()).await;
    assert_ne!(first["id"], second["id"]);
    acme.post("/v2/rooms", named).await.refused(422, "10012");
}

#[tokio::test]
async fn a_content_type_without_a_body_is_no_fault() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let id = acme.new_room().await;
    for (method, path, status) in [
        ("GET", "/v2/rooms".to_owned(), 200),
        ("GET", format!("/v2/rooms/{id}"), 200),
        ("DELETE", format!("/v2/rooms/{id}"), 204),
    ] {
        let call = acme
            .call(method, &path)
            .header("content-type", "application/json")
            .header("accept", "*/*");
        call.send().await.expect(status);
    }
}
