//! A Janus session over a WebSocket, to Greenroom or to stock Janus.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::frames::{granted, number};
use crate::door::SUBPROTOCOL;
use crate::wait::LIMIT;

/// How often the browser SDK sends a keepalive.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
/// Pushes that wait for a reader; what comes when it is full is not told.
const PUSHES: usize = 1024;

type Socket = WebSocketStream<TcpStream>;

/// A server to open sessions at.
#[derive(Debug, Clone)]
pub enum Gateway {
    /// Greenroom: a room's door, opened with a client token.
    Greenroom {
        /// Where it listens for HTTP.
        server: SocketAddr,
        /// The room's id.
        room_id: String,
        /// A client token for it.
        token: String,
    },
    /// Stock Janus with rooms that have numbers.
    Janus {
        /// Where its WebSocket transport listens.
        server: SocketAddr,
        /// The room's number, in every plugin.
        room: u64,
    },
}

impl Gateway {
    /// The room as it stands in requests.
    pub fn room(&self) -> Value {
        match self {
            Self::Greenroom { room_id, .. } => json!(room_id),
            Self::Janus { room, .. } => json!(room),
        }
    }

    const fn server(&self) -> SocketAddr {
        match self {
            Self::Greenroom { server, .. } | Self::Janus { server, .. } => *server,
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Greenroom {
                server, room_id, ..
            } => format!("ws://{server}/{room_id}/janus"),
            Self::Janus { server, .. } => format!("ws://{server}/"),
        }
    }

    fn token(&self) -> Option<&str> {
        match self {
            Self::Greenroom { token, .. } => Some(token),
            Self::Janus { .. } => None,
        }
    }
}

/// A Janus session with its keepalives. When dropped the connection is cut, as by a killed tab.
#[derive(Debug)]
pub struct Session {
    gateway: Gateway,
    id: u64,
    wire: Arc<Wire>,
    pushes: mpsc::Receiver<Value>,
    tasks: [JoinHandle<()>; 2],
}

/// What the tasks share.
#[derive(Debug)]
struct Wire {
    sink: tokio::sync::Mutex<SplitSink<Socket, Message>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Value>>>,
    next_transaction: AtomicU64,
    /// The close code once the connection has ended.
    closed: Mutex<Option<u16>>,
}

impl Session {
    /// Opens the WebSocket and a session.
    pub async fn open(gateway: Gateway) -> anyhow::Result<Self> {
        let mut request = gateway.url().into_client_request()?;
        request.headers_mut().insert(
            "sec-websocket-protocol",
            HeaderValue::from_static(SUBPROTOCOL),
        );
        let stream = TcpStream::connect(gateway.server()).await?;
        stream.set_nodelay(true)?;
        let opening = tokio_tungstenite::client_async(request, stream);
        let (socket, _) = timeout(LIMIT, opening).await.context("no WebSocket")??;
        let (sink, frames) = socket.split();
        let wire = Arc::new(Wire {
            sink: tokio::sync::Mutex::new(sink),
            waiting: Mutex::default(),
            next_transaction: AtomicU64::new(1),
            closed: Mutex::default(),
        });
        let (tell, pushes) = mpsc::channel(PUSHES);
        let reader = tokio::spawn(Arc::clone(&wire).read(frames, tell));
        let token = gateway.token().map(ToOwned::to_owned);
        let mut session = Self {
            gateway,
            id: 0,
            wire: Arc::clone(&wire),
            pushes,
            tasks: [reader, tokio::spawn(async {})],
        };
        let reply = session.ask(json!({"janus": "create"})).await?;
        session.id = number(&reply, "/data/id")?;
        let mut keepalive = json!({"janus": "keepalive", "session_id": session.id});
        if let (Some(token), Some(frame)) = (token, keepalive.as_object_mut()) {
            frame.insert("client_token".to_owned(), json!(token));
        }
        session.tasks[1] = tokio::spawn(wire.keep_alive(keepalive));
        Ok(session)
    }

    /// Where it was opened.
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Sends a frame, with what every frame carries, and waits for its reply; a refusal is an error.
    pub async fn ask(&self, frame: Value) -> anyhow::Result<Value> {
        let (transaction, told) = self.wire.expect_reply();
        let mut frame = frame;
        let fields = frame.as_object_mut().context("a frame is an object")?;
        fields.insert("transaction".to_owned(), json!(transaction));
        if let Some(token) = self.gateway.token() {
            fields.insert("client_token".to_owned(), json!(token));
        }
        if self.id != 0 {
            fields.insert("session_id".to_owned(), json!(self.id));
        }
        self.wire.send(Message::text(frame.to_string())).await?;
        let reply = timeout(LIMIT, told).await;
        granted(
            reply
                .with_context(|| format!("no reply to {frame}"))?
                .context("the connection has ended")?,
        )
    }

