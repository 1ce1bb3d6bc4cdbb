//! The data directory: made on first use, private to its owner, and used by one server at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

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
    /// Another server uses it.
    #[error("another greenroom is running on the data directory {0}")]
    InUse(PathBuf),
}

/// Makes the directory if it is not there.
pub fn ensure(path: &Path) -> Result<(), DataDirError> {
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
    let unusable = |source| DataDirError::Unusable {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path.join("greenroom.lock"))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(DataDirLock(file)),
        Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
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
