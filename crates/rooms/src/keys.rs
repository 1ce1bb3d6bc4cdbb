//! The signing keys in force, replaced as a whole when the key directory changes.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use greenroom_token::KeyRing;
use tokio::sync::watch;

/// The key ring in force.
#[derive(Debug)]
pub struct Keys {
    ring: ArcSwap<KeyRing>,
    replaced: watch::Sender<()>,
}

impl Keys {
    /// Starts with `ring`.
    pub fn new(ring: KeyRing) -> Self {
        Self {
            ring: ArcSwap::from_pointee(ring),
            replaced: watch::Sender::new(()),
        }
    }

    /// The ring as it is now.
    pub fn ring(&self) -> Guard<Arc<KeyRing>> {
        self.ring.load()
    }

    /// Puts another ring in force and wakes whoever holds tokens of the old one.
    pub fn replace(&self, ring: KeyRing) {
        self.ring.store(Arc::new(ring));
        self.replaced.send_replace(());
    }

    /// Tells each time when the ring was replaced.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.replaced.subscribe()
    }
}