    /// Makes a handle on a plugin; its id.
    pub async fn attach(&self, plugin: &str) -> anyhow::Result<u64> {
        let reply = self
            .ask(json!({"janus": "attach", "plugin": plugin}))
            .await?;
        number(&reply, "/data/id")
    }

    /// Sends a message to a handle, with a session description if there is one; the reply.
    pub async fn message(
        &self,
        handle: u64,
        body: Value,
        jsep: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut frame = json!({"janus": "message", "handle_id": handle, "body": body});
        if let (Some(jsep), Some(fields)) = (jsep, frame.as_object_mut()) {
            fields.insert("jsep".to_owned(), jsep);
        }
        self.ask(frame).await
    }

    /// Gives a handle back.
    pub async fn detach(&self, handle: u64) -> anyhow::Result<()> {
        self.ask(json!({"janus": "detach", "handle_id": handle}))
            .await?;
        Ok(())
    }

    /// The next frame that is no reply.
    pub async fn next_push(&mut self) -> anyhow::Result<Value> {
        let next = timeout(LIMIT, self.pushes.recv()).await;
        next.context("no push came")?
            .context("the connection has ended")
    }

    /// The next push that `wanted` finds something in; what that is.
    pub async fn next_push_with<T>(
        &mut self,
        wanted: impl Fn(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        loop {
            if let Some(found) = wanted(&self.next_push().await?) {
                return Ok(found);
            }
        }
    }

    /// A push that has come and was not yet read.
    pub fn try_push(&mut self) -> Option<Value> {
        self.pushes.try_recv().ok()
    }

    /// Falls silent with its socket open, as a browser whose network is gone: it sends nothing any more, and
    /// reads nothing, so that no ping is answered.
    pub fn freeze(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    /// The close code, once the server has ended the connection: 1005 without a code, 1006 without a close frame.
    pub fn close_code(&self) -> Option<u16> {
        *lock(&self.wire.closed)
    }

    /// Leaves as the browser SDK's `disconnect()` does: `destroy`, then a close frame, then the server's.
    pub async fn leave(self) -> anyhow::Result<()> {
        self.ask(json!({"janus": "destroy"})).await?;
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        self.wire.send(Message::Close(Some(frame))).await?;
        timeout(LIMIT, async {
            let mut ticks = tokio::time::interval(Duration::from_millis(5));
            while self.close_code().is_none() {
                ticks.tick().await;
            }
        })
        .await
        .context("the connection does not end")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.freeze();
    }
}

impl Wire {
    fn expect_reply(&self) -> (String, oneshot::Receiver<Value>) {
        let number = self.next_transaction.fetch_add(1, Ordering::Relaxed);
        let transaction = format!("t-{number}");
        let (tell, told) = oneshot::channel();
        lock(&self.waiting).insert(transaction.clone(), tell);
        (transaction, told)
    }

    async fn send(&self, message: Message) -> anyhow::Result<()> {
        Ok(self.sink.lock().await.send(message).await?)
    }

    async fn read(self: Arc<Self>, mut frames: SplitStream<Socket>, pushes: mpsc::Sender<Value>) {
        let mut code = 1006;
        while let Some(Ok(message)) = frames.next().await {
            match message {
                Message::Text(text) => {
                    if let Ok(frame) = serde_json::from_str(&text) {
                        self.sort(frame, &pushes);
                    }
                }
                Message::Close(frame) => {
                    code = frame.map_or(1005, |frame| frame.code.into());
                    // The library answers; that takes one more turn of reading.
                }
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
        *lock(&self.closed) = Some(code);
        lock(&self.waiting).clear();
    }

    /// Gives a frame to whoever asked for it. The acknowledgement of a message is not its reply.
    fn sort(&self, frame: Value, pushes: &mpsc::Sender<Value>) {
        if frame.get("janus").and_then(Value::as_str) == Some("ack") {
            return;
        }
        let transaction = frame.get("transaction").and_then(Value::as_str);
        let waiting = transaction.and_then(|transaction| lock(&self.waiting).remove(transaction));
        if let Some(waiting) = waiting {
            // Whoever asked may have given up.
            let _ = waiting.send(frame);
            return;
        }
        if frame.get("status_code").is_some() {
            // A refusal without a transaction is meant for all.
            for (_, waiting) in lock(&self.waiting).drain() {
                let _ = waiting.send(frame.clone());
            }
        }
        let _ = pushes.try_send(frame);
    }

    async fn keep_alive(self: Arc<Self>, keepalive: Value) {
        let mut keepalive = keepalive;
        let mut ticks = tokio::time::interval(KEEPALIVE_EVERY);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let number = self.next_transaction.fetch_add(1, Ordering::Relaxed);
            if let Some(frame) = keepalive.as_object_mut() {
                frame.insert("transaction".to_owned(), json!(format!("k-{number}")));
            }
            if self
                .send(Message::text(keepalive.to_string()))
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
