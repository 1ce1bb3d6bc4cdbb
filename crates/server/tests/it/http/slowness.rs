//! Clients that take their time with the head of a request (with its body: `rest::catalogue`). The runtime's time stands still here and is moved on, so that
//! nobody has to wait.

use std::time::Duration;

use greenroom_testkit::TestServer;

/// More than a client has for its headers.
const TOO_LONG: Duration = Duration::from_secs(11);

#[tokio::test]
async fn who_does_not_finish_the_headers_is_dropped() {
    for beginning in [
        "G",
        "GET /healthz HTTP/1.1\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    ] {
        is_dropped_after(beginning).await;
    }
}

#[tokio::test]
async fn who_says_nothing_is_dropped() {
    is_dropped_after("").await;
}

#[tokio::test]
async fn who_does_not_finish_the_greeting_of_http2_is_dropped() {
    is_dropped_after("PRI * HT").await;
}

async fn is_dropped_after(beginning: &str) {
    let server = TestServer::start().await;
    let mut raw = server.raw().await;
    raw.send(beginning).await;
    // It has been accepted once another connection, made later, is answered.
    server.anyone().get("/healthz").await.expect(200);
    tokio::time::pause();
    tokio::time::advance(TOO_LONG).await;
    tokio::time::resume();
    let answer = String::from_utf8(raw.closed().await).unwrap();
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
}
