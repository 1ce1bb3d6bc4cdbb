//! The header of a token: which key, and nothing that could change how it is verified.

use crate::check::TokenError;
use crate::json::{Object, parse_object};
use crate::key_id::KeyId;
use crate::verify::VerifyPolicy;

/// Members that other verifiers act on: they bring in keys, or change what is signed
/// (RFC 7515, RFC 7516, RFC 7797, RFC 7519).
const FORBIDDEN: [&str; 12] = [
    "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc", "cty", "epk",
];

const KNOWN: [&str; 3] = ["alg", "typ", "kid"];

/// Reads a decoded header in the order of the checks; `None` for one without `kid`.
pub(crate) fn read_header(
    bytes: &[u8],
    policy: &VerifyPolicy,
) -> Result<Option<KeyId>, TokenError> {
    let header = parse_object(bytes).map_err(TokenError::HeaderJson)?;
    check_algorithm(&header, policy)?;
    check_members(&header)?;
    match header.get("kid") {
        None => Ok(None),
        Some(kid) => kid
            .as_text()
            .and_then(|text| text.parse().ok())
            .map(Some)
            .ok_or(TokenError::MalformedKeyId),
    }
}

fn check_algorithm(header: &Object<'_>, policy: &VerifyPolicy) -> Result<(), TokenError> {
    let name = header
        .get("alg")
        .and_then(|value| value.as_text())
        .ok_or(TokenError::NoAlgorithm)?;
    match name {
        "Ed25519" => Ok(()),
        // The older, polymorphic name (RFC 8037). The key fixes the curve, so nothing else changes.
        "EdDSA" if policy.accepts_eddsa() => Ok(()),
        _ => Err(TokenError::WrongAlgorithm),
    }
}

fn check_members(header: &Object<'_>) -> Result<(), TokenError> {
    if let Some(name) = FORBIDDEN
        .into_iter()
        .find(|name| header.get(name).is_some())
    {
        return Err(TokenError::ForbiddenHeader(name));
    }
    if header.names().any(|name| !KNOWN.contains(&name)) {
        return Err(TokenError::UnknownHeader);
    }
    match header.get("typ").and_then(|value| value.as_text()) {
        Some("JWT") => Ok(()),
        Some(_) | None => Err(TokenError::NotJwt),
    }
}
