//! The public keys as others fetch them to verify tokens themselves.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::signing_key::SigningKey;

/// A set of public keys, as served at `/.well-known/jwks.json` (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    /// The keys; the one that signs now comes first.
    pub keys: Vec<Jwk>,
}

/// One Ed25519 public key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// The key's family, always `OKP`.
    pub kty: &'static str,
    /// The curve, always `Ed25519`.
    pub crv: &'static str,
    /// The one algorithm the key is for, always `Ed25519` (RFC 9864).
    pub alg: &'static str,
    /// What the key is for, always `sig`.
    #[serde(rename = "use")]
    pub key_use: &'static str,
    /// The name of the key, as in the header of tokens.
    pub kid: String,
    /// The public key, 32 bytes in base64url.
    pub x: String,
}

impl Jwk {
    /// Describes the public half of `key`.
    pub(crate) fn of(key: &SigningKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: "Ed25519",
            key_use: "sig",
            kid: key.kid().to_string(),
            x: URL_SAFE_NO_PAD.encode(key.public_key()),
        }
    }
}
