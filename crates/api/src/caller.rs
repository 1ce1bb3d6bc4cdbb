//! Who is calling: the account behind the API key, within its rate limit.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use greenroom_domain::Clock;
use greenroom_domain::rate_limit::ClientNetwork;
use greenroom_rooms::{ApiKeys, Caller, Limiters, Stats};

use crate::error::ApiError;

/// The address a request came from, put there by the program's listener.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The network that rate limits count by.
    pub fn network(self) -> ClientNetwork {
        self.0.into()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Without a listener (a test that calls the router) everybody is one network.
        let unknown = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(parts.extensions.get().copied().unwrap_or(unknown))
    }
}

/// The caller's account, by its API key.
#[derive(Debug, Clone, Copy)]
pub struct Authenticated(pub Caller);

impl<S> FromRequestParts<S> for Authenticated
where
    S: Send + Sync,
    Arc<ApiKeys>: FromRef<S>,
    Arc<Limiters>: FromRef<S>,
    Arc<Stats>: FromRef<S>,
    Arc<dyn Clock>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let limiters = Arc::<Limiters>::from_ref(state);
        let stats = Arc::<Stats>::from_ref(state);
        let now = Arc::<dyn Clock>::from_ref(state).now();
        let Ok(address) = ClientAddress::from_request_parts(parts, state).await;
        let network = address.network();

        let caller = match bearer(parts) {
            Some(key) => {
                let api_keys = Arc::<ApiKeys>::from_ref(state);
                api_keys.authenticate(key, now).await?
            }
            None => None,
        };
        let Some(caller) = caller else {
            stats.authentication_failed.increment();
            limiters
                .failed_auth
                .take(network, now)
                .inspect_err(|_| stats.rate_limited.increment())?;
            return Err(ApiError::UNAUTHENTICATED);
        };
        limiters
            .api_key
            .take(caller.api_key_id, now)
            .inspect_err(|_| stats.rate_limited.increment())?;
        Ok(Self(caller))
    }
}

/// The caller, who is the operator: of the account that was made first.
#[derive(Debug, Clone, Copy)]
pub struct Operator(pub Caller);

impl<S> FromRequestParts<S> for Operator
where
    S: Send + Sync,
    Arc<ApiKeys>: FromRef<S>,
    Arc<Limiters>: FromRef<S>,
    Arc<Stats>: FromRef<S>,
    Arc<dyn Clock>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        if Arc::<ApiKeys>::from_ref(state).is_operator(caller).await? {
            Ok(Self(caller))
        } else {
            Err(ApiError::OPERATOR_ONLY)
        }
    }
}

/// The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1).
fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
