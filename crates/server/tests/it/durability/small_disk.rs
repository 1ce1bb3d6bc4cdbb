//! The program on a disk of its own, small enough to be filled: a tmpfs in a mount namespace of its own.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use greenroom_testkit::{Finished, Greenroom, TestProgram};

/// Set where nothing may be mounted, as in some containers. Without it such a place fails the tests, so
/// that nobody takes them for passed.
const WITHOUT_MOUNT: &str = "GREENROOM_TESTS_WITHOUT_MOUNT";

/// How the script says that it may not mount anything.
const CANNOT_MOUNT: i32 = 77;

/// Mounts a disk on `$DISK` and becomes the command that follows.
const SCRIPT: &str = "mount -t tmpfs -o size=4m tmpfs \"$DISK\" || exit 77; exec \"$@\"";

/// A place where a small disk can be mounted.
pub(super) struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// A place for a disk; `None` if there cannot be one, and somebody has said so.
    pub(super) async fn prepare() -> Option<Self> {
        let disk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let tried = disk.mounting().run(arguments(&["true"])).await;
        if tried.code == Some(0) {
            return Some(disk);
        }
        assert!(
            std::env::var_os(WITHOUT_MOUNT).is_some(),
            "no disk can be mounted here, so nothing is known of full and read-only disks; set \
             {WITHOUT_MOUNT}=1 to go without. {}: {tried:?}",
            if tried.code == Some(CANNOT_MOUNT) {
                "mount"
            } else {
                "unshare"
            },
        );
        None
    }

    /// Where the disk is mounted.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program to its end on a new disk of its own, after the shell script `first`.
    pub(super) async fn run_after(&self, first: &str, command: &[&str]) -> Finished {
        let script = format!("{first} && exec \"$@\"");
        let mut inner = vec!["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_greenroom")];
        inner.extend(command);
        self.mounting().run(arguments(&inner)).await
    }

    /// Starts a server on a new disk of its own.
    pub(super) async fn start(&self, command: &[&str]) -> OnDisk {
        let mut inner = vec![env!("CARGO_BIN_EXE_greenroom")];
        inner.extend(command);
        let program = self.mounting().start(arguments(&inner)).await;
        OnDisk {
            root: PathBuf::from(format!("/proc/{}/root", program.pid())),
            disk: self.path().to_owned(),
            program,
        }
    }

    fn mounting(&self) -> Greenroom {
        Greenroom::at("unshare")
            .env("PATH", std::env::var("PATH").unwrap())
            .env("DISK", self.path())
            .env("GREENROOM_LOG__FORMAT", "json")
    }
}

/// What `unshare` is given, so that it runs `command` on a disk of its own.
fn arguments<'a>(command: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"];
    arguments.extend(command);
    arguments
}

/// A server on a small disk.
pub(super) struct OnDisk {
    pub(super) program: TestProgram,
    root: PathBuf,
    disk: PathBuf,
}

impl OnDisk {
    /// A file on the disk, as it can be reached from here.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        let inside = self.disk.strip_prefix("/").unwrap();
        self.root.join(inside).join(name)
    }

    /// Takes all the space there is.
    pub(super) fn fill(&self) {
        let mut file = File::create(self.file("filler")).unwrap();
        let error = loop {
            if let Err(error) = file.write_all(&[0; 512]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }

    /// Gives the space back.
    pub(super) fn free(&self) {
        fs::remove_file(self.file("filler")).unwrap();
    }

    /// Runs the program to its end where the server runs, on the same disk.
    pub(super) async fn run_beside(&self, command: &[&str]) -> Finished {
        let pid = self.program.pid().to_string();
        let mut arguments = vec![
            "--target",
            &pid,
            "--user",
            "--mount",
            "--preserve-credentials",
        ];
        arguments.push(env!("CARGO_BIN_EXE_greenroom"));
        arguments.extend(command);
        Greenroom::at("nsenter")
            .env("PATH", std::env::var("PATH").unwrap())
            .run(arguments)
            .await
    }
}
