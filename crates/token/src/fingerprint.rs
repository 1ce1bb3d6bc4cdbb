//! What may stand in a log in place of a token.

use std::fmt;

use aws_lc_rs::digest;

/// The first 4 bytes of a token's SHA-256, shown as 8 hex digits; tells tokens apart in a log
/// without giving them away (`docs/tokens.md`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenFingerprint([u8; 4]);

/// Takes the fingerprint of a token, or of any other text that must not be logged.
pub fn token_fingerprint(raw: &str) -> TokenFingerprint {
    let [first, second, third, fourth, ..] = sha256(raw.as_bytes());
    TokenFingerprint([first, second, third, fourth])
}

impl fmt::Display for TokenFingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for TokenFingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenFingerprint({self})")
    }
}

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    // The algorithm's output has this length, so the copy takes all of it.
    for (to, from) in out
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, bytes).as_ref())
    {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_hex_digits_of_sha_256() {
        let fingerprint = token_fingerprint("abc");
        assert_eq!(fingerprint.to_string(), "ba7816bf");
        assert_eq!(format!("{fingerprint:?}"), "TokenFingerprint(ba7816bf)");
        assert_eq!(token_fingerprint("").to_string(), "e3b0c442");
    }

    #[test]
    fn leading_zeros_are_kept() {
        assert_eq!(TokenFingerprint([0, 0, 1, 2]).to_string(), "00000102");
    }
}
