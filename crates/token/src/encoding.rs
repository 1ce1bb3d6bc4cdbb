//! Base64url as JWS wants it: no padding, no line breaks, and only the one canonical spelling.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Length of an Ed25519 signature, in bytes (RFC 8032).
pub(crate) const SIGNATURE_BYTES: usize = 64;

/// Length of an Ed25519 signature in base64url.
pub(crate) const SIGNATURE_CHARS: usize = encoded_len(SIGNATURE_BYTES);

/// Text that is not canonical base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotCanonical;

/// How many characters `bytes` bytes take in base64url.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Appends `bytes` in base64url.
pub(crate) fn push_base64url(out: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// Decodes text whose length was bounded by the caller.
pub(crate) fn decode_base64url(text: &str) -> Result<Vec<u8>, NotCanonical> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotCanonical)
}

/// Decodes text that must stand for exactly 32 bytes.
pub(crate) fn decode_32(text: &str) -> Result<[u8; 32], NotCanonical> {
    if text.len() != encoded_len(32) {
        return Err(NotCanonical);
    }
    // The decoder works in whole groups and wants room for the last one.
    let mut buffer = [0; 48];
    let decoded = URL_SAFE_NO_PAD
        .decode_slice(text, &mut buffer)
        .map_err(|_| NotCanonical)?;
    take(&buffer, decoded).ok_or(NotCanonical)
}

/// Decodes a signature segment; `None` for canonical text of any other length.
pub(crate) fn decode_signature(text: &str) -> Result<Option<[u8; SIGNATURE_BYTES]>, NotCanonical> {
    if text.len() != SIGNATURE_CHARS {
        return decode_base64url(text).map(|_| None);
    }
    let mut buffer = [0; 96];
    let decoded = URL_SAFE_NO_PAD
        .decode_slice(text, &mut buffer)
        .map_err(|_| NotCanonical)?;
    Ok(take(&buffer, decoded))
}

/// The first `N` bytes, if exactly that many were decoded.
fn take<const N: usize>(buffer: &[u8], decoded: usize) -> Option<[u8; N]> {
    buffer.get(..decoded)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(decode_base64url("_-8"), Ok(vec![0xff, 0xef]));
        assert_eq!(decode_base64url(""), Ok(Vec::new()));
        for wrong in [
            "_-8=", "/+8", "_-9", "_-8 ", " _-8", "_-\n8", "_", "_-8AA", "_-8\0", "_-é", "AB",
            "A=", "=", "_-8.",
        ] {
            assert_eq!(decode_base64url(wrong), Err(NotCanonical), "{wrong:?}");
        }
    }

    #[test]
    fn every_other_last_character_is_refused() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let last_chars = |bytes: &[u8]| {
            let mut text = String::new();
            push_base64url(&mut text, bytes);
            assert_eq!(text.len(), encoded_len(bytes.len()));
            text.pop();
            alphabet
                .chars()
                .filter(|last| decode_base64url(&format!("{text}{last}")).is_ok())
                .count()
        };
        // One byte leaves 4 unused bits in the last character, two leave 2, three none.
        assert_eq!([&b"x"[..], b"xy", b"xyz"].map(last_chars), [4, 16, 64]);
    }

    #[test]
    fn fixed_lengths() {
        let mut text = String::new();
        push_base64url(&mut text, &[7; 32]);
        assert_eq!(decode_32(&text), Ok([7; 32]));
        for wrong in [&text[1..], &format!("{text}A"), &"!".repeat(43), ""] {
            assert_eq!(decode_32(wrong), Err(NotCanonical), "{wrong}");
        }
        for bytes in [0, 1, 63, 64, 65, 66, 67, 128] {
            let mut text = String::new();
            push_base64url(&mut text, &vec![9; bytes]);
            let wanted = (bytes == SIGNATURE_BYTES).then_some([9; SIGNATURE_BYTES]);
            assert_eq!(decode_signature(&text), Ok(wanted), "{bytes}");
        }
        assert_eq!(decode_signature(&"!".repeat(86)), Err(NotCanonical));
        assert_eq!(decode_signature(&"!".repeat(80)), Err(NotCanonical));
        assert_eq!(decode_signature(&"_".repeat(86)), Err(NotCanonical));
    }
}
