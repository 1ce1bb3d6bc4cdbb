//! A bounded cache that never serves what an acknowledged write has replaced.
//!
//! The danger is a slow reader: it loads a value, a writer replaces that value and clears the
//! cache, and then the reader puts the old value back. So each write moves an epoch, and a reader
//! may only put what it loaded while the epoch stood still. Writes of other processes move the
//! store's own mark, which is compared on every look-up.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// When a look-up began; a value loaded after it may be put only if nothing was written since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64);

#[derive(Debug)]
struct Inner<K: Hash + Eq, V> {
    values: LruCache<K, V>,
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
    /// A cache of at most `capacity` values.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(Inner {
            values: LruCache::new(capacity),
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
            inner.values.clear();
        }
        match inner.values.get(key) {
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
            None => inner.values.pop(&key),
        };
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> FreshCache<u8, &'static str> {
        FreshCache::new(NonZeroUsize::new(2).unwrap())
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
    fn it_stays_within_its_bound() {
        let cache = cache();
        for key in 0..10 {
            let epoch = missing(&cache, key, 0);
            cache.put(key, "value", epoch);
        }
        assert_eq!(cache.lock().values.len(), 2);
    }
}
