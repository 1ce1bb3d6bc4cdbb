//! Writes down what the history has to say, many changes in one unit of work.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::session::Session;
use greenroom_domain::{Participant, RoomId, Timestamp};
use greenroom_store::{Store, StoreError, UnitOfWork};
use tokio::sync::Notify;

use super::book::{Change, Entry, Meeting};
use super::differences::differences;
use super::{History, Work};

/// How often it is noted that the server is alive while anybody is in a session. Who was in when it
/// was killed is said to have left at the last such note.
const ALIVE_INTERVAL_SECS: i64 = 10;

/// The longest that nothing is looked at: the clock may be set forward meanwhile.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The first and the longest wait before a failed write is tried again.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// How often a write may fail in a store that is well before it counts as unwritable.
const FAILURES_MAX: u32 = 3;

/// The task that writes the history down.
pub struct Recorder {
    history: Arc<History>,
    store: Arc<dyn Store>,
    /// Rung when there are new events to deliver.
    doorbell: Arc<Notify>,
}

impl Recorder {
    /// A recorder of `history` in `store`.
    pub fn new(history: Arc<History>, store: Arc<dyn Store>, doorbell: Arc<Notify>) -> Self {
        Self {
            history,
            store,
            doorbell,
        }
    }

    /// Takes up what the run before has left behind: whoever was in has left, and the sessions wait
    /// for them to come back. To be called before anybody can join.
    pub async fn resume(&self) -> Result<(), StoreError> {
        let now = self.history.clock.now();
        let last_alive = self.store.last_alive().await?;
        for (session, present) in self.store.open_sessions().await? {
            let room = self.store.room(session.room_id).await?;
            tracing::info!(
                session = %session.id,
                room = %session.room_id,
                present = present.len(),
                "a session was left open"
            );
            self.history.change(|state, ids| {
                state.book.resume(session, present, last_alive, now, ids);
                if room.is_none() {
                    // Deleted, and killed before this was noted.
                    state.book.end_room(session.room_id, now, ids);
                }
            });
        }
        Ok(())
    }

    /// Runs until the history is closed and all is written.
    pub async fn run(self) {
        let mut alive_at = Timestamp::from_unix_micros(i64::MIN);
        loop {
            let now = self.history.clock.now();
            match self.history.next_work(now) {
                Work::Write(group, number) => {
                    self.write_group(&group).await;
                    alive_at = now;
                    self.done(number);
                }
                Work::Mend(meetings, number) => {
                    self.mend(None, &meetings).await;
                    self.done(number);
                }
                Work::Wait(deadline) => {
                    let due = alive_at.saturating_add_secs(ALIVE_INTERVAL_SECS) <= now;
                    if due && self.history.is_anybody_in() {
                        self.note_alive(now).await;
                        alive_at = now;
                    }
                    self.wait(deadline, now).await;
                }
                Work::Done => return,
            }
        }
    }

    fn done(&self, number: u64) {
        self.history
            .written
            .send_if_modified(|written| std::mem::replace(written, number) != number);
    }

    async fn wait(&self, deadline: Option<Timestamp>, now: Timestamp) {
        let wait = deadline.map_or(LOOK_INTERVAL, |at| {
            let micros = u64::try_from(at.micros_since(now)).unwrap_or_default();
            Duration::from_micros(micros).min(LOOK_INTERVAL)
        });
        // Either way there may be something to do.
        let _ = tokio::time::timeout(wait, self.history.wake.notified()).await;
    }

