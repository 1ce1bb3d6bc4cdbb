//! `POST /signing_keys/{kid}/actions/revoke`

use std::sync::Arc;

use axum::extract::State;
use greenroom_rooms::KeyKeeper;
use greenroom_rooms::key_keeper::KeyChange;
use greenroom_token::KeyId;

use crate::caller::Operator;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::signing_keys::SigningKeyResource;
use crate::wire::List;

/// Drops a key at once, because it may be known to others: every token it signed dies, and sessions that came in with
/// one end. The body is not looked at.
#[utoipa::path(
    post, path = "/signing_keys/{kid}/actions/revoke", tag = "Signing Keys", operation_id = "RevokeSigningKey",
    summary = "Drop a key, and every token it signed",
    params(crate::openapi::parameters::SigningKeyId),
    responses(
        (status = 200, description = "The keys that are in force now.", body = inline(List<SigningKeyResource>)),
        crate::openapi::OperatorErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Operator(caller): Operator,
    IdInPath(kid): IdInPath<KeyId>,
    State(keeper): State<Arc<KeyKeeper>>,
) -> Result<List<SigningKeyResource>, ApiError> {
    super::change(&keeper, caller, KeyChange::Revoke(kid)).await
}
