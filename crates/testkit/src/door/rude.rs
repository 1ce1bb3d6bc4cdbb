//! What a client at the door can see and do below the level of frames.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

use crate::wait::within;

use super::Door;

impl Door {
    /// Waits for the end of the connection: all frames that still come, and the close code as
    /// [`Self::closed`] has it.
    pub async fn rest(&mut self) -> (Vec<Value>, u16) {
        let mut frames = Vec::new();
        loop {
            match within(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => frames.push(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    return (frames, frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (frames, 1006),
            }
        }
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends any text; whether the connection still takes it.
    pub async fn try_send_text(&mut self, text: &str) -> bool {
        self.socket.send(Message::text(text)).await.is_ok()
    }

    /// Sends a binary frame.
    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.send_message(Message::binary(bytes.to_vec())).await;
    }

    /// Sends a close frame without a code, as the browser SDK does when it is refused.
    pub async fn close_without_code(&mut self) {
        self.send_message(Message::Close(None)).await;
    }

    /// Writes bytes past the WebSocket.
    pub async fn write_raw(&mut self, bytes: &[u8]) {
        within(self.socket.get_mut().write_all(bytes))
            .await
            .unwrap();
    }

    /// Waits until the server has ended the TCP connection, whatever still comes before that. A close
    /// frame is answered meanwhile.
    pub async fn hung_up(&mut self) {
        while let Some(Ok(_)) = within(self.socket.next()).await {}
    }
}
