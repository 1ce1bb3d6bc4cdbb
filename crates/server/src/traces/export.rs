//! Sends spans to a collector: OTLP over HTTP, as protobuf.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use axum::http::{self, HeaderName, HeaderValue, StatusCode, header};
use greenroom_domain::Entropy;
use greenroom_webhooks::NetworkPolicy;
use greenroom_webhooks::sender::{Dialer, ExchangeError, SystemResolver};
use greenroom_webhooks::target::Target;
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::TraceStats;
use super::spans::text;
use crate::config::TraceSettings;

/// Spans in one request.
const BATCH_MAX: usize = 512;
/// How long a span waits for others to go with.
const BATCH_WAIT: Duration = Duration::from_secs(1);
/// How often one batch is tried.
const ATTEMPTS: u32 = 6;
/// The wait before the second attempt; each further one waits twice as long.
const RETRY_WAIT: Duration = Duration::from_millis(250);

const USER_AGENT: &str = concat!("greenroom/", env!("CARGO_PKG_VERSION"));

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error("no answer in time")]
    TimedOut,
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("answered {0}")]
    Status(StatusCode),
}

impl ExportError {
    /// Whether the same batch may be taken later (OTLP: "Failures").
    fn is_passing(&self) -> bool {
        match self {
            Self::Exchange(_) | Self::TimedOut => true,
            Self::Request(_) => false,
            Self::Status(status) => matches!(status.as_u16(), 429 | 502..=504),
        }
    }
}

/// The queue's other end.
pub struct Exporter {
    queued: mpsc::Receiver<Span>,
    dialer: Dialer,
    target: Target,
    headers: Vec<(HeaderName, HeaderValue)>,
    resource: Resource,
    timeout: Duration,
    stats: Arc<TraceStats>,
    /// Whether the last request failed, which is said once.
    is_failing: bool,
}

impl Exporter {
    pub(super) fn new(
        settings: &TraceSettings,
        target: Target,
        queued: mpsc::Receiver<Span>,
        entropy: &dyn Entropy,
        stats: Arc<TraceStats>,
    ) -> anyhow::Result<Self> {
        // Where it goes is the operator's choice, unlike where webhooks go.
        let anywhere = NetworkPolicy {
            allow_private: true,
            ..NetworkPolicy::default()
        };
        let mut instance = [0; 16];
        entropy.fill(&mut instance);
        let instance = uuid::Builder::from_random_bytes(instance).into_uuid();
        let attributes = vec![
            text("service.name", settings.service_name.as_str()),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", instance.to_string()),
        ];
        let resource = Resource {
            attributes,
            ..Resource::default()
        };
        Ok(Self {
            queued,
            dialer: Dialer::new(anywhere, Arc::new(SystemResolver::default()))?,
            target,
            headers: settings.headers.parsed().context("`traces.headers`")?,
            resource,
            timeout: Duration::from_secs(settings.timeout_secs.into()),
            stats,
            is_failing: false,
        })
    }

    /// Sends what is queued until `stopping`, and then what is left.
    pub async fn run(mut self, stopping: CancellationToken) {
        loop {
            let batch = self.gather(&stopping).await;
            if batch.is_empty() {
                return;
            }
            self.deliver(batch, &stopping).await;
        }
    }

    /// The next spans; none once there are no more.
    async fn gather(&mut self, stopping: &CancellationToken) -> Vec<Span> {
        let mut batch = Vec::new();
        tokio::select! {
            _ = self.queued.recv_many(&mut batch, BATCH_MAX) => {}
            () = stopping.cancelled() => {}
        }
        let until = after(BATCH_WAIT);
        while batch.len() < BATCH_MAX && !stopping.is_cancelled() {
            let room = BATCH_MAX - batch.len();
            let more = tokio::select! {
                more = timeout_at(until, self.queued.recv_many(&mut batch, room)) => more,
                () = stopping.cancelled() => break,
            };
            // Time is up, or nobody is left who could tell anything.
            if !matches!(more, Ok(1..)) {
                break;
            }
        }
        while batch.len() < BATCH_MAX
            && let Ok(span) = self.queued.try_recv()
        {
            batch.push(span);
        }
        batch
    }

    async fn deliver(&mut self, batch: Vec<Span>, stopping: &CancellationToken) {
        let count = u64::try_from(batch.len()).unwrap_or_default();
        let body = self.encode(batch);
        let mut wait = RETRY_WAIT;
        for attempt in 1..=ATTEMPTS {
            match self.send(body.clone()).await {
                Ok(rejected) => {
                    self.note_taken(count, rejected.min(count));
                    return;
                }
                Err(error) => {
                    self.note_failure(&error);
                    if !error.is_passing() || attempt == ATTEMPTS || stopping.is_cancelled() {
                        break;
                    }
                }
            }
            // Stopping, there is time for one more attempt.
            let _ = timeout(wait, stopping.cancelled()).await;
            wait *= 2;
        }
        self.stats.dropped.fetch_add(count, Ordering::Relaxed);
    }

    fn encode(&self, spans: Vec<Span>) -> Bytes {
        let scope = InstrumentationScope {
            name: "greenroom".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let spans = ScopeSpans {
            scope: Some(scope),
            spans,
            ..ScopeSpans::default()
        };
        let spans = ResourceSpans {
            resource: Some(self.resource.clone()),
            scope_spans: vec![spans],
            ..ResourceSpans::default()
        };
        let request = ExportTraceServiceRequest {
            resource_spans: vec![spans],
        };
        request.encode_to_vec().into()
    }

    /// Makes one request; how many spans the collector has not taken although it has answered well.
    async fn send(&self, body: Bytes) -> Result<u64, ExportError> {
        let mut request = http::Request::post(&self.target.path_and_query)
            .header(header::HOST, &self.target.host_header)
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .header(header::CONNECTION, "close");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::new(body))?;
        request
            .headers_mut()
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(USER_AGENT));
        let exchange = timeout(self.timeout, self.dialer.exchange(&self.target, request)).await;
        let (status, answer) = exchange.map_err(|_| ExportError::TimedOut)??;
        let answer = answer.finish().await.unwrap_or_default();
        if !status.is_success() {
            return Err(ExportError::Status(status));
        }
        let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
        let rejected = answer.partial_success.map_or(0, |it| it.rejected_spans);
        Ok(u64::try_from(rejected).unwrap_or_default())
    }

    fn note_taken(&mut self, count: u64, rejected: u64) {
        self.stats
            .exported
            .fetch_add(count - rejected, Ordering::Relaxed);
        self.stats.dropped.fetch_add(rejected, Ordering::Relaxed);
        let dropped = self.stats.dropped();
        if rejected > 0 && !self.is_failing {
            tracing::warn!(rejected, "the trace collector does not take all spans");
        } else if rejected == 0 && self.is_failing {
            tracing::info!(dropped, "the trace collector takes spans again");
        }
        self.is_failing = rejected > 0;
    }

    fn note_failure(&mut self, error: &ExportError) {
        if !std::mem::replace(&mut self.is_failing, true) {
            let collector = &self.target.logged;
            tracing::warn!(
                collector,
                %error,
                "spans cannot be sent to the trace collector; some will be dropped until they can"
            );
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "an edge: how long spans wait for each other is measured here"
)]
fn after(wait: Duration) -> Instant {
    Instant::now() + wait
}
