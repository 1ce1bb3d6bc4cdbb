//! The settings: defaults, a TOML file, `GREENROOM_*` variables, and the command line, in this order.
//!
//! Unknown keys are refused, with the file (or variable) and the key named. In variables, `__` stands
//! between a section and its key: `GREENROOM_TOKENS__LEEWAY_SECS`.

mod limits;
mod log;
mod media;
mod moderation;
mod pages;
mod sessions;
mod tokens;
mod traces;
mod webhooks;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use limits::LimitSettings;
pub use log::{LogFormat, LogSettings};
pub use media::MediaSettings;
pub use moderation::ModerationSettings;
pub use pages::{IceServer, PageSettings};
pub use sessions::SessionSettings;
pub use tokens::{TokenExpiry, TokenReuse, TokenSettings};
pub use traces::{Headers, NoRatio, SampleRatio, TraceSettings};
pub use webhooks::WebhookSettings;

/// Variables that are not settings of this tree.
const OTHER_VARIABLES: &[&str] = &["api_key", "config"];

/// Whether a variable was put there by Kubernetes, which does so for each service of a namespace: one
/// called `greenroom` gives `GREENROOM_SERVICE_HOST`, `GREENROOM_PORT_8080_TCP` and others.
fn is_of_kubernetes(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key == "port" || key.starts_with("port_") || key.starts_with("service_")
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens for HTTP. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where it listens for HTTPS, if at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_listen: Option<SocketAddr>,
    /// The certificate chain for HTTPS, PEM. Re-read when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// A listener of its own for `/metrics`, `/healthz` and `/readyz`; then `/metrics` is not on `listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<SocketAddr>,
    /// The data directory.
    pub data: PathBuf,
    /// Web pages that may call the API from a browser, such as `https://app.example.com`. Refreshing a
    /// token is open to all pages.
    pub cors_origins: Vec<String>,
    /// Networks of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many seconds a request may take.
    pub request_timeout_secs: u64,
    /// How many seconds a graceful stop may take.
    pub shutdown_timeout_secs: u64,
    /// How many connections may be open at once.
    pub connections_max: usize,
    /// Media.
    pub media: MediaSettings,
    /// Tokens.
    pub tokens: TokenSettings,
    /// When a meeting is over.
    pub sessions: SessionSettings,
    /// What becomes of the tokens of those who are put out.
    pub moderation: ModerationSettings,
    /// Webhooks.
    pub webhooks: WebhookSettings,
    /// Rate limits.
    pub limits: LimitSettings,
    /// The pages.
    pub pages: PageSettings,
    /// Logs.
    pub log: LogSettings,
    /// Traces.
    pub traces: TraceSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_listen: None,
            tls_cert: None,
            tls_key: None,
            metrics_listen: None,
            data: PathBuf::from("greenroom-data"),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            request_timeout_secs: 30,
            shutdown_timeout_secs: 10,
            connections_max: 20_000,
            media: MediaSettings::default(),
            tokens: TokenSettings::default(),
            sessions: SessionSettings::default(),
            moderation: ModerationSettings::default(),
            webhooks: WebhookSettings::default(),
            limits: LimitSettings::default(),
            pages: PageSettings::default(),
            log: LogSettings::default(),
            traces: TraceSettings::default(),
        }
    }
}

/// Why there are no usable settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named is not there.
    #[error("there is no configuration file {0}")]
    NoFile(PathBuf),
    /// A key is unknown or its value does not fit.
    #[error("{0}")]
    Invalid(Box<figment::Error>),
    /// Two settings do not go together.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// What the command line sets; absent values leave the setting as it is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Overrides {
    /// See [`Settings::listen`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// See [`Settings::tls_listen`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_listen: Option<SocketAddr>,
    /// See [`Settings::tls_cert`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// See [`Settings::tls_key`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// See [`Settings::data`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// See [`Settings::media`].
    pub media: MediaOverrides,
}

/// What the command line sets of media.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MediaOverrides {
    /// See [`MediaSettings::public_ips`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub public_ips: Vec<IpAddr>,
    /// See [`MediaSettings::udp_port`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp_port: Option<u16>,
    /// See [`MediaSettings::tcp_port`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_port: Option<u16>,
}

impl Settings {
    /// Reads the settings from everywhere.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::NoFile(file.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let mut settings: Self = figment
            .merge(
                Env::prefixed("GREENROOM_")
                    .ignore(OTHER_VARIABLES)
                    .filter(|key| !is_of_kubernetes(key.as_str()))
                    .split("__"),
            )
            .merge(Serialized::defaults(overrides))
            .extract()
            .map_err(|error| ConfigError::Invalid(Box::new(error)))?;
        settings.check()?;
        settings.media.settle(settings.listen);
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(ConfigError::Contradiction(
                "`tls_cert` and `tls_key` go together: set both or none",
            ));
        }
        if self.tls_cert.is_some() && self.tls_listen.is_none() {
            return Err(ConfigError::Contradiction(
                "`tls_cert` needs `tls_listen`: where to listen for HTTPS",
            ));
        }
        if self.tokens.leeway_secs > 60 {
            return Err(ConfigError::Contradiction(
                "`tokens.leeway_secs` must be 60 at most",
            ));
        }
        self.sessions.check()?;
        if self.request_timeout_secs == 0 || self.connections_max == 0 {
            return Err(ConfigError::Contradiction(
                "`request_timeout_secs` and `connections_max` must be at least 1",
            ));
        }
        self.webhooks.check()?;
        self.pages.check()?;
        self.traces.check()?;
        self.media.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_puts_there_is_no_setting() {
        for key in [
            "SERVICE_HOST",
            "SERVICE_PORT_HTTP",
            "PORT",
            "PORT_8080_TCP_ADDR",
        ] {
            assert!(is_of_kubernetes(key), "{key}");
        }
        for key in [
            "LISTEN",
            "DATA",
            "TOKENS__LEEWAY_SECS",
            "REQUEST_TIMEOUT_SECS",
        ] {
            assert!(!is_of_kubernetes(key), "{key}");
        }
    }
}
