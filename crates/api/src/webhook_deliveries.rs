//! `/webhook_deliveries`: the route table, and what an event on its way to a webhook looks like on the wire.

pub mod actions;
pub mod get;
pub mod list;

use axum::Router;
use axum::routing::{get, post};
use greenroom_domain::{Event, EventKind, Timestamp};
use greenroom_store::outbox::{AttemptRecord, Delivery, EventState};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tower_http::cors::CorsLayer;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

use crate::rooms::method_not_allowed;
use crate::state::ApiState;

/// The routes. Pages of `origins` may call them.
pub fn routes(origins: CorsLayer) -> Router<ApiState> {
    Router::new()
        .route("/v2/webhook_deliveries", get(list::handler))
        .route("/v2/webhook_deliveries/{id}", get(get::handler))
        .route(
            "/v2/webhook_deliveries/{id}/actions/replay",
            post(actions::replay::handler),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
}

/// What has become of an event.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It waits to be delivered.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up, unless it is replayed.
    Failed,
}

/// How one request went.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptStatus {
    /// The receiver took it.
    Delivered,
    /// It did not.
    Failed,
}

/// An event on its way to its room's webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryResource {
    /// The event's id.
    #[schema(format = Uuid, example = "e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01")]
    id: String,
    /// Always `webhook_delivery`.
    #[schema(example = "webhook_delivery")]
    record_type: &'static str,
    /// The account that the event is of.
    #[schema(format = Uuid, example = "782b2cbe-8466-4e3f-a4d3-9781eb577e50")]
    user_id: String,
    /// What has become of it.
    #[schema(example = "delivered")]
    status: DeliveryStatus,
    /// When the first attempt that is on record began: ISO 8601, microseconds; null if there was none.
    #[schema(format = DateTime, example = "2021-04-16T09:46:21.044000Z")]
    started_at: Option<String>,
    /// When the last attempt was over, or the event was given up without one: ISO 8601, microseconds; null while it is
    /// pending.
    #[schema(format = DateTime, example = "2021-04-16T09:46:21.131000Z")]
    finished_at: Option<String>,
    /// The event, as it is sent in `data`.
    webhook: WebhookResource,
    /// Every URL that was tried, the latest first; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    attempts: Option<Vec<AttemptResource>>,
    /// The room that the event is of.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    room_id: String,
    /// Why it was given up: `expired` (not taken for too long), `overflow` (too many of the room were waiting) or `no_url`
    /// (the room had no URL any more); null unless it was.
    #[schema(example = json!(null))]
    failure_reason: Option<&'static str>,
    /// How often it was tried, over replays too.
    #[schema(example = 1)]
    attempts_count: u32,
    /// When it is tried (again): ISO 8601, microseconds; null unless it is the next one that its room delivers.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub struct WebhookResource {
    /// Always `event`.
    #[schema(example = "event")]
    record_type: &'static str,
    /// The event's id.
    #[schema(format = Uuid, example = "e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01")]
    id: String,
    /// What happened.
    #[schema(example = "video.room.session.started")]
    event_type: &'static str,
    /// When it happened: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    occurred_at: String,
    /// What there is to say about it; which members there are goes with `event_type`.
    #[schema(schema_with = payload_schema)]
    payload: Map<String, Value>,
}

fn payload_schema() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .examples([json!({
            "session_id": "33c22d1f-ab7b-4e2c-b0a5-3ef9a1d4f0aa",
            "room_id": "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
        })])
        .into()
}

/// One URL that was tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryAttempt)]
pub struct AttemptResource {
    /// How it went.
    status: AttemptStatus,
    /// When it began: ISO 8601, microseconds.
    #[schema(format = DateTime)]
    started_at: String,
    /// When it was over: ISO 8601, microseconds.
    #[schema(format = DateTime)]
    finished_at: String,
    /// The request and its answer.
    http: HttpResource,
    /// The status that was answered, if it was no success; empty if there was no answer, or a good one.
    #[schema(example = json!([503]))]
    errors: Vec<u16>,
    /// Which attempt it was part of, from 1.
    #[schema(example = 1)]
    attempt: u32,
    /// Whether this was the failover URL.
    failover: bool,
    /// Why it failed, in words; null if it did not.
    #[schema(example = "answered 503")]
    error: Option<String>,
}

