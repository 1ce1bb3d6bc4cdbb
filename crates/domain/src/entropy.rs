//! Where random bytes come from: a trait, so that ids and keys can be repeated from a seed in tests.

/// A source of random bytes fit for keys.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}
