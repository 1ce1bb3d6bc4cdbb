//! `/room_sessions`: the route table, and what a session looks like on the wire.

pub mod actions;
pub mod get;
pub mod list;
pub mod participants;
pub mod quality;

use std::collections::HashMap;

use axum::Router;
use axum::routing::{get, post};
use greenroom_domain::filter::SessionFilter;
use greenroom_domain::limits::PARTICIPANTS_SHOWN_PER_SESSION_MAX;
use greenroom_domain::{Session, SessionId};
use greenroom_store::Store;
use serde::Serialize;
use tower_http::cors::CorsLayer;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::query::Query;
use crate::room_participants::ParticipantResource;
use crate::rooms::method_not_allowed;
use crate::state::ApiState;
use crate::wire::shown_of_each;

/// The routes. Pages of `origins` may call them.
pub fn routes(origins: CorsLayer) -> Router<ApiState> {
    Router::new()
        .route("/v2/room_sessions", get(list::handler))
        .route("/v2/room_sessions/{room_session_id}", get(get::handler))
        .route(
            "/v2/room_sessions/{room_session_id}/participants",
            get(participants::handler),
        )
        .route(
            "/v2/room_sessions/{room_session_id}/quality",
            get(quality::handler),
        )
        .route(
            "/v2/room_sessions/{room_session_id}/actions/end",
            post(actions::end::handler),
        )
        .route(
            "/v2/room_sessions/{room_session_id}/actions/kick",
            post(actions::kick::handler),
        )
        .route(
            "/v2/room_sessions/{room_session_id}/actions/mute",
            post(actions::mute::handler),
        )
        .route(
            "/v2/room_sessions/{room_session_id}/actions/unmute",
            post(actions::unmute::handler),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
}

/// The filters that all lists of sessions have.
pub const FILTERS: &[&str] = &[
    "filter[date_created_at][eq]",
    "filter[date_created_at][gte]",
    "filter[date_created_at][lte]",
    "filter[date_updated_at][eq]",
    "filter[date_updated_at][gte]",
    "filter[date_updated_at][lte]",
    "filter[date_ended_at][eq]",
    "filter[date_ended_at][gte]",
    "filter[date_ended_at][lte]",
    "filter[active]",
];

/// Reads [`FILTERS`].
pub fn filter(query: &mut Query) -> SessionFilter {
    SessionFilter {
        room_id: None,
        active: query.boolean("filter[active]"),
        created: query.days("filter[date_created_at]"),
        updated: query.days("filter[date_updated_at]"),
        ended: query.days("filter[date_ended_at]"),
    }
}

/// A session: one meeting in a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomSession)]
pub struct SessionResource {
    /// The session's id.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    pub id: String,
    /// Always `room_session`.
    #[schema(example = "room_session")]
    pub record_type: &'static str,
    /// The room it takes or took place in.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    pub room_id: String,
    /// Whether it goes on.
    #[schema(example = false)]
    pub active: bool,
    /// When it began: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    pub created_at: String,
    /// When somebody last joined or left, or it ended: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T10:24:55.962200Z")]
    pub updated_at: String,
    /// When it ended: ISO 8601, microseconds; null while it goes on.
    #[schema(format = DateTime, example = "2021-04-16T10:24:55.962200Z")]
    pub ended_at: Option<String>,
    /// Why it ended, as webhooks say it too; null while it goes on. Not of the hosted service.
    #[schema(value_type = Option<String>, example = "empty")]
    pub ended_reason: Option<&'static str>,
    /// Its participants, the last to join first; only with `include_participants=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub participants: Option<Vec<ParticipantResource>>,
}

impl SessionResource {
    /// Shows a session without its participants.
    pub fn new(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            record_type: "room_session",
            room_id: session.room_id.to_string(),
            active: session.is_active(),
            created_at: session.created_at.to_rfc3339_micros(),
            updated_at: session.updated_at.to_rfc3339_micros(),
            ended_at: session.ended.map(|ended| ended.at.to_rfc3339_micros()),
            ended_reason: session.ended.map(|ended| ended.reason.as_str()),
            participants: None,
        }
    }

    /// Shows sessions, with their participants if they are asked for.
    pub async fn all(
        sessions: &[Session],
        include_participants: bool,
        store: &dyn Store,
    ) -> Result<Vec<Self>, ApiError> {
        if !include_participants {
            return Ok(sessions.iter().map(Self::new).collect());
        }
        let mut of_sessions = participants_of(sessions, store).await?;
        let shown = sessions.iter().map(|session| Self {
            participants: Some(of_sessions.remove(&session.id).unwrap_or_default()),
            ..Self::new(session)
        });
        Ok(shown.collect())
    }
}

/// The participants of each session who joined last.
async fn participants_of(
    sessions: &[Session],
    store: &dyn Store,
) -> Result<HashMap<SessionId, Vec<ParticipantResource>>, ApiError> {
    let ids: Vec<_> = sessions.iter().map(|session| session.id).collect();
    let each_max = shown_of_each(PARTICIPANTS_SHOWN_PER_SESSION_MAX, ids.len());
    let mut of_sessions: HashMap<_, Vec<_>> = HashMap::new();
    for participant in store.participants_of(&ids, each_max).await? {
        let of_session = of_sessions.entry(participant.session_id).or_default();
        of_session.push(ParticipantResource::new(participant));
    }
    Ok(of_sessions)
}
