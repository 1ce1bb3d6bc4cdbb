//! `/room_participants`: the route table, and what a participant looks like on the wire.

pub mod get;
pub mod list;

use axum::Router;
use axum::routing::get;
use greenroom_domain::filter::ParticipantFilter;
use greenroom_domain::{Page, PageRequest, Participant};
use serde::Serialize;
use tower_http::cors::CorsLayer;
use utoipa::ToSchema;

use crate::query::Query;
use crate::rooms::method_not_allowed;
use crate::state::ApiState;
use crate::wire::List;

/// The routes. Pages of `origins` may call them.
pub fn routes(origins: CorsLayer) -> Router<ApiState> {
    Router::new()
        .route("/v2/room_participants", get(list::handler))
        .route(
            "/v2/room_participants/{room_participant_id}",
            get(get::handler),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
}

/// The filters that all lists of participants have.
pub const FILTERS: &[&str] = &[
    "filter[date_joined_at][eq]",
    "filter[date_joined_at][gte]",
    "filter[date_joined_at][lte]",
    "filter[date_updated_at][eq]",
    "filter[date_updated_at][gte]",
    "filter[date_updated_at][lte]",
    "filter[date_left_at][eq]",
    "filter[date_left_at][gte]",
    "filter[date_left_at][lte]",
    "filter[context]",
];

/// Reads [`FILTERS`].
pub fn filter(query: &mut Query) -> ParticipantFilter {
    ParticipantFilter {
        session_id: None,
        context: query.text("filter[context]"),
        joined: query.days("filter[date_joined_at]"),
        updated: query.days("filter[date_updated_at]"),
        left: query.days("filter[date_left_at]"),
    }
}

/// A participant: one person in one session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomParticipant)]
pub struct ParticipantResource {
    /// The participant's id, which the browser SDK has made for itself.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    pub id: String,
    /// Always `room_participant`.
    #[schema(example = "room_participant")]
    pub record_type: &'static str,
    /// The session it takes or took part in.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    pub session_id: String,
    /// What the application said about the participant when it joined; null if nothing.
    #[schema(example = "Alice")]
    pub context: Option<String>,
    /// When it joined: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    pub joined_at: String,
    /// When it last changed: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T10:24:55.962200Z")]
    pub updated_at: String,
    /// When it left: ISO 8601, microseconds; null while it is there.
    #[schema(format = DateTime, example = "2021-04-16T10:24:55.962200Z")]
    pub left_at: Option<String>,
    /// Why it left, as webhooks say it too; null while it is there. Not of the hosted service.
    #[schema(value_type = Option<String>, example = "kicked")]
    pub left_reason: Option<&'static str>,
}

impl ParticipantResource {
    /// Shows a participant.
    pub fn new(participant: Participant) -> Self {
        Self {
            id: participant.id.to_string(),
            record_type: "room_participant",
            session_id: participant.session_id.to_string(),
            context: participant.context,
            joined_at: participant.joined_at.to_rfc3339_micros(),
            updated_at: participant.updated_at.to_rfc3339_micros(),
            left_at: participant.left.map(|left| left.at.to_rfc3339_micros()),
            left_reason: participant.left.map(|left| left.reason.as_str()),
        }
    }

    /// Shows the page `request` of a list.
    pub fn list(page: Page<Participant>, request: PageRequest) -> List<Self> {
        let data = page.items.into_iter().map(Self::new).collect();
        List::new(data, request, page.total_results)
    }
}
