//! The file `changes`: a count of the commits of every instance, readable without a query.
//!
//! An instance counts after its commit and before acknowledging it, so whoever sees the new count
//! sees the commit too, and whoever was told of the commit finds it counted.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long a count waits for another process that holds the file; it does so for two system
/// calls, unless it was stopped in between.
const COUNT_WAIT: Duration = Duration::from_millis(100);

/// How often a held file is tried again.
const LOCK_POLL: Duration = Duration::from_millis(2);

/// The count of commits, less those of this instance.
#[derive(Debug)]
pub(crate) struct Changes {
    file: File,
    /// How much of the count is this instance's own. Held for writing while the file is changed, so
    /// that nobody sees one without the other.
    own: RwLock<u64>,
    /// Commits of others that were found in the database but not in the file.
    uncounted: AtomicU64,
}

impl Changes {
    /// Opens the file `path`, and makes it if it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        if file.metadata()?.len() < 8 {
            // Space that is there already cannot be lacking when a commit is to be counted.
            file.write_all_at(&[0; 8], 0)?;
        }
        Ok(Self {
            file,
            own: RwLock::new(0),
            uncounted: AtomicU64::new(0),
        })
    }

    /// A number that moves with every commit of another instance.
    pub(crate) fn foreign(&self) -> u64 {
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
        self.counted()
            .unwrap_or_default()
            .wrapping_sub(*own)
            .wrapping_add(self.uncounted.load(Ordering::Acquire))
    }

    /// Counts a commit of this instance.
    pub(crate) async fn count_own(&self) -> io::Result<()> {
        lock_within(&self.file, COUNT_WAIT).await?;
        let counted = self.add_own();
        self.file.unlock()?;
        counted
    }

    /// Notes that others committed something that may not have been counted.
    pub(crate) fn note_uncounted(&self) {
        self.uncounted.fetch_add(1, Ordering::AcqRel);
    }

    fn add_own(&self) -> io::Result<()> {
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        let count = self.counted()?.wrapping_add(1);
        self.file.write_all_at(&count.to_le_bytes(), 0)?;
        *own = own.wrapping_add(1);
        Ok(())
    }

    fn counted(&self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// Takes the exclusive lock on `file`, waiting at most `limit` for others.
pub(crate) async fn lock_within(file: &File, limit: Duration) -> io::Result<()> {
    let mut tries = tokio::time::interval(LOCK_POLL);
    let taken = tokio::time::timeout(limit, async {
        loop {
            tries.tick().await;
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    });
    taken.await.unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "another process holds the lock",
        ))
    })
}
