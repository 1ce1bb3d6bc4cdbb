//! What is counted for operators. Plain numbers: how they are shown is for the program to say.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counters since the start, except those whose text says "now".
        #[derive(Debug, Default)]
        pub struct Stats {
            $($(#[$doc])* pub $name: Counter,)*
        }
    };
}

counters! {
    /// Token pairs issued.
    tokens_issued,
    /// Client tokens issued by refresh.
    tokens_refreshed,
    /// Token pairs refused: no such room for the caller.
    issue_refused_room,
    /// Refreshes refused: something wrong with the token.
    refresh_refused_token,
    /// Refreshes refused: room gone or not the token's.
    refresh_refused_room,
    /// Refreshes refused: family revoked.
    refresh_refused_revoked,
    /// Requests refused for want of a usable API key.
    authentication_failed,
    /// Requests refused by a rate limit.
    rate_limited,
    /// Door connections open now.
    door_connections,
    /// Door sessions open now.
    door_sessions,
    /// Door sessions ever opened.
    door_sessions_opened,
    /// Frames refused at the door: token.
    door_refused_token,
    /// Frames refused at the door: room, revocation or reuse.
    door_refused_room,
}

/// One number.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One less.
    pub fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
