//! A bounded cache that never serves what an acknowledged write has replaced.
//!
//! The danger is a slow reader: it loads a value, a writer replaces that value and clears the
//! cache, and then the reader puts the old value back. So each write moves an epoch, and a reader
//! may only put what it loaded while the epoch stood still. Writes of other processes move the
//! store's own mark, which is compared on every look-up.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// When a look-up began; a value loaded after it may be put only if nothing was written since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64);

/// The values, the one not asked for longest first to go; within a budget.
#[derive(Debug)]
struct Values<K: Hash + Eq, V> {
    by_key: LruCache<K, V>,
    weigh: fn(&V) -> usize,
    weight: usize,
    budget: usize,
}

impl<K: Hash + Eq, V> Values<K, V> {
    fn new(budget: usize, weigh: fn(&V) -> usize) -> Self {
        Self {
            by_key: LruCache::unbounded(),
            weigh,
            weight: 0,
            budget,
        }
    }

    fn put(&mut self, key: K, value: V) {
        self.weight += (self.weigh)(&value);
        let replaced = self.by_key.put(key, value);
        self.take_off(replaced.as_ref());
        while self.weight > self.budget {
            let Some((_, oldest)) = self.by_key.pop_lru() else {
                return;
            };
            self.take_off(Some(&oldest));
        }
    }

    fn remove(&mut self, key: &K) {
        let removed = self.by_key.pop(key);
        self.take_off(removed.as_ref());
    }

    fn take_off(&mut self, gone: Option<&V>) {
        self.weight -= gone.map_or(0, self.weigh);
    }

    /// Empties it; what was in there is for the caller to drop.
    fn take_all(&mut self) -> LruCache<K, V> {
        self.weight = 0;
        std::mem::replace(&mut self.by_key, LruCache::unbounded())
    }
}

#[derive(Debug)]
struct Inner<K: Hash + Eq, V> {
    values: Values<K, V>,
    epoch: u64,
    foreign_mark: u64,
}

/// What a look-up found.
#[derive(Debug)]
pub enum Found<V> {
    /// The value, as fresh as the last acknowledged write.
    Cached(V),
    /// Nothing; load it and [`put`](FreshCache::put) it with this epoch.
    Missing(Epoch),
}

/// See the module's text.
#[derive(Debug)]
pub struct FreshCache<K: Hash + Eq, V>(Mutex<Inner<K, V>>);

impl<K: Hash + Eq, V: Clone> FreshCache<K, V> {
    /// A cache of values that weigh at most `budget` together. What a value weighs never changes.
    pub fn new(budget: usize, weigh: fn(&V) -> usize) -> Self {
        Self(Mutex::new(Inner {
            values: Values::new(budget, weigh),
            epoch: 0,
            foreign_mark: 0,
        }))
    }

    /// Looks `key` up; `foreign_mark` is the store's mark of other processes' writes, now.
    pub fn get(&self, key: &K, foreign_mark: u64) -> Found<V> {
        let mut inner = self.lock();
        if inner.foreign_mark != foreign_mark {
            inner.foreign_mark = foreign_mark;
            inner.epoch += 1;
            let epoch = Epoch(inner.epoch);
            let stale = inner.values.take_all();
            // There may be many: nobody else waits while they are dropped.
            drop(inner);
            drop(stale);
            return Found::Missing(epoch);
        }
        match inner.values.by_key.get(key) {
            Some(value) => Found::Cached(value.clone()),
            None => Found::Missing(Epoch(inner.epoch)),
        }
    }

    /// Keeps what was loaded since `epoch`, unless something was written meanwhile.
    pub fn put(&self, key: K, value: V, epoch: Epoch) {
        let mut inner = self.lock();
        if inner.epoch == epoch.0 {
            inner.values.put(key, value);
        }
    }

    /// To be called after a write was committed and before it is acknowledged: keeps the new value,
    /// or forgets the key.
    pub fn written(&self, key: K, value: Option<V>) {
        let mut inner = self.lock();
        inner.epoch += 1;
        match value {
            Some(value) => inner.values.put(key, value),
            None => inner.values.remove(&key),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets one look-up of a key go to the store at a time; who waited finds the outcome in the cache.
/// Without it, a burst on a cold cache would queue for the store once for each request.
#[derive(Debug)]
pub struct Turns {
    stripes: [tokio::sync::Mutex<()>; TURN_STRIPES],
    hasher: RandomState,
}

/// Keys share this many turns; two that share one only wait for each other.
const TURN_STRIPES: usize = 64;

impl Default for Turns {
    fn default() -> Self {
        Self {
            stripes: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            hasher: RandomState::new(),
        }
    }
}

impl Turns {
    /// Waits until nobody else looks `key` up.
    pub async fn take(&self, key: &impl Hash) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let stripe = usize::try_from(self.hasher.hash_one(key) % TURN_STRIPES as u64).ok()?;
        Some(self.stripes.get(stripe)?.lock().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> FreshCache<u8, &'static str> {
        FreshCache::new(10, |value| value.len())
    }

    fn missing(cache: &FreshCache<u8, &'static str>, key: u8, mark: u64) -> Epoch {
        match cache.get(&key, mark) {
            Found::Missing(epoch) => epoch,
            Found::Cached(value) => panic!("found {value}"),
        }
    }

    #[test]
    fn a_slow_reader_cannot_bring_an_old_value_back() {
        let cache = cache();
        let epoch = missing(&cache, 1, 0);
        cache.written(1, None);
        cache.put(1, "old", epoch);
        missing(&cache, 1, 0);
    }

    #[test]
    fn another_process_clears_everything() {
        let cache = cache();
        let epoch = missing(&cache, 1, 0);
        cache.put(1, "old", epoch);
        assert!(matches!(cache.get(&1, 0), Found::Cached("old")));
        let epoch = missing(&cache, 1, 7);
        cache.put(1, "new", epoch);
        assert!(matches!(cache.get(&1, 7), Found::Cached("new")));
    }

    #[test]
    fn it_stays_within_its_budget() {
        let cache = cache();
        for key in 0..10 {
            let epoch = missing(&cache, key, 0);
            cache.put(key, "12345", epoch);
        }
        assert_eq!(cache.lock().values.by_key.len(), 2);
        cache.written(9, Some("123"));
        cache.written(8, Some("1"));
        cache.written(7, Some("123456"));
        assert_eq!(cache.lock().values.by_key.len(), 3);
        assert_eq!(cache.lock().values.weight, 10);
        cache.written(7, None);
        assert_eq!(cache.lock().values.weight, 4);
        cache.written(1, Some("longer than all of it"));
        assert_eq!(cache.lock().values.by_key.len(), 0);
        assert_eq!(cache.lock().values.weight, 0);
    }

    #[test]
    fn what_was_asked_for_last_stays() {
        let cache = cache();
        cache.written(1, Some("12345"));
        cache.written(2, Some("12345"));
        assert!(matches!(cache.get(&1, 0), Found::Cached(_)));
        cache.written(3, Some("12345"));
        assert!(matches!(cache.get(&1, 0), Found::Cached(_)));
        missing(&cache, 2, 0);
    }

    #[tokio::test]
    async fn one_looks_up_while_the_others_wait() {
        let turns = Turns::default();
        let first = turns.take(&1).await;
        tokio::select! {
            biased;
            _ = turns.take(&1) => panic!("two at once"),
            () = std::future::ready(()) => {}
        }
        drop(first);
        assert!(turns.take(&1).await.is_some());
    }
}
