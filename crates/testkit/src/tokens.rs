//! Looking into tokens, and forging them.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use greenroom_token::SigningKey;
use serde_json::{Value, json};

/// The header of a token.
pub fn header_of(token: &str) -> Value {
    part(token, 0)
}

/// The claims of a token.
pub fn claims_of(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, at: usize) -> Value {
    let segment = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

/// A token of any claims, signed with `key`, as only its owner could.
pub fn signed(key: &SigningKey, claims: &Value) -> String {
    let header = json!({"alg": "Ed25519", "typ": "JWT", "kid": key.kid().to_string()});
    signed_with_header(key, &header, claims)
}

/// The same with any header.
pub fn signed_with_header(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(header), encode(claims));
    let pem = key.to_pkcs8_pem().unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// The token with other claims and its old signature.
pub fn with_claims(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims_of(token);
    change(&mut claims);
    let (header, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{header}.{claims}.{signature}")
}
