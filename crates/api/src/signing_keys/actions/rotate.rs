//! `POST /signing_keys/actions/rotate`

use std::sync::Arc;

use axum::extract::State;
use greenroom_rooms::KeyKeeper;
use greenroom_rooms::key_keeper::KeyChange;

use crate::caller::Operator;
use crate::error::ApiError;
use crate::signing_keys::SigningKeyResource;
use crate::wire::List;

/// Lets the next key sign. The present one retires: its tokens stay good for as long as they live. The body is not
/// looked at.
#[utoipa::path(
    post, path = "/signing_keys/actions/rotate", tag = "Signing Keys", operation_id = "RotateSigningKeys",
    summary = "Let the next key sign",
    responses(
        (status = 200, description = "The keys that are in force now.", body = inline(List<SigningKeyResource>)),
        crate::openapi::RotateErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Operator(caller): Operator,
    State(keeper): State<Arc<KeyKeeper>>,
) -> Result<List<SigningKeyResource>, ApiError> {
    super::change(&keeper, caller, KeyChange::Rotate).await
}
