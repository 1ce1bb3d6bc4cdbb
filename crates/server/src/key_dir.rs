//! The signing keys on disk: `keys/<kid>.pem` for each key and `keys/ring.json` for their states.
//!
//! The directory is 0700 and each file 0600; anything wider is refused. Changes are made under a
//! lock, key files first and `ring.json` last, in one step; a running server notices the new
//! `ring.json` and puts the ring in force without a restart.

mod export;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use greenroom_domain::{Entropy, Timestamp};
use greenroom_rooms::key_keeper::{KeyCabinet, KeyChange, KeyChangeError};
use greenroom_token::{KeyEntry, KeyError, KeyId, KeyRing, KeyRingError, KeyState, SigningKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::data_dir;

/// Why the key directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyDirError {
    /// A file cannot be read or written.
    #[error("the signing keys in {path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than the owner can read a key.
    #[error(
        "{path} must be private to its owner but has mode {mode:03o}; run: chmod {wanted} '{path}'"
    )]
    NotPrivate {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        wanted: &'static str,
    },
    /// `ring.json` is not what it should be.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A key file does not hold the key of its name.
    #[error("{path} is not the key it is named for: {reason}")]
    WrongKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The change makes no ring.
    #[error(transparent)]
    Ring(#[from] KeyRingError),
    /// A key could not be made.
    #[error("a signing key could not be made: {0}")]
    Generate(#[from] KeyError),
}

/// One line of `ring.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRecord {
    kid: String,
    state: StateRecord,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StateRecord {
    Next,
    Active { since_unix_micros: i64 },
    Retiring { until_unix_micros: i64 },
}

impl From<KeyState> for StateRecord {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Next => Self::Next,
            KeyState::Active { since } => Self::Active {
                since_unix_micros: since.unix_micros(),
            },
            KeyState::Retiring { until } => Self::Retiring {
                until_unix_micros: until.unix_micros(),
            },
        }
    }
}

impl From<StateRecord> for KeyState {
    fn from(record: StateRecord) -> Self {
        match record {
            StateRecord::Next => Self::Next,
            StateRecord::Active { since_unix_micros } => Self::Active {
                since: Timestamp::from_unix_micros(since_unix_micros),
            },
            StateRecord::Retiring { until_unix_micros } => Self::Retiring {
                until: Timestamp::from_unix_micros(until_unix_micros),
            },
        }
    }
}

/// Which version of `ring.json` there is; equal only for the very same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingVersion {
    inode: u64,
    changed: (i64, i64),
}

/// The key directory.
#[derive(Debug, Clone)]
pub struct KeyDir(PathBuf);

impl KeyDir {
    /// The key directory inside the data directory.
    pub fn new(data: &Path) -> Self {
        Self(data.join("keys"))
    }

