//! What the program needs at rest, and how soon it is there.

use std::fs;

use crate::cli::Rounds;
use crate::figures::{float, median};
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

/// Memory, time to the first answer, size.
pub(crate) fn idle(bench: &Workbench, rounds: Rounds) -> anyhow::Result<Vec<Figure>> {
    let (mut first_ms, mut again_ms, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds.rounds {
        let name = format!("idle-{round}");
        let (server, ms) = start(bench, &name)?;
        first_ms.push(ms);
        server.stop()?;
        let (server, ms) = start(bench, &name)?;
        again_ms.push(ms);
        memory.push(Memory::steady(server.pid())?);
        server.stop()?;
    }
    progress("starts: done");
    let resident: Vec<_> = memory.iter().map(|memory| mb(memory.resident)).collect();
    let own: Vec<_> = memory.iter().map(|memory| mb(memory.own)).collect();
    let size = mb(fs::metadata(bench.greenroom())?.len());
    let from_to = |values: &[f64]| {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        format!("{} starts: {least:.0} to {most:.0} ms", values.len())
    };
    Ok(vec![
        Figure::at_most(
            "Resident memory after the start",
            format!(
                "of which {:.1} MB its own, the rest the program's file",
                median(&own)
            ),
            median(&resident),
            MEMORY_AIM_MB,
            "MB",
        ),
        Figure::at_most(
            "Start to first answer",
            from_to(&again_ms),
            median(&again_ms),
            START_AIM_MS,
            "ms",
        ),
        Figure::at_most(
            "First start of all to first answer (makes keys and database)",
            from_to(&first_ms),
            median(&first_ms),
            START_AIM_MS,
            "ms",
        ),
        Figure::at_most(
            "Size of the program",
            String::new(),
            size,
            SIZE_AIM_MB,
            "MB",
        ),
    ])
}

/// Starts a server; milliseconds until it has answered.
fn start(bench: &Workbench, name: &str) -> anyhow::Result<(Program, f64)> {
    let begun = now();
    let server = bench.start(name)?;
    let request = http::request("GET", "/healthz", None, "");
    Connection::open(server.address)?.ask(&request, 200)?;
    Ok((server, begun.elapsed().as_secs_f64() * 1e3))
}

fn mb(bytes: u64) -> f64 {
    float(bytes) / 1e6
}
