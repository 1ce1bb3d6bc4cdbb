use greenroom_testkit::{LIMIT, TestProgram, eventually, within};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::{Workshop, failed};

/// A port that was free a moment ago.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

async fn serve_on(shop: &Workshop, listen: &str) -> TestProgram {
    let data = shop.data();
    let arguments = ["serve", "--media-port", "0", "--data", &data];
    let greenroom = shop.greenroom.clone().env("GREENROOM_LISTEN", listen);
    greenroom.start(arguments).await
}

#[tokio::test]
async fn it_asks_the_server_of_the_same_configuration() {
    let shop = Workshop::open();
    let listen = format!("127.0.0.1:{}", free_port().await);
    let asking = shop.greenroom.clone().env("GREENROOM_LISTEN", &listen);
    failed(
        &asking.run(["healthcheck"]).await,
        1,
        &["cannot connect", &listen],
    );

    let mut program = serve_on(&shop, &listen).await;
    let said = asking.run(["healthcheck"]).await.succeeded();
    assert_eq!(said, "ready\n");
    let file = shop.path("greenroom.toml");
    std::fs::write(&file, format!("listen = \"{listen}\"\n")).unwrap();
    let by_file = ["healthcheck", "--config", &file];
    shop.greenroom.run(by_file).await.succeeded();
    let by_option = ["healthcheck", "--listen", &listen];
    shop.greenroom.run(by_option).await.succeeded();

    program.terminate().await;
    eventually(LIMIT, async || {
        asking.run(["healthcheck"]).await.code == Some(1)
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_or_is_none_is_not_healthy() {
    let shop = Workshop::open();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = silent.local_addr().unwrap().to_string();
    let arguments = ["healthcheck", "--listen", &listen, "--timeout-secs", "1"];
    failed(
        &shop.greenroom.run(arguments).await,
        1,
        &["no answer within 1 s", &listen],
    );

    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = other.local_addr().unwrap().to_string();
    let answering = tokio::spawn(async move {
        let (mut stream, _) = within(other.accept()).await.unwrap();
        let mut asked = [0; 1024];
        let length = within(stream.read(&mut asked)).await.unwrap();
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer)
            .await
            .unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    let arguments = ["healthcheck", "--listen", &listen];
    failed(&shop.greenroom.run(arguments).await, 1, &["503"]);
    let asked = within(answering).await.unwrap();
    assert!(asked.starts_with("GET /readyz HTTP/1.1"), "{asked}");
}

#[tokio::test]
async fn a_port_that_nobody_can_know_is_bad_usage() {
    let shop = Workshop::open();
    let arguments = ["healthcheck", "--listen", "127.0.0.1:0"];
    failed(&shop.greenroom.run(arguments).await, 2, &["port 0"]);
}
