//! Runs deliveries: takes from the store what is due, sends it, and writes down what came of it.
//!
//! The store is the truth; what is in memory is only which rooms are being delivered to. So nothing is lost whenever
//! the program ends, and an event whose outcome could not be written is sent again, with the same id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::{Clock, Entropy, RoomId, Timestamp};
use greenroom_store::outbox::{AttemptRecord, DeadReason, FirstPending, Settlement, Verdict};
use greenroom_store::{Store, StoreError};
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::retry::RetryPolicy;
use crate::sender::{Attempted, Sender};
use crate::slots::{Bounds, Slots};
use crate::stats::{Seen, WebhookStats};
use crate::target::Target;

/// How often it is looked whether something has become due or another process has written.
const TICK: Duration = Duration::from_millis(250);
/// How often the outbox is measured for metrics, in ticks.
const MEASURE_TICKS: u32 = 20;
/// How long after a failure of the store it is asked again, in microseconds.
const STORE_PAUSE_MICROS: i64 = 1_000_000;
/// Rooms that are taken from the store at a time.
const ROOMS_AT_ONCE: usize = 256;
/// Events that are forgotten in one unit of work, so that others who write need not wait for long.
const FORGOTTEN_AT_ONCE: u32 = 500;
/// Units of work of that kind at a time.
const FORGET_ROUNDS: u32 = 40;

const SECS_PER_DAY: i64 = 86_400;

/// What a dispatcher is made of.
pub struct DispatcherParts {
    /// Where events are.
    pub store: Arc<dyn Store>,
    /// How they are sent.
    pub sender: Arc<Sender>,
    /// How long they are tried.
    pub retry: RetryPolicy,
    /// How many at a time.
    pub bounds: Bounds,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub entropy: Arc<dyn Entropy>,
    /// Rung when an event was committed.
    pub doorbell: Arc<Notify>,
    /// What is counted.
    pub stats: Arc<WebhookStats>,
    /// Set when the program is to stop.
    pub stopping: CancellationToken,
}

/// Delivers the events in a store.
pub struct Dispatcher {
    parts: DispatcherParts,
    slots: Slots,
    sending: JoinSet<Attempted>,
    /// What is being sent, by task.
    sent: HashMap<Id, FirstPending>,
    /// What came of it and could not be written down yet.
    unsettled: Vec<(RoomId, Settlement)>,
    foreign_changes: u64,
    /// When to look at the store again, if nothing happens before.
    look_at: Timestamp,
}

impl Dispatcher {
    /// Puts the parts together.
    pub fn new(parts: DispatcherParts) -> Self {
        Self {
            slots: Slots::new(parts.bounds),
            sending: JoinSet::new(),
            sent: HashMap::new(),
            unsettled: Vec::new(),
            foreign_changes: parts.store.foreign_changes(),
            look_at: parts.clock.now(),
            parts,
        }
    }

