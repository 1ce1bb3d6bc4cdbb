//! The claims of a token: how they are written, and how strictly they are read.

use std::fmt;

use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, FamilyId, JoinGrant, RoomId, Timestamp, TokenId};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::check::TokenError;
use crate::json::{Object, Value, parse_object};
use crate::verify::VerifyPolicy;

const UUID_CHARS: usize = Hyphenated::LENGTH;

const ISSUER: &str = "telnyx_access_token";
const SUBJECT: &str = "null";
const GRANTS_VERSION: &str = "1.0.0";
const ACTION: &str = "join";
const ROOM_PREFIX: &str = "telnyx:video:rooms:";
const ACCOUNT_PREFIX: &str = "telnyx:users:";

/// The claim that marks tokens of a family whose refresh token rotates; absent in all others.
const ROTATE: &str = "rotate";

/// All claims there are.
const NAMES: [&str; 12] = [
    "aud",
    "exp",
    "grants",
    "grants_version",
    "iat",
    "iss",
    "jti",
    "nbf",
    ROTATE,
    "sid",
    "sub",
    "typ",
];

/// 9999-12-31T23:59:59Z, the last second that the wire's time format can show.
const LAST_SECOND: i64 = 253_402_300_799;

/// The kinds of token (claim `typ`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// A client token: opens the room.
    Access,
    /// A refresh token: good for client tokens only.
    Refresh,
}

impl TokenType {
    /// The kind as the claim `typ` names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    fn from_claim(text: &str) -> Option<Self> {
        [Self::Access, Self::Refresh]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// The longest life of such a token, in seconds.
    const fn max_life_secs(self) -> i64 {
        match self {
            Self::Access => ClientTokenTtl::MAX_SECS as i64,
            Self::Refresh => RefreshTokenTtl::MAX_SECS as i64,
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What a token says, in our own types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) token_type: TokenType,
    pub(crate) grant: JoinGrant,
    pub(crate) family: FamilyId,
    pub(crate) token_id: TokenId,
    /// Whether each refresh token of the family is good for one refresh only.
    pub(crate) rotates: bool,
    /// Whole seconds since 1970.
    pub(crate) issued_at_secs: i64,
    /// Whole seconds since 1970; from this second on the token is refused.
    pub(crate) expires_at_secs: i64,
}

impl Claims {
    /// Length of the longest payload, in bytes: the fixed text, four UUIDs and three times.
    pub(crate) const JSON_MAX_BYTES: usize = 512;

    /// Whether the times can be written at all: in range, with a second to spare for `nbf`.
    pub(crate) const fn times_are_in_range(&self) -> bool {
        self.issued_at_secs >= 1 && self.expires_at_secs <= LAST_SECOND
    }

    /// The payload, names in alphabetical order and without spaces. None of the values can hold
    /// anything that JSON would have to escape.
    pub(crate) fn to_json(self) -> String {
        let mut out = String::with_capacity(Self::JSON_MAX_BYTES);
        for part in [
            r#"{"aud":""#,
            ISSUER,
            r#"","exp":"#,
            &self.expires_at_secs.to_string(),
            r#","grants":[{"actions":[""#,
            ACTION,
            r#""],"resources":[""#,
            ROOM_PREFIX,
            text_of(self.grant.room_id().as_uuid(), &mut [0; UUID_CHARS]),
            r#""],"subjects":[""#,
            ACCOUNT_PREFIX,
            text_of(self.grant.account_id().as_uuid(), &mut [0; UUID_CHARS]),
            r#""]}],"grants_version":""#,
            GRANTS_VERSION,
            r#"","iat":"#,
            &self.issued_at_secs.to_string(),
            r#","iss":""#,
            ISSUER,
            r#"","jti":""#,
            text_of(self.token_id.as_uuid(), &mut [0; UUID_CHARS]),
            r#"","nbf":"#,
            &(self.issued_at_secs - 1).to_string(),
            if self.rotates {
                r#","rotate":true"#
            } else {
                ""
            },
            r#","sid":""#,
            text_of(self.family.as_uuid(), &mut [0; UUID_CHARS]),
            r#"","sub":""#,
            SUBJECT,
            r#"","typ":""#,
            self.token_type.as_str(),
            r#""}"#,
        ] {
            out.push_str(part);
        }
        out
    }

