//! What an archive holds.

use aws_lc_rs::digest;
use greenroom_token::KeyId;
use serde::{Deserialize, Serialize};

use super::{ArchiveError, FILES_MAX, FORMAT, MANIFEST_MAX_BYTES, bytes_in_tar};

/// The database in a data directory and in an archive.
pub(crate) const DATABASE: &str = "greenroom.db";
/// The key that signs webhooks.
pub(crate) const WEBHOOK_KEY: &str = "webhook-key.pem";
/// The API key that `greenroom dev` shows.
pub(crate) const DEV_API_KEY: &str = "dev-api-key";
/// The folder of the signing keys.
pub(crate) const KEYS: &str = "keys";
/// The states of the signing keys, in their folder.
const RING: &str = "ring.json";

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the archive's layout.
    pub format: u32,
    /// The version of the program that wrote it.
    pub version: String,
    /// The version of the database's schema.
    pub schema: i64,
    /// When the backup was begun, RFC 3339: whatever was answered with success before is in it.
    pub created_at: String,
    /// The files, in the order of the archive.
    pub files: Vec<FileEntry>,
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path inside the data directory.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads a manifest, and refuses what this program cannot use. `known_schema` is the newest that it knows.
    pub(super) fn parse(text: &[u8], known_schema: i64) -> Result<Self, ArchiveError> {
        let nonsense = |error: serde_json::Error| ArchiveError::NotABackup(error.to_string());
        let head: Head = serde_json::from_slice(text).map_err(nonsense)?;
        let newer = |reason| ArchiveError::Newer {
            version: head.version.clone(),
            reason,
        };
        if head.format > FORMAT {
            return Err(newer(format!("its format is {}", head.format)));
        }
        let manifest: Self = serde_json::from_slice(text).map_err(nonsense)?;
        if manifest.schema > known_schema {
            return Err(newer(format!(
                "its schema is {}, and {known_schema} is the newest that is known here",
                manifest.schema
            )));
        }
        if manifest.files.len() > FILES_MAX {
            return Err(ArchiveError::NotABackup("too many files".to_owned()));
        }
        let mut names = Vec::with_capacity(manifest.files.len());
        for file in &manifest.files {
            if !is_ours(&file.name) || names.contains(&&*file.name) {
                let name = file.name.escape_debug();
                return Err(ArchiveError::NotABackup(format!("a file called {name}")));
            }
            names.push(&*file.name);
        }
        if !names.contains(&DATABASE) {
            return Err(ArchiveError::NotABackup("there is no database".to_owned()));
        }
        Ok(manifest)
    }

    /// The manifest as it stands in the archive.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, ArchiveError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(std::io::Error::from)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Bytes of the files.
    pub fn bytes(&self) -> u64 {
        self.files
            .iter()
            .fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// How long the archive is whose manifest has so many bytes and the other leading file so many.
    pub(super) fn archive_bytes(&self, manifest: u64, sum: u64) -> u64 {
        let end = 2 * super::BLOCK_BYTES;
        self.files
            .iter()
            .map(|file| bytes_in_tar(file.bytes.min(u64::MAX >> 1)))
            .fold(
                bytes_in_tar(manifest.min(MANIFEST_MAX_BYTES)) + bytes_in_tar(sum) + end,
                u64::saturating_add,
            )
    }
}

/// What is the same in every format.
#[derive(Deserialize)]
struct Head {
    format: u32,
    version: String,
}

/// Whether a data directory of ours has a file of that name that belongs into a backup.
fn is_ours(name: &str) -> bool {
    let of_key = |name: &str| {
        name == RING
            || name
                .strip_suffix(".pem")
                .is_some_and(|kid| kid.parse::<KeyId>().is_ok())
    };
    [DATABASE, WEBHOOK_KEY, DEV_API_KEY].contains(&name)
        || name
            .strip_prefix(KEYS)
            .and_then(|name| name.strip_prefix('/'))
            .is_some_and(of_key)
}

/// SHA-256 as hexadecimal text.
pub(crate) fn hex(digest: &digest::Digest) -> String {
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            text.extend(
                [byte >> 4, byte & 15]
                    .into_iter()
                    .filter_map(|digit| char::from_digit(u32::from(digit), 16)),
            );
            text
        })
}

/// The SHA-256 of some bytes, as hexadecimal text.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&digest::digest(&digest::SHA256, bytes))
}
