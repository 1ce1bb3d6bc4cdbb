//! Which check a token fails, for an operator. Clients never see any of this.

use std::fmt;

use greenroom_domain::Timestamp;

use crate::check::{Check, TokenError};
use crate::claims::TokenType;
use crate::encoding::decode_base64url;
use crate::key_ring::KeyRing;
use crate::verify::{Compact, VerifiedToken, VerifyPolicy, verify_kind};

/// How one check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It was passed.
    Passed,
    /// It was not, and this is why; later checks were not made.
    Failed(TokenError),
    /// An earlier check failed.
    NotReached,
}

/// What became of a token, check by check. `Display` is the answer for an operator's terminal;
/// the signature is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    result: Result<VerifiedToken, TokenError>,
    header: Option<Part>,
    claims: Option<Part>,
}

/// A decoded segment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    bytes: Vec<u8>,
    /// The same for a terminal.
    readable: String,
}

/// Makes the checks of [`verify`](crate::verify()) on a token of either kind, as of `now`, and
/// keeps what it says even if it cannot be trusted. Never panics, whatever `raw` is.
pub fn explain(ring: &KeyRing, raw: &str, policy: &VerifyPolicy, now: Timestamp) -> Explanation {
    let (header, claims) = match Compact::split(raw) {
        Ok(compact) => (Part::decode(compact.header), Part::decode(compact.payload)),
        Err(_) => (None, None),
    };
    Explanation {
        result: verify_kind(ring, raw, None, policy, now),
        header,
        claims,
    }
}

impl Part {
    fn decode(segment: &str) -> Option<Self> {
        let bytes = decode_base64url(segment).ok()?;
        let readable = readable(&bytes);
        Some(Self { bytes, readable })
    }
}

/// The decoded segment with everything but printable ASCII escaped: it goes to a terminal, and
/// anybody may have written it.
fn readable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for character in String::from_utf8_lossy(bytes).chars() {
        match character {
            ' '..='~' => out.push(character),
            _ => out.extend(character.escape_unicode()),
        }
    }
    out
}

impl Explanation {
    /// The token if it passed every check; the reason if it did not. What lies outside a token
    /// (whether the room is there, whether the family was revoked) is for the caller to ask.
    pub const fn result(&self) -> Result<&VerifiedToken, TokenError> {
        match &self.result {
            Ok(token) => Ok(token),
            Err(error) => Err(*error),
        }
    }

    /// Every check in order, and how it went.
    pub fn checks(&self) -> impl Iterator<Item = (Check, CheckOutcome)> {
        let mut failed = false;
        Check::ALL.into_iter().map(move |check| {
            let outcome = match self.result {
                Err(error) if error.check() == check => {
                    failed = true;
                    CheckOutcome::Failed(error)
                }
                Err(_) if failed => CheckOutcome::NotReached,
                Ok(_) | Err(_) => CheckOutcome::Passed,
            };
            (check, outcome)
        })
    }

    /// The decoded header, escaped for a terminal; not to be trusted unless every check passed.
    pub fn header(&self) -> Option<&str> {
        self.header.as_ref().map(|part| part.readable.as_str())
    }

    /// The decoded header as it came, which may be no JSON; at most as long as a token.
    pub fn raw_header(&self) -> Option<&[u8]> {
        self.header.as_ref().map(|part| part.bytes.as_slice())
    }

    /// The decoded claims, escaped for a terminal; not to be trusted unless every check passed.
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_ref().map(|part| part.readable.as_str())
    }

    /// The decoded claims as they came, which may be no JSON; at most as long as a token.
    pub fn raw_claims(&self) -> Option<&[u8]> {
        self.claims.as_ref().map(|part| part.bytes.as_slice())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(token) => {
                let kind = match token.token_type() {
                    TokenType::Access => "client token",
                    TokenType::Refresh => "refresh token",
                };
                writeln!(out, "A good {kind}: it passes every check.")?;
                writeln!(out, "  room     {}", token.grant().room_id())?;
                writeln!(out, "  account  {}", token.grant().account_id())?;
                writeln!(out, "  family   {}", token.family())?;
                writeln!(out, "  expires  {}", token.expires_at().to_rfc3339_secs())?;
                writeln!(out, "  key      {}", token.kid())?;
            }
            Err(error) => writeln!(out, "Refused: {error}.")?,
        }
        writeln!(out)?;
        for (check, outcome) in self.checks() {
            let description = check.describe();
            match outcome {
                CheckOutcome::Passed => writeln!(out, "  passed       {description}")?,
                CheckOutcome::Failed(error) => {
                    writeln!(out, "  FAILED       {description}: {error}")?;
                }
                CheckOutcome::NotReached => writeln!(out, "  not reached  {description}")?,
            }
        }
        let trust = match self.result {
            Ok(_) => "",
            Err(_) => " (not to be trusted)",
        };
        for (name, text) in [("header", self.header()), ("claims", self.claims())] {
            match text {
                Some(text) => write!(out, "\n{name}{trust}\n  {text}\n")?,
                None => write!(out, "\n{name}\n  cannot be decoded\n")?,
            }
        }
        Ok(())
    }
}
