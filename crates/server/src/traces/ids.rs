//! The ids of traces and spans. They follow from what everybody knows anyway, so that those who tell of the same way
//! need not tell each other of it, over restarts too.

use greenroom_domain::{Entropy, FamilyId};

use crate::config::SampleRatio;

/// A trace: its id is the token family's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(pub [u8; 16]);

/// A span within its trace; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(u64);

impl TraceId {
    /// The trace of a family's ways.
    pub fn of(family: FamilyId) -> Self {
        Self(family.as_uuid().into_bytes())
    }

    fn low(self) -> u64 {
        self.0
            .iter()
            .skip(8)
            .fold(0, |low, byte| low << 8 | u64::from(*byte))
    }
}

impl SpanId {
    const fn new(number: u64) -> Self {
        Self(if number == 0 { 1 } else { number })
    }

    /// The root of a trace: the request that the family began with.
    pub fn root(trace: TraceId) -> Self {
        Self::new(trace.low())
    }

    /// The opening of a session.
    pub const fn of_session(session: u64) -> Self {
        Self::new(session)
    }

    /// Any other span.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        Self::new(u64::from_be_bytes(bytes))
    }

    /// As it goes over the wire.
    pub const fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// Random bits of a trace id: those that W3C Trace Context (level 2) says are random. The ones before them are not in a
/// UUID.
const RANDOM_BITS: u32 = 56;

/// Says which traces are kept: always the same of one trace, and the same as any other sampler that goes by the id and
/// a threshold.
#[derive(Debug, Clone, Copy)]
pub struct Sampler {
    /// Those whose random bits are less are not kept.
    threshold: u64,
}

impl Sampler {
    /// Keeps this part of all traces.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "at most 2^56, which is exact in both"
    )]
    pub fn new(ratio: SampleRatio) -> Self {
        let all = (1_u64 << RANDOM_BITS) as f64;
        let threshold = ((1.0 - f64::from(ratio)) * all) as u64;
        Self { threshold }
    }

    /// Whether it is kept.
    pub fn keeps(self, trace: TraceId) -> bool {
        trace.low() & ((1 << RANDOM_BITS) - 1) >= self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edges::SystemEntropy;

    fn family(text: &str) -> FamilyId {
        text.parse().unwrap()
    }

    #[test]
    fn ids_follow_from_the_family() {
        let trace = TraceId::of(family("00112233-4455-4677-8899-aabbccddeeff"));
        assert_eq!(
            trace.0,
            [
                0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
                0xee, 0xff
            ]
        );
        assert_eq!(SpanId::root(trace).bytes(), trace.0[8..]);
    }

    #[test]
    fn no_span_is_nothing() {
        let nil = TraceId::of(family("00000000-0000-0000-0000-000000000000"));
        assert_ne!(SpanId::root(nil).bytes(), [0; 8]);
        assert_ne!(SpanId::of_session(0).bytes(), [0; 8]);
    }

    #[test]
    fn so_many_are_kept() {
        let families: Vec<TraceId> = (0..10_000)
            .map(|_| TraceId::of(FamilyId::random(&SystemEntropy)))
            .collect();
        for (ratio, least, most) in [
            (0.0, 0, 0),
            (0.1, 800, 1_200),
            (0.75, 7_200, 7_800),
            (1.0, 10_000, 10_000),
        ] {
            let sampler = Sampler::new(ratio.try_into().unwrap());
            let kept = families
                .iter()
                .filter(|trace| sampler.keeps(**trace))
                .count();
            assert!((least..=most).contains(&kept), "{ratio}: {kept}");
        }
    }
}
