//! Changes of the signing keys: on disk first, then in force.

use std::sync::Arc;

use greenroom_domain::{Clock, Entropy, Timestamp};
use greenroom_token::{KeyError, KeyId, KeyRing, KeyRingError, SigningKey};
use tokio::sync::Mutex;

use crate::directory::to_its_end;
use crate::{Caller, Keys, audit};

/// What is done to the signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChange {
    /// The next key signs; the active one retires, and its tokens stay good.
    Rotate,
    /// A key is dropped, and every token that it signed dies.
    Revoke(KeyId),
}

impl KeyChange {
    /// The ring after the change. `fresh` takes a place that became empty.
    pub fn apply(
        self,
        ring: &KeyRing,
        fresh: SigningKey,
        now: Timestamp,
    ) -> Result<KeyRing, KeyRingError> {
        match self {
            Self::Rotate => ring.rotate(fresh, now),
            Self::Revoke(kid) => ring.revoke(kid, fresh, now),
        }
    }
}

/// Why the signing keys could not be changed or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyChangeError {
    /// The change makes no ring; nothing was done.
    #[error(transparent)]
    Ring(#[from] KeyRingError),
    /// A key could not be made.
    #[error("a signing key could not be made: {0}")]
    Generate(#[from] KeyError),
    /// The place where they are kept failed.
    #[error("{0}")]
    Cabinet(Box<dyn std::error::Error + Send + Sync>),
}

/// Where the signing keys are kept. Its calls may block.
pub trait KeyCabinet: Send + Sync + 'static {
    /// Reads the ring.
    fn load(&self) -> Result<KeyRing, KeyChangeError>;

    /// Changes the ring that is there now, whoever else may want to: when this returns, the outcome is kept.
    fn change(
        &self,
        change: KeyChange,
        fresh: SigningKey,
        now: Timestamp,
    ) -> Result<KeyRing, KeyChangeError>;
}

/// Changes the signing keys of a running server.
pub struct KeyKeeper {
    keys: Arc<Keys>,
    cabinet: Arc<dyn KeyCabinet>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Held from reading or writing a ring until it is in force, so that an older one never comes after.
    turn: Mutex<()>,
}

impl KeyKeeper {
    /// Keeps `keys` as they stand in `cabinet`.
    pub fn new(
        keys: Arc<Keys>,
        cabinet: Arc<dyn KeyCabinet>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Arc<Self> {
        Arc::new(Self {
            keys,
            cabinet,
            clock,
            entropy,
            turn: Mutex::default(),
        })
    }

    /// The keys in force.
    pub const fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// Makes a change: it is kept and in force when this returns, and is so too if nobody waits for it any more.
    pub async fn change(
        self: &Arc<Self>,
        caller: Caller,
        change: KeyChange,
    ) -> Result<(), KeyChangeError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let fresh = SigningKey::generate(&*this.entropy)?;
            let now = this.clock.now();
            this.take_over(move |cabinet| cabinet.change(change, fresh, now))
                .await?;
            match change {
                KeyChange::Rotate => {
                    audit::signing_key_rotated(Some(caller), this.keys.ring().active().kid());
                }
                KeyChange::Revoke(kid) => audit::signing_key_revoked(Some(caller), kid),
            }
            Ok(())
        })
        .await
    }

    /// Puts in force what another process has kept.
    pub async fn reload(&self) -> Result<(), KeyChangeError> {
        let before = self.keys.ring().active().kid();
        self.take_over(KeyCabinet::load).await?;
        let active = self.keys.ring().active().kid();
        if active != before {
            tracing::info!(%active, "another signing key is active");
        }
        Ok(())
    }

    /// Gets a ring from the cabinet, off the threads that must not block, and puts it in force.
    async fn take_over(
        &self,
        get: impl FnOnce(&dyn KeyCabinet) -> Result<KeyRing, KeyChangeError> + Send + 'static,
    ) -> Result<(), KeyChangeError> {
        let _turn = self.turn.lock().await;
        let cabinet = Arc::clone(&self.cabinet);
        let ring = tokio::task::spawn_blocking(move || get(&*cabinet))
            .await
            .map_err(|failure| KeyChangeError::Cabinet(Box::new(failure)))??;
        self.keys.replace(ring);
        Ok(())
    }
}
