//! The real program as a child process.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::wait::{LIMIT, eventually, within};

/// The program, with an environment of its own: nothing is inherited.
#[derive(Debug, Clone)]
pub struct Greenroom {
    program: PathBuf,
    folder: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

/// What a command that came to its end said.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Finished {
    /// Standard output of a command that has to succeed.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// What stands behind `name` in the lines of standard output.
    #[track_caller]
    pub fn value(&self, name: &str) -> String {
        let line = self.stdout.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .trim()
            .to_owned()
    }
}

impl Greenroom {
    /// The program at `path`; tests pass `env!("CARGO_BIN_EXE_greenroom")`.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self {
            program: path.as_ref().to_owned(),
            folder: None,
            environment: Vec::new(),
        }
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref().to_str().unwrap().to_owned();
        self.environment.push((name.to_owned(), value));
        self
    }

    /// Sets the folder it starts in.
    #[must_use]
    pub fn inside(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs a command to its end.
    pub async fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.run_with_input(arguments, "").await
    }

    /// The same with something on standard input.
    pub async fn run_with_input<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: &str,
    ) -> Finished {
        let mut child = self.spawn(arguments);
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read its input may be gone already.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = within(child.wait_with_output()).await.unwrap();
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a server (`dev` or `serve`) and waits until it listens.
    pub async fn start<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> TestProgram {
        let mut program = TestProgram::new(self.spawn(arguments));
        program.http = program.address("listening on http://").await;
        program
    }

    fn spawn<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Child {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.spawn().unwrap()
    }
}

/// A running server process; killed when dropped.
#[derive(Debug)]
pub struct TestProgram {
    child: Child,
    http: SocketAddr,
    stdout: Captured,
    stderr: Captured,
}

impl TestProgram {
    fn new(mut child: Child) -> Self {
        let stdout = Captured::read(child.stdout.take().unwrap());
        let stderr = Captured::read(child.stderr.take().unwrap());
        Self {
            child,
            http: SocketAddr::from(([0, 0, 0, 0], 0)),
            stdout,
            stderr,
        }
    }

    /// Where it listens for HTTP.
    pub const fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where it listens for HTTPS.
    pub async fn https(&mut self) -> SocketAddr {
        self.address("listening on https://").await
    }

    /// Where its metrics are, if they have a listener of their own.
    pub async fn metrics(&mut self) -> SocketAddr {
        self.address("metrics on http://").await
    }

    /// The API key that `dev` prints.
    pub async fn api_key(&mut self) -> String {
        self.line("  export TELNYX_API_KEY=").await
    }

    /// A client without API key.
    pub fn anyone(&self) -> Client {
        Client::anonymous(self.http)
    }

    /// What it has written to standard output so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the program has ended")
    }

    /// Asks it to stop (SIGTERM) and waits for that; its exit code.
    pub async fn terminate(&mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.wait().await
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Kills it (SIGKILL), as a power failure would.
    pub async fn kill(&mut self) {
        within(self.child.kill()).await.unwrap();
    }

    /// Waits until it has ended and all it wrote is captured; its exit code, `None` after a signal.
    pub async fn wait(&mut self) -> Option<i32> {
        let status = within(self.child.wait()).await.unwrap();
        within(self.stdout.ended()).await;
        within(self.stderr.ended()).await;
        status.code()
    }

    async fn address(&mut self, before: &str) -> SocketAddr {
        let line = self.line(before).await;
        let address = line.trim_end_matches("/metrics");
        address.parse().unwrap()
    }

    /// What stands behind `before` in a line of standard output, once it is there.
    async fn line(&mut self, before: &str) -> String {
        let find = |text: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(before))
                .map(ToOwned::to_owned)
        };
        let (stdout, child) = (&self.stdout, &mut self.child);
        eventually(LIMIT, async || {
            stdout.has(|text| find(text).is_some()) || child.try_wait().unwrap().is_some()
        })
        .await;
        find(&self.stdout()).unwrap_or_else(|| {
            panic!(
                "no {before:?} from the program: {} {}",
                self.stdout(),
                self.stderr()
            )
        })
    }
}

/// Lines of a stream, read in the background.
#[derive(Debug)]
struct Captured {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn read(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let reader = tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let mut text = into.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
        Self {
            text,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        self.text
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn has(&self, is_there: impl FnOnce(&str) -> bool) -> bool {
        is_there(&self.text.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ended(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.await.unwrap();
        }
    }
}
