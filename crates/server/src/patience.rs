//! A stream that gives up on a peer which begins a request and does not come to the end of its head.
//!
//! hyper has one limit for the head of a request and for the silence before it, but those are two things: a head that does
//! not end is an attack or a fault, and silence is somebody who keeps a connection for later.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Reads fail with [`io::ErrorKind::TimedOut`] when the head of a request takes longer than the limit, the first one from the
/// start of the connection, any other from its first byte.
pub(crate) struct Patient<S> {
    stream: S,
    progress: Progress,
    limit: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

/// How far a connection is with its request: the service that answers it knows, the stream below cannot.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<AtomicU8>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// A head is wanted, or a part of one has come.
    Head,
    /// A request is being answered.
    Answer,
    /// The answer is given, and nothing of another request has come.
    Between,
    /// What the connection carries is not one request after the other any more.
    Free,
}

impl Progress {
    fn new() -> Self {
        Self(Arc::new(AtomicU8::new(Phase::Head as u8)))
    }

    /// The head of a request is there.
    pub(crate) fn answering(&self) {
        self.enter(Phase::Answer);
    }

    /// The request is answered.
    pub(crate) fn answered(&self) {
        self.enter(Phase::Between);
    }

    /// From now on this is HTTP/2 or a WebSocket, which have limits of their own.
    pub(crate) fn free(&self) {
        self.0.store(Phase::Free as u8, Ordering::Relaxed);
    }

    fn enter(&self, phase: Phase) {
        if !self.is(Phase::Free) {
            self.0.store(phase as u8, Ordering::Relaxed);
        }
    }

    fn is(&self, phase: Phase) -> bool {
        self.0.load(Ordering::Relaxed) == phase as u8
    }
}

impl<S> Patient<S> {
    /// Wants each head on `stream` within `limit`; whoever answers requests has to say so to what is returned beside it.
    pub(crate) fn new(stream: S, limit: Duration) -> (Self, Progress) {
        let progress = Progress::new();
        let patient = Self {
            stream,
            progress: progress.clone(),
            limit,
            deadline: None,
        };
        (patient, progress)
    }

    #[expect(clippy::disallowed_methods, reason = "an edge: a deadline on a socket")]
    fn deadline(&mut self) -> Pin<&mut Sleep> {
        let limit = self.limit;
        self.deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)))
            .as_mut()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if !this.progress.is(Phase::Head) {
            this.deadline = None;
            if this.progress.is(Phase::Between) && buffer.filled().len() > before {
                this.progress.enter(Phase::Head);
            }
        } else if read.is_pending() {
            ready!(this.deadline().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn patient() -> (DuplexStream, Patient<DuplexStream>, Progress) {
        let (peer, stream) = tokio::io::duplex(64);
        let (patient, progress) = Patient::new(stream, LIMIT);
        (peer, patient, progress)
    }

    async fn waits(stream: &mut Patient<DuplexStream>) -> bool {
        tokio::time::timeout(LIMIT * 100, stream.read_u8())
            .await
            .is_err()
    }

    async fn gives_up(stream: &mut Patient<DuplexStream>) -> bool {
        let read = tokio::time::timeout(LIMIT + LIMIT / 10, stream.read_u8()).await;
        matches!(read, Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_head_is_wanted_from_the_start() {
        let (_peer, mut silent, _progress) = patient();
        assert!(gives_up(&mut silent).await);

        let (mut peer, mut halting, _progress) = patient();
        peer.write_all(b"G").await.unwrap();
        halting.read_u8().await.unwrap();
        assert!(gives_up(&mut halting).await);
    }

    #[expect(clippy::disallowed_methods, reason = "the test moves the clock")]
    #[tokio::test(start_paused = true)]
    async fn bytes_that_trickle_in_win_no_time() {
        let (mut peer, mut trickle, _progress) = patient();
        let begun = tokio::time::Instant::now();
        let error = loop {
            peer.write_all(b"a").await.unwrap();
            trickle.read_u8().await.unwrap();
            match tokio::time::timeout(LIMIT / 4, trickle.read_u8()).await {
                Err(_) => {}
                Ok(read) => break read.unwrap_err(),
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), LIMIT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_and_the_silence_after_it_may_take_their_time() {
        let (mut peer, mut stream, progress) = patient();
        progress.answering();
        assert!(waits(&mut stream).await);
        progress.answered();
        assert!(waits(&mut stream).await);
        peer.write_all(b"G").await.unwrap();
        stream.read_u8().await.unwrap();
        assert!(gives_up(&mut stream).await, "the next head has begun");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_free_stays_so() {
        let (mut peer, mut stream, progress) = patient();
        progress.answering();
        progress.free();
        progress.answered();
        peer.write_all(b"a").await.unwrap();
        stream.read_u8().await.unwrap();
        assert!(waits(&mut stream).await);
    }
}
