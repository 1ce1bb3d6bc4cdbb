//! Writing an archive.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use aws_lc_rs::digest;
use greenroom_domain::Timestamp;
use zeroize::Zeroizing;

use super::manifest::{FileEntry, Manifest, hex, sha256};
use super::{ArchiveError, CHUNK_BYTES, FORMAT, MANIFEST, MANIFEST_SUM, Progress};

/// One file that goes into an archive.
#[derive(Debug)]
pub struct Part {
    /// Its path inside the data directory.
    pub name: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Debug)]
pub enum Content {
    /// A secret, in memory.
    Text(Zeroizing<String>),
    /// A file that nobody changes meanwhile.
    File(PathBuf),
}

/// Writes an archive of `parts` to `out`, and gives its manifest.
///
/// # Errors
///
/// If a part cannot be read, or `out` not be written.
pub fn write(
    out: &mut impl Write,
    parts: &[Part],
    schema: i64,
    now: Timestamp,
) -> Result<Manifest, ArchiveError> {
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema,
        created_at: now.to_rfc3339_micros(),
        files: parts.iter().map(entry).collect::<io::Result<_>>()?,
    };
    let mut progress = Progress::new("backup", manifest.bytes());
    let mut tar = tar::Builder::new(out);
    let text = manifest.to_json()?;
    let sum = sha256(&text);
    append(&mut tar, MANIFEST, text.len() as u64, &*text, now)?;
    append(
        &mut tar,
        MANIFEST_SUM,
        sum.len() as u64,
        sum.as_bytes(),
        now,
    )?;
    for (part, entry) in parts.iter().zip(&manifest.files) {
        let content = Counted {
            content: part.content.open()?,
            progress: &mut progress,
        };
        append(&mut tar, &part.name, entry.bytes, content, now)?;
    }
    tar.finish()?;
    Ok(manifest)
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    bytes: u64,
    content: impl Read,
    now: Timestamp,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.unix_secs()).unwrap_or_default());
    header.set_cksum();
    tar.append(&header, content.take(bytes))
}

impl Content {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::Text(text) => Box::new(text.as_bytes()),
            Self::File(path) => Box::new(File::open(path)?),
        })
    }
}

fn entry(part: &Part) -> io::Result<FileEntry> {
    let mut content = part.content.open()?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut chunk = Zeroizing::new(vec![0; CHUNK_BYTES]);
    let mut bytes = 0;
    loop {
        let read = content.read(&mut chunk)?;
        let Some(filled) = chunk.get(..read).filter(|filled| !filled.is_empty()) else {
            break;
        };
        context.update(filled);
        bytes += filled.len() as u64;
    }
    Ok(FileEntry {
        name: part.name.clone(),
        bytes,
        sha256: hex(&context.finish()),
    })
}

/// Tells how far the reader has come.
struct Counted<'a, R> {
    content: R,
    progress: &'a mut Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.progress.add(read);
        Ok(read)
    }
}
