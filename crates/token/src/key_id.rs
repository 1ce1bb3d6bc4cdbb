//! The name of a signing key: the thumbprint of its public half.

use std::fmt;
use std::str::FromStr;

use base64::display::Base64Display;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::encoding::{decode_32, encoded_len, push_base64url};

/// The `kid` of a key: the SHA-256 thumbprint of its public JWK (RFC 7638), 43 characters as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 32]);

/// Text that is not a thumbprint: 43 characters of canonical base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key id (43 characters of base64url)")]
pub struct InvalidKeyId;

impl KeyId {
    /// Names the Ed25519 key with these 32 public bytes.
    pub(crate) fn of_public_key(public_key: &[u8; 32]) -> Self {
        // The members a thumbprint is taken over, in their fixed order and without spaces.
        const OPENING: &str = r#"{"crv":"Ed25519","kty":"OKP","x":""#;
        const CLOSING: &str = r#""}"#;
        let mut jwk =
            String::with_capacity(OPENING.len() + encoded_len(public_key.len()) + CLOSING.len());
        jwk.push_str(OPENING);
        push_base64url(&mut jwk, public_key);
        jwk.push_str(CLOSING);
        Self(crate::fingerprint::sha256(jwk.as_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.0, &URL_SAFE_NO_PAD).fmt(out)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        decode_32(text).map(Self).map_err(|_| InvalidKeyId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example key of RFC 8037 and its thumbprint.
    #[test]
    fn the_published_example() {
        let public = decode_32("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let text = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        let kid = KeyId::of_public_key(&public);
        assert_eq!(kid.to_string(), text);
        assert_eq!(text.parse(), Ok(kid));
        assert_eq!(format!("{kid:?}"), format!("KeyId({text})"));
    }

    #[test]
    fn nothing_else_is_a_key_id() {
        let text = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        for wrong in [
            "",
            "../../etc/passwd",
            "' OR 1=1 --",
            &text[1..],
            &format!("{text}="),
            &text.replace('_', "/"),
            &text.replace("4k", "4l"),
            &format!("{}\0", &text[1..]),
            &"k".repeat(4_000),
        ] {
            assert_eq!(wrong.parse::<KeyId>(), Err(InvalidKeyId), "{wrong:?}");
        }
    }
}
