//! Revoked families and tokens, kept in memory until the last of them has expired, and on disk
//! before that.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use greenroom_domain::limits::FAMILY_LIFE_MAX_SECS;
use greenroom_domain::{FamilyId, Timestamp, TokenId};
use greenroom_store::{Store, StoreError};
use tokio::sync::watch;

/// The revoked families, a set bounded by what can be revoked in a family's life (25 h), and single
/// tokens of families that go on, bounded by what can be refreshed in a client token's life (1 h).
pub struct Revocations {
    store: Arc<dyn Store>,
    families: RwLock<HashMap<FamilyId, Timestamp>>,
    tokens: RwLock<HashMap<TokenId, Timestamp>>,
    changed: watch::Sender<()>,
}

impl Revocations {
    /// Reads what is on record at `now`.
    pub async fn load(store: Arc<dyn Store>, now: Timestamp) -> Result<Self, StoreError> {
        let revocations = Self {
            store,
            families: RwLock::default(),
            tokens: RwLock::default(),
            changed: watch::Sender::new(()),
        };
        revocations.reload(now).await?;
        Ok(revocations)
    }

    /// Reads the record again, since another process has written.
    pub async fn reload(&self, now: Timestamp) -> Result<(), StoreError> {
        let recorded = self.store.revoked_families(now).await?;
        let recorded_tokens = self.store.revoked_tokens(now).await?;
        {
            let mut families = self
                .families
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            families.retain(|_, until| *until > now);
            families.extend(recorded);
            let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
            tokens.retain(|_, until| *until > now);
            tokens.extend(recorded_tokens);
        }
        self.changed.send_replace(());
        Ok(())
    }

    /// Whether tokens of `family` open nothing any more.
    pub fn is_revoked(&self, family: FamilyId) -> bool {
        self.families
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&family)
    }

    /// Whether the one token opens nothing any more, though its family may.
    pub fn is_token_revoked(&self, token: TokenId) -> bool {
        self.tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&token)
    }

    /// Revokes `family` for good: on disk when this returns.
    pub async fn revoke(&self, family: FamilyId, now: Timestamp) -> Result<(), StoreError> {
        let until = Self::family_until(now);
        let mut work = self.store.begin().await?;
        work.revoke_family(family, until).await?;
        work.commit().await?;
        self.put_in_force(family, until);
        Ok(())
    }

    /// How long a family that is revoked at `now` stays on record.
    pub(crate) const fn family_until(now: Timestamp) -> Timestamp {
        now.saturating_add_secs(FAMILY_LIFE_MAX_SECS)
    }

    /// Puts in force what was committed: `family` is revoked.
    pub(crate) fn put_in_force(&self, family: FamilyId, until: Timestamp) {
        self.put_all_in_force(&[family], until);
    }

    /// Puts in force what was committed: `families` are revoked.
    pub(crate) fn put_all_in_force(&self, families: &[FamilyId], until: Timestamp) {
        self.families
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(families.iter().map(|family| (*family, until)));
        self.changed.send_replace(());
    }

    /// Revokes a token that nobody has used, so that nobody needs to be told of it.
    pub(crate) fn put_token_in_force(&self, token: TokenId, until: Timestamp) {
        self.tokens
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token, until);
    }

    /// Forgets families none of whose tokens can be valid any more, and tokens that have expired.
    pub async fn forget_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        let families = forget(&self.families, now);
        let tokens = forget(&self.tokens, now);
        if !families && !tokens {
            return Ok(());
        }
        let mut work = self.store.begin().await?;
        work.forget_revoked_families(now).await?;
        work.forget_revoked_tokens(now).await?;
        work.commit().await
    }

    /// Tells each time when something was revoked.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

/// Drops what has ended; `true` if there was anything.
fn forget<K>(ends: &RwLock<HashMap<K, Timestamp>>, now: Timestamp) -> bool {
    let mut ends = ends.write().unwrap_or_else(PoisonError::into_inner);
    let before = ends.len();
    ends.retain(|_, until| *until > now);
    ends.len() < before
}
