//! Opening the database inside a data directory.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Row, SqliteConnection, SqlitePool};

use crate::changes::{self, Changes};
use crate::migrations::{self, MigrateError};
use crate::store::SqliteStore;
use crate::writer::Writer;
use crate::{error, probe};

/// The database, inside the data directory.
pub const DATABASE_FILE: &str = "greenroom.db";

/// The count of commits, inside the data directory.
const CHANGES_FILE: &str = "changes";

/// How long opening waits for another process that is opening or migrating the same database.
const OPEN_WAIT: Duration = Duration::from_secs(30);

/// What the write-ahead log shrinks to when a long reader let it grow, in bytes.
const LOG_SIZE_LIMIT: &str = "16777216";

/// How a store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// How many connections read at once; each has a thread and up to 2 MB of cache.
    pub readers: u32,
    /// How long a writer waits for others in this process, and again for those of other processes,
    /// before the store counts as not writable; readers wait as long for a connection.
    pub wait: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            wait: Duration::from_secs(5),
        }
    }
}

/// Why a store could not be opened. Every message names the path.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory is not there.
    #[error("{}: no such directory", .0.display())]
    NoDirectory(PathBuf),
    /// The data directory or the database in it cannot be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    NotWritable {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error("{}: not a database, or damaged: {reason}", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The database belongs to another program.
    #[error("{}: a database of another program", .0.display())]
    ForeignDatabase(PathBuf),
    /// The database was written by a newer version of this program.
    #[error("{}: schema {found} is newer than this program knows ({known})", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Anything else, such as a lock that another process does not give up.
    #[error("{}: {reason}", path.display())]
    Failed {
        /// The directory or file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// Opens the database in `dir`; makes and migrates it if need be.
pub(crate) async fn open(dir: &Path, options: &OpenOptions) -> Result<SqliteStore, OpenError> {
    let dir_handle = File::open(dir).map_err(|error| directory_error(dir, &error))?;
    if !dir.is_dir() {
        return Err(OpenError::NoDirectory(dir.to_owned()));
    }
    // Held to the end: no two processes make or migrate the database at the same time.
    changes::lock_within(&dir_handle, OPEN_WAIT)
        .await
        .map_err(|error| OpenError::Failed {
            path: dir.to_owned(),
            reason: format!("another process is opening it: {error}"),
        })?;
    check_directory(dir)?;

    let path = dir.join(DATABASE_FILE);
    make_database_file(&path, &dir_handle).map_err(|error| file_error(&path, &error))?;
    let changes_path = dir.join(CHANGES_FILE);
    let changes =
        Arc::new(Changes::open(&changes_path).map_err(|error| file_error(&changes_path, &error))?);

    let connect = connect_options(&path, options.wait);
    let connection = prepare(&connect)
        .await
        .map_err(|error| migrate_error(&path, error))?;
    let readers = readers(&connect, options);
    let writer = Writer::new(connection, connect, Arc::clone(&changes), options.wait)
        .await
        .map_err(|error| database_error(&path, &error))?;
    Ok(SqliteStore {
        dir: dir.to_owned(),
        readers,
        writer,
        changes,
    })
}

/// A full disk passes: what is stored can still be read.
fn check_directory(dir: &Path) -> Result<(), OpenError> {
    match probe::make_file(dir) {
        Err(error) if error.kind() != io::ErrorKind::StorageFull => Err(file_error(dir, &error)),
        Err(_) | Ok(()) => Ok(()),
    }
}

/// Makes the file, readable by its owner only, if it is not there. The files that SQLite puts beside
/// it take over its mode.
///
/// A file that is there is not even opened: SQLite's locks on it belong to the process, and closing
/// any handle of the process would drop them.
fn make_database_file(path: &Path, dir: &File) -> io::Result<()> {
    let made = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => dir.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn connect_options(path: &Path, wait: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(wait)
        .foreign_keys(true)
        // What was acknowledged is on disk, also after a power failure.
        .synchronous(SqliteSynchronous::Full)
        // Sorting must not need space on a disk that is full.
        .pragma("temp_store", "MEMORY")
        .pragma("journal_size_limit", LOG_SIZE_LIMIT)
        .thread_name(|id| format!("sqlite-{id}"))
        .disable_statement_logging()
}

async fn prepare(options: &SqliteConnectOptions) -> Result<SqliteConnection, MigrateError> {
    let mut connection = options.connect().await?;
    migrations::check(&mut connection).await?;
    let mode: String = sqlx::query("PRAGMA journal_mode = WAL")
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    if mode != "wal" {
        return Err(MigrateError::NoWriteAheadLog);
    }
    migrations::migrate(&mut connection).await?;
    Ok(connection)
}

fn readers(options: &SqliteConnectOptions, open: &OpenOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(open.readers)
        .acquire_timeout(open.wait)
        // A connection is a thread and a file here: it neither ages nor breaks by lying idle.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.clone().pragma("query_only", "ON"))
}

fn directory_error(path: &Path, error: &io::Error) -> OpenError {
    if error.kind() == io::ErrorKind::NotFound {
        OpenError::NoDirectory(path.to_owned())
    } else {
        OpenError::Failed {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}

fn file_error(path: &Path, error: &io::Error) -> OpenError {
    OpenError::NotWritable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

pub(crate) fn migrate_error(path: &Path, error: MigrateError) -> OpenError {
    let path = path.to_owned();
    match error {
        MigrateError::ForeignApplication => OpenError::ForeignDatabase(path),
        MigrateError::NewerSchema { found, known } => OpenError::NewerSchema { path, found, known },
        MigrateError::NoWriteAheadLog => OpenError::Failed {
            path,
            reason: "the file system does not support a write-ahead log".to_owned(),
        },
        MigrateError::Database(error) => database_error(&path, &error),
    }
}

fn database_error(path: &Path, error: &sqlx::Error) -> OpenError {
    let path = path.to_owned();
    let reason = error::text(error);
    if error::is_not_a_database(error) {
        OpenError::NotADatabase { path, reason }
    } else if error::is_disk_trouble(error) {
        OpenError::NotWritable { path, reason }
    } else {
        OpenError::Failed { path, reason }
    }
}
