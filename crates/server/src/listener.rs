//! Accepts connections, plain or TLS, and serves the router on them.
//!
//! Bounded everywhere: how many connections, how long a TLS handshake and a request's headers may take.
//! On a stop no new connection is taken, requests under way are finished, idle connections closed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use greenroom_api::caller::ClientAddress;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::impatient::Impatient;
use crate::tls::Tls;

/// A client that does not finish its handshake or headers in this time is dropped.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The largest read buffer of an HTTP/1 connection: request line and headers.
const HTTP1_BUFFER_BYTES: usize = 64 * 1024;
/// As much is read before it is known which HTTP is spoken; the time limits of either begin after that.
const HTTP2_PREFACE_BYTES: usize = 24;
/// Requests at once on one HTTP/2 connection.
const HTTP2_STREAMS_MAX: u32 = 100;

/// One bound socket, ready to be served.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
}

/// What all listeners share.
#[derive(Clone)]
pub struct Serving {
    /// Open connections, all listeners together.
    pub connections: Arc<Semaphore>,
    /// Set when the program is to stop.
    pub stopping: CancellationToken,
    /// Every connection's task.
    pub tasks: TaskTracker,
}

impl Listener {
    /// Binds `address`; with `tls`, connections are TLS.
    pub async fn bind(address: SocketAddr, tls: Option<Arc<Tls>>) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        Ok(Self { socket, tls })
    }

    /// The address it listens on, with the port that was really taken.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves `router` until the program is to stop.
    pub async fn serve(self, router: Router, serving: Serving) {
        loop {
            let permit = tokio::select! {
                () = serving.stopping.cancelled() => return,
                permit = Arc::clone(&serving.connections).acquire_owned() => permit,
            };
            let Ok(permit) = permit else { return };
            let accepted = tokio::select! {
                () = serving.stopping.cancelled() => return,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            };
            let (router, tls) = (router.clone(), self.tls.clone());
            let stopping = serving.stopping.clone();
            serving.tasks.spawn(async move {
                connection(stream, peer, tls, router, stopping).await;
                drop(permit);
            });
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when descriptors are free again"
)]
async fn pause_after(error: &io::Error) {
    if matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    ) {
        return;
    }
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<Tls>>,
    router: Router,
    stopping: CancellationToken,
) {
    // Replies are small and complete: waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone already");
        return;
    }
    let Some(tls) = tls else {
        return http(stream, peer, router, stopping).await;
    };
    let handshake = TlsAcceptor::from(tls.config()).accept(stream);
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
        Ok(Ok(stream)) => http(stream, peer, router, stopping).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

async fn http<S>(stream: S, peer: SocketAddr, router: Router, stopping: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let address = ClientAddress(peer.ip().to_canonical());
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(address);
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_TIMEOUT)
        .max_buf_size(HTTP1_BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX)
        .keep_alive_interval(Duration::from_secs(30));
    let connection = builder.serve_connection_with_upgrades(
        TokioIo::new(Impatient::new(
            stream,
            HTTP2_PREFACE_BYTES,
            HANDSHAKE_TIMEOUT,
        )),
        service,
    );
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
