//! `/rooms/{room_id}/actions/...`

pub mod generate_join_client_token;
pub mod refresh_client_token;

use greenroom_domain::ttl::ClientTokenTtl;
use greenroom_token::MintError;

use crate::error::{ApiError, Kind};
use crate::fields::Fields;

/// Reads `token_ttl_secs`, which both actions take.
fn client_token_ttl(fields: &mut Fields) -> ClientTokenTtl {
    fields
        .integer("token_ttl_secs")
        .and_then(|secs| {
            fields.checked(
                "token_ttl_secs",
                Kind::OutOfRange,
                ClientTokenTtl::new(secs),
            )
        })
        .unwrap_or_default()
}

/// A fault of the refresh token is the uniform 403, anything else a fault of ours.
pub(crate) fn mint_failed(error: MintError) -> ApiError {
    match error {
        MintError::NotARefreshToken | MintError::Expired | MintError::KeyGone => {
            ApiError::REFRESH_REFUSED
        }
        MintError::ClockOutOfRange | MintError::Signing => {
            tracing::error!(%error, "a token could not be minted");
            ApiError::UNEXPECTED
        }
    }
}
