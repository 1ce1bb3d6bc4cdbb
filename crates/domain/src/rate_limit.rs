//! Rate limits: the generic cell rate algorithm (ITU-T I.371) over a bounded set of keys.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::Timestamp;
use crate::limits::RETRY_AFTER_MAX_SECS;

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// How often something may happen: `burst` at once, `per_minute` in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    burst: u32,
    per_minute: u32,
}

impl Quota {
    /// A quota; `None` (no limit) if either number is 0.
    pub fn new(burst: u32, per_minute: u32) -> Option<Self> {
        (burst > 0 && per_minute > 0).then_some(Self { burst, per_minute })
    }

    fn interval_micros(self) -> i64 {
        (MICROS_PER_MINUTE / i64::from(self.per_minute)).max(1)
    }

    fn tolerance_micros(self) -> i64 {
        self.interval_micros().saturating_mul(i64::from(self.burst))
    }
}

/// Too many; when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many; try again in {retry_after_secs} s")]
pub struct RateLimited {
    /// Whole seconds to wait, 1 to [`RETRY_AFTER_MAX_SECS`].
    pub retry_after_secs: i64,
}

/// A limit per key. Keeps at most `capacity` keys; the one not seen for longest is forgotten first.
///
/// A key that has used nothing of its quota and one that is not there are the same, so forgetting
/// a key can only be lenient, never wrong.
#[derive(Debug)]
pub struct RateLimiter<K: Hash + Eq> {
    quota: Option<Quota>,
    /// For each key, when its quota would be whole again.
    whole_at: Mutex<LruCache<K, Timestamp>>,
}

impl<K: Hash + Eq> RateLimiter<K> {
    /// A limiter of `quota` (no limit if `None`) that remembers at most `capacity` keys.
    pub fn new(quota: Option<Quota>, capacity: NonZeroUsize) -> Self {
        Self {
            quota,
            whole_at: Mutex::new(LruCache::new(capacity)),
        }
    }

    /// Takes one from the quota of `key`, or says when there will be one.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), RateLimited> {
        let Some(quota) = self.quota else {
            return Ok(());
        };
        let mut whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let debt_from = whole_at.get(&key).copied().unwrap_or(now).max(now);
        let after = debt_from.saturating_add_micros(quota.interval_micros());
        check(quota, after, now)?;
        whole_at.put(key, after);
        Ok(())
    }

    /// Whether the quota of `key` has anything left; takes nothing.
    pub fn check(&self, key: &K, now: Timestamp) -> Result<(), RateLimited> {
        let Some(quota) = self.quota else {
            return Ok(());
        };
        let whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(debt_from) = whole_at.peek(key) else {
            return Ok(());
        };
        check(
            quota,
            debt_from.saturating_add_micros(quota.interval_micros()),
            now,
        )
    }

    /// How many keys are remembered.
    pub fn tracked(&self) -> usize {
        self.whole_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

/// Whether a debt that ends at `after` is within the tolerance of `quota` at `now`.
fn check(quota: Quota, after: Timestamp, now: Timestamp) -> Result<(), RateLimited> {
    let excess_micros = after.micros_since(now) - quota.tolerance_micros();
    if excess_micros <= 0 {
        return Ok(());
    }
    let secs = excess_micros.saturating_add(999_999) / 1_000_000;
    Err(RateLimited {
        retry_after_secs: secs.clamp(1, RETRY_AFTER_MAX_SECS),
    })
}

/// An address as limits count it: an IPv4 address, or the /64 network of an IPv6 address, which is
/// what one household or office has to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(u64, bool);

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(u32::from(v4)), false),
            IpAddr::V6(v6) => Self((u128::from(v6) >> 64) as u64, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(burst: u32, per_minute: u32, capacity: usize) -> RateLimiter<u32> {
        RateLimiter::new(
            Quota::new(burst, per_minute),
            NonZeroUsize::new(capacity).unwrap(),
        )
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let limiter = limiter(100, 60, 10);
        let start = Timestamp::from_unix_secs(1_000);
        for _ in 0..100 {
            assert_eq!(limiter.take(1, start), Ok(()));
        }
        assert_eq!(
            limiter.take(1, start),
            Err(RateLimited {
                retry_after_secs: 1
            })
        );
        assert!(limiter.check(&1, start).is_err());
        assert_eq!(limiter.take(2, start), Ok(()), "others are not touched");
        let later = start.saturating_add_secs(1);
        assert_eq!(limiter.check(&1, later), Ok(()));
        assert_eq!(limiter.take(1, later), Ok(()));
        assert!(limiter.take(1, later).is_err());
    }

    #[test]
    fn the_wait_is_never_long() {
        let limiter = limiter(1, 1, 10);
        let start = Timestamp::from_unix_secs(1_000);
        assert_eq!(limiter.take(1, start), Ok(()));
        assert_eq!(
            limiter.take(1, start),
            Err(RateLimited {
                retry_after_secs: 60
            })
        );
        assert_eq!(limiter.take(1, start.saturating_add_secs(60)), Ok(()));
    }

    #[test]
    fn a_flood_of_keys_stays_in_bounds() {
        let limiter = limiter(1, 1, 1_000);
        for key in 0..1_000_000 {
            assert_eq!(limiter.take(key, Timestamp::from_unix_secs(1_000)), Ok(()));
        }
        assert_eq!(limiter.tracked(), 1_000);
    }

    #[test]
    fn zero_means_no_limit() {
        let limiter = limiter(0, 60, 1);
        for _ in 0..10_000 {
            assert_eq!(limiter.take(1, Timestamp::from_unix_secs(1)), Ok(()));
        }
    }

    #[test]
    fn ipv6_counts_by_network() {
        let network = |text: &str| ClientNetwork::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_ne!(network("::"), network("0.0.0.0"));
    }
}
