//! `/rooms`: the route table, and what is said of a room to make or to change it.

pub mod actions;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod sessions;
pub mod update;

mod resource;

use std::future::{Ready, ready};

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::{get, post};
use greenroom_domain::RoomId;
use greenroom_domain::room::{MaxParticipants, RoomName};
use greenroom_domain::webhook::{InvalidWebhook, WebhookTimeout, WebhookUrl};
use tower_http::cors::CorsLayer;
use utoipa::ToSchema;

use crate::error::{ApiError, Kind};
use crate::fields::Fields;
use crate::state::ApiState;

pub use resource::RoomResource;

/// The route that any page may call.
pub const REFRESH: &str = "/v2/rooms/{room_id}/actions/refresh_client_token";

/// The routes. Pages of `origins` may call them; any page may refresh, as browsers of the sample
/// application do.
///
/// Paths are written out, `/v2` included: nesting routers costs every request a rewritten URI.
pub fn routes(origins: CorsLayer, any_origin: CorsLayer) -> Router<ApiState> {
    let refresh = Router::new()
        .route(REFRESH, post(actions::refresh_client_token::handler))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(any_origin);
    Router::new()
        .route("/v2/rooms", get(list::handler).post(create::handler))
        .route(
            "/v2/rooms/{room_id}",
            get(get::handler)
                .patch(update::handler)
                .delete(delete::handler),
        )
        .route(
            "/v2/rooms/{room_id}/actions/generate_join_client_token",
            post(actions::generate_join_client_token::handler),
        )
        .route("/v2/rooms/{room_id}/sessions", get(sessions::handler))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
        .merge(refresh)
}

/// Set before the CORS layers: set after them it would replace what answers preflights.
pub fn method_not_allowed() -> Ready<ApiError> {
    ready(ApiError::METHOD_NOT_ALLOWED)
}

/// What stands in the path for the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomPath {
    /// An id.
    Id(RoomId),
    /// The literal `undefined`, which the vendor's own sample application sends when it refreshes.
    Undefined,
    /// Anything else: no room's id.
    Other,
}

impl RoomPath {
    /// The id, if it is one.
    pub const fn id(self) -> Option<RoomId> {
        match self {
            Self::Id(id) => Some(id),
            Self::Undefined | Self::Other => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RoomPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, state).await else {
            return Ok(Self::Other);
        };
        Ok(match text.parse() {
            Ok(id) => Self::Id(id),
            Err(_) if text == "undefined" => Self::Undefined,
            Err(_) => Self::Other,
        })
    }
}

/// The settings of a room, for making and for changing one.
#[derive(Debug, ToSchema)]
#[schema(as = RoomSettings)]
#[expect(
    dead_code,
    reason = "describes the body for the OpenAPI document; `settings` reads it"
)]
pub struct RoomSettingsRequest {
    /// The room's name, unique within the account.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 255,
        example = "My room"
    )]
    unique_name: Option<String>,
    /// How many people the room holds at once.
    #[schema(required = false, nullable = false, value_type = i64, minimum = 2, maximum = 50, default = 10, example = 10)]
    max_participants: i64,
    /// Whether sessions in the room are to be recorded.
    #[schema(required = false, nullable = false, value_type = bool, default = false, example = true)]
    enable_recording: bool,
    /// Where the room's events are sent: an absolute http or https URL.
    #[schema(required = false, format = Uri, example = "https://example.com/events")]
    webhook_event_url: Option<String>,
    /// Where they are sent when that fails; empty for nowhere.
    #[schema(
        required = false,
        default = "",
        example = "https://failover.example.com/events"
    )]
    webhook_event_failover_url: Option<String>,
    /// How many seconds one delivery may take; null for the server's default.
    #[schema(required = false, minimum = 0, maximum = 30, example = 25)]
    webhook_timeout_secs: Option<i64>,
}

/// The settings as they were sent: `None` where a field is absent (or null and cannot be cleared),
/// `Some(None)` where one is to be cleared.
#[derive(Debug, Default)]
struct Settings {
    unique_name: Option<Option<RoomName>>,
    max_participants: Option<MaxParticipants>,
    enable_recording: Option<bool>,
    webhook_event_url: Option<Option<WebhookUrl>>,
    webhook_event_failover_url: Option<Option<WebhookUrl>>,
    webhook_timeout: Option<Option<WebhookTimeout>>,
}

/// Reads and checks the settings in a body.
fn settings(mut fields: Fields) -> Result<Settings, ApiError> {
    let settings = Settings {
        unique_name: fields.has("unique_name").then(|| {
            let text = fields.text("unique_name")?;
            fields.checked("unique_name", Kind::StringLength, RoomName::new(text))
        }),
        max_participants: fields.integer("max_participants").and_then(|count| {
            fields.checked(
                "max_participants",
                Kind::OutOfRange,
                MaxParticipants::new(count),
            )
        }),
        enable_recording: fields.boolean("enable_recording"),
        webhook_event_url: url(&mut fields, "webhook_event_url"),
        webhook_event_failover_url: url(&mut fields, "webhook_event_failover_url"),
        webhook_timeout: fields.has("webhook_timeout_secs").then(|| {
            let secs = fields.integer("webhook_timeout_secs")?;
            fields.checked(
                "webhook_timeout_secs",
                Kind::OutOfRange,
                WebhookTimeout::new(secs),
            )
        }),
    };
    fields.finish()?;
    Ok(settings)
}

/// A URL setting; empty text clears it as null does, since one SDK always sends it.
fn url(fields: &mut Fields, name: &'static str) -> Option<Option<WebhookUrl>> {
    fields.has(name).then(|| {
        let text = fields.text(name).filter(|text| !text.is_empty())?;
        let url: Result<_, InvalidWebhook> = WebhookUrl::new(text);
        fields.checked(name, Kind::InvalidUrl, url)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &serde_json::Value) -> Result<Settings, ApiError> {
        settings(Fields::new(body.as_object().unwrap().clone()))
    }

    #[test]
    fn what_one_sdk_always_sends_is_fine() {
        let body = json!({"enable_recording": false, "max_participants": 10, "webhook_event_failover_url": ""});
        let settings = read(&body).unwrap();
        assert_eq!(settings.webhook_event_failover_url, Some(None));
        assert_eq!(settings.webhook_event_url, None);
        assert_eq!(settings.unique_name, None);
    }

    #[test]
    fn texts_count_as_their_values() {
        let settings =
            read(&json!({"max_participants": "12", "enable_recording": "true"})).unwrap();
        assert_eq!(
            settings.max_participants.map(MaxParticipants::get),
            Some(12)
        );
        assert_eq!(settings.enable_recording, Some(true));
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let body = json!({
            "unique_name": "", "max_participants": 51, "enable_recording": "maybe",
            "webhook_event_url": "example.com", "webhook_timeout_secs": 31,
        });
        let Err(ApiError::Invalid(faults)) = read(&body) else {
            panic!("taken")
        };
        let kinds: Vec<_> = faults.iter().map(|fault| fault.kind).collect();
        assert_eq!(
            kinds,
            [
                Kind::StringLength,
                Kind::OutOfRange,
                Kind::InvalidType,
                Kind::InvalidUrl,
                Kind::OutOfRange
            ]
        );
    }

    #[test]
    fn null_clears_what_can_be_cleared() {
        let settings = read(&json!({
            "unique_name": null, "webhook_timeout_secs": null, "max_participants": null,
        }))
        .unwrap();
        assert_eq!(settings.unique_name, Some(None));
        assert_eq!(settings.webhook_timeout, Some(None));
        assert_eq!(settings.max_participants, None);
    }
}