    /// The last moment at which a payload says that it is valid, whoever has written it.
    pub(crate) fn last_moment(payload: &[u8]) -> Option<Timestamp> {
        let payload = parse_object(payload).ok()?;
        let expires = seconds(&payload, "exp").ok()?;
        Some(Timestamp::from_unix_secs(expires.saturating_sub(1)))
    }

    /// Reads a payload whose signature was checked. `wanted` is the kind of token that will do;
    /// any kind if absent.
    pub(crate) fn read(
        payload: &[u8],
        wanted: Option<TokenType>,
        policy: &VerifyPolicy,
        now: Timestamp,
    ) -> Result<Self, TokenError> {
        let payload = parse_object(payload).map_err(TokenError::PayloadJson)?;
        let raw = RawClaims::read(&payload)?;
        let token_type = TokenType::from_claim(raw.typ).ok_or(TokenError::UnknownTokenType)?;
        if wanted.is_some_and(|wanted| wanted != token_type) {
            return Err(TokenError::WrongTokenType);
        }
        let (token_id, family) = raw.identity()?;
        raw.check_times(token_type, policy, now)?;
        Ok(Self {
            token_type,
            grant: read_grants(raw.grants)?,
            family,
            token_id,
            rotates: raw.rotates,
            issued_at_secs: raw.issued,
            expires_at_secs: raw.expires,
        })
    }
}

fn text_of(uuid: Uuid, buffer: &mut [u8; UUID_CHARS]) -> &str {
    uuid.as_hyphenated().encode_lower(buffer)
}

/// The claims by type alone: all there, none unknown.
struct RawClaims<'a> {
    aud: &'a str,
    expires: i64,
    grants: &'a [Value<'a>],
    grants_version: &'a str,
    issued: i64,
    iss: &'a str,
    jti: &'a str,
    not_before: i64,
    rotates: bool,
    sid: &'a str,
    sub: &'a str,
    typ: &'a str,
}

impl<'a> RawClaims<'a> {
    fn read(payload: &'a Object<'a>) -> Result<Self, TokenError> {
        if payload.names().any(|name| !NAMES.contains(&name)) {
            return Err(TokenError::UnknownClaim);
        }
        let Value::Array(grants) = claim(payload, "grants")? else {
            return Err(TokenError::WrongClaimType("grants"));
        };
        Ok(Self {
            aud: text(payload, "aud")?,
            expires: seconds(payload, "exp")?,
            grants,
            grants_version: text(payload, "grants_version")?,
            issued: seconds(payload, "iat")?,
            iss: text(payload, "iss")?,
            jti: text(payload, "jti")?,
            not_before: seconds(payload, "nbf")?,
            rotates: rotates(payload)?,
            sid: text(payload, "sid")?,
            sub: text(payload, "sub")?,
            typ: text(payload, "typ")?,
        })
    }

    fn identity(&self) -> Result<(TokenId, FamilyId), TokenError> {
        if self.iss != ISSUER {
            return Err(TokenError::WrongIssuer);
        }
        if self.aud != ISSUER {
            return Err(TokenError::WrongAudience);
        }
        if self.sub != SUBJECT {
            return Err(TokenError::WrongSubject);
        }
        if self.grants_version != GRANTS_VERSION {
            return Err(TokenError::WrongGrantsVersion);
        }
        let token_id = self.jti.parse().map_err(|_| TokenError::MalformedTokenId)?;
        let family = self.sid.parse().map_err(|_| TokenError::MalformedFamily)?;
        Ok((token_id, family))
    }

