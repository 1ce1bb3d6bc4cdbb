//! `GET /signing_keys`

use std::sync::Arc;

use axum::extract::State;
use greenroom_rooms::KeyKeeper;

use super::SigningKeyResource;
use crate::caller::Operator;
use crate::error::ApiError;
use crate::query::Query;
use crate::wire::List;

/// Lists the keys that sign and verify tokens: the active one first, then those that retire, the next one last.
#[utoipa::path(
    get, path = "/signing_keys", tag = "Signing Keys", operation_id = "ListSigningKeys",
    summary = "List the signing keys",
    params(crate::openapi::parameters::Page),
    responses(
        (status = 200, description = "The keys.", body = inline(List<SigningKeyResource>)),
        crate::openapi::OperatorListErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    _: Operator,
    State(keeper): State<Arc<KeyKeeper>>,
    mut query: Query,
) -> Result<List<SigningKeyResource>, ApiError> {
    let page = query.page();
    query.finish(&[])?;
    Ok(SigningKeyResource::list(&keeper.keys().ring(), page))
}
