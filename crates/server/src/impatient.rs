//! A stream that gives up on a peer which says nothing at first.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Reads fail once the time is over and the first bytes have not come; after them nothing is limited.
pub(crate) struct Impatient<S> {
    stream: S,
    waiting: Option<Waiting>,
}

struct Waiting {
    bytes_left: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<S> Impatient<S> {
    /// Wants the first `bytes` of `stream` within `limit` from now.
    #[expect(clippy::disallowed_methods, reason = "an edge: a deadline on a socket")]
    pub(crate) fn new(stream: S, bytes: usize, limit: Duration) -> Self {
        let deadline = Box::pin(tokio::time::sleep(limit));
        let waiting = Some(Waiting {
            bytes_left: bytes,
            deadline,
        });
        Self { stream, waiting }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let Some(waiting) = &mut this.waiting else {
            return read;
        };
        if read.is_pending() {
            ready!(waiting.deadline.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let read_bytes = buffer.filled().len() - before;
        waiting.bytes_left = waiting.bytes_left.saturating_sub(read_bytes);
        if waiting.bytes_left == 0 {
            this.waiting = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn silence_ends_and_the_first_bytes_lift_the_limit() {
        let (_peer, stream) = tokio::io::duplex(64);
        let mut silent = Impatient::new(stream, 3, LIMIT);
        let error = silent.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        let (mut peer, stream) = tokio::io::duplex(64);
        let mut halting = Impatient::new(stream, 3, LIMIT);
        peer.write_all(b"ab").await.unwrap();
        assert_eq!(
            halting.read_u16().await.unwrap(),
            u16::from_be_bytes(*b"ab")
        );
        assert_eq!(
            halting.read_u8().await.unwrap_err().kind(),
            io::ErrorKind::TimedOut
        );

        let (mut peer, stream) = tokio::io::duplex(64);
        let mut talking = Impatient::new(stream, 3, LIMIT);
        peer.write_all(b"abc").await.unwrap();
        talking.read_exact(&mut [0; 3]).await.unwrap();
        assert!(
            tokio::time::timeout(LIMIT * 100, talking.read_u8())
                .await
                .is_err()
        );
    }
}