    fn check_times(
        &self,
        token_type: TokenType,
        policy: &VerifyPolicy,
        now: Timestamp,
    ) -> Result<(), TokenError> {
        for (name, secs) in [
            ("exp", self.expires),
            ("iat", self.issued),
            ("nbf", self.not_before),
        ] {
            if !(0..=LAST_SECOND).contains(&secs) {
                return Err(TokenError::TimeOutOfRange(name));
            }
        }
        if self.not_before > self.issued || self.issued >= self.expires {
            return Err(TokenError::TimesOutOfOrder);
        }
        if self.expires - self.issued > token_type.max_life_secs() {
            return Err(TokenError::LivesTooLong);
        }
        let now_secs = now.unix_secs();
        if now_secs >= self.expires {
            return Err(TokenError::Expired);
        }
        // Leeway is for clocks of two machines that differ; it never lengthens a token's life.
        let latest = now_secs.saturating_add(policy.leeway_secs());
        if self.not_before > latest {
            return Err(TokenError::NotYetValid);
        }
        if self.issued > latest {
            return Err(TokenError::IssuedInFuture);
        }
        Ok(())
    }
}

fn claim<'a>(payload: &'a Object<'a>, name: &'static str) -> Result<&'a Value<'a>, TokenError> {
    payload.get(name).ok_or(TokenError::MissingClaim(name))
}

fn text<'a>(payload: &'a Object<'a>, name: &'static str) -> Result<&'a str, TokenError> {
    claim(payload, name)?
        .as_text()
        .ok_or(TokenError::WrongClaimType(name))
}

fn seconds(payload: &Object<'_>, name: &'static str) -> Result<i64, TokenError> {
    match claim(payload, name)? {
        Value::Integer(secs) => Ok(*secs),
        // A whole number all the same: out of range, which the times' own check says.
        Value::HugeInteger => Ok(i64::MAX),
        Value::Text(_) | Value::Array(_) | Value::Object(_) | Value::Boolean(_) | Value::Other => {
            Err(TokenError::WrongClaimType(name))
        }
    }
}

/// Absent or true; nothing else is ever written.
fn rotates(payload: &Object<'_>) -> Result<bool, TokenError> {
    match payload.get(ROTATE) {
        None => Ok(false),
        Some(Value::Boolean(true)) => Ok(true),
        Some(_) => Err(TokenError::WrongClaimType(ROTATE)),
    }
}

fn read_grants(grants: &[Value<'_>]) -> Result<JoinGrant, TokenError> {
    let [grant] = grants else {
        return Err(TokenError::NotOneGrant);
    };
    let Value::Object(grant) = grant else {
        return Err(TokenError::MalformedGrant);
    };
    if grant
        .names()
        .any(|name| !["actions", "resources", "subjects"].contains(&name))
    {
        return Err(TokenError::MalformedGrant);
    }
    if only_text(grant, "actions")? != Some(ACTION) {
        return Err(TokenError::WrongActions);
    }
    let room_id: RoomId = only_text(grant, "resources")?
        .and_then(|text| text.strip_prefix(ROOM_PREFIX)?.parse().ok())
        .ok_or(TokenError::WrongResources)?;
    let account_id: AccountId = only_text(grant, "subjects")?
        .and_then(|text| text.strip_prefix(ACCOUNT_PREFIX)?.parse().ok())
        .ok_or(TokenError::WrongSubjects)?;
    Ok(JoinGrant::from_verified(room_id, account_id))
}

/// The one text of the array of that name; `None` if it holds anything but one text.
fn only_text<'a>(grant: &'a Object<'a>, name: &str) -> Result<Option<&'a str>, TokenError> {
    match grant.get(name) {
        Some(Value::Array(members)) => match members.as_slice() {
            [member] => Ok(member.as_text()),
            [] | [_, ..] => Ok(None),
        },
        Some(
            Value::Text(_)
            | Value::Integer(_)
            | Value::HugeInteger
            | Value::Object(_)
            | Value::Boolean(_)
            | Value::Other,
        )
        | None => Err(TokenError::MalformedGrant),
    }
}
