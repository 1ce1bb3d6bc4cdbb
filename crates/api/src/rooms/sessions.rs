//! `GET /rooms/{room_id}/sessions`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::RoomId;
use greenroom_domain::filter::SessionFilter;
use greenroom_rooms::RoomDirectory;
use greenroom_store::Store;

use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::query::Query;
use crate::room_sessions::{self, SessionResource};
use crate::wire::List;

/// Lists a room's sessions: newest first.
#[utoipa::path(
    get, path = "/rooms/{room_id}/sessions", tag = "Rooms", operation_id = "RetrieveListRoomSessions",
    summary = "List the sessions of a room",
    params(
        crate::openapi::parameters::RoomId,
        crate::openapi::parameters::SessionFilters,
        crate::openapi::parameters::IncludeParticipants,
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of sessions.", body = inline(List<SessionResource>)),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(room_id): IdInPath<RoomId>,
    State(directory): State<Arc<RoomDirectory>>,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<List<SessionResource>, ApiError> {
    let filter = SessionFilter {
        room_id: Some(room_id),
        ..room_sessions::filter(&mut query)
    };
    let include_participants = query.boolean("include_participants").unwrap_or(false);
    let page = query.page();
    query.finish(room_sessions::FILTERS)?;

    let room = directory.find_of(caller.account_id, room_id).await?;
    room.ok_or(ApiError::NOT_FOUND)?;
    let sessions = store.sessions(caller.account_id, &filter, page).await?;
    let data = SessionResource::all(&sessions.items, include_participants, &*store).await?;
    Ok(List::new(data, page, sessions.total_results))
}
