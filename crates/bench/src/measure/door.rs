//! What a door session costs that is there and says no more than that it is.

mod session;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use greenroom_domain::RoomId;

use crate::cli::Sessions;
use crate::figures::{float, mb, median};
use crate::http::Connection;
use crate::machine::{now, raise_open_files, wait_for};
use crate::measure::tokens::token_pair;
use crate::process::{CpuTime, Memory};
use crate::program::Program;
use crate::report::{Figure, progress};
use crate::signatures::Signatures;
use crate::workbench::{Workbench, generate_request};

use session::{Seat, Sitting};

/// Memory of a session, in KB.
const AIM_KB: f64 = 15.0;
/// Sessions in one room.
const SESSIONS_PER_ROOM: usize = 10;
/// Files that a server or the bench has open beside the sessions' sockets.
const OTHER_FILES: u64 = 200;
/// Keepalives of each session before and while CPU time is counted.
const SETTLE_KEEPALIVES: u64 = 2;
const COUNTED_KEEPALIVES: u64 = 4;
/// How long that may take; keepalives come every 5 s.
const PATIENCE: Duration = Duration::from_secs(180);
/// How many signature checks a keepalive is compared with.
const CHECKS: usize = 9;

/// Memory of idle sessions, and CPU time of their keepalives.
pub(crate) fn door(bench: &Workbench, sessions: Sessions) -> anyhow::Result<Vec<Figure>> {
    let count = u64::from(sessions.sessions);
    raise_open_files(count + OTHER_FILES)?;
    let rooms = bench.seed("door", usize::try_from(count)?.div_ceil(SESSIONS_PER_ROOM))?;
    let server = bench.start("door")?;
    let seats = seats(&server, &rooms, usize::try_from(count)?)?;
    let token_len = seats.first().context("no seat")?.token.len();
    let before = Memory::steady(server.pid())?;
    progress(format!("{count} tokens are there; opening sessions"));

    let begun = now();
    let sitting = Sitting::open(server.address, seats)?;
    progress(format!(
        "{count} sessions opened in {:.1} s; waiting for {} keepalives of each",
        begun.elapsed().as_secs_f64(),
        SETTLE_KEEPALIVES + COUNTED_KEEPALIVES
    ));
    let settled = acknowledged(&sitting, sitting.acks() + SETTLE_KEEPALIVES * count)?;
    let cpu_before = CpuTime::of(server.pid())?;
    let counted = acknowledged(&sitting, settled + COUNTED_KEEPALIVES * count)?;
    let cpu = CpuTime::of(server.pid())?.since(&cpu_before);
    let after = Memory::of(server.pid())?;
    drop(sitting);
    server.stop()?;

    let session_kb = float(after.resident.saturating_sub(before.resident)) / 1e3 / float(count);
    let keepalive_micros = float(cpu) / 1e3 / float(counted - settled);
    let check = Signatures::new(&[], &[token_len])?;
    let checks = (0..CHECKS)
        .map(|_| check.cpu_micros())
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(vec![
        Figure::at_most(
            &format!("Memory of one door session, of {count}"),
            format!(
                "{:.1} MB resident without, {:.1} MB with them",
                mb(before.resident),
                mb(after.resident)
            ),
            session_kb,
            AIM_KB,
            "KB",
        ),
        Figure::plain(
            "CPU of one keepalive with its token",
            format!(
                "{keepalive_micros:.1} µs; a bare signature check {:.1} µs",
                median(&checks)
            ),
            format!("{:.2} times", keepalive_micros / median(&checks)),
        ),
    ])
}

/// A token for each session, all of different families.
fn seats(server: &Program, rooms: &[RoomId], count: usize) -> anyhow::Result<Vec<Seat>> {
    let mut connection = Connection::open(server.address)?;
    rooms
        .iter()
        .cycle()
        .take(count)
        .map(|room| {
            let answer = connection.ask(&generate_request(*room), 201)?;
            let (token, _) = token_pair(answer.body)?;
            Ok(Seat { room: *room, token })
        })
        .collect()
}

/// Waits until so many keepalives were acknowledged; how many it were then.
fn acknowledged(sitting: &Arc<Sitting>, wanted: u64) -> anyhow::Result<u64> {
    let enough = wait_for(PATIENCE, || {
        let (acks, lost) = (sitting.acks(), sitting.lost());
        (acks >= wanted || lost > 0).then_some((acks, lost))
    });
    let (acks, lost) = enough.context("keepalives are not acknowledged in time")?;
    anyhow::ensure!(lost == 0, "{lost} sessions were lost");
    Ok(acks)
}
