//! The data directory: made on first use, private to its owner, and used by one server at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use greenroom_store_sqlite::DATABASE_FILE;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It cannot be made or written.
    #[error("the data directory {path} cannot be used: {source}")]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A restore was begun and did not come to its end, so that there may be files of two servers in it.
    #[error(
        "a restore into the data directory {0} did not come to its end; run greenroom restore again with --force"
    )]
    HalfRestored(PathBuf),
    /// It is somebody else's, and root would leave files in it that its owner cannot read.
    #[error(
        "the data directory {path} belongs to another user; run this as that one: sudo -u '#{owner}' greenroom ..."
    )]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// The id of the user whose database is in it.
        owner: u32,
    },
    /// Another server uses it.
    #[error("another greenroom is running on the data directory {0}")]
    InUse(PathBuf),
}

/// Where a restore keeps what it moves into the data directory, as long as it does so.
pub const RESTORING: &str = "restoring";

/// The file that a server locks.
pub const LOCK: &str = "greenroom.lock";

/// Makes the directory if it is not there. Refuses one that a restore left unfinished; root keeps out of one that
/// another user's server lives in.
pub fn ensure(path: &Path) -> Result<(), DataDirError> {
    if rustix::process::geteuid().is_root()
        && let Ok(database) = fs::metadata(path.join(DATABASE_FILE))
        && database.uid() != 0
    {
        return Err(DataDirError::Foreign {
            path: path.to_owned(),
            owner: database.uid(),
        });
    }
    make(path)?;
    if path.join(RESTORING).exists() {
        return Err(DataDirError::HalfRestored(path.to_owned()));
    }
    Ok(())
}

fn make(path: &Path) -> Result<(), DataDirError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| DataDirError::Unusable {
            path: path.to_owned(),
            source,
        })
}

/// Holds the directory for one server, as long as this lives.
#[derive(Debug)]
pub struct DataDirLock(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

/// Takes the directory for this server.
pub fn lock(path: &Path) -> Result<DataDirLock, DataDirError> {
    ensure(path)?;
    lock_to_restore(path)
}

/// Takes the directory for a restore, whatever state it is in.
pub fn lock_to_restore(path: &Path) -> Result<DataDirLock, DataDirError> {
    make(path)?;
    let unusable = |source| DataDirError::Unusable {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path.join(LOCK))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(DataDirLock(file)),
        Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// Whether a server uses the directory. Changes nothing in it.
pub fn is_in_use(path: &Path) -> io::Result<bool> {
    let file = match File::open(path.join(LOCK)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Writes a private file that must not be there yet, durably; on failure nothing of it stays.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        // What matters is why it could not be written; a leftover is found by whoever looks next.
        let _ = fs::remove_file(path);
    }
    written
}

/// Replaces a private file in one step, durably.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    write_new(&new, content)?;
    fs::rename(&new, path)?;
    sync_dir_of(path)
}

/// Makes a new or renamed file's place in its directory durable.
pub fn sync_dir_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
