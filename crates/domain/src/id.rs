//! Typed ids: one UUID (version 4, RFC 9562) per kind of thing, so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::Entropy;

/// Text that is not a UUID in its one canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID in lower-case, hyphenated form")]
pub struct InvalidId;

/// Reads a UUID in its canonical form only: 36 characters, lower case, hyphens, no braces.
fn parse_canonical(text: &str) -> Result<Uuid, InvalidId> {
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

/// Makes a version 4 UUID from 16 random bytes.
fn random_uuid(entropy: &dyn Entropy) -> Uuid {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Draws a new id.
            pub fn random(entropy: &dyn Entropy) -> Self {
                Self(random_uuid(entropy))
            }

            /// Takes a UUID that is known to name such a thing.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_canonical(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// Names a room; never used again after the room is deleted.
    RoomId;
    /// Names an account, the owner of rooms and API keys.
    AccountId;
    /// Names an API key (not a secret).
    ApiKeyId;
    /// Names a family: a refresh token and all client tokens minted from it (claim `sid`).
    FamilyId;
    /// Names one token (claim `jti`).
    TokenId;
    /// Names a session, one meeting in a room.
    SessionId;
    /// Names a participant within its session; usually made by the client.
    ParticipantId;
    /// Names an event that webhooks tell of.
    EventId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        let text = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        assert_eq!(text.parse::<RoomId>().unwrap().to_string(), text);
        for wrong in [
            "",
            "undefined",
            "0CCC7B54-4DF3-4BCA-A65A-3DA1ECC777F0",
            "{0ccc7b54-4df3-4bca-a65a-3da1ecc777f0}",
            "0ccc7b544df34bcaa65a3da1ecc777f0",
            "urn:uuid:0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
            "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0 ",
            "0ccc7b54-4df3-4bca-a65a-3da1ecc777fé",
        ] {
            assert_eq!(wrong.parse::<RoomId>(), Err(InvalidId), "{wrong}");
        }
    }
}
