//! The archive of `greenroom backup`: a tar file that any tar can list, with what it holds written down first.
//!
//! In this order: `manifest.json` (program, schema, and the name, size and SHA-256 of each file), `manifest.sha256` (the
//! manifest's own), the files. Only names that a data directory of ours has are taken from it, so that no archive can
//! write anywhere else.

mod manifest;
mod progress;
mod unpack;
mod write;

use std::io;

pub(crate) use manifest::{DATABASE, DEV_API_KEY, KEYS, WEBHOOK_KEY};
pub use manifest::{FileEntry, Manifest};
pub use progress::Progress;
pub use unpack::unpack;
pub use write::{Content, Part, write};

/// The version of the archive's layout.
pub const FORMAT: u32 = 1;

/// The file with what the archive holds.
const MANIFEST: &str = "manifest.json";
/// The file with the manifest's checksum.
const MANIFEST_SUM: &str = "manifest.sha256";

/// Longest manifest, in bytes: some hundred times what a full one has.
const MANIFEST_MAX_BYTES: u64 = 256 * 1024;

/// Most files in an archive: a ring has a few keys.
const FILES_MAX: usize = 256;

/// The unit of a tar file, in bytes.
const BLOCK_BYTES: u64 = 512;

/// Bytes that are read and written at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Why an archive cannot be written or used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is something else, or so damaged that it cannot be told what it is.
    #[error("this is no backup of Greenroom, or a damaged one: {0}")]
    NotABackup(String),
    /// Something in it is not what the manifest says.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// A newer version of this program wrote it.
    #[error(
        "the backup was made by greenroom {version}, which is newer than this program: {reason}"
    )]
    Newer {
        /// The version that wrote it.
        version: String,
        /// What this program does not know of it.
        reason: String,
    },
}

/// How many bytes a file takes in a tar file.
const fn bytes_in_tar(bytes: u64) -> u64 {
    BLOCK_BYTES + bytes.div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}

#[cfg(test)]
mod tests;
