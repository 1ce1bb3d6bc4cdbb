//! `/server`: the route table, and what this server tells of itself. Not of the hosted service.

pub mod get;

use axum::Router;
use axum::routing::get;
use greenroom_domain::Timestamp;
use serde::Serialize;
use tower_http::cors::CorsLayer;
use utoipa::ToSchema;

use crate::rooms::method_not_allowed;
use crate::state::ApiState;

/// The routes. Pages of `origins` may call them.
pub fn routes(origins: CorsLayer) -> Router<ApiState> {
    Router::new()
        .route("/v2/server", get(get::handler))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
}

/// What the program tells of itself: nothing secret, no path and no address.
#[derive(Debug, Clone)]
pub struct ServerFacts {
    /// The program's version.
    pub version: &'static str,
    /// When it started.
    pub started_at: Timestamp,
    /// The settings that an application's developer needs.
    pub settings: ShownSettings,
}

/// The settings that an application's developer needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ServerSettings)]
pub struct ShownSettings {
    /// How tokens are checked, and how long they may live.
    #[schema(inline)]
    pub tokens: TokenSettings,
    /// When a meeting is over.
    #[schema(inline)]
    pub sessions: SessionSettings,
    /// How soon a browser that vanished is noticed.
    #[schema(inline)]
    pub silence: SilenceSettings,
    /// What becomes of the tokens of those who are put out.
    #[schema(inline)]
    pub moderation: ModerationSettings,
    /// How long events are tried and kept.
    #[schema(inline)]
    pub webhooks: WebhookSettings,
    /// How much and how often. A burst or rate of 0 means no limit.
    #[schema(inline)]
    pub limits: LimitSettings,
}

/// How tokens are checked, and how long they may live.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenSettings {
    /// What happens to a session whose token expires: `close` or `keep`.
    #[schema(example = "close")]
    pub expiry: &'static str,
    /// Whether one token family may have several sessions: `allow`, `reject_new` or `replace_old`.
    #[schema(example = "allow")]
    pub reuse: &'static str,
    /// How many seconds a token may come from the future.
    #[schema(example = 5)]
    pub leeway_secs: u32,
    /// Seconds that a client token lives if nothing is asked for.
    #[schema(example = 600)]
    pub client_ttl_default_secs: u32,
    /// The most that can be asked for.
    #[schema(example = 3600)]
    pub client_ttl_max_secs: u32,
    /// Seconds that a refresh token lives if nothing is asked for.
    #[schema(example = 3600)]
    pub refresh_ttl_default_secs: u32,
    /// The most that can be asked for.
    #[schema(example = 86400)]
    pub refresh_ttl_max_secs: u32,
}

/// When a meeting is over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionSettings {
    /// Seconds that a session goes on after the last one left.
    #[schema(example = 30)]
    pub grace_secs: u32,
}

/// How soon a browser that vanished is noticed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SilenceSettings {
    /// Seconds within which silent media is given up.
    #[schema(example = 13)]
    pub media_max_secs: u32,
    /// Seconds of a silent WebSocket after which somebody without media is given up.
    #[schema(example = 8)]
    pub websocket_max_secs: u32,
    /// Seconds without a frame of a session after which it ends, be its media as it may.
    #[schema(example = 60)]
    pub session_timeout_secs: u32,
    /// Seconds that somebody has to answer when its person seems to have come back by another connection; 0 if nobody
    /// is asked.
    #[schema(example = 3)]
    pub return_check_secs: u32,
}

/// What becomes of the tokens of those who are put out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModerationSettings {
    /// Whether a kick revokes the token families that the kicked came with.
    pub kick_revokes: bool,
    /// Whether ending a session does so for all who are in it.
    pub end_revokes: bool,
}

/// How long events are tried and kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookSettings {
    /// Hours that an event is tried for.
    #[schema(example = 72)]
    pub retry_hours: u32,
    /// Days that events are kept after they were delivered.
    #[schema(example = 7)]
    pub keep_days: u32,
    /// Days that events are kept which could not be delivered.
    #[schema(example = 30)]
    pub keep_failed_days: u32,
}

/// How much and how often.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LimitSettings {
    /// Connections that may be open at once.
    pub connections_max: u64,
    /// Seconds that a request may take.
    pub request_timeout_secs: u64,
    /// Largest body of a request, in bytes.
    pub body_max_bytes: u64,
    /// Largest frame on a room's WebSocket, in bytes.
    pub frame_max_bytes: u64,
    /// Failed authentications of one address at once.
    pub failed_auth_burst: u32,
    /// Failed authentications of one address in a minute, after that.
    pub failed_auth_per_minute: u32,
    /// Refreshes from one address at once.
    pub refresh_per_address_burst: u32,
    /// Refreshes from one address in a minute, after that.
    pub refresh_per_address_per_minute: u32,
    /// Refreshes of one family at once.
    pub refresh_per_family_burst: u32,
    /// Refreshes of one family in a minute, after that.
    pub refresh_per_family_per_minute: u32,
    /// Requests with one API key at once.
    pub api_key_burst: u32,
    /// Requests with one API key in a minute, after that.
    pub api_key_per_minute: u32,
}

/// This server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Server)]
pub struct ServerResource {
    /// Always `server`.
    #[schema(example = "server")]
    record_type: &'static str,
    /// The program's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// When it started: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    started_at: String,
    /// Whether the caller is the operator's account, which is the one that was made first: it alone may look at and
    /// change signing keys.
    operator: bool,
    /// The settings that an application's developer needs.
    settings: ShownSettings,
}
