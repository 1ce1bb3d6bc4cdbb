//! `greenroom doctor` on machines with real faults, and without.

mod faults;
mod healthy;
mod on_tls;
mod reach;

use std::fs;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use greenroom_testkit::{Finished, Greenroom, TestProgram};
use serde_json::Value;
use tempfile::TempDir;

/// A port of loopback that is free for UDP and TCP, and that the system gives to nobody who takes any.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 100).unwrap() * 100;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed);
        let here = (Ipv4Addr::LOCALHOST, port);
        if UdpSocket::bind(here).is_ok() && TcpListener::bind(here).is_ok() {
            return port;
        }
    }
}

/// A machine with a configuration, all on loopback.
struct Machine {
    folder: TempDir,
    greenroom: Greenroom,
    http: u16,
    media: u16,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
            greenroom: Greenroom::at(env!("CARGO_BIN_EXE_greenroom")),
            http: free_port(),
            media: free_port(),
        };
        machine.configure("", "");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn config(&self) -> String {
        self.path("greenroom.toml").to_str().unwrap().to_owned()
    }

    /// Writes the configuration, with more settings at the top and more of media.
    fn configure(&self, top: &str, media: &str) {
        let listen = if top.starts_with("listen = ") {
            String::new()
        } else {
            format!("listen = \"127.0.0.1:{}\"\n", self.http)
        };
        let Self {
            media: media_port, ..
        } = self;
        let text = format!(
            "{listen}data = \"{}\"\n{top}\n[media]\nudp_port = {media_port}\ntcp_port = {media_port}\n{media}\n",
            self.data().display()
        );
        fs::write(self.config(), text).unwrap();
    }

    /// Runs a command with the configuration.
    async fn run(&self, arguments: &[&str]) -> Finished {
        let config = self.config();
        let all = arguments.iter().copied().chain(["--config", &config]);
        self.greenroom.run(all).await
    }

    async fn serve(&self) -> TestProgram {
        self.greenroom
            .start(["serve", "--config", &self.config()])
            .await
    }

    /// What the doctor says.
    async fn examined(&self) -> Report {
        Report::of(&self.run(&["doctor", "--json"]).await)
    }

    /// The doctor names the problem, with a remedy, and nothing else is one.
    #[track_caller]
    fn names(&self, problem: &'static str) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let report = self.examined().await;
            assert_eq!(report.code, Some(1), "{caller}: {report:?}");
            assert_eq!(report.problems(), [problem], "{caller}: {report:?}");
            let finding = report.finding(problem).clone();
            assert!(
                finding["remedy"]
                    .as_str()
                    .is_some_and(|remedy| !remedy.is_empty())
            );
            finding
        }
    }

    /// A data directory as a server leaves it.
    async fn used(&self) {
        let mut program = self.serve().await;
        assert_eq!(program.terminate().await, Some(0));
    }
}

/// What the doctor said.
#[derive(Debug)]
struct Report {
    code: Option<i32>,
    findings: Vec<Value>,
}

impl Report {
    fn of(finished: &Finished) -> Self {
        let json: Value = serde_json::from_str(&finished.stdout)
            .unwrap_or_else(|error| panic!("{error} in {finished:?}"));
        Self {
            code: finished.code,
            findings: json["findings"].as_array().unwrap().clone(),
        }
    }

    fn of_level(&self, level: &str) -> Vec<&str> {
        let of_level = self.findings.iter().filter(|one| one["level"] == level);
        of_level.map(|one| one["id"].as_str().unwrap()).collect()
    }

    fn problems(&self) -> Vec<&str> {
        self.of_level("problem")
    }

    #[track_caller]
    fn finding(&self, id: &str) -> &Value {
        let found = self.findings.iter().find(|one| one["id"] == id);
        found.unwrap_or_else(|| panic!("no {id} in {self:?}"))
    }

    /// All of these were found to be as they should be.
    #[track_caller]
    fn fine(&self, ids: &[&str]) {
        for id in ids {
            assert_eq!(self.finding(id)["level"], "ok", "{id}");
        }
    }
}

/// A file with `secret` in it stays what it is, whoever looks.
fn bytes_of(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}