    /// Delivers until the program is to stop; then lets attempts under way finish, for `stop_limit` at most.
    pub async fn run(mut self, stop_limit: Duration) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut since_measured = 0;
        let doorbell = Arc::clone(&self.parts.doorbell);
        let stopping = self.parts.stopping.clone();
        self.look().await;
        loop {
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(done) = self.sending.join_next_with_id() => {
                    self.take(done);
                    self.settle_and_look().await;
                }
                () = doorbell.notified() => self.look().await,
                _ = ticks.tick() => {
                    if since_measured == 0 {
                        self.measure().await;
                    }
                    since_measured = (since_measured + 1) % MEASURE_TICKS;
                    self.look_if_time().await;
                }
            }
        }
        self.finish(stop_limit).await;
    }

    async fn finish(mut self, stop_limit: Duration) {
        let finished = timeout(stop_limit, async {
            while let Some(done) = self.sending.join_next_with_id().await {
                self.take(done);
            }
        })
        .await;
        if finished.is_err() {
            tracing::info!(
                left = self.sending.len(),
                "stopping while webhooks are being sent; they are sent again"
            );
        }
        self.settle().await;
    }

    async fn look_if_time(&mut self) {
        let changes = self.parts.store.foreign_changes();
        let now = self.parts.clock.now();
        if changes != self.foreign_changes || now >= self.look_at {
            self.foreign_changes = changes;
            self.settle_and_look().await;
        }
    }

    async fn settle_and_look(&mut self) {
        // What has come in meanwhile shares the unit of work.
        while let Some(done) = self.sending.try_join_next_with_id() {
            self.take(done);
        }
        self.settle().await;
        self.look().await;
    }

    /// Takes what is due from the store and sends what may go.
    async fn look(&mut self) {
        let now = self.parts.clock.now();
        match self.send_due(now).await {
            Ok(next) => self.look_at = next,
            Err(error) => {
                tracing::warn!(%error, "cannot see which webhooks are due");
                self.look_at = now.saturating_add_micros(STORE_PAUSE_MICROS);
            }
        }
        if !self.unsettled.is_empty() {
            let soon = now.saturating_add_micros(STORE_PAUSE_MICROS);
            self.look_at = self.look_at.min(soon);
        }
    }

    /// The same; when to look again.
    async fn send_due(&mut self, now: Timestamp) -> Result<Timestamp, StoreError> {
        while self.send_some(now).await? && !self.parts.stopping.is_cancelled() {}
        self.settle().await;
        let next = self.parts.store.next_due(now).await?;
        Ok(next.unwrap_or(Timestamp::from_unix_micros(i64::MAX)))
    }

    /// Takes a number of rooms that are due; whether there may be more.
    async fn send_some(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let wanted = self.slots.known() + ROOMS_AT_ONCE;
        let limit = u32::try_from(wanted).unwrap_or(u32::MAX);
        let mut due = self.parts.store.due_rooms(now, limit).await?;
        let may_be_more = due.len() == wanted;
        due.retain(|room| !self.slots.knows(*room));
        let mut fresh = HashMap::with_capacity(due.len());
        for room in due {
            if let Some(first) = self.first_pending(room).await? {
                self.slots.wait(room, &receiver(&first));
                fresh.insert(room, first);
            }
        }
        let more = may_be_more && !fresh.is_empty() && !self.slots.is_full();
        self.send(fresh).await?;
        Ok(more)
    }

    /// The first pending event of a room; none if it cannot be understood, which is no reason to stop all others.
    async fn first_pending(&self, room: RoomId) -> Result<Option<FirstPending>, StoreError> {
        let first = self.parts.store.first_pending(room).await;
        if let Err(error @ StoreError::Inconsistent { .. }) = &first {
            tracing::error!(%room, %error, "the webhooks of a room cannot be read");
            return Ok(None);
        }
        first
    }

    /// Sends what may go; `fresh` is what was just read of rooms. Nothing goes once the program is to stop.
    async fn send(&mut self, mut fresh: HashMap<RoomId, FirstPending>) -> Result<(), StoreError> {
        while !self.parts.stopping.is_cancelled()
            && let Some(room) = self.slots.start()
        {
            let first = match fresh.remove(&room) {
                Some(first) => Ok(Some(first)),
                None => self.first_pending(room).await,
            };
            let first = first.inspect_err(|_| self.slots.done(room))?;
            match first {
                None => self.slots.done(room),
                Some(first) if first.webhook.event_url.is_none() => self.give_up(room, &first),
                Some(first) => self.spawn(first),
            }
        }
        Ok(())
    }

    fn spawn(&mut self, first: FirstPending) {
        let sender = Arc::clone(&self.parts.sender);
        let (event, webhook) = (first.entry.event.clone(), first.webhook.clone());
        let attempt = first.entry.attempts.saturating_add(1);
        let task = self
            .sending
            .spawn(async move { sender.attempt(&event, attempt, &webhook).await });
        self.sent.insert(task.id(), first);
    }

    /// The room has no URL any more: there is nowhere to go, for this event and all behind it.
    fn give_up(&mut self, room: RoomId, first: &FirstPending) {
        let now = self.parts.clock.now();
        let verdict = Verdict::Dead {
            reason: DeadReason::NoUrl,
            next_due_at: now,
        };
        self.judge(room, first, verdict, Vec::new());
    }

    /// Takes what came of sending an event.
    fn take(&mut self, done: Result<(Id, Attempted), JoinError>) {
        let (id, attempted) = match done {
            Ok((id, attempted)) => (id, attempted),
            Err(error) => {
                tracing::error!(%error, "sending a webhook failed by a fault");
                let nothing = Attempted {
                    delivered: false,
                    log: Vec::new(),
                };
                (error.id(), nothing)
            }
        };
        let Some(first) = self.sent.remove(&id) else {
            return;
        };
        if !attempted.delivered && first.entry.failures == 0 {
            tracing::info!(
                event = %first.entry.event.id,
                room = %first.entry.event.room_id,
                receiver = receiver(&first),
                error = attempted.log.last().and_then(|line| line.error.as_deref()),
                "a webhook was not taken; it is tried again"
            );
        }
        let verdict = if attempted.delivered {
            Verdict::Delivered
        } else {
            let (clock, entropy) = (&self.parts.clock, &*self.parts.entropy);
            self.parts
                .retry
                .after_failure(&first.entry, clock.now(), entropy)
        };
        self.judge(first.entry.event.room_id, &first, verdict, attempted.log);
    }

    fn judge(
        &mut self,
        room: RoomId,
        first: &FirstPending,
        verdict: Verdict,
        log: Vec<AttemptRecord>,
    ) {
        let event = &first.entry.event;
        if let Verdict::Dead { reason, .. } = verdict {
            self.parts.stats.gave_up();
            tracing::warn!(
                event = %event.id,
                room = %room,
                event_type = event.kind.event_type(),
                reason = reason.as_str(),
                receiver = receiver(first),
                "a webhook was not delivered and is a dead letter now"
            );
        }
        let settlement = Settlement {
            event_id: event.id,
            verdict,
            at: self.parts.clock.now(),
            log,
        };
        self.unsettled.push((room, settlement));
    }

    /// Writes down what came of events; their rooms may go on.
    async fn settle(&mut self) {
        if self.unsettled.is_empty() {
            return;
        }
        let settlements: Vec<_> = self
            .unsettled
            .iter()
            .map(|(_, settlement)| settlement.clone())
            .collect();
        if let Err(error) = write(&*self.parts.store, &settlements).await {
            tracing::warn!(%error, "cannot write down what came of webhooks; trying again");
            return;
        }
        for (room, _) in self.unsettled.drain(..) {
            self.slots.done(room);
        }
    }

    /// Measures the outbox.
    async fn measure(&self) {
        match self.parts.store.backlog().await {
            Ok(backlog) => {
                let now = self.parts.clock.now();
                let micros = backlog
                    .oldest_pending
                    .map_or(0, |oldest| now.micros_since(oldest));
                self.parts.stats.see(Seen {
                    backlog,
                    oldest_age_secs: u64::try_from(micros / 1_000_000).unwrap_or_default(),
                });
            }
            Err(error) => tracing::warn!(%error, "the outbox cannot be measured"),
        }
    }
}

