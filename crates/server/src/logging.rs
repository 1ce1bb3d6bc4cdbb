//! Logs, to standard error: text for people, JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{LogFormat, LogSettings};

/// Libraries that see whole frames, headers or statements, and would log them at their finest level:
/// tokens are in there, so no setting goes below this for them.
const CAPPED: [&str; 6] = [
    "h2=info",
    "hyper=info",
    "rustls=info",
    "sqlx=info",
    "tokio_tungstenite=info",
    "tungstenite=info",
];

/// Why logs cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("`log.level` is not a level or a filter: {0}")]
pub struct InvalidLevel(#[from] tracing_subscriber::filter::ParseError);

/// Starts logging. Called once; a second call (tests start several servers) changes nothing.
pub fn start(settings: &LogSettings) -> Result<(), InvalidLevel> {
    let mut filter = EnvFilter::try_new(&settings.level)?;
    for directive in CAPPED {
        filter = filter.add_directive(directive.parse()?);
    }
    let json = match settings.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE);
    let started = if json {
        builder
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init()
    } else {
        builder
            .with_ansi(std::io::stderr().is_terminal())
            .try_init()
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    Ok(())
}
