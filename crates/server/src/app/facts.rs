//! What the API tells of this server: chosen setting by setting, so that a new one is shown only on purpose.

use greenroom_api::server::{
    LimitSettings, ModerationSettings, ServerFacts, SessionSettings, ShownSettings,
    SilenceSettings, TokenSettings, WebhookSettings,
};
use greenroom_domain::Timestamp;
use greenroom_domain::limits::{BODY_MAX_BYTES, FRAME_MAX_BYTES};
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};

use crate::config::Settings;

/// Tells of a server that started at `started_at`.
pub(super) fn facts(settings: &Settings, started_at: Timestamp) -> ServerFacts {
    ServerFacts {
        version: env!("CARGO_PKG_VERSION"),
        started_at,
        settings: ShownSettings {
            tokens: TokenSettings {
                expiry: settings.tokens.expiry.as_str(),
                reuse: settings.tokens.reuse.as_str(),
                leeway_secs: settings.tokens.leeway_secs,
                client_ttl_default_secs: ClientTokenTtl::DEFAULT_SECS,
                client_ttl_max_secs: ClientTokenTtl::MAX_SECS,
                refresh_ttl_default_secs: RefreshTokenTtl::DEFAULT_SECS,
                refresh_ttl_max_secs: RefreshTokenTtl::MAX_SECS,
            },
            sessions: SessionSettings {
                grace_secs: settings.sessions.grace_secs,
            },
            silence: SilenceSettings {
                media_max_secs: settings.media.silence_secs,
                websocket_max_secs: settings.sessions.silence_secs,
                session_timeout_secs: settings.sessions.timeout_secs,
                return_check_secs: settings.sessions.return_check_secs,
            },
            moderation: ModerationSettings {
                kick_revokes: settings.moderation.kick_revokes,
                end_revokes: settings.moderation.end_revokes,
            },
            webhooks: WebhookSettings {
                retry_hours: settings.webhooks.retry_hours,
                keep_days: settings.webhooks.keep_days,
                keep_failed_days: settings.webhooks.keep_dead_days(),
            },
            limits: limits(settings),
        },
    }
}

fn limits(settings: &Settings) -> LimitSettings {
    let limits = &settings.limits;
    LimitSettings {
        connections_max: settings.connections_max as u64,
        request_timeout_secs: settings.request_timeout_secs,
        body_max_bytes: BODY_MAX_BYTES as u64,
        frame_max_bytes: FRAME_MAX_BYTES as u64,
        failed_auth_burst: limits.failed_auth_burst,
        failed_auth_per_minute: limits.failed_auth_per_minute,
        refresh_per_address_burst: limits.refresh_per_address_burst,
        refresh_per_address_per_minute: limits.refresh_per_address_per_minute,
        refresh_per_family_burst: limits.refresh_per_family_burst,
        refresh_per_family_per_minute: limits.refresh_per_family_per_minute,
        api_key_burst: limits.api_key_burst,
        api_key_per_minute: limits.api_key_per_minute,
    }
}
