//! The data directory and the files with secrets: there, writable, and nobody else's to read.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::finding::Finding;
use crate::archive;
use crate::config::Settings;
use crate::data_dir;

/// What a file is, which says who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Others may look into it at most.
    DataDir,
    /// The server refuses it where others can read it.
    Key,
    /// Likewise, a folder.
    KeyDir,
    /// Holds what others should not read, but the server does not look.
    Private,
    /// A group may read it, such as the one of all who serve TLS.
    TlsKey,
}

/// A file or folder that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) owner: u32,
}

/// The data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DataDir {
    /// It is made at the first start; whether that can be.
    Absent { can_be_made: Result<(), String> },
    /// It is there.
    There { writable: Result<(), String> },
    /// A restore was cut short.
    HalfRestored,
    /// It is something else, or cannot be looked at.
    Unusable(String),
}

/// Looks at the data directory.
pub(super) fn data_dir(data: &Path) -> DataDir {
    match fs::metadata(data) {
        Ok(metadata) if !metadata.is_dir() => DataDir::Unusable("it is no directory".to_owned()),
        Ok(_) if data.join(data_dir::RESTORING).exists() => DataDir::HalfRestored,
        Ok(_) => DataDir::There {
            writable: writable(data),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => DataDir::Absent {
            can_be_made: nearest(data)
                .map_or_else(|error| Err(error.to_string()), |dir| writable(&dir)),
        },
        Err(error) => DataDir::Unusable(error.to_string()),
    }
}

/// The nearest directory above that is there.
fn nearest(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let there = path.ancestors().find(|above| above.exists());
    Ok(there.unwrap_or(Path::new("/")).to_owned())
}

fn writable(dir: &Path) -> Result<(), String> {
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    accessat(CWD, dir, wanted, AtFlags::EACCESS).map_err(|error| error.to_string())
}

/// Finds the files that matter.
pub(super) fn look(settings: &Settings) -> Vec<Found> {
    let data = &settings.data;
    let keys = data.join(archive::KEYS);
    let mut paths = vec![
        (data.clone(), Kind::DataDir),
        (keys.clone(), Kind::KeyDir),
        (data.join(archive::WEBHOOK_KEY), Kind::Key),
        (data.join(archive::DEV_API_KEY), Kind::Private),
        (data.join(archive::DATABASE), Kind::Private),
    ];
    let in_keys = fs::read_dir(keys).into_iter().flatten().flatten();
    paths.extend(in_keys.map(|entry| (entry.path(), Kind::Key)));
    paths.extend(settings.tls_key.clone().map(|key| (key, Kind::TlsKey)));
    let mut found: Vec<Found> = paths
        .into_iter()
        .filter_map(|(path, kind)| Some(found(fs::metadata(&path).ok()?, path, kind)))
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads as taking what was looked up"
)]
fn found(metadata: Metadata, path: PathBuf, kind: Kind) -> Found {
    Found {
        path,
        kind,
        mode: metadata.permissions().mode() & 0o777,
        owner: metadata.uid(),
    }
}

/// What to make of the data directory.
pub(super) fn judge_data_dir(dir: &DataDir, data: &Path) -> Finding {
    const REMEDY: &str =
        "Give it to the user that the server runs as (chown), on a file system that can be written";
    let shown = data.display();
    match dir {
        DataDir::There { writable: Ok(()) } => Finding::ok(
            "data_dir",
            format!("the data directory {shown} can be written"),
        ),
        DataDir::There {
            writable: Err(reason),
        } => Finding::problem(
            "data_dir_not_writable",
            format!("the data directory {shown} cannot be written: {reason}"),
            REMEDY,
        ),
        DataDir::Absent {
            can_be_made: Ok(()),
        } => Finding::ok(
            "data_dir_absent",
            format!("the data directory {shown} is not there yet; the first start makes it"),
        ),
        DataDir::Absent {
            can_be_made: Err(reason),
        } => Finding::problem(
            "data_dir_cannot_be_made",
            format!("the data directory {shown} is not there and cannot be made: {reason}"),
            "Make it, and give it to the user that the server runs as",
        ),
        DataDir::HalfRestored => Finding::problem(
            "restore_unfinished",
            format!("a restore into {shown} did not come to its end"),
            "Run greenroom restore again, with --force",
        ),
        DataDir::Unusable(reason) => Finding::problem(
            "data_dir_unusable",
            format!("the data directory {shown} cannot be used: {reason}"),
            "Set another `data`",
        ),
    }
}

