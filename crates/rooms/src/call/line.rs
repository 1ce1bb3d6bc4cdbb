//! A line: how one signalling connection and one call talk to each other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use greenroom_domain::Timestamp;
use tokio::sync::mpsc;

use super::{Ask, HandleKey, LineNews, Transaction};

/// One signalling connection; unique in the process, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId(pub u64);

/// The call has ended under the line: it failed, or the line did not take what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call is over")]
pub struct CallOver;

/// What a line says to its call, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineSays {
    /// A handle asks.
    Ask(HandleKey, Transaction, Ask),
    /// A session has ended, with all its handles.
    SessionEnded(u64),
}

/// What happened on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineStep {
    /// The first of what waited has been said.
    Said,
    /// The call has something to tell.
    News(LineNews),
    /// The call is over under this line, which should then be closed.
    Over,
}

/// When a line was last heard of.
#[derive(Debug, Clone)]
pub(crate) struct LastHeard(Arc<AtomicI64>);

impl LastHeard {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.unix_micros())))
    }

    pub(crate) fn get(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, now: Timestamp) {
        self.0.fetch_max(now.unix_micros(), Ordering::Relaxed);
    }
}

/// The connection's end of a line. Dropping it ends all its sessions in the call.
pub struct Line {
    pub(crate) id: LineId,
    pub(crate) says: mpsc::Sender<(LineId, LineSays)>,
    pub(crate) news: mpsc::Receiver<LineNews>,
    pub(crate) heard: LastHeard,
    /// Held for its drop: takes the line off the call.
    pub(crate) _hold: Box<dyn Send + Sync>,
}

impl Line {
    /// Asks for something. Waits while the call has too much to do; the reply comes with
    /// [`Line::next`]. Not cancel safe: an ask that is not waited for may be lost.
    pub async fn ask(
        &self,
        handle: HandleKey,
        transaction: Transaction,
        ask: Ask,
    ) -> Result<(), CallOver> {
        self.say(LineSays::Ask(handle, transaction, ask)).await
    }

    /// Tells that a session has ended; its handles need no [`Ask::Detach`].
    pub async fn end_session(&self, session: u64) -> Result<(), CallOver> {
        self.say(LineSays::SessionEnded(session)).await
    }

    /// Notes that something came from the peer: a frame, a keepalive, a pong. Cheap. A line of which
    /// nothing is heard is given up as soon as its media has timed out.
    pub fn note_heard(&self, now: Timestamp) {
        self.heard.set(now);
    }

    /// The next that there is to tell; `None` when the call is over under this line, which should
    /// then be closed. Cancel safe.
    pub async fn next(&mut self) -> Option<LineNews> {
        self.news.recv().await
    }

    /// Says the first of `waiting` as soon as the call has a place for it, or hears the next that there
    /// is to tell, if it is to `listen`; waits for ever if there is neither. Cancel safe.
    pub async fn step(&mut self, waiting: &mut VecDeque<LineSays>, listen: bool) -> LineStep {
        let (says, news) = (&self.says, &mut self.news);
        let speaks = !waiting.is_empty();
        tokio::select! {
            biased;
            place = says.reserve(), if speaks => match place {
                Ok(place) => {
                    if let Some(first) = waiting.pop_front() {
                        place.send((self.id, first));
                    }
                    LineStep::Said
                }
                Err(_) => LineStep::Over,
            },
            told = news.recv(), if listen => told.map_or(LineStep::Over, LineStep::News),
            else => std::future::pending().await,
        }
    }

    async fn say(&self, says: LineSays) -> Result<(), CallOver> {
        self.says.send((self.id, says)).await.map_err(|_| CallOver)
    }
}
