//! Join tokens: the key ring, minting, verifying and explaining them, and API key secrets.
//!
//! Everything here is a pure function of keys, bytes and `now`: no IO, no clock, and random bytes
//! only from an [`Entropy`](greenroom_domain::Entropy) that was handed in. What the tokens hold
//! and why is written in `docs/tokens.md`.

pub mod api_key;
mod check;
mod claims;
mod encoding;
mod explain;
mod fingerprint;
mod header;
mod json;
mod jwks;
mod key_id;
mod key_ring;
mod mint;
mod pem;
mod signing_key;
mod verify;
mod verifying_key;

pub use check::{Check, JsonFault, Segment, TokenError};
pub use claims::TokenType;
pub use explain::{CheckOutcome, Explanation, explain};
pub use fingerprint::{TokenFingerprint, token_fingerprint};
pub use jwks::{Jwk, JwkSet};
pub use key_id::{InvalidKeyId, KeyId};
pub use key_ring::{KeyEntry, KeyRing, KeyRingError, KeyState};
pub use mint::{
    IssuedPair, IssuedToken, Jwt, MintError, mint_client, mint_pair, mint_rotating_pair,
    mint_successor,
};
pub use signing_key::{KeyError, SigningKey};
pub use verify::{LeewayTooLong, VerifiedToken, VerifyPolicy, expired_family, verify};
