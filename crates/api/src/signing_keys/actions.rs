//! `/signing_keys/actions/...` and `/signing_keys/{kid}/actions/...`

pub mod revoke;
pub mod rotate;

use std::sync::Arc;

use greenroom_domain::PageRequest;
use greenroom_rooms::key_keeper::KeyChange;
use greenroom_rooms::{Caller, KeyKeeper};

use super::SigningKeyResource;
use crate::error::ApiError;
use crate::wire::List;

/// Makes the change, and shows the keys that are in force then. There are never more than fit on a page.
async fn change(
    keeper: &Arc<KeyKeeper>,
    caller: Caller,
    change: KeyChange,
) -> Result<List<SigningKeyResource>, ApiError> {
    keeper.change(caller, change).await?;
    let ring = keeper.keys().ring();
    Ok(SigningKeyResource::list(&ring, PageRequest::default()))
}
