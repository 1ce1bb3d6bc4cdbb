//! Verifying a token, strictly and in a fixed order (see [`Check`](crate::Check)).

use greenroom_domain::limits::TOKEN_MAX_BYTES;
use greenroom_domain::{FamilyId, JoinGrant, Timestamp, TokenId};

use crate::check::{Segment, TokenError};
use crate::claims::{Claims, TokenType};
use crate::encoding::{decode_base64url, decode_signature};
use crate::header::read_header;
use crate::key_id::KeyId;
use crate::key_ring::{KeyEntry, KeyRing};
use crate::signing_key::SigningKey;

/// What may be tuned about verification. Everything else is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyPolicy {
    leeway_secs: i64,
    accept_eddsa: bool,
}

/// A leeway of more than [`VerifyPolicy::LEEWAY_MAX_SECS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the leeway must be at most {} seconds", VerifyPolicy::LEEWAY_MAX_SECS)]
pub struct LeewayTooLong;

impl VerifyPolicy {
    /// The leeway when none is set, in seconds.
    pub const LEEWAY_DEFAULT_SECS: u32 = 5;
    /// The longest leeway, in seconds.
    pub const LEEWAY_MAX_SECS: u32 = 60;

    /// A policy with this leeway for `nbf` and `iat`, in seconds. There is none for `exp`.
    pub fn new(leeway_secs: u32) -> Result<Self, LeewayTooLong> {
        if leeway_secs > Self::LEEWAY_MAX_SECS {
            return Err(LeewayTooLong);
        }
        Ok(Self {
            leeway_secs: i64::from(leeway_secs),
            accept_eddsa: false,
        })
    }

    /// Also accepts the algorithm's older name `EdDSA` (RFC 8037). Tokens are always issued under
    /// the name `Ed25519`.
    #[must_use]
    pub const fn accepting_eddsa(self) -> Self {
        Self {
            accept_eddsa: true,
            ..self
        }
    }

    pub(crate) const fn leeway_secs(&self) -> i64 {
        self.leeway_secs
    }

    pub(crate) const fn accepts_eddsa(&self) -> bool {
        self.accept_eddsa
    }
}

impl Default for VerifyPolicy {
    fn default() -> Self {
        Self {
            leeway_secs: i64::from(Self::LEEWAY_DEFAULT_SECS),
            accept_eddsa: false,
        }
    }
}

/// A token that passed every check; only [`verify`] and [`explain`](crate::explain()) make one.
/// Whether the room is still there and the family not revoked is for the caller to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedToken {
    claims: Claims,
    kid: KeyId,
}

impl VerifiedToken {
    /// Which kind of token it is.
    pub const fn token_type(&self) -> TokenType {
        self.claims.token_type
    }

    /// What it allows.
    pub const fn grant(&self) -> JoinGrant {
        self.claims.grant
    }

    /// The family it belongs to, by which it can be revoked (claim `sid`).
    pub const fn family(&self) -> FamilyId {
        self.claims.family
    }

    /// Its own id (claim `jti`).
    pub const fn token_id(&self) -> TokenId {
        self.claims.token_id
    }

    /// Whether each refresh token of its family is good for one refresh only (claim `rotate`).
    pub const fn rotates(&self) -> bool {
        self.claims.rotates
    }

    /// When it was issued, to the second (claim `iat`).
    pub const fn issued_at(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.claims.issued_at_secs)
    }

    /// The moment from which on it is refused, to the second (claim `exp`).
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.claims.expires_at_secs)
    }

    /// The key that signed it.
    pub const fn kid(&self) -> KeyId {
        self.kid
    }
}

/// Checks a token of the wanted kind against the keys, as of `now`. Never panics, whatever `raw` is.
pub fn verify(
    ring: &KeyRing,
    raw: &str,
    wanted: TokenType,
    policy: &VerifyPolicy,
    now: Timestamp,
) -> Result<VerifiedToken, TokenError> {
    verify_kind(ring, raw, Some(wanted), policy, now)
}

/// The family of a token that has expired and would pass every check otherwise: for the record, it opens nothing.
pub fn expired_family(
    ring: &KeyRing,
    raw: &str,
    wanted: TokenType,
    policy: &VerifyPolicy,
    now: Timestamp,
) -> Option<FamilyId> {
    let compact = Compact::split(raw).ok()?;
    let payload = decode_base64url(compact.payload).ok()?;
    let last = Claims::last_moment(&payload).filter(|last| *last < now)?;
    let token = verify(ring, raw, wanted, policy, last).ok()?;
    Some(token.family())
}

/// As [`verify`]; any kind of token will do if `wanted` is absent.
pub(crate) fn verify_kind(
    ring: &KeyRing,
    raw: &str,
    wanted: Option<TokenType>,
    policy: &VerifyPolicy,
    now: Timestamp,
) -> Result<VerifiedToken, TokenError> {
    let compact = Compact::split(raw)?;
    // A header that equals that of one of our keys was checked once and for all.
    let header = match ring.by_header_segment(compact.header) {
        Some(entry) => Header::Ours(entry),
        None => Header::Other(decode(compact.header, Segment::Header)?),
    };
    let payload = decode(compact.payload, Segment::Payload)?;
    let signature = decode_signature(compact.signature)
        .map_err(|_| TokenError::NotBase64Url(Segment::Signature))?;
    let named = match header {
        Header::Ours(entry) => Some(entry),
        Header::Other(bytes) => read_header(&bytes, policy)?
            .map(|kid| ring.get(kid).ok_or(TokenError::UnknownKey))
            .transpose()?,
    };
    let named = named.map(|entry| entry.usable_key(now)).transpose()?;
    let signature = signature.ok_or(TokenError::SignatureLength)?;
    let signed_by = |key: &SigningKey| {
        let message = compact.signing_input.as_bytes();
        key.verifying().check(message, &signature).is_ok()
    };
    let signer = match named {
        Some(key) => signed_by(key).then_some(key),
        None => ring.unnamed_candidates(now).find(|key| signed_by(key)),
    }
    .ok_or(TokenError::BadSignature)?;
    let claims = Claims::read(&payload, wanted, policy, now)?;
    Ok(VerifiedToken {
        claims,
        kid: signer.kid(),
    })
}

/// What a token's first segment turned out to be.
enum Header<'r> {
    /// Exactly the header that this key writes.
    Ours(&'r KeyEntry),
    /// Some other bytes, still to be read.
    Other(Vec<u8>),
}

/// A token in its three parts.
pub(crate) struct Compact<'a> {
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) signature: &'a str,
    /// What the signature is over: the first two parts with the dot between.
    pub(crate) signing_input: &'a str,
}

impl<'a> Compact<'a> {
    pub(crate) fn split(raw: &'a str) -> Result<Self, TokenError> {
        if raw.len() > TOKEN_MAX_BYTES {
            return Err(TokenError::TooLong);
        }
        let (signing_input, signature) =
            raw.rsplit_once('.').ok_or(TokenError::NotThreeSegments)?;
        let (header, payload) = signing_input
            .split_once('.')
            .ok_or(TokenError::NotThreeSegments)?;
        if payload.contains('.') {
            return Err(TokenError::NotThreeSegments);
        }
        Ok(Self {
            header,
            payload,
            signature,
            signing_input,
        })
    }
}

fn decode(text: &str, segment: Segment) -> Result<Vec<u8>, TokenError> {
    decode_base64url(text).map_err(|_| TokenError::NotBase64Url(segment))
}
