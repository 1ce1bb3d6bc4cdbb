//! The command line. Exit codes: 0 fine, 2 bad usage or configuration, 1 anything else.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::commands;
use crate::config::{ConfigError, MediaOverrides, Overrides, Settings};

/// A self-hosted video-room server that speaks the Telnyx Video API.
#[derive(Debug, Parser)]
#[command(name = "greenroom", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run with no configuration at all, for development: prints an API key, URLs and a first call.
    Dev(ServeArgs),
    /// Run in production.
    Serve(ServeArgs),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    ApiKey(commands::api_key::ApiKeyCommand),
    /// List, rotate and revoke the keys that sign tokens.
    #[command(subcommand)]
    SigningKey(commands::signing_key::SigningKeyCommand),
    /// Look into tokens.
    #[command(subcommand)]
    Token(commands::token::TokenCommand),
    /// Look into webhooks, and deliver them again.
    #[command(subcommand)]
    Webhooks(commands::webhooks::WebhookCommand),
    /// Look at this machine and the configuration: what is wrong, and what to do about it.
    Doctor(commands::doctor::DoctorArgs),
    /// Copy the data directory to one file, also of a running server.
    Backup(commands::backup::BackupArgs),
    /// Make a data directory of a backup.
    Restore(commands::restore::RestoreArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Check and show the configuration.
    #[command(subcommand)]
    Config(commands::config::ConfigCommand),
    /// Ask the server of this configuration whether it is fit to serve; exit code 0 if it is.
    Healthcheck(commands::healthcheck::HealthcheckArgs),
    /// Print what makes a shell complete these commands.
    Completions {
        /// Which shell
        shell: commands::manual::Shell,
    },
    /// Write the manual pages.
    Man(commands::manual::ManArgs),
}

/// Where the settings come from.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigArgs {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "GREENROOM_CONFIG")]
    pub config: Option<PathBuf>,
    /// Data directory [default: greenroom-data] [env: GREENROOM_DATA]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl ConfigArgs {
    /// Reads the settings.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let overrides = Overrides {
            data: self.data.clone(),
            ..Overrides::default()
        };
        Settings::load(self.config.as_deref(), &overrides)
    }
}

/// How to serve.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Where to listen for HTTP [default: 127.0.0.1:8080] [env: GREENROOM_LISTEN]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where to listen for HTTPS as well [env: GREENROOM_TLS_LISTEN]
    #[arg(long, value_name = "ADDR")]
    pub(crate) tls_listen: Option<SocketAddr>,
    /// Certificate chain for HTTPS (PEM) [env: GREENROOM_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM) [env: GREENROOM_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Address that clients send media to, if it is not the machine's own; may be repeated [env:
    /// GREENROOM_MEDIA__PUBLIC_IPS]
    #[arg(long = "public-ip", value_name = "IP")]
    pub(crate) public_ips: Vec<IpAddr>,
    /// Port of media, for UDP and TCP; further media threads take the next [default: 7700] [env:
    /// GREENROOM_MEDIA__UDP_PORT, GREENROOM_MEDIA__TCP_PORT]
    #[arg(long, value_name = "PORT")]
    pub(crate) media_port: Option<u16>,
}

impl ServeArgs {
    /// Reads the settings.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        let overrides = Overrides {
            listen: self.listen,
            tls_listen: self.tls_listen,
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            data: self.config.data.clone(),
            media: MediaOverrides {
                public_ips: self.public_ips.clone(),
                udp_port: self.media_port,
                tcp_port: self.media_port,
            },
        };
        Settings::load(self.config.config.as_deref(), &overrides)
    }
}

/// What went wrong, sorted by exit code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The user can mend it by other words or settings.
    #[error("{0:#}")]
    Usage(anyhow::Error),
    /// Anything else.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.into())
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            commands::say_error(&failure);
            match failure {
                Failure::Usage(_) => ExitCode::from(2),
                Failure::Other(_) => ExitCode::FAILURE,
            }
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Dev(args) => commands::serve::dev(&args),
        Command::Serve(args) => commands::serve::serve(&args),
        Command::ApiKey(command) => commands::api_key::run(command),
        Command::SigningKey(command) => commands::signing_key::run(&command),
        Command::Token(command) => commands::token::run(command),
        Command::Webhooks(command) => commands::webhooks::run(command),
        Command::Doctor(args) => commands::doctor::run(&args),
        Command::Backup(args) => commands::backup::run(&args),
        Command::Restore(args) => commands::restore::run(&args),
        Command::Openapi => commands::openapi(),
        Command::Config(command) => commands::config::run(command),
        Command::Healthcheck(args) => commands::healthcheck::run(&args),
        Command::Completions { shell } => commands::manual::completions(Cli::command(), shell),
        Command::Man(args) => commands::manual::man(Cli::command(), &args),
    }
}
