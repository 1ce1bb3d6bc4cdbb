//! The commands, one file each.

pub(crate) mod api_key;
pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod healthcheck;
pub(crate) mod manual;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod signing_key;
pub(crate) mod token;
pub(crate) mod webhooks;

use std::io::Write;

use anyhow::Context;

use crate::app::Edges;
use crate::cli::Failure;
use crate::edges::{SystemClock, SystemEntropy};

/// Prints a line on standard output; a reader that is gone (`| head`) is no fault.
pub(crate) fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// Prints a failure as one line on standard error.
pub(crate) fn say_error(failure: &Failure) {
    let text = failure.to_string().replace('\n', "; ");
    let _ = writeln!(std::io::stderr(), "greenroom: {text}");
}

/// The system's clock and random numbers.
fn edges() -> Edges {
    Edges {
        clock: std::sync::Arc::new(SystemClock::start()),
        entropy: std::sync::Arc::new(SystemEntropy),
    }
}

/// Runs a command that only needs one thread.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(work)
}

/// Prints the OpenAPI document.
pub(crate) fn openapi() -> Result<(), Failure> {
    say(greenroom_api::document()
        .to_pretty_json()
        .map_err(anyhow::Error::from)?);
    Ok(())
}
