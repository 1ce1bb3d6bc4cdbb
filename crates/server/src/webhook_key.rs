//! The key that signs webhooks, on disk: `webhook-key.pem` in the data directory, made at the first start. It never
//! changes by itself: receivers have its public half in their settings.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use greenroom_domain::Entropy;
use greenroom_webhooks::WebhookKey;
use greenroom_webhooks::signature::KeyError;
use zeroize::Zeroizing;

use crate::data_dir;

/// Why there is no usable key.
#[derive(Debug, thiserror::Error)]
pub enum WebhookKeyError {
    /// The file cannot be read or written.
    #[error("the webhook key {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than the owner can read it.
    #[error("{path} must be private to its owner but has mode {mode:03o}; run: chmod 600 '{path}'")]
    NotPrivate {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It does not hold a key.
    #[error("{path} cannot be used: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
}

/// Reads the key of the data directory `data`; makes it if there is none.
pub fn open(data: &Path, entropy: &dyn Entropy) -> Result<WebhookKey, WebhookKeyError> {
    let path = data.join("webhook-key.pem");
    let io = |source| WebhookKeyError::Io {
        path: path.clone(),
        source,
    };
    let key_fault = |source| WebhookKeyError::Key {
        path: path.clone(),
        source,
    };
    let _lock = lock(data).map_err(io)?;
    match fs::metadata(&path) {
        Ok(metadata) => {
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(WebhookKeyError::NotPrivate { path, mode });
            }
            let pem = fs::read_to_string(&path).map(Zeroizing::new).map_err(io)?;
            WebhookKey::from_pem(&pem).map_err(key_fault)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = WebhookKey::generate(entropy).map_err(key_fault)?;
            let pem = key.to_pem().map_err(key_fault)?;
            data_dir::replace(&path, pem.as_bytes()).map_err(io)?;
            Ok(key)
        }
        Err(error) => Err(io(error)),
    }
}

/// Keeps a server and a command that both find no key from making two.
fn lock(data: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(data.join("webhook-key.lock"))?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use crate::edges::SystemEntropy;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let made = open(dir.path(), &SystemEntropy).unwrap();
        let read = open(dir.path(), &SystemEntropy).unwrap();
        assert_eq!(made.public_key(), read.public_key());
        let path = dir.path().join("webhook-key.pem");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            open(dir.path(), &SystemEntropy),
            Err(WebhookKeyError::NotPrivate { mode: 0o640, .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "nonsense").unwrap();
        assert!(matches!(
            open(dir.path(), &SystemEntropy),
            Err(WebhookKeyError::Key { .. })
        ));
    }
}
