//! The one connection that writes, and the transactions on it.
//!
//! Writers of this instance queue fairly for the connection; writers of other processes are waited
//! for by `BEGIN IMMEDIATE`. A transaction takes the connection out and gives it back clean, or
//! not at all: a connection whose state is in doubt is closed, which rolls back, and opened anew.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use greenroom_store::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::changes::Changes;
use crate::error;

/// Hands out the writing connection.
#[derive(Debug)]
pub(crate) struct Writer {
    slot: Arc<Mutex<Slot>>,
    shared: Arc<Shared>,
    wait: Duration,
}

/// Where the connection is while nobody writes.
#[derive(Debug)]
struct Slot {
    /// `None` while a transaction has it, and after it was lost.
    connection: Option<SqliteConnection>,
    closed: bool,
    /// `PRAGMA data_version` of the connection: moves only by commits of others.
    data_version: i64,
}

#[derive(Debug)]
struct Shared {
    options: SqliteConnectOptions,
    changes: Arc<Changes>,
    /// Whether the last write failed for want of a disk that takes it.
    failing: AtomicBool,
}

impl Writer {
    /// Starts with `connection`, which was made with `options`; nobody waits longer than `wait`.
    pub(crate) async fn new(
        mut connection: SqliteConnection,
        options: SqliteConnectOptions,
        changes: Arc<Changes>,
        wait: Duration,
    ) -> sqlx::Result<Self> {
        let data_version = data_version(&mut connection).await?;
        let slot = Slot {
            connection: Some(connection),
            closed: false,
            data_version,
        };
        let shared = Shared {
            options,
            changes,
            failing: AtomicBool::new(false),
        };
        Ok(Self {
            slot: Arc::new(Mutex::new(slot)),
            shared: Arc::new(shared),
            wait,
        })
    }

    /// Begins a transaction, which holds the database's write lock from its start.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let mut slot = self.open_slot().await?;
        let connection = slot.take(&self.shared).await.map_err(error::writing)?;
        let mut transaction = Transaction {
            held: Some(Held { connection, slot }),
            shared: Arc::clone(&self.shared),
            spoiled: false,
        };
        let connection = transaction.connection()?;
        let begun = sqlx::query("BEGIN IMMEDIATE").execute(connection).await;
        if begun.is_err() {
            // Nothing began, so there is nothing to roll back.
            transaction.give_back();
        }
        transaction.done(begun).map_err(error::writing)?;
        Ok(transaction)
    }

    /// Asks the database whether others committed since this was asked last.
    pub(crate) async fn look_for_foreign_changes(&self) -> Result<(), StoreError> {
        let mut slot = self.open_slot().await?;
        let mut connection = slot.take(&self.shared).await.map_err(error::reading)?;
        let version = data_version(&mut connection)
            .await
            .map_err(error::reading)?;
        slot.connection = Some(connection);
        if version != slot.data_version {
            slot.data_version = version;
            self.shared.changes.note_uncounted();
        }
        Ok(())
    }

    /// Whether the last write failed for want of a disk that takes it.
    pub(crate) fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }

    /// Closes the connection after the transactions that were begun or wait to begin.
    pub(crate) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        if let Some(connection) = slot.connection.take() {
            close(connection).await;
        }
    }

    async fn open_slot(&self) -> Result<OwnedMutexGuard<Slot>, StoreError> {
        let queued = tokio::time::timeout(self.wait, Arc::clone(&self.slot).lock_owned());
        let slot = queued.await.map_err(|_| {
            StoreError::NotWritable(format!("other writers took longer than {:?}", self.wait))
        })?;
        if slot.closed {
            return Err(StoreError::Unavailable("the store was closed".to_owned()));
        }
        Ok(slot)
    }
}

impl Slot {
    /// Takes the connection out, or a new one if it was lost.
    async fn take(&mut self, shared: &Shared) -> sqlx::Result<SqliteConnection> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let mut connection = shared.options.connect().await?;
        self.data_version = data_version(&mut connection).await?;
        // What others committed before this connection began to look cannot be told any more.
        shared.changes.note_uncounted();
        Ok(connection)
    }
}

/// The connection and the place that it goes back to.
#[derive(Debug)]
struct Held {
    connection: SqliteConnection,
    slot: OwnedMutexGuard<Slot>,
}

/// A transaction; rolled back when dropped.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// `None` once the connection was given back.
    held: Option<Held>,
    shared: Arc<Shared>,
    /// A statement failed or was not waited for. SQLite may have rolled back by itself, and what came
    /// next would take effect at once, outside any transaction.
    spoiled: bool,
}

impl Transaction {
    /// The connection, for one statement whose outcome is then told to [`Self::done`].
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match &mut self.held {
            Some(held) if !self.spoiled => {
                self.spoiled = true;
                Ok(&mut held.connection)
            }
            Some(_) | None => Err(StoreError::Unavailable(
                "a unit of work that failed can only be dropped".to_owned(),
            )),
        }
    }

    /// Takes note of a statement's outcome: after a failure the transaction can only be dropped.
    pub(crate) fn done<T>(&mut self, outcome: sqlx::Result<T>) -> sqlx::Result<T> {
        match &outcome {
            Ok(_) => self.spoiled = false,
            Err(error) if error::is_disk_trouble(error) => {
                self.shared.failing.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        outcome
    }

    /// Commits; on disk and counted when this returns.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        // In a task of its own: a commit that was begun is also finished and counted when the
        // caller goes away meanwhile.
        let finished = tokio::spawn(async move { self.finish().await });
        finished
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    async fn finish(&mut self) -> Result<(), StoreError> {
        let committed = sqlx::query("COMMIT").execute(self.connection()?).await;
        self.done(committed).map_err(error::writing)?;
        self.shared.failing.store(false, Ordering::Relaxed);
        if let Err(error) = self.shared.changes.count_own().await {
            // The commit stands; other processes find it when they look into the database.
            tracing::warn!(%error, "a commit could not be counted in the file `changes`");
        }
        self.give_back();
        Ok(())
    }

    fn give_back(&mut self) {
        if let Some(mut held) = self.held.take() {
            held.slot.connection = Some(held.connection);
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else {
            return;
        };
        // Without a runtime the connection is closed by its drop, which rolls back as well.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(roll_back(held));
        }
    }
}

async fn roll_back(mut held: Held) {
    let rolled_back = sqlx::query("ROLLBACK").execute(&mut held.connection).await;
    if rolled_back.is_ok() {
        held.slot.connection = Some(held.connection);
    } else {
        close(held.connection).await;
    }
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database connection was not closed cleanly");
    }
}

async fn data_version(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query("PRAGMA data_version")
        .fetch_one(connection)
        .await?
        .try_get(0)
}
