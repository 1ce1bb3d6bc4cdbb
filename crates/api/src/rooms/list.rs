//! `GET /rooms`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::filter::RoomFilter;
use greenroom_rooms::RoomDirectory;
use greenroom_store::Store;

use super::RoomResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::query::Query;
use crate::wire::List;

/// The filters of this list.
const FILTERS: &[&str] = &[
    "filter[unique_name]",
    "filter[date_created_at][eq]",
    "filter[date_created_at][gte]",
    "filter[date_created_at][lte]",
    "filter[date_updated_at][eq]",
    "filter[date_updated_at][gte]",
    "filter[date_updated_at][lte]",
];

/// Lists the account's rooms: newest first.
#[utoipa::path(
    get, path = "/rooms", tag = "Rooms", operation_id = "ListRooms",
    summary = "List the rooms of the account",
    params(
        ("filter[unique_name]" = Option<String>, Query, nullable = false, description = "Rooms of exactly this name.", example = "My room"),
        ("filter[date_created_at][eq]" = Option<String>, Query, nullable = false, format = Date, description = "Rooms made on this day (UTC).", example = "2021-04-25"),
        ("filter[date_created_at][gte]" = Option<String>, Query, nullable = false, format = Date, description = "Rooms made on this day or later.", example = "2021-04-25"),
        ("filter[date_created_at][lte]" = Option<String>, Query, nullable = false, format = Date, description = "Rooms made on this day or earlier.", example = "2021-04-25"),
        ("filter[date_updated_at][eq]" = Option<String>, Query, nullable = false, format = Date, description = "Rooms last changed on this day (UTC).", example = "2021-04-25"),
        ("filter[date_updated_at][gte]" = Option<String>, Query, nullable = false, format = Date, description = "Rooms last changed on this day or later.", example = "2021-04-25"),
        ("filter[date_updated_at][lte]" = Option<String>, Query, nullable = false, format = Date, description = "Rooms last changed on this day or earlier.", example = "2021-04-25"),
        ("include_sessions" = Option<bool>, Query, nullable = false, description = "Whether each room shows its newest sessions.", example = true),
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of rooms.", body = inline(List<RoomResource>)),
        crate::openapi::ListErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(directory): State<Arc<RoomDirectory>>,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<List<RoomResource>, ApiError> {
    let filter = RoomFilter {
        unique_name: query.text("filter[unique_name]"),
        created: query.days("filter[date_created_at]"),
        updated: query.days("filter[date_updated_at]"),
    };
    let include_sessions = query.boolean("include_sessions").unwrap_or(false);
    let page = query.page();
    query.finish(FILTERS)?;

    let rooms = directory.list(caller.account_id, &filter, page).await?;
    let data = RoomResource::all(&rooms.items, include_sessions, &*store).await?;
    Ok(List::new(data, page, rooms.total_results))
}
