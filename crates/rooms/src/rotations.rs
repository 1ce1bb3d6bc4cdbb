//! Rotating refresh tokens, from presentation to disk; the rule is [`greenroom_domain::rotation`].
//!
//! Presentations of one family are decided one after the other, each inside the transaction that
//! writes its outcome. The door cannot wait for that, so uses of client tokens are noted in memory,
//! where the next decision sees them, and written down soon after.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom_domain::rotation::{Decision, Generation, Rotation};
use greenroom_domain::ttl::ClientTokenTtl;
use greenroom_domain::{FamilyId, Timestamp, TokenId};
use greenroom_store::{Store, StoreError};
use greenroom_token::{TokenFingerprint, VerifiedToken};
use lru::LruCache;

use crate::Revocations;
use crate::directory::to_its_end;

/// Used client tokens that are remembered, about 100 bytes each. One that fell out is written down
/// once more, which changes nothing.
const USED_MAX: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();
/// Uses that wait to be written down, reached only while the store takes no writes.
const UNSAVED_MAX: usize = 65_536;
/// Uses written down in one transaction.
const BATCH_MAX: usize = 256;

/// A use of a client token that is still to be written down.
#[derive(Debug, Clone, Copy)]
struct Use {
    client: TokenId,
    family: FamilyId,
    /// How long the family's record is needed for it.
    until: Timestamp,
}

#[derive(Debug)]
struct Uses {
    used: LruCache<TokenId, ()>,
    unsaved: HashMap<TokenId, Use>,
    /// Whether somebody is writing them down.
    saving: bool,
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// It was good, and is used up: the next generation may be handed out.
    Good,
    /// It was used up before, so it was stolen: its family has just been revoked.
    Reused,
    /// Its family is revoked.
    Revoked,
}

/// The families whose refresh token rotates.
pub struct Rotations {
    store: Arc<dyn Store>,
    revocations: Arc<Revocations>,
    uses: Mutex<Uses>,
}

impl Rotations {
    /// Families in `store`; what has to be revoked goes to `revocations`.
    pub fn new(store: Arc<dyn Store>, revocations: Arc<Revocations>) -> Arc<Self> {
        Arc::new(Self {
            store,
            revocations,
            uses: Mutex::new(Uses {
                used: LruCache::new(USED_MAX),
                unsaved: HashMap::new(),
                saving: false,
            }),
        })
    }

    /// Presents a verified refresh token that rotates. Whatever the outcome, it is on disk when this
    /// returns, and so are the ids of `next`: only then may its tokens be handed out. Whoever goes
    /// away meanwhile stops neither that nor the warning of a theft, which shows the `fingerprint`.
    pub async fn present(
        self: &Arc<Self>,
        refresh: &VerifiedToken,
        fingerprint: TokenFingerprint,
        next: Generation,
        now: Timestamp,
    ) -> Result<Presented, StoreError> {
        let (this, refresh) = (Arc::clone(self), *refresh);
        to_its_end(async move {
            let outcome = this.decide(&refresh, next, now).await;
            if let Ok(Presented::Reused) = outcome {
                tracing::warn!(
                    event = "token.refresh.reuse",
                    family = %refresh.family(),
                    token = %fingerprint,
                    "a refresh token was used twice; its family is revoked"
                );
            }
            outcome
        })
        .await
    }

    async fn decide(
        &self,
        refresh: &VerifiedToken,
        next: Generation,
        now: Timestamp,
    ) -> Result<Presented, StoreError> {
        let family = refresh.family();
        let mut work = self.store.begin().await?;
        if self.revocations.is_revoked(family) {
            return Ok(Presented::Revoked);
        }
        let standing = work.rotation_of(family).await?;
        let presented = refresh.token_id();
        let (mut decision, mut rotation) = Rotation::present(standing.as_ref(), presented, next);
        if let (Decision::Replace(lost), Some(standing)) = (decision, standing)
            && !self.void_unless_used(&lost)
        {
            // It was used a moment ago, which is not on disk yet.
            let standing = Rotation {
                client_used: true,
                ..standing
            };
            (decision, rotation) = Rotation::present(Some(&standing), presented, next);
        }
        let family_until = Revocations::family_until(now);
        match decision {
            Decision::Ended => return Ok(Presented::Revoked),
            Decision::Reuse => work.revoke_family(family, family_until).await?,
            Decision::Replace(lost) => {
                work.revoke_token(lost.client, lost.client_expires_at)
                    .await?;
            }
            Decision::Rotate => {}
        }
        work.save_rotation(family, &rotation, record_until(refresh))
            .await?;
        work.commit().await?;
        if decision == Decision::Reuse {
            self.revocations.put_in_force(family, family_until);
            return Ok(Presented::Reused);
        }
        Ok(Presented::Good)
    }

