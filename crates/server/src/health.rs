//! How the running server is: for those who ask by HTTP, and for the service manager.

use std::sync::Arc;
use std::time::Duration;

use greenroom_media::Engine;
use greenroom_rooms::Stats;
use greenroom_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// How long the store may take to answer before it counts as dead. A busy disk answers within it.
const STORE_LIMIT: Duration = Duration::from_secs(10);

/// What its health is judged by.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) stopping: CancellationToken,
}

/// A server's condition, for whoever may restart it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// All is well.
    Fit,
    /// Something is wrong that a restart would not mend: the calls that go on are worth more.
    Ailing(&'static str),
    /// Only a restart helps.
    Dead(&'static str),
}

impl Health {
    /// Whether the server is to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Whether all media threads live.
    pub(crate) fn media_lives(&self) -> bool {
        self.engine.is_healthy()
    }

    /// Whether the store can be read and written.
    pub(crate) async fn store_works(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    /// How it is now. A store that answers with a failure (a full disk) lives; one that does not answer is dead.
    pub(crate) async fn condition(&self) -> Condition {
        if !self.media_lives() {
            return Condition::Dead("a media thread has failed");
        }
        match tokio::time::timeout(STORE_LIMIT, self.store_works()).await {
            Ok(Ok(())) => Condition::Fit,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the store does not work");
                Condition::Ailing("the store takes no writes")
            }
            Err(_) => Condition::Dead("the store does not answer"),
        }
    }

    /// How many people are in how many calls.
    pub(crate) fn people_and_calls(&self) -> (u64, u64) {
        (self.stats.people.get(), self.stats.calls.get())
    }
}
