//! The rate limits that REST and the door share.

use std::num::NonZeroUsize;

use greenroom_domain::rate_limit::{ClientNetwork, Quota, RateLimiter};
use greenroom_domain::{ApiKeyId, FamilyId};

/// Networks remembered by each limit: about 100 bytes each.
const NETWORKS_MAX: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();
/// Families remembered.
const FAMILIES_MAX: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();
/// API keys remembered.
const API_KEYS_MAX: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// The quotas in force; `None` means no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quotas {
    /// Failed authentications of one network, by API key or by token.
    pub failed_auth: Option<Quota>,
    /// Refreshes asked for by one network.
    pub refresh_per_address: Option<Quota>,
    /// Refreshes asked for with tokens of one family.
    pub refresh_per_family: Option<Quota>,
    /// Requests with one API key.
    pub api_key: Option<Quota>,
    /// Visitors' tokens for one network.
    pub visits_per_address: Option<Quota>,
}

/// The limits, each over its own keys.
#[derive(Debug)]
pub struct Limiters {
    /// Failed authentications. Once a network has used it up, its failures are answered with "come
    /// again later"; what is valid still passes, so that one broken client behind an address
    /// shuts nobody out.
    pub failed_auth: RateLimiter<ClientNetwork>,
    /// Refreshes by network, checked before any cryptography.
    pub refresh_per_address: RateLimiter<ClientNetwork>,
    /// Refreshes by family, checked once the token is verified.
    pub refresh_per_family: RateLimiter<FamilyId>,
    /// Requests by API key.
    pub api_key: RateLimiter<ApiKeyId>,
    /// Visitors by network: each may make a room.
    pub visits_per_address: RateLimiter<ClientNetwork>,
}

impl Limiters {
    /// Limits with nothing used yet.
    pub fn new(quotas: Quotas) -> Self {
        Self {
            failed_auth: RateLimiter::new(quotas.failed_auth, NETWORKS_MAX),
            refresh_per_address: RateLimiter::new(quotas.refresh_per_address, NETWORKS_MAX),
            refresh_per_family: RateLimiter::new(quotas.refresh_per_family, FAMILIES_MAX),
            api_key: RateLimiter::new(quotas.api_key, API_KEYS_MAX),
            visits_per_address: RateLimiter::new(quotas.visits_per_address, NETWORKS_MAX),
        }
    }
}
