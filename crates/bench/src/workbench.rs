//! What every measuring needs: a folder for the run, data directories with rooms in them, and servers.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use greenroom_domain::room::{MaxParticipants, NewRoom, RoomName};
use greenroom_domain::{AccountId, Entropy, Room, RoomId, Timestamp};
use greenroom_store::{Account, Store};
use greenroom_store_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::http;
use crate::program::{self, Program};
use crate::report::progress;

/// The API key of every server: known, since nothing but the bench talks to them.
pub(crate) const API_KEY: &str = "KEY_bench_0123456789abcdefghijklmnopqrstuvwxyz";

/// Rooms made in one unit of work.
const ROOMS_AT_ONCE: usize = 10_000;
/// The first room is made at this time (2021-01-01T00:00:00Z), each further one two minutes later.
const FIRST_ROOM_SECS: i64 = 1_609_459_200;
/// Seconds between two rooms: 1,000 of them span a day and a half, 100,000 span 139 days.
const ROOMS_APART_SECS: i64 = 120;

/// Everything that the servers write is in a folder that goes away with this.
#[derive(Debug)]
pub(crate) struct Workbench {
    folder: TempDir,
    greenroom: PathBuf,
}

impl Workbench {
    /// Finds the program and makes the folder.
    pub(crate) fn set_up() -> anyhow::Result<Self> {
        let greenroom = program::greenroom()?;
        let folder = tempfile::Builder::new()
            .prefix("greenroom-bench-")
            .tempdir()
            .context("no temporary folder")?;
        Ok(Self { folder, greenroom })
    }

    /// A file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program that is measured.
    pub(crate) fn greenroom(&self) -> &Path {
        &self.greenroom
    }

    /// Starts the program on the data directory of that name. The limits on refreshes are in force,
    /// but so high that they refuse nothing.
    pub(crate) fn start(&self, name: &str) -> anyhow::Result<Program> {
        self.start_with(Command::new(&self.greenroom), name, "127.0.0.1:0")
    }

    /// The same without an audit log, which no floor writes either.
    pub(crate) fn start_unaudited(&self, name: &str) -> anyhow::Result<Program> {
        let mut command = self.prepared(Command::new(&self.greenroom), name, "127.0.0.1:0");
        command.env("GREENROOM_LOG__AUDIT", "false");
        Program::start(&mut command, &self.log(name))
    }

    /// The same, listening at that address, by a `command` that ends with the program: it may be run by another.
    pub(crate) fn start_with(
        &self,
        command: Command,
        name: &str,
        listen: &str,
    ) -> anyhow::Result<Program> {
        Program::start(&mut self.prepared(command, name, listen), &self.log(name))
    }

    fn prepared(&self, mut command: Command, name: &str, listen: &str) -> Command {
        command
            .arg("serve")
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("GREENROOM_LISTEN", listen)
            .env("GREENROOM_DATA", self.path(name))
            .env("GREENROOM_API_KEY", API_KEY)
            .env("GREENROOM_LIMITS__REFRESH_PER_ADDRESS_BURST", "1000000000")
            .env(
                "GREENROOM_LIMITS__REFRESH_PER_ADDRESS_PER_MINUTE",
                "4000000000",
            )
            .env("GREENROOM_LIMITS__REFRESH_PER_FAMILY_BURST", "1000000000")
            .env(
                "GREENROOM_LIMITS__REFRESH_PER_FAMILY_PER_MINUTE",
                "4000000000",
            )
            .current_dir(self.folder.path());
        command
    }

    fn log(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.log"))
    }

    /// Starts a floor server that answers as was recorded of `generate_join_client_token` and
    /// `refresh_client_token`, and first makes signatures of these lengths for client and refresh tokens.
    pub(crate) fn start_floor(
        &self,
        name: &str,
        [generate, refresh]: [&[u8]; 2],
        [client_token_bytes, refresh_token_bytes]: [&[usize]; 2],
    ) -> anyhow::Result<Program> {
        let file = |of: &str, answer: &[u8]| {
            let path = self.path(&format!("floor-{name}-{of}"));
            std::fs::write(&path, answer).map(|()| path)
        };
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("floor-server")
            .arg("--generate")
            .arg(file("generate", generate)?)
            .arg("--refresh")
            .arg(file("refresh", refresh)?)
            .env_clear();
        for bytes in client_token_bytes {
            command.arg(format!("--client-token-bytes={bytes}"));
        }
        for bytes in refresh_token_bytes {
            command.arg(format!("--refresh-token-bytes={bytes}"));
        }
        Program::start(&mut command, &self.path(&format!("floor-{name}.log")))
    }

    /// Makes a data directory of that name with an account and `count` rooms in it; their ids.
    pub(crate) fn seed(&self, name: &str, count: usize) -> anyhow::Result<Vec<RoomId>> {
        let folder = self.path(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| folder.display().to_string())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(seed(&folder, count))
    }
}

async fn seed(folder: &Path, count: usize) -> anyhow::Result<Vec<RoomId>> {
    let entropy = Seeded(Mutex::new(fastrand::Rng::with_seed(1)));
    let store = SqliteStore::open(folder).await?;
    let account = Account {
        id: AccountId::random(&entropy),
        created_at: Timestamp::from_unix_secs(FIRST_ROOM_SECS),
    };
    let mut work = store.begin().await?;
    work.add_account(&account).await?;
    work.commit().await?;
    let rooms: Vec<_> = (0..)
        .take(count)
        .map(|number| room(number, account.id, &entropy))
        .collect::<anyhow::Result<_>>()?;
    for (done, some) in rooms.chunks(ROOMS_AT_ONCE).enumerate() {
        let mut work = store.begin().await?;
        for room in some {
            work.add_room(room).await?;
        }
        work.commit().await?;
        if count > ROOMS_AT_ONCE {
            let made = (done + 1) * ROOMS_AT_ONCE;
            progress(format!("made {} of {count} rooms", made.min(count)));
        }
    }
    store.close().await;
    Ok(rooms.iter().map(|room| room.id).collect())
}

fn room(number: i64, account_id: AccountId, entropy: &dyn Entropy) -> anyhow::Result<Room> {
    let new = NewRoom {
        unique_name: Some(RoomName::new(room_name(number))?),
        max_participants: MaxParticipants::new(MaxParticipants::MAX.into())?,
        ..NewRoom::default()
    };
    let made_at = Timestamp::from_unix_secs(FIRST_ROOM_SECS + number * ROOMS_APART_SECS);
    Ok(Room::create(
        RoomId::random(entropy),
        account_id,
        new,
        made_at,
    ))
}

/// The name of a seeded room.
pub(crate) fn room_name(number: i64) -> String {
    format!("room-{number}")
}

/// The request for a token pair.
pub(crate) fn generate_request(room: RoomId) -> Vec<u8> {
    http::request(
        "POST",
        &format!("/v2/rooms/{room}/actions/generate_join_client_token"),
        Some(API_KEY),
        r#"{"token_ttl_secs":3600,"refresh_token_ttl_secs":86400}"#,
    )
}

/// Random numbers that are the same in every run.
struct Seeded(Mutex<fastrand::Rng>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(out);
    }
}
