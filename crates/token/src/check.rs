//! The checks that every token goes through, in order, and what each can find wrong.
//!
//! Clients only ever see one uniform refusal; these reasons are for the log and the operator
//! (`docs/tokens.md`). No message contains any text of the token.

use std::fmt;

use greenroom_domain::limits::{TOKEN_JSON_MAX_DEPTH, TOKEN_MAX_BYTES};

use crate::json::MEMBERS_MAX;

/// One step of verification. [`Check::ALL`] has them in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// The token is short enough to look at.
    Size,
    /// It has three segments (RFC 7515).
    Segments,
    /// Each segment is base64url in its one canonical spelling.
    Encoding,
    /// The header is one small JSON object.
    Header,
    /// The header names our algorithm.
    Algorithm,
    /// The header has the members of our tokens and no others.
    HeaderMembers,
    /// The key is one of ours and in use.
    Key,
    /// The signature holds.
    Signature,
    /// The payload is one small JSON object.
    Payload,
    /// The claims are complete, known, and of the right types.
    Claims,
    /// The token is of the kind that is wanted here.
    Type,
    /// Issuer, audience, subject, version and ids are as in our tokens.
    Identity,
    /// The token is valid now.
    Times,
    /// It grants a join to exactly one room of one account.
    Grants,
}

impl Check {
    /// All checks, in the order in which they are made.
    pub const ALL: [Self; 14] = [
        Self::Size,
        Self::Segments,
        Self::Encoding,
        Self::Header,
        Self::Algorithm,
        Self::HeaderMembers,
        Self::Key,
        Self::Signature,
        Self::Payload,
        Self::Claims,
        Self::Type,
        Self::Identity,
        Self::Times,
        Self::Grants,
    ];

    /// The check's name for programs; it never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Segments => "segments",
            Self::Encoding => "encoding",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::HeaderMembers => "header_members",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Payload => "payload",
            Self::Claims => "claims",
            Self::Type => "type",
            Self::Identity => "identity",
            Self::Times => "times",
            Self::Grants => "grants",
        }
    }

    /// What passing this check means, in plain words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Size => "short enough to look at",
            Self::Segments => "three segments",
            Self::Encoding => "canonical base64url",
            Self::Header => "header is one JSON object",
            Self::Algorithm => "algorithm is Ed25519",
            Self::HeaderMembers => "header has only alg, typ and kid",
            Self::Key => "key is one of this server's",
            Self::Signature => "signature holds",
            Self::Payload => "payload is one JSON object",
            Self::Claims => "claims are complete and well-formed",
            Self::Type => "typ is the kind that is wanted",
            Self::Identity => "issuer, audience, subject, version and ids",
            Self::Times => "valid at this time",
            Self::Grants => "grants a join to one room",
        }
    }
}

/// A part of a compact token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// The first part.
    Header,
    /// The second part.
    Payload,
    /// The third part.
    Signature,
}

impl fmt::Display for Segment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// What is wrong with the JSON of a header or payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON (RFC 8259), or something after it.
    #[error("is not JSON")]
    Malformed,
    /// JSON, but not an object.
    #[error("is not an object")]
    NotAnObject,
    /// A name that stands twice in one object.
    #[error("has the same name twice in one object")]
    DuplicateName,
    /// Nested more deeply than [`TOKEN_JSON_MAX_DEPTH`].
    #[error("is nested more than {TOKEN_JSON_MAX_DEPTH} levels deep")]
    TooDeep,
    /// An object or array with far more members than any of ours.
    #[error("has an object or array with more than {MEMBERS_MAX} members")]
    TooManyMembers,
}

