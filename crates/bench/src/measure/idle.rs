//! What the program needs at rest, and how soon it is there.

use std::fs;

use crate::cli::Rounds;
use crate::figures::{mb, median};
use crate::http::{self, Connection};
use crate::machine::now;
use crate::process::Memory;
use crate::program::Program;
use crate::report::{Figure, progress};
use crate::workbench::Workbench;

/// Megabytes resident after the start.
const MEMORY_AIM_MB: f64 = 30.0;
/// Milliseconds from the start of the process to the first answer.
const START_AIM_MS: f64 = 150.0;
/// Megabytes of the program's file.
const SIZE_AIM_MB: f64 = 30.0;
/// Every that many rounds of other measurings, one start: each takes seconds.
const ROUNDS_PER_START: u32 = 3;
/// What the floor server answers at.
const FLOOR_PATH: &str = "/v2/rooms/any/actions/refresh_client_token";

/// An answer for the floor server to give.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nhere";

/// Memory, time to the first answer, size.
pub(crate) fn idle(bench: &Workbench, rounds: Rounds) -> anyhow::Result<Vec<Figure>> {
    let mut starts = Starts::default();
    let mut memory = Vec::new();
    for round in 0..rounds.rounds.div_ceil(ROUNDS_PER_START) {
        let name = format!("idle-{round}");
        let (floor, ms) = timed(FLOOR_PATH, "POST", || {
            bench.start_floor(&name, [ANSWER, ANSWER], [&[], &[]])
        })?;
        starts.floor.push(ms);
        floor.stop()?;
        let (server, ms) = timed("/healthz", "GET", || bench.start(&name))?;
        starts.first.push(ms);
        server.stop()?;
        let (server, ms) = timed("/healthz", "GET", || bench.start(&name))?;
        starts.again.push(ms);
        memory.push(Memory::steady(server.pid())?);
        server.stop()?;
    }
    progress("starts: done");
    let resident: Vec<_> = memory.iter().map(|memory| mb(memory.resident)).collect();
    let own: Vec<_> = memory.iter().map(|memory| mb(memory.own)).collect();
    let size = mb(fs::metadata(bench.greenroom())?.len());
    Ok(vec![
        Figure::at_most(
            "Resident memory after the start",
            format!(
                "{:.1} MB of its own, the rest the program's file",
                median(&own)
            ),
            median(&resident),
            MEMORY_AIM_MB,
            "MB",
        ),
        starts.figure("Start to first answer", &starts.again),
        starts.figure("the same, with keys and database to make", &starts.first),
        Figure::at_most(
            "Size of the program",
            String::new(),
            size,
            SIZE_AIM_MB,
            "MB",
        ),
    ])
}

/// Milliseconds from the start of a process to its first answer.
#[derive(Debug, Default)]
struct Starts {
    floor: Vec<f64>,
    first: Vec<f64>,
    again: Vec<f64>,
}

impl Starts {
    fn figure(&self, what: &str, ms: &[f64]) -> Figure {
        let least = ms.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ms.iter().copied().fold(0.0, f64::max);
        let measured = format!(
            "{} starts: {least:.0} to {most:.0} ms; the floor server {:.0} ms",
            ms.len(),
            median(&self.floor)
        );
        Figure::at_most(what, measured, median(ms), START_AIM_MS, "ms")
    }
}

/// Starts a server; milliseconds until it has answered.
fn timed(
    path: &str,
    method: &str,
    start: impl FnOnce() -> anyhow::Result<Program>,
) -> anyhow::Result<(Program, f64)> {
    let begun = now();
    let server = start()?;
    let request = http::request(method, path, None, "");
    Connection::open(server.address)?.ask(&request, 200)?;
    Ok((server, begun.elapsed().as_secs_f64() * 1e3))
}
