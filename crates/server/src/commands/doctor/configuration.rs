//! The configuration: what is in it, and what does not go together.

use std::net::SocketAddr;

use axum::http::HeaderValue;
use figment::error::Kind;
use tracing_subscriber::EnvFilter;

use super::finding::Finding;
use crate::config::{ConfigError, Settings};

/// What is wrong with a configuration that cannot be used at all.
pub(super) fn refused(error: &ConfigError) -> Finding {
    let id = match error {
        ConfigError::NoFile(_) => "config_file_missing",
        ConfigError::Invalid(error) if matches!(error.kind, Kind::UnknownField(..)) => {
            "config_unknown_key"
        }
        ConfigError::Invalid(_) => "config_invalid",
        ConfigError::Contradiction(_) => "config_contradiction",
    };
    Finding::problem(
        id,
        format!("the configuration cannot be used: {error}"),
        "Mend the file or the variable; `greenroom config print` shows every key and its default",
    )
}

/// What is wrong with one that can be read.
pub(super) fn judge(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if settings.tls_listen.is_some() && settings.tls_cert.is_none() {
        findings.push(Finding::problem(
            "tls_without_certificate",
            "`tls_listen` is set, but no certificate",
            "Set `tls_cert` and `tls_key`, or leave TLS to a reverse proxy; only `greenroom dev` makes a certificate by itself",
        ));
    }
    findings.extend(collisions(settings));
    let bad_origin = |origin: &&String| HeaderValue::from_str(origin).is_err();
    if let Some(origin) = settings.cors_origins.iter().find(bad_origin) {
        findings.push(Finding::problem(
            "cors_origin_invalid",
            format!("`cors_origins` has {origin:?}, which is no origin"),
            "Write it as `https://app.example.com`",
        ));
    }
    if let Err(error) = EnvFilter::try_new(&settings.log.level) {
        findings.push(Finding::problem(
            "log_level_invalid",
            format!("`log.level` is not a level or a filter: {error}"),
            "Set it to `info`, `debug` or `warn`",
        ));
    }
    if settings
        .trusted_proxies
        .iter()
        .any(|net| net.prefix_len() == 0)
    {
        findings.push(Finding::warning(
            "proxies_all_trusted",
            "`trusted_proxies` names everybody, so that any client can pretend to have any address",
            "Name the networks of your reverse proxies only",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("config", "the configuration can be used"));
    }
    findings
}

/// Listeners that want the same port.
fn collisions(settings: &Settings) -> Option<Finding> {
    let listeners: Vec<(&str, SocketAddr)> = [
        ("listen", Some(settings.listen)),
        ("tls_listen", settings.tls_listen),
        ("metrics_listen", settings.metrics_listen),
    ]
    .into_iter()
    .filter_map(|(name, address)| Some((name, address?)))
    .collect();
    let collide = |one: SocketAddr, other: SocketAddr| {
        let same_ip = one.ip() == other.ip();
        let all = one.ip().is_unspecified() || other.ip().is_unspecified();
        one.port() != 0 && one.port() == other.port() && (same_ip || all)
    };
    listeners
        .iter()
        .enumerate()
        .find_map(|(index, (name, address))| {
            let (other, _) = listeners
                .iter()
                .take(index)
                .find(|(_, other)| collide(*address, *other))?;
            Some(Finding::problem(
                "listeners_collide",
                format!("`{name}` and `{other}` both want port {}", address.port()),
                "Give each a port of its own",
            ))
        })
}
