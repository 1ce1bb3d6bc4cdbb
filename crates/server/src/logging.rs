//! Logs, to standard error: text for people, JSON for machines.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{LogFormat, LogSettings};
use greenroom_rooms::audit;

/// Libraries that see whole frames, headers or statements, and would log them at their finest level:
/// tokens are in there, so no setting goes below `info` for them.
const CAPPED: [&str; 6] = [
    "h2",
    "hyper",
    "rustls",
    "sqlx",
    "tokio_tungstenite",
    "tungstenite",
];

/// Why logs cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("`log.level` is not a level or a filter: {0}")]
pub struct InvalidLevel(#[from] tracing_subscriber::filter::ParseError);

/// Starts logging in a command that does one thing: what goes wrong, and what it audits unless
/// somebody sits at the terminal, who knows what was just done.
pub fn start_in_command(settings: &LogSettings) -> Result<(), InvalidLevel> {
    start(&LogSettings {
        level: "warn".to_owned(),
        audit: settings.audit && !std::io::stderr().is_terminal(),
        ..settings.clone()
    })
}

/// Starts logging. Called once; a second call (tests start several servers) changes nothing.
pub fn start(settings: &LogSettings) -> Result<(), InvalidLevel> {
    let audited = if settings.audit { "info" } else { "off" };
    let audited = format!("{}={audited}", audit::TARGET).parse()?;
    let wanted = EnvFilter::try_new(&settings.level)?.add_directive(audited);
    let capped = CAPPED.map(|library| (library, LevelFilter::INFO));
    let allowed = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_targets(capped);
    let json = match settings.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if json {
        lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).boxed()
    };
    let started = tracing_subscriber::registry()
        .with(lines.with_filter(wanted.and(allowed)))
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    Ok(())
}
