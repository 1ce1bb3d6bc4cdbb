//! The store: reads on a few connections, writes through the one writer.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::filter::{ParticipantFilter, RoomFilter, SessionFilter};
use greenroom_domain::{
    AccountId, EventId, FamilyId, Page, PageRequest, Participant, ParticipantId, Room, RoomId,
    Rotation, Session, SessionId, Timestamp, TokenId,
};
use greenroom_store::outbox::{
    AttemptRecord, Backlog, Delivery, DeliveryFilter, FirstPending, OutboxEntry, OutboxFilter,
};
use greenroom_store::{
    Account, ApiKeyReads, OutboxReads, RevocationReads, RoomReads, SessionReads, Store, StoreError,
    UnitOfWork,
};
use sqlx::SqlitePool;

use crate::changes::Changes;
use crate::open::{self, OpenError, OpenOptions};
use crate::unit_of_work::SqliteUnitOfWork;
use crate::writer::Writer;
use crate::{
    api_keys, error, outbox, participants, probe, revocations, revoked_tokens, rooms, rotations,
    sessions,
};

/// A store in one SQLite database.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) dir: PathBuf,
    pub(crate) readers: SqlitePool,
    pub(crate) writer: Writer,
    pub(crate) changes: Arc<Changes>,
}

impl SqliteStore {
    /// Opens the database in the directory `dir`, and makes it if there is none. Other processes
    /// may have it open at the same time. Needs a Tokio runtime with time.
    pub async fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::open_with(dir, &OpenOptions::default()).await
    }

    /// The same with other than the usual options.
    pub async fn open_with(dir: &Path, options: &OpenOptions) -> Result<Self, OpenError> {
        open::open(dir, options).await
    }

    /// Writes one row for good, to learn whether that is possible again.
    async fn write_row(&self) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
        let outcome = sqlx::query("UPDATE write_probe SET writes = writes + 1")
            .execute(transaction.connection()?)
            .await;
        transaction.done(outcome).map_err(error::writing)?;
        transaction.commit().await
    }

    /// Tries whether the directory takes files of some size.
    async fn take_space(&self) -> Result<(), StoreError> {
        let dir = self.dir.clone();
        let taken = tokio::task::spawn_blocking(move || probe::take_space(&dir))
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        taken.map_err(|error| StoreError::NotWritable(format!("{}: {error}", self.dir.display())))
    }
}

#[async_trait]
impl RoomReads for SqliteStore {
    async fn room(&self, id: RoomId) -> Result<Option<Room>, StoreError> {
        rooms::by_id(&self.readers, id).await
    }

    async fn rooms(
        &self,
        account_id: AccountId,
        filter: &RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>, StoreError> {
        rooms::list(&self.readers, account_id, filter, page).await
    }
}

#[async_trait]
impl ApiKeyReads for SqliteStore {
    async fn first_account(&self) -> Result<Option<Account>, StoreError> {
        api_keys::first_account(&self.readers).await
    }

    async fn api_keys_by_prefix(&self, prefix: &ApiKeyPrefix) -> Result<Vec<ApiKey>, StoreError> {
        api_keys::by_prefix(&self.readers, prefix).await
    }

