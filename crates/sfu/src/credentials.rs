//! ICE credentials: unguessable, and telling which shard a connection lives on.

use greenroom_domain::Entropy;
use str0m::IceCreds;

use crate::guard::guarded;

/// What may stand in a ufrag or password (`ice-char`, RFC 8839 section 5.4).
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Characters that name the shard.
const SHARD_CHARS: usize = 2;

/// Random characters after those: 96 bits, so that no two are ever the same.
const RANDOM_CHARS: usize = 16;

/// Characters of a password: 144 bits, RFC 8445 section 5.3 wants 128.
const PASSWORD_CHARS: usize = 24;

/// Most shards that can be told apart.
pub const SHARDS_MAX: usize = 1 << (6 * SHARD_CHARS);

const UFRAG_CHARS: usize = SHARD_CHARS + RANDOM_CHARS;

/// The local half of a STUN username of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ufrag([u8; UFRAG_CHARS]);

impl Ufrag {
    /// `None` if it cannot be one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.as_bytes().try_into().ok().map(Self)
    }

    fn shard(self) -> Option<usize> {
        let [high, low, ..] = self.0;
        Some(value(high)? << 6 | value(low)?)
    }
}

fn value(letter: u8) -> Option<usize> {
    ALPHABET.iter().position(|other| *other == letter)
}

fn letters(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().map(|byte| {
        ALPHABET
            .get(usize::from(byte % 64))
            .copied()
            .unwrap_or(b'A')
    })
}

/// Draws credentials for a connection on a shard.
pub(crate) fn draw(shard: usize, entropy: &dyn Entropy) -> (Ufrag, IceCreds) {
    let mut random = [0; RANDOM_CHARS + PASSWORD_CHARS];
    entropy.fill(&mut random);
    let (for_ufrag, for_password) = random.split_at(RANDOM_CHARS);
    let number = u16::try_from(shard % SHARDS_MAX).unwrap_or_default();
    let [high, low] = [number >> 6, number & 63].map(|six| six.to_le_bytes()[0]);
    let mut ufrag = [0; UFRAG_CHARS];
    for (at, letter) in ufrag
        .iter_mut()
        .zip(letters(&[high, low]).chain(letters(for_ufrag)))
    {
        *at = letter;
    }
    let credentials = IceCreds {
        ufrag: ufrag.iter().map(|letter| char::from(*letter)).collect(),
        pass: letters(for_password).map(char::from).collect(),
    };
    (Ufrag(ufrag), credentials)
}

/// Which shard a STUN binding request is for, by its username; `None` if it is no such request.
///
/// Nothing is verified: that is the shard's to do.
pub fn shard_of_datagram(datagram: &[u8]) -> Option<usize> {
    Check::parse(datagram)?.ufrag.shard()
}

/// What a STUN binding request says of itself; nothing is verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    /// Whom it is for.
    pub(crate) ufrag: Ufrag,
    /// Whether its sender takes this path from now on.
    pub(crate) nominates: bool,
}

impl Check {
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        guarded(|| {
            let message = str0m::ice::StunMessage::parse(datagram).ok()?;
            let (ours, _) = message.split_username()?;
            Some(Self {
                ufrag: Ufrag::parse(ours)?,
                nominates: message.use_candidate(),
            })
        })
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up, so that no two bytes near each other are the same.
    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) {
            for (byte, value) in out.iter_mut().zip(0..) {
                *byte = value;
            }
        }
    }

    #[test]
    fn a_ufrag_tells_its_shard() {
        for shard in [0, 1, 63, 64, SHARDS_MAX - 1] {
            let (ufrag, credentials) = draw(shard, &Counting);
            assert_eq!(ufrag.shard(), Some(shard));
            assert_eq!(Ufrag::parse(&credentials.ufrag), Some(ufrag));
            assert_eq!(credentials.pass.len(), PASSWORD_CHARS);
            assert!(credentials.pass.starts_with("QRST"), "other bytes");
        }
        assert_eq!(Ufrag::parse("short"), None);
        assert_eq!(Ufrag::parse("??not-of-ours-????").unwrap().shard(), None);
    }
}
