//! `/signing_keys`: the route table, and what a signing key looks like on the wire. Not of the hosted service, and
//! for the operator's account only.

pub mod actions;
pub mod list;

use axum::Router;
use axum::routing::{get, post};
use greenroom_domain::{PageRequest, Timestamp};
use greenroom_token::{KeyEntry, KeyRing, KeyState};
use serde::Serialize;
use tower_http::cors::CorsLayer;
use utoipa::ToSchema;

use crate::rooms::method_not_allowed;
use crate::state::ApiState;
use crate::wire::List;

/// The routes. Pages of `origins` may call them.
pub fn routes(origins: CorsLayer) -> Router<ApiState> {
    Router::new()
        .route("/v2/signing_keys", get(list::handler))
        .route(
            "/v2/signing_keys/actions/rotate",
            post(actions::rotate::handler),
        )
        .route(
            "/v2/signing_keys/{kid}/actions/revoke",
            post(actions::revoke::handler),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigningKeyState {
    /// Published but not signing yet.
    Next,
    /// Signs all tokens.
    Active,
    /// Signs no more; its tokens are still good.
    Retiring,
}

/// A signing key, without anything secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub struct SigningKeyResource {
    /// The key's id, `kid` in the header of its tokens and in the JWKS.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    id: String,
    /// Always `signing_key`.
    #[schema(example = "signing_key")]
    record_type: &'static str,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    algorithm: &'static str,
    #[schema(inline)]
    state: SigningKeyState,
    /// Since when it signs: ISO 8601, microseconds; null unless it is active.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    active_since: Option<String>,
    /// From when on its tokens are refused: ISO 8601, microseconds; null unless it is retiring.
    #[schema(format = DateTime)]
    retires_at: Option<String>,
}

impl SigningKeyResource {
    fn new(entry: &KeyEntry) -> Self {
        let (state, active_since, retires_at) = match entry.state() {
            KeyState::Next => (SigningKeyState::Next, None, None),
            KeyState::Active { since } => (SigningKeyState::Active, Some(since), None),
            KeyState::Retiring { until } => (SigningKeyState::Retiring, None, Some(until)),
        };
        Self {
            id: entry.kid().to_string(),
            record_type: "signing_key",
            algorithm: "Ed25519",
            state,
            active_since: active_since.map(Timestamp::to_rfc3339_micros),
            retires_at: retires_at.map(Timestamp::to_rfc3339_micros),
        }
    }

    /// Shows the page `request` of the keys: the active one, those that retire from the newest, the next one.
    fn list(ring: &KeyRing, request: PageRequest) -> List<Self> {
        let entries = ring.entries();
        let before = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(request.size()).unwrap_or(usize::MAX);
        let page = entries.iter().skip(before).take(size);
        List::new(page.map(Self::new).collect(), request, entries.len() as u64)
    }
}