    /// Reads the ring; makes the first one if there is none.
    pub fn open(&self, entropy: &dyn Entropy, now: Timestamp) -> Result<KeyRing, KeyDirError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(|source| KeyDirError::Io {
                path: self.0.clone(),
                source,
            })?;
        self.check_private(&self.0, "700")?;
        let _lock = self.lock()?;
        if self.ring_path().exists() {
            return self.load();
        }
        let ring = KeyRing::start(
            SigningKey::generate(entropy)?,
            SigningKey::generate(entropy)?,
            now,
        )?;
        self.save(&ring)?;
        Ok(ring)
    }

    /// Reads the ring that is there.
    pub fn load(&self) -> Result<KeyRing, KeyDirError> {
        self.check_private(&self.0, "700")?;
        let path = self.ring_path();
        let text = self.read_private(&path)?;
        let records: Vec<KeyRecord> =
            serde_json::from_str(&text).map_err(|error| KeyDirError::Damaged {
                path: path.clone(),
                reason: error.to_string(),
            })?;
        let mut keys = Vec::with_capacity(records.len());
        for record in records {
            let kid = record
                .kid
                .parse()
                .map_err(
                    |error: greenroom_token::InvalidKeyId| KeyDirError::Damaged {
                        path: path.clone(),
                        reason: error.to_string(),
                    },
                )?;
            keys.push((Arc::new(self.load_key(kid)?), record.state.into()));
        }
        Ok(KeyRing::new(keys)?)
    }

    /// Changes the ring under the lock: reads it, applies `change`, writes the outcome.
    pub fn change(
        &self,
        change: impl FnOnce(KeyRing) -> Result<KeyRing, KeyDirError>,
    ) -> Result<KeyRing, KeyDirError> {
        let _lock = self.lock()?;
        let ring = change(self.load()?)?;
        self.save(&ring)?;
        Ok(ring)
    }

    /// Which version of the ring there is now.
    pub fn version(&self) -> Option<RingVersion> {
        let metadata = fs::metadata(self.ring_path()).ok()?;
        Some(RingVersion {
            inode: metadata.ino(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }

    fn load_key(&self, kid: KeyId) -> Result<SigningKey, KeyDirError> {
        let path = self.key_path(kid);
        let pem = self.read_private(&path)?;
        let wrong = |reason: String| KeyDirError::WrongKey {
            path: path.clone(),
            reason,
        };
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(|error| wrong(error.to_string()))?;
        if key.kid() != kid {
            return Err(wrong(format!("it holds the key {}", key.kid())));
        }
        Ok(key)
    }

    fn save(&self, ring: &KeyRing) -> Result<(), KeyDirError> {
        for key in ring.entries().iter().map(KeyEntry::key) {
            let path = self.key_path(key.kid());
            if path.exists() {
                continue;
            }
            let pem = key.to_pkcs8_pem()?;
            data_dir::write_new(&path, pem.as_bytes())
                .map_err(|source| KeyDirError::Io { path, source })?;
        }
        let records: Vec<_> = ring
            .entries()
            .iter()
            .map(|entry| KeyRecord {
                kid: entry.kid().to_string(),
                state: entry.state().into(),
            })
            .collect();
        let path = self.ring_path();
        let damaged = |error: serde_json::Error| KeyDirError::Damaged {
            path: path.clone(),
            reason: error.to_string(),
        };
        let text = serde_json::to_string_pretty(&records).map_err(damaged)?;
        data_dir::replace(&path, text.as_bytes()).map_err(|source| KeyDirError::Io {
            path: path.clone(),
            source,
        })?;
        self.remove_gone(ring)
    }

    /// Removes the files of keys that are in the ring no more.
    fn remove_gone(&self, ring: &KeyRing) -> Result<(), KeyDirError> {
        let io = |source| KeyDirError::Io {
            path: self.0.clone(),
            source,
        };
        for entry in fs::read_dir(&self.0).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let kid = (path.extension().is_some_and(|extension| extension == "pem"))
                .then(|| path.file_stem()?.to_str()?.parse::<KeyId>().ok())
                .flatten();
            if kid.is_some_and(|kid| !ring.contains(kid)) {
                fs::remove_file(&path).map_err(|source| KeyDirError::Io { path, source })?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> Result<File, KeyDirError> {
        let path = self.0.join("lock");
        let io = |source| KeyDirError::Io {
            path: path.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        file.lock().map_err(io)?;
        Ok(file)
    }

    fn read_private(&self, path: &Path) -> Result<Zeroizing<String>, KeyDirError> {
        self.check_private(path, "600")?;
        fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|source| KeyDirError::Io {
                path: path.to_owned(),
                source,
            })
    }

    #[expect(clippy::unused_self, reason = "reads as what the directory promises")]
    fn check_private(&self, path: &Path, wanted: &'static str) -> Result<(), KeyDirError> {
        let metadata = fs::metadata(path).map_err(|source| KeyDirError::Io {
            path: path.to_owned(),
            source,
        })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyDirError::NotPrivate {
                path: path.to_owned(),
                mode,
                wanted,
            });
        }
        Ok(())
    }

    fn ring_path(&self) -> PathBuf {
        self.0.join("ring.json")
    }

    fn key_path(&self, kid: KeyId) -> PathBuf {
        self.0.join(format!("{kid}.pem"))
    }
}

impl KeyCabinet for KeyDir {
    fn load(&self) -> Result<KeyRing, KeyChangeError> {
        Ok(Self::load(self)?)
    }

    fn change(
        &self,
        change: KeyChange,
        fresh: SigningKey,
        now: Timestamp,
    ) -> Result<KeyRing, KeyChangeError> {
        Ok(Self::change(self, |ring| {
            Ok(change.apply(&ring, fresh, now)?)
        })?)
    }
}

impl From<KeyDirError> for KeyChangeError {
    fn from(error: KeyDirError) -> Self {
        match error {
            KeyDirError::Ring(error) => Self::Ring(error),
            KeyDirError::Generate(error) => Self::Generate(error),
            KeyDirError::Io { .. }
            | KeyDirError::NotPrivate { .. }
            | KeyDirError::Damaged { .. }
            | KeyDirError::WrongKey { .. } => Self::Cabinet(Box::new(error)),
        }
    }
}
