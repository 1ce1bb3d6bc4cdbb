//! Accepts connections, plain or TLS, and serves the router on them.
//!
//! Bounded: how many connections there are, how long a TLS handshake may take, and what [`connection`] has limits for.
//! On a stop no new connection is taken, requests under way are finished, idle connections closed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::{self, IDLE_SCARCE, IDLE_TIMEOUT};
use crate::tls::Tls;

/// A client that does not finish its TLS handshake in this time is dropped.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// One bound socket, ready to be served.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
}

/// What all listeners share.
#[derive(Clone)]
pub struct Serving {
    /// Room for open connections, all listeners together.
    pub connections: Arc<Semaphore>,
    /// How many there may be in all.
    pub connections_max: usize,
    /// Set when the program is to stop.
    pub stopping: CancellationToken,
    /// Every connection's task.
    pub tasks: TaskTracker,
}

impl Serving {
    /// How long a connection that is accepted now may be idle: nobody keeps one for later while others wait for one.
    fn idle_timeout(&self) -> Duration {
        if self.connections.available_permits() <= self.connections_max / 4 {
            IDLE_SCARCE
        } else {
            IDLE_TIMEOUT
        }
    }
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
            let (stopping, idle) = (serving.stopping.clone(), serving.idle_timeout());
            serving.tasks.spawn(async move {
                accepted_stream(stream, peer, tls, router, idle, stopping).await;
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

async fn accepted_stream(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<Tls>>,
    router: Router,
    idle: Duration,
    stopping: CancellationToken,
) {
    // Replies are small and complete: waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone already");
        return;
    }
    let Some(tls) = tls else {
        return connection::serve(stream, peer, router, idle, stopping).await;
    };
    let handshake = TlsAcceptor::from(tls.config()).accept(stream);
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
        Ok(Ok(stream)) => connection::serve(stream, peer, router, idle, stopping).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_kept_for_less_while_there_is_little_room() {
        let serving = Serving {
            connections: Arc::new(Semaphore::new(8)),
            connections_max: 8,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let open = serving.connections.try_acquire_many(5).unwrap();
        assert_eq!(serving.idle_timeout(), IDLE_TIMEOUT);
        let one_more = serving.connections.try_acquire().unwrap();
        assert_eq!(serving.idle_timeout(), IDLE_SCARCE);
        drop((open, one_more));
        assert_eq!(serving.idle_timeout(), IDLE_TIMEOUT);
    }
}