    /// How far a family has come, uses that are not on disk yet included; `None` if it was never refreshed.
    pub async fn standing(&self, family: FamilyId) -> Result<Option<Rotation>, StoreError> {
        let standing = self.store.rotation(family).await?;
        Ok(standing.map(|standing| {
            let client = standing.latest.client;
            let uses = self.lock();
            let used = uses.used.contains(&client) || uses.unsaved.contains_key(&client);
            let after = used.then(|| standing.after_use(client)).flatten();
            after.unwrap_or(standing)
        }))
    }

    /// Makes the client token of a lost answer void at the door; `false` if it was used, and so the
    /// answer not lost. Nothing can come between the two. It stays void if the transaction fails:
    /// who presents the predecessor again does not have it.
    fn void_unless_used(&self, lost: &Generation) -> bool {
        let uses = self.lock();
        let used = uses.used.contains(&lost.client) || uses.unsaved.contains_key(&lost.client);
        if !used {
            self.revocations
                .put_token_in_force(lost.client, lost.client_expires_at);
        }
        !used
    }

    /// Notes that a client token of a rotating family opens its door; `false` if it is void.
    pub(crate) fn use_client(self: &Arc<Self>, pass: &VerifiedToken) -> bool {
        let client = pass.token_id();
        let mut uses = self.lock();
        if self.revocations.is_token_revoked(client) {
            return false;
        }
        if uses.used.put(client, ()).is_some() {
            return true;
        }
        if uses.unsaved.len() < UNSAVED_MAX {
            let family = pass.family();
            // The record is kept for longer already.
            let until = pass.expires_at();
            uses.unsaved.insert(
                client,
                Use {
                    client,
                    family,
                    until,
                },
            );
        }
        if let (false, Ok(runtime)) = (uses.saving, tokio::runtime::Handle::try_current()) {
            uses.saving = true;
            let this = Arc::clone(self);
            runtime.spawn(async move { this.save_uses().await });
        }
        true
    }

    /// Writes down the uses that wait for it, such as those that could not be written when they
    /// happened. Who does so twice at a time writes the same.
    pub async fn save_uses(&self) {
        loop {
            let batch: Vec<Use> = {
                let mut uses = self.lock();
                let batch: Vec<_> = uses.unsaved.values().take(BATCH_MAX).copied().collect();
                uses.saving = !batch.is_empty();
                batch
            };
            if batch.is_empty() {
                return;
            }
            let saved = self.save(&batch).await;
            let mut uses = self.lock();
            if let Err(error) = saved {
                tracing::warn!(%error, "uses of client tokens could not be written down yet");
                uses.saving = false;
                return;
            }
            for used in batch {
                uses.unsaved.remove(&used.client);
            }
        }
    }

    async fn save(&self, batch: &[Use]) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        let mut changed = false;
        for used in batch {
            let standing = work.rotation_of(used.family).await?;
            let after = standing.and_then(|rotation| rotation.after_use(used.client));
            if let Some(after) = after {
                work.save_rotation(used.family, &after, used.until).await?;
                changed = true;
            }
        }
        if changed {
            work.commit().await?;
        }
        Ok(())
    }

    /// Forgets families none of whose tokens can be valid any more.
    pub async fn forget_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        if work.forget_rotations(now).await? == 0 {
            return Ok(());
        }
        work.commit().await
    }

    fn lock(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until when the record of a family is kept: its refresh tokens all end at once, and the last
/// client token an hour later at most.
fn record_until(refresh: &VerifiedToken) -> Timestamp {
    refresh
        .expires_at()
        .saturating_add_secs(i64::from(ClientTokenTtl::MAX_SECS))
}
