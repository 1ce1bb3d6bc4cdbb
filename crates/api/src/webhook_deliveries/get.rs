//! `GET /webhook_deliveries/{id}`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::EventId;
use greenroom_store::Store;

use super::DeliveryResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::wire::Data;

/// Shows an event, what became of it, and what was tried.
#[utoipa::path(
    get, path = "/webhook_deliveries/{id}", tag = "Webhook Deliveries", operation_id = "GetWebhookDelivery",
    summary = "Show a webhook delivery with its attempts",
    params(crate::openapi::parameters::EventId),
    responses(
        (status = 200, description = "The delivery.", body = inline(Data<DeliveryResource>)),
        crate::openapi::FoundErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(id): IdInPath<EventId>,
    State(store): State<Arc<dyn Store>>,
) -> Result<Data<DeliveryResource>, ApiError> {
    let delivery = store.delivery(caller.account_id, id).await?;
    let delivery = delivery.ok_or(ApiError::NOT_FOUND)?;
    let attempts = store.attempts(id).await?;
    let data = DeliveryResource::with_attempts(&delivery, attempts);
    Ok(Data { data })
}
