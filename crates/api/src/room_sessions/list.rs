//! `GET /room_sessions`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::filter::SessionFilter;
use greenroom_store::Store;

use super::SessionResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::query::Query;
use crate::wire::List;

/// Lists the account's sessions: newest first. Those of deleted rooms are among them.
#[utoipa::path(
    get, path = "/room_sessions", tag = "Room Sessions", operation_id = "ListRoomSessions",
    summary = "List the sessions of the account",
    params(
        crate::openapi::parameters::InRoom,
        crate::openapi::parameters::SessionFilters,
        crate::openapi::parameters::IncludeParticipants,
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of sessions.", body = inline(List<SessionResource>)),
        crate::openapi::ListErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<List<SessionResource>, ApiError> {
    let filter = SessionFilter {
        room_id: query.id("filter[room_id]"),
        ..super::filter(&mut query)
    };
    let include_participants = query.boolean("include_participants").unwrap_or(false);
    let page = query.page();
    query.finish(&[&["filter[room_id]"], super::FILTERS].concat())?;

    let sessions = store.sessions(caller.account_id, &filter, page).await?;
    let data = SessionResource::all(&sessions.items, include_participants, &*store).await?;
    Ok(List::new(data, page, sessions.total_results))
}
