//! A client on the driver's thread, as seen from a test.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use greenroom_headless::{Client, Event, Kind, TrackReport};
use tokio::sync::{mpsc, oneshot};

use super::driver::{Command, Commands};
use super::seat::Loss;
use crate::wait::LIMIT;

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(5);

/// A client on the driver's thread. When dropped it vanishes without a word, as a killed tab does.
pub struct Peer {
    id: usize,
    local: SocketAddr,
    commands: Commands,
    events: mpsc::Receiver<Event>,
}

impl Peer {
    pub(super) fn new(
        id: usize,
        local: SocketAddr,
        commands: Commands,
        events: mpsc::Receiver<Event>,
    ) -> Self {
        Self {
            id,
            local,
            commands,
            events,
        }
    }

    /// The address of its socket.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Does something to the client, on its thread; what came of it.
    pub async fn with<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Client, Instant) -> R + Send + 'static,
    ) -> anyhow::Result<R> {
        let (tell, told) = oneshot::channel();
        self.commands.send(Command::Act(
            self.id,
            Box::new(move |client, now| {
                // Whoever asked may have gone.
                let _ = tell.send(act(client, now));
            }),
        ));
        told.await.context("the driver's thread has ended")
    }

    /// Does something to the client without waiting for it.
    pub fn tell(&self, act: impl FnOnce(&mut Client, Instant) + Send + 'static) {
        self.commands.send(Command::Act(self.id, Box::new(act)));
    }

    /// From now on so many of 1,000 datagrams are lost on its way to the server, and from there.
    pub fn lose(&self, up: u16, down: u16) {
        self.commands
            .send(Command::Lose(self.id, Loss { up, down }));
    }

    /// Gives it the answer to its offer.
    pub async fn accept_answer(&self, answer: String) -> anyhow::Result<()> {
        self.with(move |client, now| client.accept_answer(now, &answer))
            .await??;
        Ok(())
    }

    /// The next thing that happens to it.
    pub async fn next_event(&mut self) -> anyhow::Result<Event> {
        tokio::time::timeout(LIMIT, self.events.recv())
            .await
            .context("nothing happens to the client")?
            .context("the driver's thread has ended")
    }

    /// The next thing that has happened to it and was not yet read.
    pub fn try_event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Waits until the connection is up.
    pub async fn connected(&self) -> anyhow::Result<()> {
        self.until("a connection", Client::is_connected).await
    }

    /// Waits until the condition holds.
    pub async fn until(
        &self,
        what: &str,
        condition: impl Fn(&Client) -> bool + Clone + Send + 'static,
    ) -> anyhow::Result<()> {
        let look = async {
            let mut ticks = tokio::time::interval(POLL);
            loop {
                ticks.tick().await;
                let condition = condition.clone();
                if self.with(move |client, _| condition(client)).await? {
                    return anyhow::Ok(());
                }
            }
        };
        match tokio::time::timeout(LIMIT, look).await {
            Ok(looked) => looked,
            Err(_) => anyhow::bail!("{what} did not come about: {:?}", self.tracks().await?),
        }
    }

    /// What has arrived.
    pub async fn tracks(&self) -> anyhow::Result<Vec<TrackReport>> {
        self.with(|client, _| client.tracks().cloned().collect())
            .await
    }

    /// What has arrived on the first track of that kind.
    pub async fn track(&self, kind: Kind) -> anyhow::Result<TrackReport> {
        let mut tracks = self.tracks().await?.into_iter();
        tracks
            .find(|track| track.kind == kind)
            .with_context(|| format!("no {kind:?} has arrived"))
    }

    /// Ends the connection as a page does: the other side is told.
    pub async fn close(self) -> anyhow::Result<()> {
        self.with(Client::close).await
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.commands.send(Command::Remove(self.id));
    }
}
