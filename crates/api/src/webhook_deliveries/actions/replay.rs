//! `POST /webhook_deliveries/{id}/actions/replay`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::EventId;
use greenroom_rooms::Deliveries;
use greenroom_store::Store;

use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::webhook_deliveries::DeliveryResource;
use crate::wire::Data;

/// Sends an event again, or at last, at its old place in the order of its room. The body is not looked at.
#[utoipa::path(
    post, path = "/webhook_deliveries/{id}/actions/replay", tag = "Webhook Deliveries",
    operation_id = "ReplayWebhookDelivery",
    summary = "Send an event again",
    params(crate::openapi::parameters::EventId),
    responses(
        (status = 200, description = "The delivery, which is pending again.", body = inline(Data<DeliveryResource>)),
        crate::openapi::FoundErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(id): IdInPath<EventId>,
    State(deliveries): State<Arc<Deliveries>>,
    State(store): State<Arc<dyn Store>>,
) -> Result<Data<DeliveryResource>, ApiError> {
    let delivery = deliveries.replay(caller, id).await?;
    let delivery = delivery.ok_or(ApiError::NOT_FOUND)?;
    let attempts = store.attempts(id).await?;
    let data = DeliveryResource::with_attempts(&delivery, attempts);
    Ok(Data { data })
}