/// A request and its answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryHttp)]
pub struct HttpResource {
    /// The request.
    request: RequestResource,
    /// The answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    response: Option<ResponseResource>,
}

/// A request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryRequest)]
pub struct RequestResource {
    /// Where it went, without user information and query.
    #[schema(example = "https://example.com/hook")]
    url: String,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryResponse)]
pub struct ResponseResource {
    /// Its status.
    #[schema(example = 503)]
    status: u16,
}

impl DeliveryResource {
    /// Shows an event, without its attempts.
    fn new(delivery: &Delivery) -> Self {
        let entry = &delivery.entry;
        let tried_last = delivery.last_tried_at.unwrap_or(entry.state_at);
        let (status, failure_reason, finished_at) = match entry.state {
            EventState::Pending => (DeliveryStatus::Pending, None, None),
            EventState::Delivered => (DeliveryStatus::Delivered, None, Some(tried_last)),
            EventState::Dead(reason) => {
                let reason = Some(reason.as_str());
                (DeliveryStatus::Failed, reason, Some(tried_last))
            }
        };
        Self {
            id: entry.event.id.to_string(),
            record_type: "webhook_delivery",
            user_id: entry.event.account_id.to_string(),
            status,
            started_at: delivery.first_tried_at.map(Timestamp::to_rfc3339_micros),
            finished_at: finished_at.map(Timestamp::to_rfc3339_micros),
            webhook: WebhookResource::new(&entry.event),
            attempts: None,
            room_id: entry.event.room_id.to_string(),
            failure_reason,
            attempts_count: entry.attempts,
            next_attempt_at: delivery.due_at.map(Timestamp::to_rfc3339_micros),
        }
    }

    /// Shows an event with its attempts, of which the oldest comes first.
    fn with_attempts(delivery: &Delivery, attempts: Vec<AttemptRecord>) -> Self {
        let attempts = attempts.into_iter().rev().map(AttemptResource::new);
        Self {
            attempts: Some(attempts.collect()),
            ..Self::new(delivery)
        }
    }
}

impl WebhookResource {
    fn new(event: &Event) -> Self {
        Self {
            record_type: "event",
            id: event.id.to_string(),
            event_type: event.kind.event_type(),
            occurred_at: event.occurred_at.to_rfc3339_micros(),
            payload: payload(event),
        }
    }
}

/// The payload as it is sent; that it is the same is tested where one is sent.
fn payload(event: &Event) -> Map<String, Value> {
    let mut payload = Map::new();
    let mut add = |name: &str, value: Value| payload.insert(name.to_owned(), value);
    add("session_id", json!(event.session_id.to_string()));
    add("room_id", json!(event.room_id.to_string()));
    match &event.kind {
        EventKind::SessionStarted => {}
        EventKind::SessionEnded {
            duration_secs,
            reason,
        } => {
            add("duration_secs", json!(duration_secs));
            add("ended_reason", json!(reason.as_str()));
        }
        EventKind::ParticipantJoined {
            participant_id,
            context,
        } => {
            add("participant_id", json!(participant_id.to_string()));
            add("context", json!(context));
        }
        EventKind::ParticipantLeft {
            participant_id,
            context,
            duration_secs,
            reason,
        } => {
            add("participant_id", json!(participant_id.to_string()));
            add("context", json!(context));
            add("duration_secs", json!(duration_secs));
            add("left_reason", json!(reason.as_str()));
        }
    }
    payload
}

impl AttemptResource {
    fn new(record: AttemptRecord) -> Self {
        let failed = record.error.is_some();
        let duration_micros = i64::from(record.duration_millis) * 1_000;
        Self {
            status: if failed {
                AttemptStatus::Failed
            } else {
                AttemptStatus::Delivered
            },
            started_at: record.at.to_rfc3339_micros(),
            finished_at: record
                .at
                .saturating_add_micros(duration_micros)
                .to_rfc3339_micros(),
            http: HttpResource {
                request: RequestResource { url: record.url },
                response: record.status.map(|status| ResponseResource { status }),
            },
            errors: record.status.into_iter().filter(|_| failed).collect(),
            attempt: record.attempt,
            failover: record.failover,
            error: record.error,
        }
    }
}
