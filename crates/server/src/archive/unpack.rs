//! Taking an archive apart. Whatever is in it is checked before it counts.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use aws_lc_rs::digest;
use tar::{Entries, EntryType};
use zeroize::Zeroizing;

use super::manifest::{FileEntry, KEYS, Manifest, hex, sha256};
use super::{ArchiveError, CHUNK_BYTES, MANIFEST, MANIFEST_MAX_BYTES, MANIFEST_SUM, Progress};

/// Unpacks `archive` into the directory `into`, which is made, private to its owner, and flushed to the disk. Gives the
/// manifest. `known_schema` is the newest that this program knows.
///
/// # Errors
///
/// If the archive is not whole, not ours, or newer than this program; then `into` holds a part of it, or is not there.
pub fn unpack(archive: File, into: &Path, known_schema: i64) -> Result<Manifest, ArchiveError> {
    let length = archive.metadata()?.len();
    let mut archive = tar::Archive::new(BufReader::with_capacity(CHUNK_BYTES, archive));
    let mut entries = archive.entries().map_err(not_a_backup)?;
    let (manifest, heads) = manifest(&mut entries, known_schema)?;
    if length != manifest.archive_bytes(heads[0], heads[1]) {
        let wanted = manifest.archive_bytes(heads[0], heads[1]);
        return Err(ArchiveError::Damaged(format!(
            "it has {length} bytes and should have {wanted}"
        )));
    }
    make_private(into)?;
    make_private(&into.join(KEYS))?;
    let mut progress = Progress::new("restore", manifest.bytes());
    for file in &manifest.files {
        extract(&mut entries, file, into, &mut progress)?;
    }
    if entries.next().is_some() {
        return Err(ArchiveError::Damaged(
            "it holds more than it says".to_owned(),
        ));
    }
    for folder in [into.join(KEYS), into.to_owned()] {
        File::open(folder)?.sync_all()?;
    }
    Ok(manifest)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "fits `map_err`, which hands the error over"
)]
fn not_a_backup(error: std::io::Error) -> ArchiveError {
    ArchiveError::NotABackup(error.to_string())
}

fn make_private(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// The manifest, and the sizes of the two leading files.
fn manifest<R: Read>(
    entries: &mut Entries<'_, R>,
    known_schema: i64,
) -> Result<(Manifest, [u64; 2]), ArchiveError> {
    let text = leading(entries, MANIFEST)?;
    let sum = leading(entries, MANIFEST_SUM)?;
    if sum != sha256(&text).as_bytes() {
        return Err(ArchiveError::Damaged(
            "the list of what it holds was changed".to_owned(),
        ));
    }
    let manifest = Manifest::parse(&text, known_schema)?;
    Ok((manifest, [text.len() as u64, sum.len() as u64]))
}

fn leading<R: Read>(entries: &mut Entries<'_, R>, name: &str) -> Result<Vec<u8>, ArchiveError> {
    let missing = || ArchiveError::NotABackup(format!("it has no {name}"));
    let entry = entries.next().ok_or_else(missing)?.map_err(not_a_backup)?;
    if *entry.path_bytes() != *name.as_bytes() || entry.size() > MANIFEST_MAX_BYTES {
        return Err(missing());
    }
    let mut text = Vec::new();
    entry
        .take(MANIFEST_MAX_BYTES)
        .read_to_end(&mut text)
        .map_err(not_a_backup)?;
    Ok(text)
}

fn extract<R: Read>(
    entries: &mut Entries<'_, R>,
    file: &FileEntry,
    into: &Path,
    progress: &mut Progress,
) -> Result<(), ArchiveError> {
    let damaged = |what: &str| ArchiveError::Damaged(format!("{}: {what}", file.name));
    let mut entry = entries
        .next()
        .ok_or_else(|| damaged("it is missing"))?
        .map_err(|error| damaged(&error.to_string()))?;
    if *entry.path_bytes() != *file.name.as_bytes()
        || entry.size() != file.bytes
        || entry.header().entry_type() != EntryType::Regular
    {
        return Err(damaged("another file is in its place"));
    }
    let mut out = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(into.join(&file.name))?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut chunk = Zeroizing::new(vec![0; CHUNK_BYTES]);
    loop {
        let read = entry
            .read(&mut chunk)
            .map_err(|error| damaged(&error.to_string()))?;
        let Some(filled) = chunk.get(..read).filter(|filled| !filled.is_empty()) else {
            break;
        };
        context.update(filled);
        out.write_all(filled)?;
        progress.add(read);
    }
    if hex(&context.finish()) != file.sha256 {
        return Err(damaged("its checksum is wrong"));
    }
    out.sync_all()?;
    Ok(())
}