    async fn note_alive(&self, now: Timestamp) {
        let noted = async {
            let mut work = self.store.begin().await?;
            work.note_alive(now).await?;
            work.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "it could not be noted that the server is alive");
        }
    }

    /// Writes a group, however long the store takes. What cannot be written at all does not keep the
    /// rest from it.
    async fn write_group(&self, group: &[Entry]) {
        if self.try_hard(group).await.is_ok() {
            return;
        }
        for (room_id, entries) in by_room(group) {
            if self.try_hard(&entries).await.is_ok() {
                continue;
            }
            let (dropped, meeting) = self.history.take_room(room_id);
            let lost = dropped + entries.len() as u64;
            self.history.stats.history.lost.add(lost);
            tracing::error!(room = %room_id, lost, "a part of the history cannot be written");
            let meetings: Vec<Meeting> = meeting.into_iter().collect();
            self.mend(Some(room_id), &meetings).await;
        }
    }

    /// Makes the record say that `meetings` go on and no others, in the room `only` or in all.
    async fn mend(&self, only: Option<RoomId>, meetings: &[Meeting]) {
        let record = self.open_sessions(only).await;
        let now = self.history.clock.now();
        let entries = differences(record, meetings, now, &*self.history.entropy);
        for (room_id, entries) in by_room(&entries) {
            if let Err(error) = self.try_hard(&entries).await {
                tracing::error!(
                    %error,
                    room = %room_id,
                    "the record of a room cannot be put right before the next start"
                );
            }
        }
    }

    async fn open_sessions(&self, only: Option<RoomId>) -> Vec<(Session, Vec<Participant>)> {
        let mut wait = RETRY_FIRST;
        loop {
            match self.store.open_sessions().await {
                Ok(mut record) => {
                    record.retain(|(session, _)| only.is_none_or(|room| room == session.room_id));
                    return record;
                }
                Err(error) => self.retry_later(&error, &mut wait).await,
            }
        }
    }

    /// Writes `entries` in one unit of work. While the store takes no writes at all, tries again; an
    /// error means that it takes others, but not these.
    async fn try_hard(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let mut wait = RETRY_FIRST;
        let mut failures = 0;
        loop {
            let Err(error) = self.write(entries).await else {
                return Ok(());
            };
            failures += 1;
            let hopeless = matches!(error, StoreError::Inconsistent { .. });
            if hopeless || (failures >= FAILURES_MAX && self.store.check().await.is_ok()) {
                return Err(error);
            }
            self.retry_later(&error, &mut wait).await;
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge: it waits for the store to get well"
    )]
    async fn retry_later(&self, error: &StoreError, wait: &mut Duration) {
        self.history.stats.history.retries.increment();
        tracing::warn!(%error, "the history could not be written yet");
        tokio::time::sleep(*wait).await;
        *wait = wait.saturating_mul(2).min(RETRY_MAX);
    }

    async fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let begun = self.history.clock.now();
        let mut work = self.store.begin().await?;
        let mut rings = false;
        for entry in entries {
            put(&mut *work, entry).await?;
            if let Some(event) = &entry.event {
                rings |= work.add_event(event).await?;
            }
        }
        work.note_alive(begun).await?;
        work.commit().await?;
        let took = self.history.clock.now().micros_since(begun);
        let stats = &self.history.stats.history;
        stats.writes.increment();
        stats
            .write_micros
            .add(u64::try_from(took).unwrap_or_default());
        if rings {
            self.doorbell.notify_one();
        }
        Ok(())
    }
}

/// Writes one change. What is on record already is no fault: that comes of a commit whose success was
/// not heard of.
async fn put(work: &mut dyn UnitOfWork, entry: &Entry) -> Result<(), StoreError> {
    let found = match &entry.change {
        Change::Started(session) => return work.add_session(session).await,
        Change::Joined(participant) => return work.add_participant(participant).await,
        Change::Changed {
            session_id,
            participant_id,
            context,
            at,
        } => {
            let context = context.as_deref();
            work.change_participant(*session_id, *participant_id, context, *at)
                .await?
        }
        Change::Left {
            session_id,
            participant_id,
            left,
        } => {
            work.end_participation(*session_id, *participant_id, *left)
                .await?
        }
        Change::Ended { session_id, ended } => work.end_session(*session_id, *ended).await?,
    };
    if !found {
        tracing::warn!(room = %entry.room.room_id, "the record did not know what has changed");
    }
    Ok(())
}

/// The changes of each room, rooms by their first.
fn by_room(entries: &[Entry]) -> Vec<(RoomId, Vec<Entry>)> {
    let mut rooms: Vec<(RoomId, Vec<Entry>)> = Vec::new();
    let mut places: HashMap<RoomId, usize> = HashMap::new();
    for entry in entries {
        let room_id = entry.room.room_id;
        let place = *places.entry(room_id).or_insert(rooms.len());
        match rooms.get_mut(place) {
            Some((_, entries)) => entries.push(entry.clone()),
            None => rooms.push((room_id, vec![entry.clone()])),
        }
    }
    rooms
}
