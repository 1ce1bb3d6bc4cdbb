//! Events on their way to webhooks. Each room has a queue of its own, in which only the first event moves.

use async_trait::async_trait;
use greenroom_domain::webhook::WebhookSettings;
use greenroom_domain::{AccountId, Event, EventId, Page, PageRequest, RoomId, Timestamp};

use crate::StoreError;

/// What has become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventState {
    /// It waits to be delivered.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It is a dead letter: not delivered, and not tried any more unless it is replayed.
    Dead(DeadReason),
}

/// Why an event is a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadReason {
    /// The receiver did not take it for too long.
    Expired,
    /// Too many events of the room were waiting when it happened.
    Overflow,
    /// Its room had no URL any more. As a verdict: all that waits in the room shares it, unless the room has a URL
    /// again by then.
    NoUrl,
}

impl DeadReason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Expired, Self::Overflow, Self::NoUrl];

    /// As it is kept and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Overflow => "overflow",
            Self::NoUrl => "no_url",
        }
    }

    /// Reads what [`as_str`](Self::as_str) gives.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// An event and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The event.
    pub event: Event,
    /// What has become of it.
    pub state: EventState,
    /// Since when: since it happened or was replayed if it is pending.
    pub state_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// How often that failed since it happened or was replayed.
    pub failures: u32,
}

/// The event that a room has to deliver next, and where it goes now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPending {
    /// The event.
    pub entry: OutboxEntry,
    /// The room's present settings, even if it is deleted.
    pub webhook: WebhookSettings,
}

/// One line of the delivery log: one URL that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Which attempt it was part of, from 1.
    pub attempt: u32,
    /// Whether this was the failover URL.
    pub failover: bool,
    /// When it began.
    pub at: Timestamp,
    /// The URL, without user information and query.
    pub url: String,
    /// How long it took, in milliseconds.
    pub duration_millis: u32,
    /// The status that was answered, if any was.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// What an attempt means for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken; the next one of the room may go.
    Delivered,
    /// It is to be tried again then, and with it all of the room.
    Retry {
        /// When.
        due_at: Timestamp,
    },
    /// It is a dead letter; the next one of the room may go then.
    Dead {
        /// Why.
        reason: DeadReason,
        /// When the next one may go.
        next_due_at: Timestamp,
    },
}

/// What came of trying an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The event.
    pub event_id: EventId,
    /// What it means for it.
    pub verdict: Verdict,
    /// When that was.
    pub at: Timestamp,
    /// The URLs that were tried; none if there was nowhere to go.
    pub log: Vec<AttemptRecord>,
}

/// How much there is in the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events that wait.
    pub pending: u64,
    /// Since when the longest waiting one does.
    pub oldest_pending: Option<Timestamp>,
    /// Dead letters.
    pub dead: u64,
    /// Those of them that found no room in their queue.
    pub overflowed: u64,
}

/// Which state a list is narrowed down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFilter {
    /// Those that wait.
    Pending,
    /// Those that were delivered.
    Delivered,
    /// Dead letters.
    Dead,
}

impl StateFilter {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// As it is kept and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// Which events a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxFilter {
    /// Those of this room.
    pub room_id: Option<RoomId>,
    /// Those in this state.
    pub state: Option<StateFilter>,
    /// Those of exactly this type, such as `video.room.session.started`.
    pub event_type: Option<String>,
}

/// An event as its account sees it: what has become of it, and when it was and will be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event and what has become of it.
    pub entry: OutboxEntry,
    /// When the first attempt that is on record began.
    pub first_tried_at: Option<Timestamp>,
    /// When the last attempt was over, to the millisecond.
    pub last_tried_at: Option<Timestamp>,
    /// When it is tried (again), if it is the next one that its room delivers.
    pub due_at: Option<Timestamp>,
}

/// The types of events that there are: what [`EventKind::event_type`](greenroom_domain::EventKind::event_type) can say.
pub const EVENT_TYPES: [&str; 4] = [
    "video.room.session.started",
    "video.room.session.ended",
    "video.room.participant.joined",
    "video.room.participant.left",
];

/// Which events a list of an account's shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Those of this room, if it is or was the account's.
    pub room_id: Option<RoomId>,
    /// Those in this state.
    pub state: Option<StateFilter>,
    /// Those of exactly one of these types. There is nothing of a type that is not known.
    pub event_types: Option<Vec<String>>,
}

/// Reads of the outbox.
#[async_trait]
pub trait OutboxReads {
    /// Rooms whose first pending event is due at `now`, those that have been due longest first; `limit` at most.
    async fn due_rooms(&self, now: Timestamp, limit: u32) -> Result<Vec<RoomId>, StoreError>;

    /// The earliest moment after `now` at which a room becomes due.
    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// The first pending event of a room, due or not.
    async fn first_pending(&self, room_id: RoomId) -> Result<Option<FirstPending>, StoreError>;

    /// The event `id`.
    async fn outbox_entry(&self, id: EventId) -> Result<Option<OutboxEntry>, StoreError>;

    /// A page of the events that match: the latest to be added first.
    async fn outbox_entries(
        &self,
        filter: &OutboxFilter,
        page: PageRequest,
    ) -> Result<Page<OutboxEntry>, StoreError>;

    /// The event `id` of `account_id`.
    async fn delivery(
        &self,
        account_id: AccountId,
        id: EventId,
    ) -> Result<Option<Delivery>, StoreError>;

    /// A page of the events of `account_id` that match: the latest to be added first.
    async fn deliveries(
        &self,
        account_id: AccountId,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError>;

    /// What was tried to deliver the event `id`, oldest first; no more than the last
    /// [`ATTEMPTS_KEPT_MAX`](greenroom_domain::limits::ATTEMPTS_KEPT_MAX) attempts are kept.
    async fn attempts(&self, id: EventId) -> Result<Vec<AttemptRecord>, StoreError>;

    /// How much there is.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}
