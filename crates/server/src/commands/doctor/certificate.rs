//! The certificate for HTTPS: its dates, its names, its key, and the order of its chain.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;

use greenroom_domain::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::finding::Finding;
use crate::config::Settings;
use crate::tls::{self, TlsError};

const SECS_PER_DAY: i64 = 86_400;
/// A renewal that has not happened by then will hardly happen by itself.
const SOON_DAYS: i64 = 14;
/// So many names are shown.
const NAMES_SHOWN: usize = 5;

/// What is known of the certificate.
#[derive(Debug)]
pub(super) struct Files {
    /// The chain, the server's own certificate first.
    chain: Result<Vec<Link>, String>,
    /// Whether the server would take chain and key.
    usable: Result<(), TlsError>,
}

/// One certificate of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    subject: String,
    issuer: String,
    not_before_secs: i64,
    not_after_secs: i64,
    names: Vec<String>,
    /// Names as they are encoded, to compare them.
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
}

/// Reads the files, if there are any.
pub(super) fn look(settings: &Settings) -> Option<Files> {
    let (cert, key) = (settings.tls_cert.as_ref()?, settings.tls_key.as_ref()?);
    Some(Files {
        chain: chain(cert),
        usable: tls::check(cert, key),
    })
}

fn chain(path: &Path) -> Result<Vec<Link>, String> {
    let chain = tls::read_chain(path).map_err(|error| error.to_string())?;
    chain.iter().map(|der| link(der)).collect()
}

fn link(der: &CertificateDer<'_>) -> Result<Link, String> {
    let text = |error: x509_cert::der::Error| format!("a certificate makes no sense: {error}");
    let certificate = Certificate::from_der(der).map_err(text)?;
    let body = certificate.tbs_certificate();
    let names = body
        .get_extension::<SubjectAltName>()
        .map_err(text)?
        .map_or_else(Vec::new, |(_, names)| names.0);
    let secs = |time: x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
    };
    Ok(Link {
        subject: body.subject().to_string(),
        issuer: body.issuer().to_string(),
        not_before_secs: secs(body.validity().not_before),
        not_after_secs: secs(body.validity().not_after),
        names: names.iter().filter_map(name).collect(),
        subject_der: body.subject().to_der().map_err(text)?,
        issuer_der: body.issuer().to_der().map_err(text)?,
    })
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let ip = <[u8; 4]>::try_from(octets)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from));
            ip.ok().map(|ip| ip.to_string())
        }
        GeneralName::OtherName(_)
        | GeneralName::Rfc822Name(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::UniformResourceIdentifier(_)
        | GeneralName::RegisteredId(_) => None,
    }
}

/// What to make of it.
pub(super) fn judge(files: &Files, now: Timestamp) -> Vec<Finding> {
    let chain = match &files.chain {
        Ok(chain) => chain,
        Err(reason) => {
            return vec![Finding::problem(
                "certificate_unreadable",
                reason.clone(),
                "Set `tls_cert` to a PEM file with the chain, the server's own certificate first, which the user of the server can read",
            )];
        }
    };
    let mut findings = Vec::new();
    if let Err(error) = &files.usable {
        findings.push(judge_fault(error));
    }
    findings.extend(judge_dates(chain, now));
    findings.extend(judge_chain(chain));
    if let Some(own) = chain.first()
        && findings.is_empty()
    {
        let days = (own.not_after_secs - now.unix_secs()) / SECS_PER_DAY;
        findings.push(Finding::ok(
            "certificate",
            format!(
                "the certificate is for {}, and good for {days} days",
                shown(&own.names)
            ),
        ));
    }
    findings
}

fn judge_fault(error: &TlsError) -> Finding {
    match error {
        TlsError::Unusable(rustls::Error::InconsistentKeys(_)) => Finding::problem(
            "certificate_key_mismatch",
            "`tls_key` is not the key of `tls_cert`",
            "Set the two files that were made together; the server's own certificate comes first in its file",
        ),
        TlsError::File { what, .. } if *what == "private key" => Finding::problem(
            "certificate_key_unreadable",
            error.to_string(),
            "Set `tls_key` to the PEM file of the key, without a passphrase, which the user of the server can read",
        ),
        TlsError::File { .. } | TlsError::Unusable(_) | TlsError::SelfSigned(_) => {
            Finding::problem(
                "certificate_unusable",
                error.to_string(),
                "Get another certificate with a key of a usual kind (ECDSA P-256, RSA of 2048 bits)",
            )
        }
    }
}

fn judge_dates(chain: &[Link], now: Timestamp) -> Vec<Finding> {
    let now = now.unix_secs();
    let day = |secs: i64| Timestamp::from_unix_secs(secs).to_rfc3339_secs();
    let each = chain.iter().filter_map(|link| {
        let Link { subject, .. } = link;
        if link.not_after_secs < now {
            return Some(Finding::problem(
                "certificate_expired",
                format!(
                    "the certificate of {subject} expired on {}",
                    day(link.not_after_secs)
                ),
                "Renew it; the server takes the new files within seconds",
            ));
        }
        if link.not_before_secs > now {
            return Some(Finding::problem(
                "certificate_not_yet_valid",
                format!(
                    "the certificate of {subject} is good from {} on",
                    day(link.not_before_secs)
                ),
                "Look at the clock of this machine; otherwise wait, or get another",
            ));
        }
        (link.not_after_secs < now + SOON_DAYS * SECS_PER_DAY).then(|| {
            Finding::warning(
                "certificate_expires_soon",
                format!(
                    "the certificate of {subject} expires on {}",
                    day(link.not_after_secs)
                ),
                "Look at why it was not renewed; the server takes the new files within seconds",
            )
        })
    });
    each.collect()
}

fn judge_chain(chain: &[Link]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(own) = chain.first() else {
        return findings;
    };
    if own.names.is_empty() {
        findings.push(Finding::problem(
            "certificate_without_names",
            format!("the certificate of {} names no host", own.subject),
            "Get one with the host's name as subject alternative name; browsers look at nothing else",
        ));
    }
    let broken = chain
        .iter()
        .zip(chain.iter().skip(1))
        .find(|(link, next)| link.issuer_der != next.subject_der);
    if let Some((link, next)) = broken {
        findings.push(Finding::problem(
            "certificate_chain_order",
            format!(
                "{} was issued by {}, but {} comes next in the chain",
                link.subject, link.issuer, next.subject
            ),
            "Put the server's own certificate first, and after each the one that issued it",
        ));
    } else if own.issuer_der == own.subject_der {
        findings.push(Finding::warning(
            "certificate_self_signed",
            format!(
                "the certificate of {} is signed by itself, so that browsers refuse it",
                own.subject
            ),
            "Get one from an authority (Let's Encrypt, or your own that the browsers know)",
        ));
    } else if chain.len() == 1 {
        findings.push(Finding::warning(
            "certificate_chain_short",
            format!("the chain has only the certificate of {}, issued by {}", own.subject, own.issuer),
            "Unless browsers know the issuer itself, use the file with the whole chain (`fullchain.pem`)",
        ));
    }
    findings
}

fn shown(names: &[String]) -> String {
    let mut text = names
        .iter()
        .take(NAMES_SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMES_SHOWN {
        // Writing to a String does not fail.
        let _ = write!(text, " and {} more", names.len() - NAMES_SHOWN);
    }
    text
}

#[cfg(test)]
mod tests;
