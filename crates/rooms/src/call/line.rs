//! A line: how one signalling connection and one call talk to each other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use greenroom_domain::limits::{NEWS_WAITING_MAX, NEWS_WAITING_MAX_BYTES};
use greenroom_domain::participant::LeftReason;
use greenroom_domain::{FamilyId, Timestamp};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

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
    /// A session has ended for that reason, with all its handles.
    SessionEnded(u64, LeftReason),
    /// A session has a token of that family, beside those that it has had.
    Family(u64, FamilyId),
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
pub(super) struct LastHeard(Arc<AtomicI64>);

impl LastHeard {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.unix_micros())))
    }

    pub(super) fn get(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, now: Timestamp) {
        self.0.fetch_max(now.unix_micros(), Ordering::Relaxed);
    }
}

/// The line does not take what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooSlow;

/// The call's end of the lane on which a line is told news.
#[derive(Debug)]
pub(super) struct NewsSender {
    lane: mpsc::Sender<LineNews>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// The line's end of it.
pub(super) struct NewsReceiver {
    lane: mpsc::Receiver<LineNews>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// A lane for the news of one line, bounded in number and in bytes.
pub(super) fn news_lane() -> (NewsSender, NewsReceiver) {
    let (sender, receiver) = mpsc::channel(NEWS_WAITING_MAX);
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let sender = NewsSender {
        lane: sender,
        waiting_bytes: Arc::clone(&waiting_bytes),
    };
    let receiver = NewsReceiver {
        lane: receiver,
        waiting_bytes,
    };
    (sender, receiver)
}

impl NewsSender {
    /// Tells. Nobody hears of it if the line is gone already.
    pub(super) fn tell(&self, news: LineNews) -> Result<(), TooSlow> {
        let bytes = news.weight_bytes();
        // Whatever waits, one more is taken that is larger than what there is a place for.
        if self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) > NEWS_WAITING_MAX_BYTES {
            return Err(TooSlow);
        }
        match self.lane.try_send(news) {
            Err(TrySendError::Full(_)) => Err(TooSlow),
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
        }
    }
}

impl NewsReceiver {
    async fn next(&mut self) -> Option<LineNews> {
        let news = self.lane.recv().await?;
        self.taken(&news);
        Some(news)
    }

    fn try_next(&mut self) -> Option<LineNews> {
        let news = self.lane.try_recv().ok()?;
        self.taken(&news);
        Some(news)
    }

    fn taken(&self, news: &LineNews) {
        self.waiting_bytes
            .fetch_sub(news.weight_bytes(), Ordering::Relaxed);
    }
}

/// Why a line was dropped, if it was said.
pub(super) type WhyDropped = Arc<OnceLock<LeftReason>>;

/// The connection's end of a line. Dropping it ends all its sessions in the call.
pub struct Line {
    pub(super) id: LineId,
    pub(super) says: mpsc::Sender<(LineId, LineSays)>,
    pub(super) news: NewsReceiver,
    pub(super) heard: LastHeard,
    pub(super) why_dropped: WhyDropped,
    /// Held for its drop: takes the line off the call.
    pub(super) _hold: Box<dyn Send + Sync>,
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
    pub async fn end_session(&self, session: u64, why: LeftReason) -> Result<(), CallOver> {
        self.say(LineSays::SessionEnded(session, why)).await
    }

    /// Tells that a session has a token of that family.
    pub async fn add_family(&self, session: u64, family: FamilyId) -> Result<(), CallOver> {
        self.say(LineSays::Family(session, family)).await
    }

    /// Drops the line, and says why all its sessions end.
    pub fn hang_up(self, why: LeftReason) {
        // Nobody has said anything else before: the line is gone after it.
        let _ = self.why_dropped.set(why);
    }

    /// Notes that something came from the peer: a frame, a keepalive, a pong. Cheap. A line of which
    /// nothing is heard is given up as soon as its media has timed out.
    pub fn note_heard(&self, now: Timestamp) {
        self.heard.set(now);
    }

    /// The next that there is to tell; `None` when the call is over under this line, which should
    /// then be closed. Cancel safe.
    pub async fn next(&mut self) -> Option<LineNews> {
        self.news.next().await
    }

    /// The next that there is to tell already, if any.
    pub fn try_next(&mut self) -> Option<LineNews> {
        self.news.try_next()
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
            told = news.next(), if listen => told.map_or(LineStep::Over, LineStep::News),
            else => std::future::pending().await,
        }
    }

    async fn say(&self, says: LineSays) -> Result<(), CallOver> {
        self.says.send((self.id, says)).await.map_err(|_| CallOver)
    }
}
