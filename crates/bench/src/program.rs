//! The servers that are measured, as child processes on loopback.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use crate::machine::wait_for;

/// How long a server may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may take to stop: more than the program's own deadline for that.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Children that have not been waited for, to be stopped when the bench is.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Asks every child to stop.
pub(crate) fn stop_all() {
    for pid in running().iter() {
        terminate(*pid);
    }
}

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `command` to its end; it is told to stop when the bench is.
pub(crate) fn run_to_end(command: &mut Command) -> anyhow::Result<ExitStatus> {
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let pid = child.id();
    running().push(pid);
    let status = child.wait();
    running().retain(|other| *other != pid);
    Ok(status?)
}

/// The program `greenroom` that was built beside this one.
pub(crate) fn greenroom() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let program = own.with_file_name("greenroom");
    anyhow::ensure!(
        program.is_file(),
        "there is no {}; build it first: cargo build --release",
        program.display()
    );
    anyhow::ensure!(
        !cfg!(debug_assertions),
        "figures of a debug build mean nothing: cargo run --release -p greenroom-bench"
    );
    Ok(program)
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    errors: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Program {
    /// Starts `command`, which says `listening on http://...` on standard output. What it says on
    /// standard error goes to the file `errors`.
    pub(crate) fn start(command: &mut Command, errors: &Path) -> anyhow::Result<Self> {
        let log = File::create(errors).with_context(|| errors.display().to_string())?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        running().push(child.id());
        let stdout = child.stdout.take();
        let mut program = Self {
            child,
            errors: errors.to_owned(),
            address: SocketAddr::from(([0; 4], 0)),
        };
        let stdout = stdout.context("no standard output")?;
        program.address = program.announced(BufReader::new(stdout))?;
        Ok(program)
    }

    /// Starts `command`, which says nothing worth hearing: it has started once it listens at `address`. What it
    /// says goes to the file `log`.
    pub(crate) fn start_listening(
        command: &mut Command,
        log: &Path,
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        running().push(child.id());
        let mut program = Self {
            child,
            errors: log.to_owned(),
            address,
        };
        let started = wait_for(START_TIMEOUT, || {
            let ended = program.child.try_wait().transpose().is_some();
            (ended || TcpStream::connect(address).is_ok()).then_some(!ended)
        });
        anyhow::ensure!(started == Some(true), "{}", program.last_words());
        Ok(program)
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits for that.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.pid();
        terminate(pid);
        let ended = wait_for(STOP_TIMEOUT, || self.child.try_wait().transpose());
        let status = ended.with_context(|| format!("process {pid} does not stop"))??;
        anyhow::ensure!(status.success(), "{status}: {}", self.last_words());
        Ok(())
    }

    /// The address in the first line of its standard output; the rest is read and dropped.
    fn announced(
        &self,
        mut stdout: BufReader<impl std::io::Read + Send + 'static>,
    ) -> anyhow::Result<SocketAddr> {
        let (say, hear) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|read| read > 0) {
                // Only the first line is waited for.
                let _ = say.send(std::mem::take(&mut line));
            }
        });
        let line = hear
            .recv_timeout(START_TIMEOUT)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => anyhow::anyhow!("the server does not start"),
                RecvTimeoutError::Disconnected => {
                    anyhow::anyhow!("the server did not start: {}", self.last_words())
                }
            })?;
        let address = line.trim().strip_prefix("listening on http://");
        address
            .and_then(|address| address.parse().ok())
            .with_context(|| format!("the server said {line:?}"))
    }

    /// The end of what it wrote to standard error.
    pub(crate) fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.errors).unwrap_or_default();
        text.lines().last().unwrap_or("(nothing)").to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let pid = self.pid();
        if matches!(self.child.try_wait(), Ok(None)) {
            terminate(pid);
            let ended = wait_for(STOP_TIMEOUT, || self.child.try_wait().transpose());
            if ended.is_none() {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
        }
        running().retain(|other| *other != pid);
    }
}

fn terminate(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::TERM);
    }
}
