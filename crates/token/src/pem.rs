//! PKCS#8 private keys in PEM: one block labelled `PRIVATE KEY` and nothing else (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::signing_key::KeyError;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
const BEGIN_ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const LINE_CHARS: usize = 64;

/// Longest key file that is looked at, in bytes; ours has about 120.
const PEM_MAX_BYTES: usize = 4 * 1024;

/// The DER inside the one PEM block of `text`.
pub(crate) fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if text.len() > PEM_MAX_BYTES {
        return Err(KeyError::TooLong);
    }
    let text = text.trim_ascii();
    if text.starts_with(BEGIN_ENCRYPTED) {
        return Err(KeyError::Encrypted);
    }
    let body = text
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END))
        .ok_or(KeyError::NotPem)?;
    // Reserved at full length, so that no half-read copy of the key stays behind in a freed block.
    let mut joined = Zeroizing::new(String::with_capacity(body.len()));
    for line in body.lines() {
        joined.push_str(line.trim_ascii());
    }
    let mut der = Zeroizing::new(Vec::with_capacity(joined.len()));
    STANDARD
        .decode_vec(joined.as_bytes(), &mut der)
        .map_err(|_| KeyError::NotPem)?;
    Ok(der)
}

/// `der` as one PEM block.
pub(crate) fn encode(der: &[u8]) -> Zeroizing<String> {
    let body_chars = der.len().div_ceil(3) * 4;
    let mut body = Zeroizing::new(String::with_capacity(body_chars));
    STANDARD.encode_string(der, &mut body);
    let line_breaks = body_chars.div_ceil(LINE_CHARS) + 2;
    let mut pem = Zeroizing::new(String::with_capacity(
        BEGIN.len() + body_chars + line_breaks + END.len(),
    ));
    pem.push_str(BEGIN);
    for (at, character) in body.chars().enumerate() {
        if at % LINE_CHARS == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push('\n');
    pem.push_str(END);
    pem.push('\n');
    pem
}