async fn write(store: &dyn Store, settlements: &[Settlement]) -> Result<(), StoreError> {
    let mut work = store.begin().await?;
    work.settle_events(settlements).await?;
    work.commit().await
}

/// Whose slots a room's delivery takes: those of its first URL.
fn receiver(first: &FirstPending) -> String {
    let url = first.webhook.event_url.as_ref();
    url.and_then(Target::of)
        .map_or_else(String::new, |target| target.receiver())
}

/// Forgets what was delivered `keep_days` ago or has been dead for `keep_dead_days`; some thousands at a time.
pub async fn forget_old(
    store: &dyn Store,
    now: Timestamp,
    keep_days: u32,
    keep_dead_days: u32,
) -> Result<u64, StoreError> {
    let before = |days: u32| now.saturating_add_secs(-i64::from(days) * SECS_PER_DAY);
    let mut all = 0;
    for _ in 0..FORGET_ROUNDS {
        let mut work = store.begin().await?;
        let forgotten = work
            .forget_events(before(keep_days), before(keep_dead_days), FORGOTTEN_AT_ONCE)
            .await?;
        work.commit().await?;
        all += forgotten;
        if forgotten < u64::from(FORGOTTEN_AT_ONCE) {
            break;
        }
    }
    Ok(all)
}