    async fn api_keys(&self, account_id: Option<AccountId>) -> Result<Vec<ApiKey>, StoreError> {
        api_keys::list(&self.readers, account_id).await
    }
}

#[async_trait]
impl RevocationReads for SqliteStore {
    async fn revoked_families(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(FamilyId, Timestamp)>, StoreError> {
        revocations::standing(&self.readers, now).await
    }

    async fn revoked_tokens(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(TokenId, Timestamp)>, StoreError> {
        revoked_tokens::standing(&self.readers, now).await
    }

    async fn rotation(&self, family: FamilyId) -> Result<Option<Rotation>, StoreError> {
        let row = rotations::of_family(&self.readers, family).await;
        let row = row.map_err(error::reading)?;
        row.as_ref().map(rotations::rotation).transpose()
    }
}

#[async_trait]
impl OutboxReads for SqliteStore {
    async fn due_rooms(&self, now: Timestamp, limit: u32) -> Result<Vec<RoomId>, StoreError> {
        outbox::due_rooms(&self.readers, now, limit).await
    }

    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        outbox::next_due(&self.readers, now).await
    }

    async fn first_pending(&self, room_id: RoomId) -> Result<Option<FirstPending>, StoreError> {
        outbox::first_pending(&self.readers, room_id).await
    }

    async fn outbox_entry(&self, id: EventId) -> Result<Option<OutboxEntry>, StoreError> {
        outbox::by_id(&self.readers, id).await
    }

    async fn outbox_entries(
        &self,
        filter: &OutboxFilter,
        page: PageRequest,
    ) -> Result<Page<OutboxEntry>, StoreError> {
        outbox::list(&self.readers, filter, page).await
    }

    async fn delivery(
        &self,
        account_id: AccountId,
        id: EventId,
    ) -> Result<Option<Delivery>, StoreError> {
        outbox::deliveries::by_id(&self.readers, account_id, id).await
    }

    async fn deliveries(
        &self,
        account_id: AccountId,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        outbox::deliveries::list(&self.readers, account_id, filter, page).await
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<AttemptRecord>, StoreError> {
        outbox::attempts(&self.readers, id).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        outbox::backlog(&self.readers).await
    }
}

#[async_trait]
impl SessionReads for SqliteStore {
    async fn session(
        &self,
        account_id: AccountId,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        sessions::by_id(&self.readers, account_id, id).await
    }

    async fn sessions(
        &self,
        account_id: AccountId,
        filter: &SessionFilter,
        page: PageRequest,
    ) -> Result<Page<Session>, StoreError> {
        sessions::list(&self.readers, account_id, filter, page).await
    }

    async fn active_sessions(
        &self,
        rooms: &[RoomId],
    ) -> Result<HashMap<RoomId, SessionId>, StoreError> {
        sessions::active_of(&self.readers, rooms).await
    }

    async fn sessions_of(
        &self,
        rooms: &[RoomId],
        each_max: u32,
    ) -> Result<Vec<Session>, StoreError> {
        sessions::newest_of(&self.readers, rooms, each_max).await
    }

    async fn participant(
        &self,
        account_id: AccountId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, StoreError> {
        participants::by_id(&self.readers, account_id, id).await
    }

    async fn participants(
        &self,
        account_id: AccountId,
        filter: &ParticipantFilter,
        page: PageRequest,
    ) -> Result<Page<Participant>, StoreError> {
        participants::list(&self.readers, account_id, filter, page).await
    }

    async fn participants_of(
        &self,
        sessions: &[SessionId],
        each_max: u32,
    ) -> Result<Vec<Participant>, StoreError> {
        participants::newest_of(&self.readers, sessions, each_max).await
    }

    async fn open_sessions(&self) -> Result<Vec<(Session, Vec<Participant>)>, StoreError> {
        participants::open_sessions(&self.readers).await
    }

    async fn last_alive(&self) -> Result<Option<Timestamp>, StoreError> {
        sessions::last_alive(&self.readers).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let transaction = self.writer.begin().await?;
        Ok(Box::new(SqliteUnitOfWork(transaction)))
    }

    fn foreign_changes(&self) -> u64 {
        self.changes.foreign()
    }

    async fn look_for_foreign_changes(&self) -> Result<(), StoreError> {
        self.writer.look_for_foreign_changes().await
    }

    /// Reads a row, and writes a file of 64 KiB beside the database without flushing it. A row is
    /// written and flushed only while the last write stands as failed, so this may be asked often.
    async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT writes FROM write_probe")
            .fetch_one(&self.readers)
            .await
            .map_err(error::reading)?;
        self.take_space().await?;
        if self.writer.is_failing() {
            self.write_row().await?;
        }
        Ok(())
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
