//! A client that can be as rude as a test needs.

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::server::{Server, TOKEN};

pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
    /// The subprotocol that the server chose.
    pub subprotocol: String,
}

impl Client {
    pub async fn connect(server: &Server) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4_096).unwrap();
        let stream = tcp.connect(server.address).await.unwrap();
        let mut request = format!("ws://{}/janus", server.address)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "janus-protocol".parse().unwrap());
        let (socket, response) = tokio_tungstenite::client_async(request, stream)
            .await
            .unwrap();
        let subprotocol = response
            .headers()
            .get("sec-websocket-protocol")
            .map(|value| value.to_str().unwrap().to_owned());
        Self {
            socket,
            subprotocol: subprotocol.unwrap_or_default(),
        }
    }

    /// Connects and opens session 1.
    pub async fn inside(server: &Server) -> Self {
        let mut client = Self::connect(server).await;
        client.say("create", "").await;
        let reply = client.hear().await;
        assert_eq!(
            reply,
            r#"{"janus":"success","transaction":"t","data":{"id":1}}"#
        );
        client
    }

    /// Sends a request with the good token.
    pub async fn say(&mut self, verb: &str, members: &str) {
        let frame =
            format!(r#"{{"janus":"{verb}","transaction":"t","client_token":"{TOKEN}"{members}}}"#);
        self.send(Message::text(frame)).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next text frame.
    pub async fn hear(&mut self) -> String {
        loop {
            let message = self.socket.next().await.unwrap().unwrap();
            if let Message::Text(text) = message {
                return text.to_string();
            }
            assert!(!message.is_close(), "{message:?} instead of a text frame");
        }
    }

    /// Waits for the next ping; it is answered when the client reads on.
    pub async fn hear_ping(&mut self) {
        let message = self.socket.next().await.unwrap().unwrap();
        assert!(matches!(message, Message::Ping(_)), "{message:?}");
    }

    /// The code of the close frame that comes next; 1005 if it has none, 1006 if there is none.
    pub async fn close_code(&mut self) -> u16 {
        while let Some(message) = self.socket.next().await {
            match message {
                Ok(Message::Close(frame)) => {
                    return frame.map_or(1005, |frame| frame.code.into());
                }
                Ok(_) => {}
                Err(_) => return 1006,
            }
        }
        1006
    }

    /// Sends a close frame; 1005 is one without a code.
    pub async fn close(&mut self, code: u16) {
        let frame = (code != 1005).then(|| CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        });
        self.send(Message::Close(frame)).await;
    }

    /// Waits until the server has closed the TCP connection.
    pub async fn hung_up(&mut self) {
        while let Some(message) = self.socket.next().await {
            if matches!(message, Err(Error::Io(_) | Error::Protocol(_))) {
                return;
            }
        }
    }

    /// Writes bytes past the WebSocket.
    pub async fn write_raw(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).await.unwrap();
    }
}
