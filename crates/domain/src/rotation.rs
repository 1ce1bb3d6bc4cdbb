//! Rotating refresh tokens: when a presented one is honest, and when it was stolen (`docs/tokens.md`).
//!
//! A family has one line of descent: each refresh uses a token up and issues a successor together
//! with a client token. The token used last may be presented once more only while nothing that was
//! issued for it has been used: then its answer was lost, and what was issued is replaced.

use crate::{Timestamp, TokenId};

/// What one refresh issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation {
    /// The refresh token, successor of the one that was presented.
    pub refresh: TokenId,
    /// The client token issued along with it.
    pub client: TokenId,
    /// When that client token expires.
    pub client_expires_at: Timestamp,
}

/// How far a family has come; there is none before its first refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rotation {
    /// The refresh token that was used last.
    pub previous: TokenId,
    /// What was issued for it.
    pub latest: Generation,
    /// Whether the latest client token was used.
    pub client_used: bool,
    /// Whether the family ended, since a token of it was stolen.
    pub ended: bool,
}

/// What a presented refresh token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The latest: it is used up now, and the next generation follows it.
    Rotate,
    /// The one used last, and its answer was never used: the next generation replaces this one.
    Replace(Generation),
    /// One that was used up or replaced: it is in two hands, and the family ends.
    Reuse,
    /// Of a family that ended before.
    Ended,
}

impl Rotation {
    /// Judges `presented`, a good refresh token of the family whose rotation is `standing`. `next`
    /// is what will be issued for it if it is honest. Also the rotation that stands afterwards.
    pub fn present(
        standing: Option<&Self>,
        presented: TokenId,
        next: Generation,
    ) -> (Decision, Self) {
        let decision = match standing {
            Some(standing) => standing.judge(presented),
            // No successor was ever issued, so it is the family's first.
            None => Decision::Rotate,
        };
        let rotation = match (decision, standing) {
            (Decision::Reuse | Decision::Ended, Some(standing)) => Self {
                ended: true,
                ..*standing
            },
            (Decision::Rotate | Decision::Replace(_), _)
            | (Decision::Reuse | Decision::Ended, None) => Self {
                previous: presented,
                latest: next,
                client_used: false,
                ended: false,
            },
        };
        (decision, rotation)
    }

    fn judge(&self, presented: TokenId) -> Decision {
        if self.ended {
            Decision::Ended
        } else if presented == self.latest.refresh {
            Decision::Rotate
        } else if presented == self.previous && !self.client_used {
            Decision::Replace(self.latest)
        } else {
            Decision::Reuse
        }
    }

    /// The rotation after `client` was used; `None` if that changes nothing.
    #[must_use]
    pub fn after_use(&self, client: TokenId) -> Option<Self> {
        let matters = client == self.latest.client && !self.client_used && !self.ended;
        matters.then_some(Self {
            client_used: true,
            ..*self
        })
    }
}

#[cfg(test)]
mod tests;
