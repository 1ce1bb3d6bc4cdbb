//! `[limits]`: how often something may happen. A burst or rate of 0 means no limit.

use greenroom_domain::rate_limit::Quota;
use greenroom_rooms::limiters::Quotas;
use serde::{Deserialize, Serialize};

/// Rate limits. Addresses count as networks: IPv4 one by one, IPv6 by /64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Failed authentications of one address at once.
    pub failed_auth_burst: u32,
    /// Failed authentications of one address in a minute, after that.
    pub failed_auth_per_minute: u32,
    /// Refreshes from one address at once.
    pub refresh_per_address_burst: u32,
    /// Refreshes from one address in a minute, after that.
    pub refresh_per_address_per_minute: u32,
    /// Refreshes of one family at once: parallel tabs and retries included.
    pub refresh_per_family_burst: u32,
    /// Refreshes of one family in a minute, after that; the usual client asks twice.
    pub refresh_per_family_per_minute: u32,
    /// Requests with one API key at once; off by default.
    pub api_key_burst: u32,
    /// Requests with one API key in a minute, after that; off by default.
    pub api_key_per_minute: u32,
    /// Tokens for visitors of one address at once.
    pub visits_per_address_burst: u32,
    /// Tokens for visitors of one address in a minute, after that.
    pub visits_per_address_per_minute: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            failed_auth_burst: 200,
            failed_auth_per_minute: 60,
            refresh_per_address_burst: 5_000,
            refresh_per_address_per_minute: 6_000,
            refresh_per_family_burst: 1_000,
            refresh_per_family_per_minute: 60,
            api_key_burst: 0,
            api_key_per_minute: 0,
            visits_per_address_burst: 100,
            visits_per_address_per_minute: 60,
        }
    }
}

impl LimitSettings {
    /// The quotas these settings stand for.
    pub fn quotas(&self) -> Quotas {
        Quotas {
            failed_auth: Quota::new(self.failed_auth_burst, self.failed_auth_per_minute),
            refresh_per_address: Quota::new(
                self.refresh_per_address_burst,
                self.refresh_per_address_per_minute,
            ),
            refresh_per_family: Quota::new(
                self.refresh_per_family_burst,
                self.refresh_per_family_per_minute,
            ),
            api_key: Quota::new(self.api_key_burst, self.api_key_per_minute),
            visits_per_address: Quota::new(
                self.visits_per_address_burst,
                self.visits_per_address_per_minute,
            ),
        }
    }
}
