//! The whole ring as files, for a backup.

use zeroize::Zeroizing;

use super::{KeyDir, KeyDirError};

/// A file of the key directory: its name in there, and what is in it.
pub type KeyFile = (String, Zeroizing<String>);

impl KeyDir {
    /// The files of the ring, as they are at one moment; none if there is no ring yet.
    pub fn export(&self) -> Result<Vec<KeyFile>, KeyDirError> {
        if !self.ring_path().exists() {
            return Ok(Vec::new());
        }
        let _lock = self.lock()?;
        // What could not be used is not worth keeping.
        let ring = self.load()?;
        let mut files = vec![(
            "ring.json".to_owned(),
            self.read_private(&self.ring_path())?,
        )];
        for entry in ring.entries() {
            let text = self.read_private(&self.key_path(entry.kid()))?;
            files.push((format!("{}.pem", entry.kid()), text));
        }
        Ok(files)
    }
}