/// What to make of the files: `Found` of the data directory first.
pub(super) fn judge(found: &[Found]) -> Vec<Finding> {
    let data_owner = found
        .iter()
        .find(|file| file.kind == Kind::DataDir)
        .map(|dir| dir.owner);
    let mut findings: Vec<Finding> = found.iter().filter_map(judge_mode).collect();
    findings.extend(found.iter().filter_map(|file| {
        let owner = data_owner?;
        (file.kind != Kind::TlsKey && file.owner != owner).then(|| {
            Finding::problem(
                "file_owner",
                format!(
                    "{} belongs to user {}, and the data directory to user {owner}",
                    file.path.display(),
                    file.owner
                ),
                format!("chown {owner} '{}'", file.path.display()),
            )
        })
    }));
    if findings.is_empty() && !found.is_empty() {
        findings.push(Finding::ok(
            "secrets",
            "nobody else can read keys and records",
        ));
    }
    findings
}

fn judge_mode(file: &Found) -> Option<Finding> {
    let Found {
        path, kind, mode, ..
    } = file;
    let path = path.display();
    let text = |who: &str| format!("{path} has mode {mode:03o}: {who}");
    match kind {
        Kind::Key if mode & 0o077 != 0 => Some(Finding::problem(
            "key_readable",
            text("others can read a key, which the server refuses"),
            format!("chmod 600 '{path}'; if others may have read it, rotate or revoke it"),
        )),
        Kind::KeyDir if mode & 0o077 != 0 => Some(Finding::problem(
            "key_dir_readable",
            text("others can look into it, which the server refuses"),
            format!("chmod 700 '{path}'"),
        )),
        Kind::TlsKey if mode & 0o007 != 0 => Some(Finding::problem(
            "tls_key_readable",
            text("everybody on this machine can read the key of the certificate"),
            format!("chmod o= '{path}'"),
        )),
        Kind::Private if mode & 0o077 != 0 => Some(Finding::warning(
            "records_readable",
            text("others can read it"),
            format!("chmod 600 '{path}'"),
        )),
        Kind::DataDir if mode & 0o027 != 0 => Some(Finding::warning(
            "data_dir_open",
            text("others can look into the data directory"),
            format!("chmod 700 '{path}'"),
        )),
        Kind::Key | Kind::KeyDir | Kind::TlsKey | Kind::Private | Kind::DataDir => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, mode: u32, owner: u32) -> Found {
        Found {
            path: PathBuf::from("/x"),
            kind,
            mode,
            owner,
        }
    }

    fn ids(files: &[Found]) -> Vec<&'static str> {
        judge(files).iter().map(|finding| finding.id).collect()
    }

    #[test]
    fn modes_are_judged_by_what_the_file_is() {
        for (kind, mode, expected) in [
            (Kind::Key, 0o600, "secrets"),
            (Kind::Key, 0o640, "key_readable"),
            (Kind::KeyDir, 0o755, "key_dir_readable"),
            (Kind::TlsKey, 0o640, "secrets"),
            (Kind::TlsKey, 0o644, "tls_key_readable"),
            (Kind::Private, 0o644, "records_readable"),
            (Kind::DataDir, 0o700, "secrets"),
            (Kind::DataDir, 0o755, "data_dir_open"),
        ] {
            assert_eq!(
                ids(&[found(kind, mode, 0)]),
                [expected],
                "{kind:?} {mode:o}"
            );
        }
    }

    #[test]
    fn one_user_owns_all() {
        let dir = found(Kind::DataDir, 0o700, 1_000);
        assert_eq!(
            ids(&[dir.clone(), found(Kind::Key, 0o600, 1_000)]),
            ["secrets"]
        );
        assert_eq!(
            ids(&[dir.clone(), found(Kind::Key, 0o600, 0)]),
            ["file_owner"]
        );
        assert_eq!(ids(&[dir, found(Kind::TlsKey, 0o600, 0)]), ["secrets"]);
    }

    #[test]
    fn a_directory_is_looked_at_without_touching_it() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("a/b");
        assert_eq!(
            data_dir(&fresh),
            DataDir::Absent {
                can_be_made: Ok(())
            }
        );
        assert_eq!(data_dir(folder.path()), DataDir::There { writable: Ok(()) });
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(matches!(data_dir(&file), DataDir::Unusable(_)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
