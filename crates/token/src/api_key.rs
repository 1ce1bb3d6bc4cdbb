//! API keys: how they are made, and how one that is presented is compared with what is kept.

use std::fmt;

use aws_lc_rs::constant_time;
use greenroom_domain::Entropy;
use greenroom_domain::limits::API_KEY_MAX_BYTES;
use zeroize::{Zeroize, Zeroizing};

const PREFIX: &str = "KEY_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random characters of a key. The first 8 are kept in the clear to look the key up by; the other
/// 43 hold 256 bits.
const RANDOM_CHARS: usize = 51;

/// The text of an API key. It is shown once and kept nowhere; `Debug` does not show it.
pub struct ApiKeySecret(Zeroizing<String>);

impl ApiKeySecret {
    /// Makes a new key: `KEY_` and 51 random characters (0-9, A-Z, a-z).
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + RANDOM_CHARS));
        text.push_str(PREFIX);
        let mut block = Zeroizing::new([0_u8; 64]);
        while text.len() < PREFIX.len() + RANDOM_CHARS {
            entropy.fill(block.as_mut_slice());
            // Six bits of each byte; the two values beyond the alphabet are thrown away, so that
            // all characters are equally likely.
            let drawn = block
                .iter()
                .filter_map(|byte| ALPHABET.get(usize::from(byte & 0x3f)))
                .map(|character| char::from(*character));
            let missing = PREFIX.len() + RANDOM_CHARS - text.len();
            text.extend(drawn.take(missing));
            block.zeroize();
        }
        Self(text)
    }

    /// The text itself, to be shown once to whoever made the key.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of the key.
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiKeySecret(redacted)")
    }
}

/// SHA-256 of a whole key. Keys are random, so no slow hash is needed (`docs/tokens.md`).
pub fn sha256(key: &str) -> [u8; 32] {
    crate::fingerprint::sha256(key.as_bytes())
}

/// Whether `presented` is the key of which `kept` is the SHA-256. How long this takes does not
/// tell how much of it is right.
pub fn matches(kept: &[u8; 32], presented: &str) -> bool {
    presented.len() <= API_KEY_MAX_BYTES
        && constant_time::verify_slices_are_equal(kept, &sha256(presented)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use greenroom_domain::api_key::ApiKeyPrefix;

    use super::*;

    /// All byte values in turn, each block starting elsewhere.
    struct Cycling(AtomicUsize);

    impl Entropy for Cycling {
        fn fill(&self, out: &mut [u8]) {
            for byte in out {
                [*byte, ..] = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            }
            self.0.fetch_add(7, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_key_has_its_form() {
        let entropy = Cycling(AtomicUsize::new(0));
        let mut seen = HashSet::new();
        for _ in 0..62 {
            let key = ApiKeySecret::generate(&entropy);
            let random = key.expose().strip_prefix("KEY_").unwrap();
            assert_eq!(random.len(), RANDOM_CHARS);
            assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert!(ApiKeyPrefix::of_key(key.expose()).is_some());
            seen.extend(random.chars());
        }
        assert_eq!(seen.len(), ALPHABET.len());
    }

    #[test]
    fn what_stays_secret_has_256_bits() {
        let secret_chars = PREFIX.len() + RANDOM_CHARS - ApiKeyPrefix::CHARS;
        let bits = f64::from(u8::try_from(secret_chars).unwrap()) * 62_f64.log2();
        assert!(bits >= 256.0, "{bits}");
    }

    #[test]
    fn only_the_key_itself_matches() {
        let key = ApiKeySecret::generate(&Cycling(AtomicUsize::new(7)));
        let kept = key.sha256();
        assert_eq!(kept, sha256(key.expose()));
        assert!(matches(&kept, key.expose()));
        let text = key.expose();
        for wrong in [
            "",
            &text[..text.len() - 1],
            &format!("{text} "),
            &text.to_lowercase(),
            &"x".repeat(10_000_000),
        ] {
            assert!(!matches(&kept, wrong));
        }
        for byte in 0..32 {
            let mut other = kept;
            other[byte] ^= 1;
            assert!(!matches(&other, text));
        }
    }

    #[test]
    fn no_key_is_longer_than_the_bound() {
        for (length, wanted) in [(API_KEY_MAX_BYTES, true), (API_KEY_MAX_BYTES + 1, false)] {
            let long = "K".repeat(length);
            assert_eq!(matches(&sha256(&long), &long), wanted);
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let key = ApiKeySecret::generate(&Cycling(AtomicUsize::new(0)));
        assert_eq!(format!("{key:?}"), "ApiKeySecret(redacted)");
    }
}
