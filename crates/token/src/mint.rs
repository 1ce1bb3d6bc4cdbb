//! Issuing tokens. Nothing is written anywhere: a token is a signature over what it says.

use std::fmt;

use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{Entropy, FamilyId, JoinGrant, Timestamp, TokenId};

use crate::claims::{Claims, TokenType};
use crate::encoding::{SIGNATURE_CHARS, encoded_len, push_base64url};
use crate::key_ring::KeyRing;
use crate::signing_key::SigningKey;
use crate::verify::VerifiedToken;

/// The text of a token. It opens a room for whoever has it, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwt(String);

impl Jwt {
    /// The text itself, for the answer to whoever asked for the token and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// As [`Self::expose`], without a copy.
    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Jwt(redacted)")
    }
}

/// A new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// Its text.
    pub jwt: Jwt,
    /// The moment from which on it is refused, to the second.
    pub expires_at: Timestamp,
}

/// A client token and the refresh token of its family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedPair {
    /// Opens the room.
    pub client: IssuedToken,
    /// Good for more client tokens of this family.
    pub refresh: IssuedToken,
    /// What both can be revoked by.
    pub family: FamilyId,
}

/// Why no token was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// The present lies before 1970 or after the year 9999.
    #[error("the clock is out of range")]
    ClockOutOfRange,
    /// Client tokens are only minted from refresh tokens.
    #[error("not a refresh token")]
    NotARefreshToken,
    /// The refresh token expired after it was verified.
    #[error("the refresh token has expired")]
    Expired,
    /// The key of the refresh token was revoked after it was verified.
    #[error("the refresh token's key is gone")]
    KeyGone,
    /// The cryptographic library could not work.
    #[error("signing failed")]
    Signing,
}

/// Issues a new family for `grant`: a client token and a refresh token.
pub fn mint_pair(
    ring: &KeyRing,
    grant: JoinGrant,
    client_ttl: ClientTokenTtl,
    refresh_ttl: RefreshTokenTtl,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<IssuedPair, MintError> {
    mint_family(ring, grant, client_ttl, refresh_ttl, false, now, entropy)
}

/// As [`mint_pair`], of a family whose refresh token rotates: each is good for one refresh only.
pub fn mint_rotating_pair(
    ring: &KeyRing,
    grant: JoinGrant,
    client_ttl: ClientTokenTtl,
    refresh_ttl: RefreshTokenTtl,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<IssuedPair, MintError> {
    mint_family(ring, grant, client_ttl, refresh_ttl, true, now, entropy)
}

fn mint_family(
    ring: &KeyRing,
    grant: JoinGrant,
    client_ttl: ClientTokenTtl,
    refresh_ttl: RefreshTokenTtl,
    rotates: bool,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<IssuedPair, MintError> {
    let family = FamilyId::random(entropy);
    let issue = |token_type, ttl_secs: u32| {
        issue(
            ring.active(),
            Claims {
                token_type,
                grant,
                family,
                token_id: TokenId::random(entropy),
                rotates,
                issued_at_secs: now.unix_secs(),
                expires_at_secs: now.unix_secs().saturating_add(i64::from(ttl_secs)),
            },
        )
    };
    Ok(IssuedPair {
        client: issue(TokenType::Access, client_ttl.secs())?,
        refresh: issue(TokenType::Refresh, refresh_ttl.secs())?,
        family,
    })
}

/// Issues another client token of the family of `refresh`. Grant and family are copied, so that a
/// refresh can never widen them; the new token may outlive the refresh token by up to
/// [`ClientTokenTtl::MAX_SECS`].
pub fn mint_client(
    ring: &KeyRing,
    refresh: &VerifiedToken,
    client_ttl: ClientTokenTtl,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<IssuedToken, MintError> {
    check_source(ring, refresh, now)?;
    let client_id = TokenId::random(entropy);
    issue(
        ring.active(),
        client_claims(refresh, client_id, client_ttl, now),
    )
}

/// Issues what follows a refresh token that rotates: a client token of its family and, with the same
/// end, its successor. They get the ids `client_id` and `refresh_id`. Whether `refresh` may be used
/// (again) is for the caller to ask first.
pub fn mint_successor(
    ring: &KeyRing,
    refresh: &VerifiedToken,
    client_ttl: ClientTokenTtl,
    (client_id, refresh_id): (TokenId, TokenId),
    now: Timestamp,
) -> Result<IssuedPair, MintError> {
    check_source(ring, refresh, now)?;
    Ok(IssuedPair {
        client: issue(
            ring.active(),
            client_claims(refresh, client_id, client_ttl, now),
        )?,
        refresh: issue(
            ring.active(),
            Claims {
                token_type: TokenType::Refresh,
                token_id: refresh_id,
                expires_at_secs: refresh.expires_at().unix_secs(),
                ..client_claims(refresh, client_id, client_ttl, now)
            },
        )?,
        family: refresh.family(),
    })
}

/// Whether anything can be minted from `refresh` at `now`.
fn check_source(ring: &KeyRing, refresh: &VerifiedToken, now: Timestamp) -> Result<(), MintError> {
    if refresh.token_type() != TokenType::Refresh {
        return Err(MintError::NotARefreshToken);
    }
    if refresh.expires_at() <= now {
        return Err(MintError::Expired);
    }
    if ring
        .get(refresh.kid())
        .is_none_or(|entry| entry.usable_key(now).is_err())
    {
        return Err(MintError::KeyGone);
    }
    Ok(())
}

fn client_claims(
    refresh: &VerifiedToken,
    token_id: TokenId,
    ttl: ClientTokenTtl,
    now: Timestamp,
) -> Claims {
    Claims {
        token_type: TokenType::Access,
        grant: refresh.grant(),
        family: refresh.family(),
        token_id,
        rotates: refresh.rotates(),
        issued_at_secs: now.unix_secs(),
        expires_at_secs: now.unix_secs().saturating_add(i64::from(ttl.secs())),
    }
}

fn issue(key: &SigningKey, claims: Claims) -> Result<IssuedToken, MintError> {
    if !claims.times_are_in_range() {
        return Err(MintError::ClockOutOfRange);
    }
    let payload = claims.to_json();
    let header = key.header_segment();
    let mut jwt =
        String::with_capacity(header.len() + 1 + encoded_len(payload.len()) + 1 + SIGNATURE_CHARS);
    jwt.push_str(header);
    jwt.push('.');
    push_base64url(&mut jwt, payload.as_bytes());
    let signature = key.sign(jwt.as_bytes()).map_err(|_| MintError::Signing)?;
    jwt.push('.');
    push_base64url(&mut jwt, &signature);
    Ok(IssuedToken {
        jwt: Jwt(jwt),
        expires_at: Timestamp::from_unix_secs(claims.expires_at_secs),
    })
}
