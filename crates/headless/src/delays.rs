//! How long packets were under way, in bounded memory.

/// Each power of two is cut into that many steps, so a percentile is right to within 3 %.
const STEPS: u64 = 32;
/// The first steps and 32 powers of two above them: up to 2^37 microseconds, 38 hours.
const BUCKETS: usize = 33 * 32;

/// How long packets were under way: a histogram in microseconds, exact below 32 and right to within
/// 3 % above.
#[derive(Debug, Clone, Default)]
pub struct Delays {
    /// Empty until the first delay is told.
    counts: Vec<u64>,
    total: u64,
}

impl Delays {
    /// Adds one delay, in microseconds.
    pub fn add(&mut self, micros: u64) {
        if self.counts.is_empty() {
            self.counts = vec![0; BUCKETS];
        }
        if let Some(count) = self.counts.get_mut(bucket(micros)) {
            *count += 1;
            self.total += 1;
        }
    }

    /// Adds all delays of another histogram.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
        } else {
            for (count, more) in self.counts.iter_mut().zip(&other.counts) {
                *count += more;
            }
        }
        self.total += other.total;
    }

    /// How many delays were told.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The delay in microseconds that this share (0 to 1000 per mille) did not exceed.
    pub fn per_mille(&self, share: u64) -> Option<u64> {
        let rank = (self.total * share.min(1000)).div_ceil(1000).max(1);
        let mut passed = 0;
        self.counts.iter().zip(0_u64..).find_map(|(count, index)| {
            passed += count;
            (passed >= rank).then(|| upper(index))
        })
    }
}

fn bucket(micros: u64) -> usize {
    let octave = u64::from((micros | 1).ilog2()).saturating_sub(u64::from(STEPS.ilog2()));
    let index = if micros < STEPS {
        micros
    } else {
        (octave + 1) * STEPS + (micros >> octave) - STEPS
    };
    usize::try_from(index).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

/// The largest delay of that bucket.
fn upper(index: u64) -> u64 {
    if index < STEPS {
        return index;
    }
    let octave = index / STEPS - 1;
    ((index % STEPS + STEPS + 1) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_order_and_close() {
        for micros in (0..5_000).chain([1 << 20, (1 << 36) + 12_345]) {
            let index = bucket(micros) as u64;
            let upper = upper(index);
            assert!(upper >= micros, "{micros} in bucket {index} up to {upper}");
            assert!(upper - micros <= micros / 32, "{micros} {upper}");
        }
    }

    #[test]
    fn percentiles_of_a_known_set() {
        let mut low = Delays::default();
        let mut high = Delays::default();
        (1..=50).for_each(|micros| low.add(micros));
        (51..=100).for_each(|micros| high.add(micros));
        low.merge(&high);
        assert_eq!(low.count(), 100);
        assert_eq!(low.per_mille(100), Some(10));
        assert!((50..=51).contains(&low.per_mille(500).expect("not empty")));
        assert!((99..=101).contains(&low.per_mille(990).expect("not empty")));
        assert_eq!(Delays::default().per_mille(500), None);
    }

    #[test]
    fn the_longest_delay_has_a_bucket() {
        let mut delays = Delays::default();
        delays.add(u64::MAX);
        assert_eq!(delays.count(), 1);
    }
}
