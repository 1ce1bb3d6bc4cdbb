//! `[webhooks]`: where events may be sent, and how long they are tried and kept. See `docs/webhooks.md`.

use greenroom_webhooks::{NetworkPolicy, RetryPolicy};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Longest that an event can be tried for, in hours: 30 days.
const RETRY_HOURS_MAX: u32 = 720;
/// Longest that events can be kept, in days.
const KEEP_DAYS_MAX: u32 = 3_650;
/// How long dead letters are kept at least, in days: there has to be time to see and replay them.
const KEEP_DEAD_DAYS: u32 = 30;

/// Webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSettings {
    /// Whether events may be sent to private, loopback and other addresses that are not public. Where it is not set:
    /// yes in `greenroom dev`, no otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_private: Option<bool>,
    /// Networks that events may be sent to although they are not public, such as `10.1.0.0/16`.
    pub allow_networks: Vec<IpNet>,
    /// How many hours an event is tried for; then it is a dead letter.
    pub retry_hours: u32,
    /// How many days events are kept after they were delivered; dead letters 30 days at least.
    pub keep_days: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_private: None,
            allow_networks: Vec::new(),
            retry_hours: 72,
            keep_days: 7,
        }
    }
}

impl WebhookSettings {
    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.retry_hours > RETRY_HOURS_MAX || self.keep_days > KEEP_DAYS_MAX {
            return Err(ConfigError::Contradiction(
                "`webhooks.retry_hours` must be 720 at most, and `webhooks.keep_days` 3650",
            ));
        }
        Ok(())
    }

    /// Which addresses may be dialled.
    pub fn network_policy(&self) -> NetworkPolicy {
        NetworkPolicy {
            allow_private: self.allow_private.unwrap_or(false),
            allow_networks: self.allow_networks.clone(),
        }
    }

    /// How long events are tried.
    pub const fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy {
            retry_secs: self.retry_hours as i64 * 3_600,
        }
    }

    /// How many days dead letters are kept.
    pub fn keep_dead_days(&self) -> u32 {
        self.keep_days.max(KEEP_DEAD_DAYS)
    }
}
