//! One request over a connection of its own, and its answer.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::dial::{DialError, Dialer};
use crate::target::Target;

/// How much of an answer's body is read before the connection is closed. Little in it matters, but a receiver that
/// is cut off while it answers may log a fault.
const ANSWER_BODY_MAX_BYTES: usize = 4 * 1024;
/// How long that may take.
const ANSWER_BODY_LIMIT: Duration = Duration::from_secs(1);
/// Largest head of an answer, in bytes.
const ANSWER_HEAD_MAX_BYTES: usize = 16 * 1024;

/// A request that can be sent.
pub type Request = http::Request<Full<Bytes>>;

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// There is no connection.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// What came over it was no answer.
    #[error("no HTTP answer: {0}")]
    Http(#[from] hyper::Error),
}

impl Dialer {
    /// Sends one request. How long that may take is for the caller to bound.
    pub async fn exchange(
        &self,
        target: &Target,
        request: Request,
    ) -> Result<(StatusCode, Answer), ExchangeError> {
        let stream = self.dial(target).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(ANSWER_HEAD_MAX_BYTES)
            .handshake(TokioIo::new(stream))
            .await?;
        let connection = AbortOnDropHandle::new(tokio::spawn(connection));
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body();
        Ok((status, Answer { body, connection }))
    }
}

/// The rest of an answer.
pub struct Answer {
    body: Incoming,
    connection: AbortOnDropHandle<Result<(), hyper::Error>>,
}

impl Answer {
    /// Reads it if it is short and comes soon, and closes the connection.
    pub async fn finish(self) -> Option<Bytes> {
        let read = Limited::new(self.body, ANSWER_BODY_MAX_BYTES).collect();
        let read = timeout(ANSWER_BODY_LIMIT, read).await;
        drop(self.connection);
        Some(read.ok()?.ok()?.to_bytes())
    }
}
