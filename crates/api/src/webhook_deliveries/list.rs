//! `GET /webhook_deliveries`

use std::sync::Arc;

use axum::extract::State;
use greenroom_store::Store;
use greenroom_store::outbox::{DeliveryFilter, StateFilter};

use super::DeliveryResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::query::Query;
use crate::wire::List;

/// Lists what the account's rooms had to tell, and what became of it: the latest first. What was delivered, or given up,
/// is forgotten after some days.
#[utoipa::path(
    get, path = "/webhook_deliveries", tag = "Webhook Deliveries", operation_id = "ListWebhookDeliveries",
    summary = "List webhook deliveries",
    params(
        crate::openapi::parameters::DeliveryFilters,
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of deliveries.", body = inline(List<DeliveryResource>)),
        crate::openapi::ListErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<List<DeliveryResource>, ApiError> {
    let statuses = [
        ("pending", StateFilter::Pending),
        ("delivered", StateFilter::Delivered),
        ("failed", StateFilter::Dead),
    ];
    let event_types = query.text("filter[event_type]");
    let filter = DeliveryFilter {
        room_id: query.id("filter[room_id]"),
        state: query.choice("filter[status][eq]", &statuses),
        event_types: event_types.map(|types| types.split(',').map(str::to_owned).collect()),
    };
    let page = query.page();
    query.finish(&[
        "filter[status][eq]",
        "filter[event_type]",
        "filter[room_id]",
    ])?;

    let found = store.deliveries(caller.account_id, &filter, page).await?;
    let data = found.items.iter().map(DeliveryResource::new).collect();
    Ok(List::new(data, page, found.total_results))
}
