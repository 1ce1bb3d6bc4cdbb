//! Random numbers that repeat from a seed. Keys made of them are for tests only.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use greenroom_domain::Entropy;

/// Bytes that look random and are the same in every run.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<Rng>);

impl SeededEntropy {
    /// The bytes of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Rng::with_seed(seed)))
    }

    /// The bytes of a name, so that what is made for it is the same whatever was made before.
    pub fn named(name: &str) -> Self {
        // FNV-1a.
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::new(seed)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(entropy: &SeededEntropy) -> [u8; 16] {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        bytes
    }

    #[test]
    fn a_seed_repeats_and_a_draw_does_not() {
        let one = SeededEntropy::new(1);
        let first = draw(&one);
        assert_eq!(first, draw(&SeededEntropy::new(1)));
        assert_ne!(first, draw(&one));
        assert_ne!(first, draw(&SeededEntropy::new(2)));
        assert_ne!(
            draw(&SeededEntropy::named("a")),
            draw(&SeededEntropy::named("b"))
        );
    }
}
