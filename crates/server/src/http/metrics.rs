//! `/metrics`, for Prometheus. Labels are routes, methods and statuses only: nothing a client can choose.

mod history;
mod media;
mod traces;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use greenroom_media::Engine;
use greenroom_rooms::Stats;
use greenroom_webhooks::WebhookStats;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::traces::TraceStats;

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS_SECS: [f64; 10] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// What is counted of HTTP requests.
#[derive(Clone)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

impl HttpMetrics {
    /// Registers the metrics.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(BUCKETS_SECS)),
        };
        registry.register(
            "http_requests",
            "HTTP requests answered",
            metrics.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's headers to its answer",
            metrics.latency.clone(),
        );
        metrics
    }

    /// Counts one request.
    pub fn record(&self, method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
        let labels = RequestLabels {
            method: known(method),
            route: route.to_owned(),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
        let route = RouteLabels {
            route: labels.route,
        };
        self.latency
            .get_or_create(&route)
            .observe(elapsed.as_secs_f64());
    }
}

/// Any other method counts as one, since clients can make methods up.
pub fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        _ => "other",
    }
}

/// Shows the program's own counters.
#[derive(Debug)]
struct StatsCollector(Arc<Stats>);

type Shown<'a> = (
    &'static str,
    &'static str,
    &'a greenroom_rooms::stats::Counter,
);

/// What only ever grows.
fn counters(stats: &Stats) -> [Shown<'_>; 13] {
    [
        ("tokens_issued", "Token pairs issued", &stats.tokens_issued),
        (
            "tokens_refreshed",
            "Client tokens issued by refresh",
            &stats.tokens_refreshed,
        ),
        (
            "tokens_refused_room",
            "Token pairs refused: no such room",
            &stats.issue_refused_room,
        ),
        (
            "refresh_refused_token",
            "Refreshes refused: bad token",
            &stats.refresh_refused_token,
        ),
        (
            "refresh_refused_room",
            "Refreshes refused: room",
            &stats.refresh_refused_room,
        ),
        (
            "refresh_refused_revoked",
            "Refreshes refused: revoked",
            &stats.refresh_refused_revoked,
        ),
        (
            "authentication_failed",
            "Requests without a usable API key",
            &stats.authentication_failed,
        ),
        (
            "rate_limited",
            "Requests refused by a rate limit",
            &stats.rate_limited,
        ),
        (
            "door_sessions_opened",
            "Door sessions opened",
            &stats.door_sessions_opened,
        ),
        (
            "door_refused_token",
            "Frames refused at the door: token",
            &stats.door_refused_token,
        ),
        (
            "door_refused_room",
            "Frames refused at the door: room",
            &stats.door_refused_room,
        ),
        (
            "calls_failed",
            "Calls ended by a fault",
            &stats.calls_failed,
        ),
        (
            "lines_too_slow",
            "Connections closed for not reading",
            &stats.lines_too_slow,
        ),
    ]
}

/// Joins that were refused, by reason.
fn refused_joins(stats: &Stats) -> [(&'static str, &greenroom_rooms::stats::Counter); 6] {
    [
        ("room_full", &stats.joins_refused_full),
        ("limit", &stats.joins_refused_limit),
        ("media", &stats.joins_refused_media),
        ("token", &stats.joins_refused_token),
        ("room", &stats.joins_refused_room),
        ("rate", &stats.joins_refused_rate),
    ]
}

/// What is counted as it is now.
fn gauges(stats: &Stats) -> [Shown<'_>; 5] {
    [
        (
            "door_connections",
            "Door connections open",
            &stats.door_connections,
        ),
        ("door_sessions", "Door sessions open", &stats.door_sessions),
        ("calls", "Calls going on", &stats.calls),
        ("people", "People in calls", &stats.people),
        ("streams", "Streams published in calls", &stats.streams),
    ]
}

/// Shows a count that is kept elsewhere, under a name of its own.
fn show_counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    count: u64,
) -> Result<(), std::fmt::Error> {
    let counter = ConstCounter::new(count);
    counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
}

impl Collector for StatsCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (name, help, counter) in counters(&self.0) {
            show_counter(&mut encoder, name, help, counter.get())?;
        }
        let mut refused = encoder.encode_descriptor(
            "joins_refused",
            "Joins refused, at the door or in the room",
            None,
            MetricType::Counter,
        )?;
        for (reason, counter) in refused_joins(&self.0) {
            let counter = ConstCounter::new(counter.get());
            counter.encode(refused.encode_family(&[("reason", reason)])?)?;
        }
        for (name, help, gauge) in gauges(&self.0) {
            let gauge = ConstGauge::new(i64::try_from(gauge.get()).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// A registry with everything but the HTTP metrics.
pub fn registry(
    stats: Arc<Stats>,
    engine: Arc<Engine>,
    webhooks: Arc<WebhookStats>,
    traces: Arc<TraceStats>,
) -> Registry {
    let mut registry = Registry::with_prefix("greenroom");
    let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The program", build);
    registry.register_collector(Box::new(history::HistoryCollector(Arc::clone(&stats))));
    registry.register_collector(Box::new(StatsCollector(stats)));
    registry.register_collector(Box::new(media::MediaCollector(engine)));
    registry.register_collector(Box::new(webhooks::WebhookCollector(webhooks)));
    registry.register_collector(Box::new(traces::TraceCollector(traces)));
    registry
}

/// `GET /metrics`.
pub fn routes(registry: Arc<Registry>) -> Router {
    Router::new()
        .route("/metrics", get(show))
        .with_state(registry)
}

async fn show(State(registry): State<Arc<Registry>>) -> Response {
    let mut body = String::new();
    match text::encode(&mut body, &registry) {
        Ok(()) => {
            let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, form)], body).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            greenroom_api::error::ApiError::UNEXPECTED.into_response()
        }
    }
}