/// Why a token is refused; one variant for each thing that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`TOKEN_MAX_BYTES`].
    #[error("it is longer than {TOKEN_MAX_BYTES} bytes")]
    TooLong,
    /// Not header, payload and signature with two dots between.
    #[error("it does not consist of three segments")]
    NotThreeSegments,
    /// A segment with padding, other characters, or unused bits that are not zero.
    #[error("its {0} is not canonical base64url")]
    NotBase64Url(Segment),
    /// The header's JSON is not acceptable.
    #[error("its header {0}")]
    HeaderJson(JsonFault),
    /// The header names no algorithm, or not by text.
    #[error("its header names no algorithm")]
    NoAlgorithm,
    /// The header names an algorithm other than ours; `none` included.
    #[error("its algorithm is not Ed25519")]
    WrongAlgorithm,
    /// A header member that would bring in keys or change what is signed, such as `jwk` or `crit`.
    #[error("its header has the forbidden member {0}")]
    ForbiddenHeader(&'static str),
    /// A header member that our tokens do not have.
    #[error("its header has a member that is not alg, typ or kid")]
    UnknownHeader,
    /// The header's `typ` is not exactly `JWT`.
    #[error("its header's typ is not JWT")]
    NotJwt,
    /// The header's `kid` does not have the form of our key ids.
    #[error("its kid is not a key id of this server's form")]
    MalformedKeyId,
    /// No key of that id: foreign, revoked, or long retired.
    #[error("its key is not one of this server's (foreign, revoked or retired)")]
    UnknownKey,
    /// The key's time after retirement has passed.
    #[error("its key was retired too long ago")]
    KeyRetired,
    /// The signature does not have 64 bytes.
    #[error("its signature does not have 64 bytes")]
    SignatureLength,
    /// The signature does not hold.
    #[error("its signature does not hold")]
    BadSignature,
    /// The payload's JSON is not acceptable.
    #[error("its payload {0}")]
    PayloadJson(JsonFault),
    /// A claim that our tokens do not have.
    #[error("it has an unknown claim")]
    UnknownClaim,
    /// A claim is absent.
    #[error("the claim {0} is missing")]
    MissingClaim(&'static str),
    /// A claim of another JSON type than ours; times must be whole numbers.
    #[error("the claim {0} is of the wrong type")]
    WrongClaimType(&'static str),
    /// The claim `typ` names no kind of token.
    #[error("its typ is neither access nor refresh")]
    UnknownTokenType,
    /// A refresh token where a client token is wanted, or the reverse.
    #[error("it is a token of the other kind (client and refresh token mixed up)")]
    WrongTokenType,
    /// Another issuer.
    #[error("its iss is not telnyx_access_token")]
    WrongIssuer,
    /// Another audience.
    #[error("its aud is not telnyx_access_token")]
    WrongAudience,
    /// Another subject than the text `null`.
    #[error("its sub is not the text null")]
    WrongSubject,
    /// A version of the grants that is not known.
    #[error("its grants_version is not 1.0.0")]
    WrongGrantsVersion,
    /// The token's own id is not a canonical UUID.
    #[error("its jti is not a canonical UUID")]
    MalformedTokenId,
    /// The family's id is not a canonical UUID.
    #[error("its sid is not a canonical UUID")]
    MalformedFamily,
    /// A time before 1970 or after the year 9999.
    #[error("the time {0} is out of range")]
    TimeOutOfRange(&'static str),
    /// Not `nbf` <= `iat` < `exp`.
    #[error("its times are not in the order nbf, iat, exp")]
    TimesOutOfOrder,
    /// It lives longer than a token of its kind may.
    #[error("it lives longer than such a token may")]
    LivesTooLong,
    /// `exp` has come; there is no leeway here.
    #[error("it has expired")]
    Expired,
    /// `nbf` lies ahead by more than the leeway.
    #[error("it is not valid yet (nbf)")]
    NotYetValid,
    /// `iat` lies ahead by more than the leeway.
    #[error("it was issued in the future (iat)")]
    IssuedInFuture,
    /// Not exactly one grant.
    #[error("it does not have exactly one grant")]
    NotOneGrant,
    /// The grant is not an object of `actions`, `resources` and `subjects`.
    #[error("its grant does not consist of actions, resources and subjects")]
    MalformedGrant,
    /// Other actions than exactly `join`.
    #[error("its actions are not exactly join")]
    WrongActions,
    /// Other resources than exactly one room by its canonical UUID.
    #[error("its resources are not exactly one room")]
    WrongResources,
    /// Other subjects than exactly one account by its canonical UUID.
    #[error("its subjects are not exactly one account")]
    WrongSubjects,
}

impl TokenError {
    /// The check that found this.
    pub const fn check(self) -> Check {
        match self {
            Self::TooLong => Check::Size,
            Self::NotThreeSegments => Check::Segments,
            Self::NotBase64Url(_) => Check::Encoding,
            Self::HeaderJson(_) => Check::Header,
            Self::NoAlgorithm | Self::WrongAlgorithm => Check::Algorithm,
            Self::ForbiddenHeader(_) | Self::UnknownHeader | Self::NotJwt => Check::HeaderMembers,
            Self::MalformedKeyId | Self::UnknownKey | Self::KeyRetired => Check::Key,
            Self::SignatureLength | Self::BadSignature => Check::Signature,
            Self::PayloadJson(_) => Check::Payload,
            Self::UnknownClaim | Self::MissingClaim(_) | Self::WrongClaimType(_) => Check::Claims,
            Self::UnknownTokenType | Self::WrongTokenType => Check::Type,
            Self::WrongIssuer
            | Self::WrongAudience
            | Self::WrongSubject
            | Self::WrongGrantsVersion
            | Self::MalformedTokenId
            | Self::MalformedFamily => Check::Identity,
            Self::TimeOutOfRange(_)
            | Self::TimesOutOfOrder
            | Self::LivesTooLong
            | Self::Expired
            | Self::NotYetValid
            | Self::IssuedInFuture => Check::Times,
            Self::NotOneGrant
            | Self::MalformedGrant
            | Self::WrongActions
            | Self::WrongResources
            | Self::WrongSubjects => Check::Grants,
        }
    }
}
