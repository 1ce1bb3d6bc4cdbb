//! The command line.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::calls::network;
use crate::floor;
use crate::measure;
use crate::measure::calls::{Calls, Turns};
use crate::program;
use crate::report::{self, Figure};
use crate::workbench::Workbench;

/// How long the measuring may take to clean up once it was told to stop.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(20);

/// Measures what Greenroom costs. Every command starts what it measures and prints a table of figures,
/// each with what it should be.
///
/// Build the program first: `cargo build --release`.
#[derive(Debug, Parser)]
#[command(name = "greenroom-bench", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// CPU time per join token and per refresh, beside the floor: the same HTTP stack and the bare signatures.
    Tokens(Rounds),
    /// CPU time per token and per page of a list at 1, 1,000 and 100,000 rooms.
    Rooms(Rounds),
    /// Memory at rest, start to first answer, size of the program.
    Idle(Rounds),
    /// Memory of many idle door sessions, and CPU time per keepalive.
    Door(Sessions),
    /// Everything of the above; prints the table of docs/performance.md.
    All(All),
    /// CPU time per forwarded video packet, beside Debian's Janus (this and the following want root).
    Forward(Turns),
    /// CPU time per participant of mixed sound, beside Debian's Janus.
    Audiobridge(Turns),
    /// Memory per subscriber, beside Debian's Janus.
    Memory(Turns),
    /// From opening the socket to the first packet of media, beside Debian's Janus.
    Join(Turns),
    /// CPU time per forwarded video packet in many rooms, beside that in few.
    Growth(Turns),
    /// The load up to which packets arrive in time, of both.
    Capacity(Turns),
    /// All of calls, from `forward` on.
    Calls(Turns),
    /// The HTTP stack alone, answering constants; `tokens` starts it.
    #[command(hide = true)]
    FloorServer(FloorServer),
}

/// How long to measure.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Rounds {
    /// How often each thing is measured, in turns with what it is compared with; the median counts.
    #[arg(long, value_name = "N", default_value_t = 31, value_parser = clap::value_parser!(u32).range(3..=1_000))]
    pub(crate) rounds: u32,
}

/// How many sessions.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Sessions {
    /// How many sessions are opened.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=50_000))]
    pub(crate) sessions: u32,
}

#[derive(Debug, Clone, Copy, Args)]
struct All {
    #[command(flatten)]
    rounds: Rounds,
    #[command(flatten)]
    sessions: Sessions,
}

/// What the floor server answers.
#[derive(Debug, Clone, Args)]
pub(crate) struct FloorServer {
    /// File with an HTTP answer, as it was recorded, for `generate_join_client_token`.
    #[arg(long, value_name = "FILE")]
    pub(crate) generate: PathBuf,
    /// The same for `refresh_client_token`.
    #[arg(long, value_name = "FILE")]
    pub(crate) refresh: PathBuf,
    /// Signs as many bytes for every client token of an answer; nothing if absent.
    #[arg(long, value_name = "N")]
    pub(crate) client_token_bytes: Vec<usize>,
    /// Signs (or, for a refresh, checks the signature of) as many bytes for every refresh token.
    #[arg(long, value_name = "N")]
    pub(crate) refresh_token_bytes: Vec<usize>,
}

/// Runs the program.
pub(crate) fn run() -> anyhow::Result<()> {
    let command = Cli::parse().command;
    if let Command::FloorServer(arguments) = &command {
        return floor::run(arguments);
    }
    let calls = command.calls();
    let outside = calls.is_some() && network::server_namespace().is_none();
    let (finished, finish) = oneshot::channel();
    thread::spawn(move || {
        let figures = match calls {
            Some(_) if outside => network::run_inside().map(|()| Vec::new()),
            Some((which, turns)) => {
                Workbench::set_up().and_then(|bench| measure::calls::calls(&bench, turns, which))
            }
            None => measured(&command),
        };
        // Whoever waited for this is gone only when the process ends.
        let _ = finished.send(figures);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let figures = runtime.block_on(finished_or_stopped(finish))?;
    if !outside {
        report::print(&figures);
    }
    Ok(())
}

impl Command {
    /// Which measuring of calls this is, if it is one.
    const fn calls(&self) -> Option<(Calls, Turns)> {
        match self {
            Self::Forward(turns) => Some((Calls::Forward, *turns)),
            Self::Audiobridge(turns) => Some((Calls::Audiobridge, *turns)),
            Self::Memory(turns) => Some((Calls::Memory, *turns)),
            Self::Join(turns) => Some((Calls::Join, *turns)),
            Self::Growth(turns) => Some((Calls::Growth, *turns)),
            Self::Capacity(turns) => Some((Calls::Capacity, *turns)),
            Self::Calls(turns) => Some((Calls::All, *turns)),
            Self::Tokens(_)
            | Self::Rooms(_)
            | Self::Idle(_)
            | Self::Door(_)
            | Self::All(_)
            | Self::FloorServer(_) => None,
        }
    }
}

/// Waits for the figures. On a signal the servers are stopped, which brings the measuring to its end.
async fn finished_or_stopped(
    mut finish: oneshot::Receiver<anyhow::Result<Vec<Figure>>>,
) -> anyhow::Result<Vec<Figure>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    tokio::select! {
        figures = &mut finish => return figures.context("the measuring panicked")?,
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    program::stop_all();
    let _ = tokio::time::timeout(CLEAN_UP_TIMEOUT, finish).await;
    anyhow::bail!("stopped by a signal")
}

fn measured(command: &Command) -> anyhow::Result<Vec<Figure>> {
    let bench = Workbench::set_up()?;
    match command {
        Command::Tokens(rounds) => measure::tokens(&bench, *rounds),
        Command::Rooms(rounds) => measure::rooms(&bench, *rounds),
        Command::Idle(rounds) => measure::idle(&bench, *rounds),
        Command::Door(sessions) => measure::door(&bench, *sessions),
        Command::All(all) => {
            let mut figures = measure::tokens(&bench, all.rounds)?;
            figures.extend(measure::rooms(&bench, all.rounds)?);
            figures.extend(measure::idle(&bench, all.rounds)?);
            figures.extend(measure::door(&bench, all.sessions)?);
            Ok(figures)
        }
        Command::Forward(_)
        | Command::Audiobridge(_)
        | Command::Memory(_)
        | Command::Join(_)
        | Command::Growth(_)
        | Command::Capacity(_)
        | Command::Calls(_)
        | Command::FloorServer(_) => Ok(Vec::new()),
    }
}
