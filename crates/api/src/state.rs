//! What the endpoints work with. Handlers take the parts they need, never the whole.

use std::sync::Arc;

use axum::extract::FromRef;
use greenroom_domain::{Clock, Entropy};
use greenroom_rooms::{
    ApiKeys, Deliveries, KeyKeeper, Keys, Limiters, Moderator, Qualities, Revocations,
    RoomDirectory, Rotations, Stats,
};
use greenroom_store::Store;
use greenroom_token::VerifyPolicy;

use crate::server::ServerFacts;

/// Everything the API is made of.
#[derive(Clone, FromRef)]
pub struct ApiState {
    /// The rooms.
    pub directory: Arc<RoomDirectory>,
    /// Acts on what goes on in them.
    pub moderator: Arc<Moderator>,
    /// Tells how people fare in them.
    pub qualities: Arc<Qualities>,
    /// What took place in them.
    pub store: Arc<dyn Store>,
    /// Delivers webhooks again.
    pub deliveries: Arc<Deliveries>,
    /// The API keys.
    pub api_keys: Arc<ApiKeys>,
    /// Issues and refreshes tokens.
    pub desk: Arc<TokenDesk>,
    /// Changes the signing keys.
    pub key_keeper: Arc<KeyKeeper>,
    /// The rate limits.
    pub limiters: Arc<Limiters>,
    /// What the server tells of itself.
    pub facts: Arc<ServerFacts>,
    /// What is counted.
    pub stats: Arc<Stats>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What issuing and refreshing tokens takes.
pub struct TokenDesk {
    /// The signing keys in force.
    pub keys: Arc<Keys>,
    /// The revoked families.
    pub revocations: Arc<Revocations>,
    /// The families whose refresh token rotates.
    pub rotations: Arc<Rotations>,
    /// How tokens are checked.
    pub verify_policy: VerifyPolicy,
    /// Where ids come from.
    pub entropy: Arc<dyn Entropy>,
}
