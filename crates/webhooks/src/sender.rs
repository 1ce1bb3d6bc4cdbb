//! One delivery over the network: resolve, check, dial, TLS, one request. Every step within one time limit.
//!
//! Addresses are checked where they are dialled, after DNS, so that there is no second look-up that could come to
//! another answer. Redirects are not followed and proxies from the environment not used: either would dial what was
//! not checked.

mod dial;
mod exchange;

use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::webhook::{WebhookSettings, WebhookTimeout, WebhookUrl};
use greenroom_domain::{Clock, Event, Timestamp};
use greenroom_store::outbox::AttemptRecord;
use http::{HeaderName, StatusCode, header};
use http_body_util::Full;
use tokio::time::timeout;

pub use dial::{DialError, Dialer, Resolve, SystemResolver};
pub use exchange::{Answer, ExchangeError, Request};

use crate::body::body;
use crate::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, WebhookKey};
use crate::stats::{Outcome, WebhookStats};
use crate::target::Target;

/// The time limit of one URL where a room sets none, in seconds.
pub const TIMEOUT_DEFAULT_SECS: u8 = 5;

/// Longest error in the delivery log, in characters.
const ERROR_MAX_CHARS: usize = 200;

const USER_AGENT: &str = concat!("greenroom/", env!("CARGO_PKG_VERSION"));

/// Why a URL did not take an event.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("not a URL that can be dialled")]
    NoTarget,
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error("no answer within {0} s")]
    TimedOut(u8),
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("the body cannot be made: {0}")]
    Body(#[from] serde_json::Error),
    #[error("the body cannot be signed: {0}")]
    Sign(#[from] crate::signature::KeyError),
    #[error("answered {0}, which is a redirect and not followed")]
    Redirect(StatusCode),
    #[error("answered {0}")]
    Status(StatusCode),
}

impl SendError {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Redirect(_) | Self::Status(_) => Outcome::Status,
            Self::TimedOut(_) => Outcome::TimedOut,
            Self::Exchange(ExchangeError::Dial(DialError::Refused(_))) => Outcome::Refused,
            Self::NoTarget
            | Self::Exchange(_)
            | Self::Request(_)
            | Self::Body(_)
            | Self::Sign(_) => Outcome::Unreachable,
        }
    }

    fn status(&self) -> Option<u16> {
        if let Self::Redirect(status) | Self::Status(status) = self {
            return Some(status.as_u16());
        }
        None
    }
}

/// What came of one attempt: the primary URL, and the failover URL if that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// Whether one of them took the event.
    pub delivered: bool,
    /// What was tried.
    pub log: Vec<AttemptRecord>,
}

/// Sends events to receivers.
pub struct Sender {
    dialer: Dialer,
    key: Arc<WebhookKey>,
    clock: Arc<dyn Clock>,
    stats: Arc<WebhookStats>,
}

/// One request that is to be made.
struct Delivery<'a> {
    event: &'a Event,
    attempt: u32,
    failover: bool,
    timeout_secs: u8,
}

impl Sender {
    /// Sends by `dialer`, signed by `key`.
    pub const fn new(
        dialer: Dialer,
        key: Arc<WebhookKey>,
        clock: Arc<dyn Clock>,
        stats: Arc<WebhookStats>,
    ) -> Self {
        Self {
            dialer,
            key,
            clock,
            stats,
        }
    }

    /// Makes the attempt number `attempt` (from 1): the room's URL, and at once its failover URL if that fails.
    pub async fn attempt(
        &self,
        event: &Event,
        attempt: u32,
        webhook: &WebhookSettings,
    ) -> Attempted {
        let set = webhook.timeout.map_or(0, WebhookTimeout::secs);
        let timeout_secs = if set == 0 { TIMEOUT_DEFAULT_SECS } else { set };
        let urls = [
            (false, webhook.event_url.as_ref()),
            (true, webhook.event_failover_url.as_ref()),
        ];
        let mut log = Vec::with_capacity(urls.len());
        for (failover, url) in urls {
            let Some(url) = url else { continue };
            let delivery = Delivery {
                event,
                attempt,
                failover,
                timeout_secs,
            };
            let record = self.try_url(url, &delivery).await;
            let delivered = record.error.is_none();
            log.push(record);
            if delivered {
                return Attempted {
                    delivered: true,
                    log,
                };
            }
        }
        Attempted {
            delivered: false,
            log,
        }
    }

    async fn try_url(&self, url: &WebhookUrl, delivery: &Delivery<'_>) -> AttemptRecord {
        let at = self.clock.now();
        let target = Target::of(url);
        let outcome = match &target {
            Some(target) => self.send(target, delivery, at).await,
            None => Err(SendError::NoTarget),
        };
        let duration_millis = self.clock.now().micros_since(at) / 1_000;
        self.stats.tried(
            outcome
                .as_ref()
                .map_or_else(SendError::outcome, |_| Outcome::Delivered),
        );
        let (status, error) = match outcome {
            Ok(status) => (Some(status.as_u16()), None),
            Err(error) => {
                let text = error.to_string();
                (
                    error.status(),
                    Some(text.chars().take(ERROR_MAX_CHARS).collect()),
                )
            }
        };
        let (receiver, logged) = target.map_or_else(Default::default, |target| {
            (target.receiver(), target.logged)
        });
        tracing::debug!(
            event = %delivery.event.id,
            room = %delivery.event.room_id,
            event_type = delivery.event.kind.event_type(),
            attempt = delivery.attempt,
            failover = delivery.failover,
            receiver,
            status,
            error = error.as_deref(),
            duration_millis,
            "tried a webhook"
        );
        AttemptRecord {
            attempt: delivery.attempt,
            failover: delivery.failover,
            at,
            url: logged,
            duration_millis: u32::try_from(duration_millis).unwrap_or(u32::MAX),
            status,
            error,
        }
    }

    async fn send(
        &self,
        target: &Target,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> Result<StatusCode, SendError> {
        let request = self.request(target, delivery, now)?;
        let limit = Duration::from_secs(delivery.timeout_secs.into());
        let exchange = timeout(limit, self.dialer.exchange(target, request)).await;
        let exchange = exchange.map_err(|_| SendError::TimedOut(delivery.timeout_secs))?;
        let (status, answer) = exchange?;
        // Whatever comes of it, the status has said everything.
        answer.finish().await;
        if status.is_success() {
            Ok(status)
        } else if status.is_redirection() {
            Err(SendError::Redirect(status))
        } else {
            Err(SendError::Status(status))
        }
    }

    fn request(
        &self,
        target: &Target,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> Result<Request, SendError> {
        let body = body(delivery.event, delivery.attempt, &target.told)?;
        let signed = self.key.sign(&body, now)?;
        let mut request = http::Request::post(&target.path_and_query)
            .header(header::HOST, &target.host_header)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::CONNECTION, "close")
            .header(HeaderName::from_static(TIMESTAMP_HEADER), signed.timestamp)
            .header(HeaderName::from_static(SIGNATURE_HEADER), signed.signature);
        if let Some(authorization) = &target.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        Ok(request.body(Full::new(body.into()))?)
    }
}

#[cfg(test)]
mod tests;
