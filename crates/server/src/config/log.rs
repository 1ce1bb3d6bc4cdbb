//! `[log]`: what is logged, and how.

use serde::{Deserialize, Serialize};

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// Logs, to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// How a line looks: `auto`, `text` or `json`.
    pub format: LogFormat,
    /// What is logged: `error`, `warn`, `info`, `debug`, or a filter such as `info,greenroom_api=debug`.
    pub level: String,
    /// Whether each request is logged with its outcome.
    pub requests: bool,
    /// Whether token, key and moderation actions are logged, whatever `level` says: the target `audit`.
    pub audit: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            level: "info".to_owned(),
            requests: false,
            audit: true,
        }
    }
}
