//! `greenroom restore FILE --data DIR`: makes a data directory of a backup.
//!
//! Everything is unpacked beside what is there, and checked; only then files move. Whoever starts a server on a
//! directory in which they have not all moved is refused, so that keys and database always belong together.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use greenroom_domain::Timestamp;
use greenroom_store_sqlite::{check_copy, known_schema};

use super::{block_on, edges, say};
use crate::archive::{self, Manifest};
use crate::cli::{ConfigArgs, Failure};
use crate::data_dir::{self, DataDirError};
use crate::key_dir::KeyDir;

/// Where a backup is unpacked, inside the data directory.
const UNPACKED: &str = "restoring.part";

/// What the folder with the earlier files is called, before the time.
const ASIDE: &str = "before-restore-";

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The backup.
    file: PathBuf,
    /// Replace what is in the data directory; it is kept in a folder in there.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &RestoreArgs) -> Result<(), Failure> {
    let data = args.config.settings()?.data;
    let now = edges().clock.now();
    let archive = File::open(&args.file)
        .with_context(|| format!("cannot read {}", args.file.display()))
        .map_err(Failure::Usage)?;
    let in_use = data_dir::is_in_use(&data);
    if in_use.with_context(|| format!("cannot look at {}", data.display()))? {
        return Err(anyhow::Error::from(DataDirError::InUse(data)).into());
    }
    if !args.force && !is_empty(&data)? {
        return Err(Failure::Usage(anyhow::anyhow!(
            "the data directory {} is not empty; --force replaces what is in it, and keeps it aside",
            data.display()
        )));
    }
    let _lock = data_dir::lock_to_restore(&data).map_err(anyhow::Error::from)?;
    let unpacked = Unpacked::new(&data)?;
    let manifest = archive::unpack(archive, &unpacked.0, known_schema())
        .map_err(|error| anyhow::anyhow!("{}: {error}", args.file.display()))?;
    check(&unpacked.0)?;
    let aside = put_in_place(&data, unpacked, now)
        .with_context(|| format!("the restore into {} did not end", data.display()))?;
    tell(&data, &manifest, aside.as_deref());
    Ok(())
}

fn tell(data: &Path, manifest: &Manifest, aside: Option<&Path>) {
    say(format!("restored  {}", data.display()));
    say(format!("as of     {}", manifest.created_at));
    say(format!("made by   greenroom {}", manifest.version));
    if let Some(aside) = aside {
        say(format!("earlier   {}", aside.display()));
    }
    say("What was revoked, ended or delivered after the backup is as it was before.");
}

/// Names that do not count: what a file system has of itself, the lock, and what an earlier restore has put aside.
fn is_of_no_account(name: &str) -> bool {
    name == "lost+found" || name == data_dir::LOCK || name.starts_with(ASIDE)
}

/// What is in the directory and counts; nothing if it is not there.
fn names(data: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(data) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !is_of_no_account(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn is_empty(data: &Path) -> anyhow::Result<bool> {
    let names = names(data).with_context(|| format!("cannot look at {}", data.display()))?;
    // What a restore that was killed while it unpacked has left.
    Ok(names.iter().all(|name| name == UNPACKED))
}

/// Whether what was unpacked can be served.
fn check(unpacked: &Path) -> Result<(), Failure> {
    block_on(async {
        let schema = check_copy(&unpacked.join(archive::DATABASE)).await;
        schema.context("the database in the backup cannot be used")?;
        Ok(())
    })?;
    let keys = KeyDir::new(unpacked);
    if keys.version().is_some() {
        keys.load()
            .context("the keys in the backup cannot be used")?;
    }
    Ok(())
}

/// Puts aside what is there and moves the new files to their places; the folder with the earlier ones, if there are
/// any. The database comes last, and the folder that new files come from stays until then: see [`data_dir::ensure`].
fn put_in_place(
    data: &Path,
    unpacked: Unpacked,
    now: Timestamp,
) -> anyhow::Result<Option<PathBuf>> {
    hand_over(data, &unpacked.0)?;
    let earlier: Vec<String> = names(data)?
        .into_iter()
        .filter(|name| name != UNPACKED)
        .collect();
    let time = now.to_rfc3339_micros().replace([':', '-'], "");
    let aside = data.join(format!("{ASIDE}{time}"));
    if !earlier.is_empty() {
        fs::create_dir(&aside)?;
        hand_over(data, &aside)?;
        fs::set_permissions(&aside, fs::metadata(unpacked.0.as_path())?.permissions())?;
    }
    // One that another restore has left is put aside with the rest of it.
    if earlier.iter().any(|name| name == data_dir::RESTORING) {
        fs::rename(
            data.join(data_dir::RESTORING),
            aside.join(data_dir::RESTORING),
        )?;
    }
    let restoring = data.join(data_dir::RESTORING);
    unpacked.becomes(&restoring)?;
    File::open(data)?.sync_all()?;
    for name in earlier.iter().filter(|name| *name != data_dir::RESTORING) {
        fs::rename(data.join(name), aside.join(name))?;
    }
    let new = [
        archive::KEYS,
        archive::WEBHOOK_KEY,
        archive::DEV_API_KEY,
        archive::DATABASE,
    ];
    for name in new {
        let from = restoring.join(name);
        if from.exists() {
            fs::rename(from, data.join(name))?;
        }
    }
    File::open(data)?.sync_all()?;
    fs::remove_dir(&restoring)?;
    File::open(data)?.sync_all()?;
    Ok((!earlier.is_empty()).then_some(aside))
}

/// Gives files to the owner of the data directory, where root restores for the user of a service.
fn hand_over(data: &Path, path: &Path) -> io::Result<()> {
    let owner = fs::metadata(data)?;
    let now = fs::symlink_metadata(path)?;
    if (owner.uid(), owner.gid()) == (now.uid(), now.gid()) {
        return Ok(());
    }
    chown(path, Some(owner.uid()), Some(owner.gid()))?;
    if now.is_dir() {
        for entry in fs::read_dir(path)? {
            hand_over(data, &entry?.path())?;
        }
    }
    Ok(())
}

/// A folder that is removed unless it became something else.
struct Unpacked(PathBuf);

impl Unpacked {
    fn new(data: &Path) -> anyhow::Result<Self> {
        let path = data.join(UNPACKED);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            Ok(()) | Err(_) => {}
        }
        Ok(Self(path))
    }

    fn becomes(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0, path)
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        // Nothing is there if it became something else; what cannot be removed is removed by the next restore.
        let _ = fs::remove_dir_all(&self.0);
    }
}
