//! The token that a connection was last let in with.

use greenroom_domain::Timestamp;
use secrecy::{ExposeSecret, SecretString};

/// A token that was verified, and what it allows.
pub(super) struct Access<Pass> {
    token: SecretString,
    pub(super) pass: Pass,
    /// The first moment at which the token is not valid any more.
    pub(super) expires_at: Timestamp,
}

impl<Pass> Access<Pass> {
    pub(super) const fn new(token: SecretString, pass: Pass, expires_at: Timestamp) -> Self {
        Self {
            token,
            pass,
            expires_at,
        }
    }

    /// Whether it was this very text. Nobody learns anything from how long the comparison takes:
    /// the peer is the one who sent the first text, too.
    pub(super) fn is_by(&self, token: &SecretString) -> bool {
        self.token.expose_secret() == token.expose_secret()
    }
}
