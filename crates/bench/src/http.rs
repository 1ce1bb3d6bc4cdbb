//! A keep-alive HTTP/1.1 client that does next to nothing: requests are bytes, answers are read in place.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection, used for one request after the other.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, inside the connection's buffer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The status code.
    pub(crate) status: u16,
    /// All of it, as it came.
    pub(crate) raw: &'a [u8],
    /// The body.
    pub(crate) body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub(crate) fn open(server: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(Self {
            stream,
            buffer: vec![0; 16 * 1024],
        })
    }

    /// Sends a request; its answer has to be read before the next one.
    pub(crate) fn send(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).context("cannot send")
    }

    /// Reads the answer to the request that was sent.
    fn receive(&mut self) -> anyhow::Result<Answer<'_>> {
        let mut filled = 0;
        let mut wanted = None;
        let head_len = loop {
            if filled == self.buffer.len() {
                self.buffer.resize(2 * filled, 0);
            }
            let free = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(free).context("no answer")?;
            anyhow::ensure!(read > 0, "the server closed the connection");
            filled += read;
            let received = self.buffer.get(..filled).unwrap_or_default();
            if wanted.is_none() {
                wanted = lengths(received)?;
            }
            if let Some((head, body)) = wanted
                && filled >= head + body
            {
                anyhow::ensure!(filled == head + body, "more than one answer came");
                break head;
            }
        };
        let raw = self.buffer.get(..filled).unwrap_or_default();
        Ok(Answer {
            status: status(raw)?,
            raw,
            body: raw.get(head_len..).unwrap_or_default(),
        })
    }

    /// The same for an answer that has to have a certain status.
    pub(crate) fn receive_expected(&mut self, status: u16) -> anyhow::Result<Answer<'_>> {
        let answer = self.receive()?;
        anyhow::ensure!(
            answer.status == status,
            "the answer was {} instead of {status}: {}",
            answer.status,
            String::from_utf8_lossy(answer.body)
        );
        Ok(answer)
    }

    /// Sends a request and reads its answer, which has to have a certain status.
    pub(crate) fn ask(&mut self, request: &[u8], status: u16) -> anyhow::Result<Answer<'_>> {
        self.send(request)?;
        self.receive_expected(status)
    }
}

/// The lengths of head and body, once the head is there.
fn lengths(received: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(received.get(..end).unwrap_or_default())?;
    let length = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    let length = length
        .context("an answer without content-length")?
        .parse()?;
    Ok(Some((end + 4, length)))
}

fn status(raw: &[u8]) -> anyhow::Result<u16> {
    let digits = raw.get(9..12).context("too short an answer")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

/// The bytes of a request with a JSON body, in the form that the official SDKs give it.
pub(crate) fn request(method: &str, path: &str, api_key: Option<&str>, body: &str) -> Vec<u8> {
    let authorization = api_key.map_or_else(String::new, |key| {
        format!("authorization: Bearer {key}\r\n")
    });
    let content = if body.is_empty() {
        String::new()
    } else {
        let length = body.len();
        format!("content-type: application/json\r\ncontent-length: {length}\r\n")
    };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\
         user-agent: greenroom-bench\r\naccept-encoding: gzip, deflate\r\n\
         {authorization}{content}\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_known_once_the_head_is_there() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(lengths(&answer[..20]).unwrap(), None);
        assert_eq!(lengths(answer).unwrap(), Some((43, 3)));
        assert_eq!(status(answer).unwrap(), 201);
        assert!(lengths(b"HTTP/1.1 204 No Content\r\n\r\n").is_err());
    }
}
