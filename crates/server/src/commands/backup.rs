//! `greenroom backup FILE|DIR`: the data directory as it is at one moment, also of a running server.
//!
//! The database is copied first and the keys after it. A token of a room in the copy was signed before, so its key is
//! in the ring, unless it was dropped since, and then the token is dead in any case. The other way round a key that
//! was revoked meanwhile would come back to life.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use greenroom_domain::Timestamp;
use greenroom_store_sqlite::snapshot;
use zeroize::Zeroizing;

use super::{block_on, edges, say};
use crate::archive::{self, Content, Manifest, Part};
use crate::cli::{ConfigArgs, Failure};
use crate::data_dir;
use crate::key_dir::KeyDir;

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The file to write, or a directory to write it to under a name with the time in it.
    #[arg(value_name = "FILE|DIR")]
    to: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &BackupArgs) -> Result<(), Failure> {
    let data = args.config.settings()?.data;
    let now = edges().clock.now();
    let to = target(&args.to, now);
    if to.exists() && !args.force {
        return Err(Failure::Usage(anyhow::anyhow!(
            "{} is there already; --force replaces it",
            to.display()
        )));
    }
    if !data.join(archive::DATABASE).is_file() {
        return Err(Failure::Other(anyhow::anyhow!(
            "no server has run on {}",
            data.display()
        )));
    }
    let manifest = back_up(&data, &to, now)?;
    say(format!("backup   {}", to.display()));
    say(format!(
        "bytes    {}",
        fs::metadata(&to).map_or(0, |file| file.len())
    ));
    say(format!("schema   {}", manifest.schema));
    say(format!("as of    {}", manifest.created_at));
    say("It holds the keys that sign tokens and webhooks: keep it as safe as the server.");
    Ok(())
}

fn target(to: &Path, now: Timestamp) -> PathBuf {
    if !to.is_dir() {
        return to.to_owned();
    }
    let time = now.to_rfc3339_secs().replace([':', '-'], "");
    to.join(format!("greenroom-{time}.tar"))
}

fn back_up(data: &Path, to: &Path, now: Timestamp) -> Result<Manifest, Failure> {
    let beside = |ending: &str| {
        let mut name = to.as_os_str().to_owned();
        name.push(ending);
        Unfinished(PathBuf::from(name))
    };
    let cannot = |what: &Unfinished| format!("cannot write {}", what.0.display());
    let copy = beside(".db-part");
    copy.make().with_context(|| cannot(&copy))?;
    let schema = block_on(async {
        let copied = snapshot(data, &copy.0).await;
        Ok(copied.context("the database cannot be copied")?)
    })?;
    let mut parts = vec![Part {
        name: archive::DATABASE.to_owned(),
        content: Content::File(copy.0.clone()),
    }];
    parts.extend(secrets(data)?);

    let part = beside(".part");
    let written = (|| {
        let mut out = BufWriter::new(part.make()?);
        let manifest = archive::write(&mut out, &parts, schema, now)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&part.0, to)?;
        data_dir::sync_dir_of(&absolute(to)?)?;
        Ok::<_, archive::ArchiveError>(manifest)
    })();
    Ok(written.with_context(|| cannot(&part))?)
}

/// So that a bare file name has a parent.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

/// The keys, and the dev server's API key.
fn secrets(data: &Path) -> anyhow::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for (name, text) in KeyDir::new(data).export()? {
        parts.push(Part {
            name: format!("{}/{name}", archive::KEYS),
            content: Content::Text(text),
        });
    }
    for name in [archive::WEBHOOK_KEY, archive::DEV_API_KEY] {
        match fs::read_to_string(data.join(name)) {
            Ok(text) => parts.push(Part {
                name: name.to_owned(),
                content: Content::Text(Zeroizing::new(text)),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
        }
    }
    Ok(parts)
}

/// A private file that is removed unless it was given its name.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes it, in the place of one that a backup which was killed has left.
    fn make(&self) -> io::Result<File> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.0)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It may have its name by now; and what cannot be removed is removed by the next backup.
        let _ = fs::remove_file(&self.0);
    }
}
