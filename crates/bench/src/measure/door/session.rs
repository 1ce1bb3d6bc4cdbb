//! Many sessions at a door, each with a WebSocket of its own and a keepalive every few seconds.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum::http::HeaderValue;
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use greenroom_domain::RoomId;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// How often the browser SDK sends a keepalive.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
/// Sessions that are being opened at once.
const OPENING_AT_ONCE: usize = 64;
/// How long opening one may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
/// Loopback addresses that connections come from: each has ports of its own.
const SOURCES: usize = 4;
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// Who is to have a session, and where.
#[derive(Debug)]
pub(crate) struct Seat {
    /// The room.
    pub(crate) room: RoomId,
    /// A client token for it.
    pub(crate) token: String,
}

/// Sessions that are kept alive; gone when dropped.
#[derive(Debug)]
pub(crate) struct Sitting {
    counts: Arc<Counts>,
    _runtime: Runtime,
}

#[derive(Debug, Default)]
struct Counts {
    acks: AtomicU64,
    lost: AtomicU64,
}

impl Sitting {
    /// Opens a session for each seat.
    pub(crate) fn open(server: SocketAddr, seats: Vec<Seat>) -> anyhow::Result<Arc<Self>> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let counts = Arc::new(Counts::default());
        let opened = stream::iter(seats.into_iter().enumerate().map(|(number, seat)| {
            let counts = Arc::clone(&counts);
            async move {
                let opening = Session::open(server, number, seat);
                let session = tokio::time::timeout(OPEN_TIMEOUT, opening)
                    .await
                    .context("a session could not be opened in time")??;
                tokio::spawn(session.keep_alive(counts));
                anyhow::Ok(())
            }
        }));
        let all = opened
            .buffer_unordered(OPENING_AT_ONCE)
            .try_collect::<Vec<()>>();
        runtime.block_on(all)?;
        Ok(Arc::new(Self {
            counts,
            _runtime: runtime,
        }))
    }

    /// Keepalives that were acknowledged so far.
    pub(crate) fn acks(&self) -> u64 {
        self.counts.acks.load(Ordering::Relaxed)
    }

    /// Sessions that ended.
    pub(crate) fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }
}

struct Session {
    socket: WebSocketStream<TcpStream>,
    keepalive: String,
}

impl Session {
    async fn open(server: SocketAddr, number: usize, seat: Seat) -> anyhow::Result<Self> {
        let stream = connect(server, number).await?;
        let mut request = format!("ws://{server}/{}/janus", seat.room).into_client_request()?;
        let subprotocol = HeaderValue::from_static("janus-protocol");
        let name = "sec-websocket-protocol";
        request.headers_mut().insert(name, subprotocol);
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let (mut socket, _) =
            tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        let create = json!({
            "janus": "create", "transaction": "create", "client_token": seat.token,
        });
        socket.send(Message::text(create.to_string())).await?;
        let reply = socket.next().await.context("the door closed")??;
        let reply: Value = serde_json::from_str(reply.to_text()?)?;
        let id = reply.pointer("/data/id").and_then(Value::as_u64);
        let id = id.with_context(|| format!("no session: {reply}"))?;
        let keepalive = json!({
            "janus": "keepalive", "session_id": id, "transaction": "3d8a6ab8-0b9d-4b25-9e16-5c0f5b1f5f8e",
            "client_token": seat.token,
        });
        Ok(Self {
            socket,
            keepalive: keepalive.to_string(),
        })
    }

    /// Sends keepalives and counts their answers, until the connection ends.
    async fn keep_alive(mut self, counts: Arc<Counts>) {
        let mut ticks = tokio::time::interval(KEEPALIVE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let frame = Message::text(self.keepalive.as_str());
                    if self.socket.send(frame).await.is_err() {
                        break;
                    }
                }
                message = self.socket.next() => match message {
                    Some(Ok(Message::Text(text))) if text.contains("\"ack\"") => {
                        counts.acks.fetch_add(1, Ordering::Relaxed);
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(_) | None => break,
                },
            }
        }
        counts.lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// Connects from one of several loopback addresses.
async fn connect(server: SocketAddr, number: usize) -> anyhow::Result<TcpStream> {
    let last = u8::try_from(2 + number % SOURCES)?;
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)))?;
    Ok(socket.connect(server).await?)
}
