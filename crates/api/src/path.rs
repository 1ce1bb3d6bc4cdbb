//! An id in a path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::error::ApiError;

/// The one id in a path. Text that is no id names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct IdInPath<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for IdInPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, state).await else {
            return Err(ApiError::NOT_FOUND);
        };
        text.parse().map(Self).map_err(|_| ApiError::NOT_FOUND)
    }
}
