//! What is looked for, and where it was found.

/// Characters at the beginning of an API key that may be shown.
const KEY_PREFIX_CHARS: usize = 12;

/// Secrets, and the pieces of them that must not be anywhere.
#[derive(Debug, Default)]
pub(super) struct Needles(Vec<(String, String)>);

impl Needles {
    /// An API key: all of it that comes after what may be shown.
    pub(super) fn key(&mut self, name: &str, key: &str) {
        self.0
            .push((name.to_owned(), key[KEY_PREFIX_CHARS..].to_owned()));
    }

    /// A token: its signature, without which the rest is worth nothing. The whole token cannot be
    /// anywhere without it.
    pub(super) fn token(&mut self, name: &str, token: &str) {
        let signature = token.rsplit('.').next().unwrap();
        assert!(signature.len() > 40, "{name} has no signature to look for");
        self.0.push((name.to_owned(), signature.to_owned()));
    }

    /// The names of the secrets that are in the text.
    pub(super) fn found_in(&self, text: &[u8]) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(_, needle)| contains(text, needle.as_bytes()))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Makes sure that none of them is in the text, which is called `place`.
    #[track_caller]
    pub(super) fn are_not_in(&self, place: &str, text: impl AsRef<[u8]>) {
        let found = self.found_in(text.as_ref());
        assert!(
            found.is_empty(),
            "{place} shows {found:?}: {}",
            String::from_utf8_lossy(text.as_ref())
        );
    }
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}
