//! Revoked families, kept in memory until their last token has expired, and on disk before that.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use greenroom_domain::limits::FAMILY_LIFE_MAX_SECS;
use greenroom_domain::{FamilyId, Timestamp};
use greenroom_store::{Store, StoreError};
use tokio::sync::watch;

/// The revoked families. The set is bounded by what can be revoked in a family's life (25 h).
pub struct Revocations {
    store: Arc<dyn Store>,
    families: RwLock<HashMap<FamilyId, Timestamp>>,
    changed: watch::Sender<()>,
}

impl Revocations {
    /// Reads what is on record at `now`.
    pub async fn load(store: Arc<dyn Store>, now: Timestamp) -> Result<Self, StoreError> {
        let revocations = Self {
            store,
            families: RwLock::default(),
            changed: watch::Sender::new(()),
        };
        revocations.reload(now).await?;
        Ok(revocations)
    }

    /// Reads the record again, since another process has written.
    pub async fn reload(&self, now: Timestamp) -> Result<(), StoreError> {
        let recorded = self.store.revoked_families(now).await?;
        {
            let mut families = self
                .families
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            families.retain(|_, until| *until > now);
            families.extend(recorded);
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

    /// Revokes `family` for good: on disk when this returns.
    pub async fn revoke(&self, family: FamilyId, now: Timestamp) -> Result<(), StoreError> {
        let until = now.saturating_add_secs(FAMILY_LIFE_MAX_SECS);
        let mut work = self.store.begin().await?;
        work.revoke_family(family, until).await?;
        work.commit().await?;
        self.families
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(family, until);
        self.changed.send_replace(());
        Ok(())
    }

    /// Forgets families none of whose tokens can be valid any more.
    pub async fn forget_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        let expired = {
            let mut families = self
                .families
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let before = families.len();
            families.retain(|_, until| *until > now);
            before - families.len()
        };
        if expired == 0 {
            return Ok(());
        }
        let mut work = self.store.begin().await?;
        work.forget_revoked_families(now).await?;
        work.commit().await
    }

    /// Tells each time when something was revoked.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
