//! API keys: who is calling, and when a key was last used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::limits::API_KEY_MAX_BYTES;
use greenroom_domain::{AccountId, ApiKeyId, Timestamp};
use greenroom_store::{Store, StoreError};
use greenroom_token::api_key::{matches, sha256};

use crate::fresh_cache::{Found, FreshCache, Turns};

/// Keys remembered at once: about 200 bytes each. Only good ones, or guesses would push them out.
const CACHED_KEYS_MAX: usize = 4_096;

/// Who is calling: the account, by one of its API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account_id: AccountId,
    /// The key it used.
    pub api_key_id: ApiKeyId,
    /// The store's mark of other processes' writes when the key was looked up: what is read on behalf
    /// of this call need not ask for it again.
    pub foreign_mark: u64,
}

/// Tells callers by their API keys.
pub struct ApiKeys {
    store: Arc<dyn Store>,
    /// By the SHA-256 of the whole key.
    cache: FreshCache<[u8; 32], Arc<ApiKey>>,
    turns: Turns,
    /// Uses since the last flush, at most one entry for each key in use.
    uses: Mutex<HashMap<ApiKeyId, Timestamp>>,
}

impl ApiKeys {
    /// Looks keys up in `store`.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            cache: FreshCache::new(CACHED_KEYS_MAX, |_| 1),
            turns: Turns::default(),
            uses: Mutex::default(),
        }
    }

    /// Who presents `key` at `now`; `None` if it opens nothing.
    pub async fn authenticate(
        &self,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Caller>, StoreError> {
        if key.len() > API_KEY_MAX_BYTES {
            return Ok(None);
        }
        let digest = sha256(key);
        let foreign_mark = self.store.foreign_changes();
        let Some(key) = self.find(key, digest, foreign_mark).await? else {
            return Ok(None);
        };
        if !key.is_usable(now) {
            return Ok(None);
        }
        self.note_use(key.id, now);
        Ok(Some(Caller {
            account_id: key.account_id,
            api_key_id: key.id,
            foreign_mark,
        }))
    }

    /// The record of `key`, from the cache or once from the store.
    async fn find(
        &self,
        key: &str,
        digest: [u8; 32],
        foreign_mark: u64,
    ) -> Result<Option<Arc<ApiKey>>, StoreError> {
        if let Found::Cached(found) = self.cache.get(&digest, foreign_mark) {
            return Ok(Some(found));
        }
        let _turn = self.turns.take(&digest).await;
        match self.cache.get(&digest, self.store.foreign_changes()) {
            Found::Cached(found) => Ok(Some(found)),
            Found::Missing(epoch) => {
                let found = self.look_up(key).await?.map(Arc::new);
                if let Some(found) = &found {
                    self.cache.put(digest, Arc::clone(found), epoch);
                }
                Ok(found)
            }
        }
    }

    /// Compares with every key of the prefix, so that the time taken does not tell which came close.
    async fn look_up(&self, key: &str) -> Result<Option<ApiKey>, StoreError> {
        let Some(prefix) = ApiKeyPrefix::of_key(key) else {
            return Ok(None);
        };
        let candidates = self.store.api_keys_by_prefix(&prefix).await?;
        Ok(candidates.into_iter().fold(None, |found, candidate| {
            if matches(&candidate.sha256, key) {
                Some(candidate)
            } else {
                found
            }
        }))
    }

    /// Whether the caller is the operator: of the account that was made first.
    pub async fn is_operator(&self, caller: Caller) -> Result<bool, StoreError> {
        let first = self.store.first_account().await?;
        Ok(first.is_some_and(|first| first.id == caller.account_id))
    }

    fn note_use(&self, id: ApiKeyId, now: Timestamp) {
        self.uses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, now);
    }

    /// Writes down when keys were last used. Losing this at a crash is harmless.
    pub async fn flush_uses(&self) -> Result<(), StoreError> {
        let uses: Vec<_> = {
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            uses.drain().collect()
        };
        if uses.is_empty() {
            return Ok(());
        }
        let mut work = self.store.begin().await?;
        work.touch_api_keys(&uses).await?;
        work.commit().await
    }
}
