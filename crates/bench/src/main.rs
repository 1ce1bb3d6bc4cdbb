//! What Greenroom costs: `cargo run --release -p greenroom-bench -- --help`.
//!
//! Every command starts what it measures, on loopback with a data directory of its own, and prints
//! figures that were all measured in this one run. What is compared is measured in turns, so that the
//! noise of the machine falls on both sides alike. `docs/performance.md` says what the figures mean.

mod calls;
mod cli;
mod figures;
mod floor;
mod http;
mod load;
mod machine;
mod measure;
mod process;
mod program;
mod report;
mod signatures;
mod workbench;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say_error(&error);
            ExitCode::FAILURE
        }
    }
}
