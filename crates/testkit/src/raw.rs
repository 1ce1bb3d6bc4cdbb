//! A TCP connection that speaks whatever bytes it is given.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::reply::Reply;
use crate::wait::within;

/// A raw connection, for requests that no client library would send.
#[derive(Debug)]
pub struct RawConnection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl RawConnection {
    /// Connects.
    pub async fn open(server: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(server).await.unwrap(),
            received: Vec::new(),
        }
    }

    /// Sends bytes; whether the other side still takes them.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within(self.stream.write_all(bytes.as_ref())).await.is_ok()
    }

    /// Sends bytes, all of which have to be taken.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        assert!(self.try_send(bytes).await, "the connection was closed");
    }

    /// Whether anything has come back yet; waits for nothing.
    pub async fn has_answer(&mut self) -> bool {
        let mut chunk = [0; 4096];
        // Lets the other side run if it is in this process.
        tokio::task::yield_now().await;
        if let Ok(count) = self.stream.try_read(&mut chunk) {
            self.received.extend_from_slice(&chunk[..count]);
        }
        !self.received.is_empty()
    }

    /// The next HTTP/1 response.
    pub async fn reply(&mut self) -> Reply {
        let head_end = loop {
            if let Some(at) = find(&self.received, b"\r\n\r\n") {
                break at;
            }
            assert!(self.receive().await, "closed before a whole response came");
        };
        let head = self.received.drain(..head_end + 4).collect::<Vec<_>>();
        let (status, headers) = parse_head(std::str::from_utf8(&head).unwrap());
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.to_str().unwrap().parse().unwrap());
        while self.received.len() < length {
            assert!(self.receive().await, "closed before a whole body came");
        }
        let body = Bytes::from(self.received.drain(..length).collect::<Vec<_>>());
        Reply::new(status, headers, body)
    }

    /// Waits until the other side has closed; what it still sent.
    pub async fn closed(mut self) -> Vec<u8> {
        while self.receive().await {}
        self.received
    }

    /// Reads what is there; `false` at the end of the connection.
    async fn receive(&mut self) -> bool {
        let mut chunk = [0; 4096];
        match within(self.stream.read(&mut chunk)).await {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.received.extend_from_slice(&chunk[..count]);
                true
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn parse_head(head: &str) -> (StatusCode, HeaderMap) {
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value.trim()).unwrap())
        });
    (status.unwrap().parse().unwrap(), headers.collect())
}
