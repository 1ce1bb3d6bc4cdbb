//! What Greenroom keeps, as traits: reads, and writes grouped in a unit of work.
//!
//! What is absent: any database. A backend implements [`Store`] and [`UnitOfWork`] and passes the
//! stories in [`stories`] (feature `stories`). A look-up of something that is not there is `None`,
//! never an error: what "missing" means is for the caller to say.
//!
//! To add a repository: a trait for its reads, a supertrait bound on [`Store`], its writes on
//! [`UnitOfWork`], a story file, then each backend.

pub mod outbox;
mod sessions;
#[cfg(feature = "stories")]
pub mod stories;

use async_trait::async_trait;
use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::filter::RoomFilter;
use greenroom_domain::participant::Left;
use greenroom_domain::session::Ended;
use greenroom_domain::{
    AccountId, ApiKeyId, Event, EventId, FamilyId, Page, PageRequest, Participant, ParticipantId,
    Room, RoomId, Rotation, Session, SessionId, Timestamp, TokenId,
};

pub use outbox::{OutboxReads, Settlement};
pub use sessions::SessionReads;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be written now: disk full, read-only, or locked for too long.
    #[error("the store cannot be written: {0}")]
    NotWritable(String),
    /// The database cannot be reached or read now.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What is stored does not fit our own rules.
    #[error("inconsistent data in {table}, column {column}: {detail}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What is wrong with it, without the value.
        detail: String,
    },
}

/// Why a room could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveRoomError {
    /// Another room of the account has the name.
    #[error("another room of the account has this name")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account, the owner of rooms and API keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Reads of rooms. Deleted rooms are not there.
#[async_trait]
pub trait RoomReads {
    /// The room `id`, whoever owns it.
    async fn room(&self, id: RoomId) -> Result<Option<Room>, StoreError>;

    /// A page of the rooms of `account_id`: newest first, then by id.
    async fn rooms(
        &self,
        account_id: AccountId,
        filter: &RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>, StoreError>;
}

/// Reads of accounts and API keys.
#[async_trait]
pub trait ApiKeyReads {
    /// The account that was made first, if there is one.
    async fn first_account(&self) -> Result<Option<Account>, StoreError>;

    /// All keys of the prefix `prefix`, revoked and expired ones too: oldest first, then by id.
    async fn api_keys_by_prefix(&self, prefix: &ApiKeyPrefix) -> Result<Vec<ApiKey>, StoreError>;

