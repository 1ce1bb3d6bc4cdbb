//! A client at a room's door: a WebSocket that speaks the Janus protocol.

mod rude;

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::reply::Reply;
use crate::wait::within;

/// The subprotocol of the door.
pub const SUBPROTOCOL: &str = "janus-protocol";

/// A connection to a room's door. Pings are answered while it waits for frames.
#[derive(Debug)]
pub struct Door {
    socket: WebSocketStream<TcpStream>,
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
}

impl Door {
    /// Opens the WebSocket of the room.
    pub async fn open(server: SocketAddr, room_id: &str) -> Self {
        match Self::knock(server, &format!("/{room_id}/janus"), Some(SUBPROTOCOL)).await {
            Ok(door) => door,
            Err(reply) => panic!("the door's WebSocket was refused: {reply:?}"),
        }
    }

    /// Asks for a WebSocket at any path, with any subprotocol; the HTTP answer if there is none.
    pub async fn knock(
        server: SocketAddr,
        path: &str,
        subprotocol: Option<&str>,
    ) -> Result<Self, Reply> {
        let mut request = format!("ws://{server}{path}")
            .into_client_request()
            .unwrap();
        if let Some(subprotocol) = subprotocol {
            let value = HeaderValue::from_str(subprotocol).unwrap();
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        let stream = TcpStream::connect(server).await.unwrap();
        match within(tokio_tungstenite::client_async(request, stream)).await {
            Ok((socket, response)) => {
                let chosen = response.headers().get("sec-websocket-protocol");
                let subprotocol = chosen.map(|value| value.to_str().unwrap().to_owned());
                Ok(Self {
                    socket,
                    subprotocol,
                })
            }
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                let body = body.unwrap_or_default().into();
                Err(Reply::new(parts.status, parts.headers, body))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Asks for a session with `token`; the answer.
    pub async fn create(&mut self, token: &str) -> Value {
        self.ask(json!({"janus": "create", "transaction": "create", "client_token": token}))
            .await
    }

    /// Opens a session, which has to succeed; its id.
    pub async fn session(&mut self, token: &str) -> u64 {
        let reply = self.create(token).await;
        assert_eq!(reply["janus"], "success", "{reply:#}");
        reply["data"]["id"].as_u64().unwrap()
    }

    /// Sends a frame and hears the next one.
    pub async fn ask(&mut self, frame: Value) -> Value {
        self.send(frame).await;
        self.next_frame().await
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_message(Message::text(frame.to_string())).await;
    }

    /// Sends any message whatsoever.
    pub async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next text frame, which has to be JSON.
    pub async fn next_frame(&mut self) -> Value {
        let text = self.next_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The next text frame.
    pub async fn next_text(&mut self) -> String {
        loop {
            match within(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?} instead of a frame"),
            }
        }
    }

    /// Waits for the end of the connection, past all frames that still come: the close code, 1005 if
    /// the close frame has none, 1006 if there was no close frame.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match within(self.socket.next()).await {
                Some(Ok(Message::Close(frame))) => {
                    return frame.map_or(1005, |frame| frame.code.into());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            }
        }
    }

    /// Sends a close frame.
    pub async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        };
        self.send_message(Message::Close(Some(frame))).await;
    }
}
