//! One connection that speaks HTTP, and its limits.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, Version};
use greenroom_api::caller::ClientAddress;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::patience::Patient;

/// A client that does not finish the head of a request in this time is dropped.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept for another request. Longer than proxies keep theirs (nginx 60 s, most load balancers 60 s,
/// Caddy 120 s): whoever sends requests is to close it, or one of them is on its way when it goes, and fails.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(150);
/// How long instead while there is little room for new connections.
pub(crate) const IDLE_SCARCE: Duration = Duration::from_secs(10);
/// The largest read buffer of an HTTP/1 connection: request line and headers.
const HTTP1_BUFFER_BYTES: usize = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
const HTTP2_STREAMS_MAX: u32 = 100;

/// Serves `router` to `peer` until either side closes, for at most `idle` between two requests of HTTP/1, or until `stopping`
/// and the end of the request under way.
pub(crate) async fn serve<S>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    idle: Duration,
    stopping: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let address = ClientAddress(peer.ip().to_canonical());
    let (stream, progress) = Patient::new(stream, HEAD_TIMEOUT);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        if request.version() == Version::HTTP_2 {
            progress.free();
        }
        progress.answering();
        let progress = progress.clone();
        request.extensions_mut().insert(address);
        let answer = router.clone().oneshot(request.map(Body::new));
        async move {
            let answer = answer.await?;
            if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                progress.free();
            }
            progress.answered();
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_buf_size(HTTP1_BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX)
        .keep_alive_interval(Duration::from_secs(30));
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::extract::WebSocketUpgrade;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::{Instant, timeout};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: room\r\n\r\n";

    fn connect(idle: Duration) -> DuplexStream {
        let (client, stream) = tokio::io::duplex(4_096);
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/slow", get(slow))
            .route("/socket", get(socket));
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        tokio::spawn(serve(stream, peer, router, idle, CancellationToken::new()));
        client
    }

    #[expect(clippy::disallowed_methods, reason = "the test moves the clock")]
    async fn slow() -> &'static str {
        tokio::time::sleep(HEAD_TIMEOUT * 3).await;
        "here"
    }

    async fn socket(upgrade: WebSocketUpgrade) -> axum::response::Response {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        })
    }

    /// Reads until an answer ends with the word that all end with.
    async fn answer(client: &mut DuplexStream) {
        let mut text = Vec::new();
        while !text.ends_with(b"here") {
            text.push(client.read_u8().await.unwrap());
        }
        assert!(text.starts_with(b"HTTP/1.1 200"), "{}", text.escape_ascii());
    }

    #[expect(clippy::disallowed_methods, reason = "the test moves the clock")]
    fn now() -> Instant {
        Instant::now()
    }

    /// Whether the server neither says anything nor closes the connection for that long.
    async fn is_kept(client: &mut DuplexStream, secs: u64) -> bool {
        timeout(Duration::from_secs(secs), client.read_u8())
            .await
            .is_err()
    }

    /// For how long the server keeps a connection on which nothing more is sent.
    async fn kept_secs(client: &mut DuplexStream) -> u64 {
        let begun = now();
        let end = timeout(IDLE_TIMEOUT * 10, client.read(&mut [0])).await;
        assert_eq!(end.unwrap().unwrap(), 0);
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_longer_than_a_proxy_keeps_it() {
        let mut client = connect(IDLE_TIMEOUT);
        for _ in 0..3 {
            client.write_all(REQUEST).await.unwrap();
            answer(&mut client).await;
            assert!(is_kept(&mut client, 121).await);
        }
        client.write_all(REQUEST).await.unwrap();
        answer(&mut client).await;
        assert_eq!(kept_secs(&mut client).await, IDLE_TIMEOUT.as_secs());

        let mut client = connect(IDLE_SCARCE);
        client.write_all(REQUEST).await.unwrap();
        answer(&mut client).await;
        assert_eq!(kept_secs(&mut client).await, IDLE_SCARCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_its_own_limit() {
        let mut silent = connect(IDLE_TIMEOUT);
        assert_eq!(kept_secs(&mut silent).await, HEAD_TIMEOUT.as_secs());

        let mut client = connect(IDLE_TIMEOUT);
        client.write_all(REQUEST).await.unwrap();
        answer(&mut client).await;
        assert!(is_kept(&mut client, 60).await);
        client.write_all(&REQUEST[..20]).await.unwrap();
        assert_eq!(kept_secs(&mut client).await, HEAD_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_of_a_head_is_not_that_of_an_answer() {
        let mut client = connect(IDLE_TIMEOUT);
        client
            .write_all(b"GET /slow HTTP/1.1\r\nhost: room\r\n\r\n")
            .await
            .unwrap();
        answer(&mut client).await;
        client.write_all(REQUEST).await.unwrap();
        answer(&mut client).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_websocket_has_neither() {
        let mut client = connect(IDLE_SCARCE);
        let upgrade = "GET /socket HTTP/1.1\r\nhost: room\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
        client.write_all(upgrade.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", head.escape_ascii());
        for _ in 0..2 {
            assert!(is_kept(&mut client, 300).await);
            // A text of one character, masked with zeros, and the same back without a mask.
            client.write_all(b"\x81\x81\0\0\0\0x").await.unwrap();
            let mut echo = [0; 3];
            client.read_exact(&mut echo).await.unwrap();
            assert_eq!(&echo, b"\x81\x01x");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn http_2_has_neither() {
        let stream = TokioIo::new(connect(IDLE_SCARCE));
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
                .await
                .unwrap();
        let mut connection = tokio::spawn(connection);
        for _ in 0..3 {
            let request = Request::get("http://room/").body(Body::empty()).unwrap();
            let answer = client.send_request(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(timeout(IDLE_TIMEOUT * 2, &mut connection).await.is_err());
        }
    }
}
