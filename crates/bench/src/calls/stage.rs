//! Where clients run: a thread for their media, a runtime for their sessions.

use std::time::Duration;

use greenroom_testkit::media::Driver;
use tokio::runtime::Runtime;

use super::network::CLIENTS;

/// Where clients run: a thread for their media, a runtime for their sessions.
pub(crate) struct Stage {
    runtime: Runtime,
    /// The thread with the media.
    pub(crate) driver: Driver,
}

impl Stage {
    /// An empty stage.
    pub(crate) fn set_up() -> anyhow::Result<Self> {
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?,
            driver: Driver::start(CLIENTS)?,
        })
    }

    /// Runs something with sessions to its end.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Lets the sessions and the media go on for a while.
    pub(crate) fn wait(&self, time: Duration) {
        self.run(async {
            let mut ticks = tokio::time::interval(time);
            ticks.tick().await;
            ticks.tick().await;
        });
    }
}