    /// All keys of `account_id`, or of every account: oldest first, then by id.
    async fn api_keys(&self, account_id: Option<AccountId>) -> Result<Vec<ApiKey>, StoreError>;
}

/// Reads of revoked families and tokens, and of families whose refresh token rotates.
#[async_trait]
pub trait RevocationReads {
    /// The families on record as revoked whose record still matters at `now`, with its end.
    async fn revoked_families(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(FamilyId, Timestamp)>, StoreError>;

    /// The single tokens on record as revoked whose record still matters at `now`, with its end.
    async fn revoked_tokens(&self, now: Timestamp)
    -> Result<Vec<(TokenId, Timestamp)>, StoreError>;

    /// How far a family has come; `None` if no rotation of it was saved.
    async fn rotation(&self, family: FamilyId) -> Result<Option<Rotation>, StoreError>;
}

/// A store: reads at any time, writes in a unit of work.
#[async_trait]
pub trait Store:
    RoomReads + ApiKeyReads + RevocationReads + SessionReads + OutboxReads + Send + Sync
{
    /// Begins a unit of work. Writers queue; readers are never blocked.
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// A number that changes whenever **another process** has written and committed. Cheap enough to ask
    /// on every request (no query, no waiting). Who keeps what was read asks before reading it, and
    /// drops it when the answer is another later.
    fn foreign_changes(&self) -> u64;

    /// Looks for commits of other processes that did not announce themselves, such as those of a
    /// process that died in between; [`foreign_changes`](Self::foreign_changes) tells of them
    /// afterwards. To be called every second or so.
    async fn look_for_foreign_changes(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether the store answers and can be written now.
    async fn check(&self) -> Result<(), StoreError>;

    /// Closes the store after what is under way.
    async fn close(&self);
}

/// Writes that take effect together, on [`commit`](Self::commit), or not at all when dropped.
///
/// After any error, a name that is taken included, a unit of work can only be dropped.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Adds an account.
    async fn add_account(&mut self, account: &Account) -> Result<(), StoreError>;

    /// Adds an API key.
    async fn add_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;

    /// Revokes an API key; `false` if there is none of that id or it was revoked before.
    async fn revoke_api_key(&mut self, id: ApiKeyId, at: Timestamp) -> Result<bool, StoreError>;

    /// Notes when API keys were last used; unknown ids are passed over, time never moves back.
    async fn touch_api_keys(&mut self, uses: &[(ApiKeyId, Timestamp)]) -> Result<(), StoreError>;

    /// Adds a room.
    async fn add_room(&mut self, room: &Room) -> Result<(), SaveRoomError>;

    /// The room `id` of `account_id` as it stands inside this unit of work, to be changed by it.
    async fn room_of(
        &mut self,
        account_id: AccountId,
        id: RoomId,
    ) -> Result<Option<Room>, StoreError>;

    /// Replaces the settings of a room that is there; `false` if it is not.
    async fn save_room(&mut self, room: &Room) -> Result<bool, SaveRoomError>;

    /// Deletes a room of `account_id`; `false` if there is none. Its name becomes free, its id
    /// never does.
    async fn delete_room(
        &mut self,
        account_id: AccountId,
        id: RoomId,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Revokes a family; the record is kept until `until` at least.
    async fn revoke_family(&mut self, family: FamilyId, until: Timestamp)
    -> Result<(), StoreError>;

    /// Forgets revoked families whose record ended before `now`; how many.
    async fn forget_revoked_families(&mut self, now: Timestamp) -> Result<u64, StoreError>;

    /// Revokes one token of a family that goes on; the record is kept until `until` at least.
    async fn revoke_token(&mut self, token: TokenId, until: Timestamp) -> Result<(), StoreError>;

    /// Forgets revoked tokens whose record ended before `now`; how many.
    async fn forget_revoked_tokens(&mut self, now: Timestamp) -> Result<u64, StoreError>;

    /// How far a family has come, as it stands inside this unit of work; `None` if no rotation of it
    /// was saved.
    async fn rotation_of(&mut self, family: FamilyId) -> Result<Option<Rotation>, StoreError>;

    /// Notes how far a family has come; the record is kept until `until` at least.
    async fn save_rotation(
        &mut self,
        family: FamilyId,
        rotation: &Rotation,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// Forgets rotations whose record ended before `now`; how many.
    async fn forget_rotations(&mut self, now: Timestamp) -> Result<u64, StoreError>;

    /// Keeps an event for the room's webhook, behind those that the room has waiting, if the room has a
    /// URL for it now; a deleted room's still counts. Whether it was kept. One that is there already
    /// stays as it is. Beyond [`EVENTS_PENDING_PER_ROOM_MAX`](greenroom_domain::limits::EVENTS_PENDING_PER_ROOM_MAX)
    /// it is kept as a dead letter.
    async fn add_event(&mut self, event: &Event) -> Result<bool, StoreError>;

    /// Writes down what came of trying events. An event that is not pending (any more) gets its log and
    /// keeps its state.
    async fn settle_events(&mut self, settlements: &[Settlement]) -> Result<(), StoreError>;

    /// Lets an event be delivered, again or at last: pending and due at `now`, at its old place in the
    /// order of its room. `false` if it is not there.
    async fn replay_event(&mut self, id: EventId, now: Timestamp) -> Result<bool, StoreError>;

    /// Replays the dead letters of a room, or of all rooms, oldest first and as far as the queue of each room
    /// has room for them; how many.
    async fn replay_dead(
        &mut self,
        room_id: Option<RoomId>,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Forgets events that were delivered, or dead, before these moments, `limit` at most, with their logs; how
    /// many.
    async fn forget_events(
        &mut self,
        delivered_before: Timestamp,
        dead_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Adds a session, whose id was never used; a room has one active session at most.
    async fn add_session(&mut self, session: &Session) -> Result<(), StoreError>;

    /// Ends a session; `false` if there is none of that id or it ended before.
    async fn end_session(&mut self, id: SessionId, ended: Ended) -> Result<bool, StoreError>;

    /// Adds a participant to a session that is there. One of that id in that session is replaced:
    /// whoever had left is there again. The session changes with it, unless it has ended.
    async fn add_participant(&mut self, participant: &Participant) -> Result<(), StoreError>;

    /// Replaces what the application says about a participant; `false` if it is not in that session
    /// or has left.
    async fn change_participant(
        &mut self,
        session: SessionId,
        id: ParticipantId,
        context: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notes that a participant left; `false` if it is not in that session or left before. The
    /// session changes with it, unless it has ended.
    async fn end_participation(
        &mut self,
        session: SessionId,
        id: ParticipantId,
        left: Left,
    ) -> Result<bool, StoreError>;

    /// Notes that the server is alive at `at`.
    async fn note_alive(&mut self, at: Timestamp) -> Result<(), StoreError>;

    /// Makes the writes durable: on disk when this returns. A caller that goes away meanwhile does
    /// not stop it, so what follows a commit (such as telling a cache) belongs where it cannot be
    /// cancelled either.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
