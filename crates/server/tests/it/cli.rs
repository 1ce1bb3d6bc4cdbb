//! The program as its operator meets it: commands, files, messages and exit codes.

mod api_keys;
mod config;
mod data_dir;
mod dev;
mod example;
mod explain;
mod healthcheck;
mod help;
mod manual;
mod secrets;
mod signing_keys;

use std::path::Path;

use greenroom_testkit::{Finished, Greenroom, TestProgram};
use tempfile::TempDir;

/// The program, and a data directory that it makes itself.
struct Workshop {
    folder: TempDir,
    greenroom: Greenroom,
}

impl Workshop {
    fn open() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            greenroom: Greenroom::at(env!("CARGO_BIN_EXE_greenroom")),
        }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data directory.
    fn data(&self) -> String {
        self.path("data")
    }

    /// A path in the folder.
    fn path(&self, name: &str) -> String {
        self.folder().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command on the data directory.
    async fn run(&self, arguments: &[&str]) -> Finished {
        let data = self.data();
        let all = arguments.iter().copied().chain(["--data", &data]);
        self.greenroom.run(all).await
    }

    /// Starts a server on the data directory.
    async fn serve(&self) -> TestProgram {
        self.greenroom.start(self.serving(&[])).await
    }

    /// The arguments of `serve`, and some more.
    fn serving(&self, more: &[&str]) -> Vec<String> {
        let data = self.data();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", &data];
        let all = arguments.iter().chain(more);
        all.map(|argument| (*argument).to_owned()).collect()
    }
}

/// A command that failed with this exit code and one line on standard error, which holds all of `words`.
#[track_caller]
pub(crate) fn failed(finished: &Finished, code: i32, words: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    let lines: Vec<_> = finished.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{finished:?}");
    assert!(lines[0].starts_with("greenroom: "), "{finished:?}");
    for word in words {
        assert!(lines[0].contains(word), "no {word:?} in {finished:?}");
    }
}
