//! A server that runs on the data directory, and what it says of itself.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::finding::Finding;
use crate::config::Settings;
use crate::data_dir;
use crate::key_dir::KeyDir;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// Longest answer that is read, in bytes.
const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;

/// What is known of a server on the data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Server {
    /// There is none.
    None,
    /// It is there, and said this.
    Runs(Said),
}

/// What it said when it was asked where `listen` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// It listens on a port that nobody can know.
    Unasked,
    /// Nothing.
    Nothing(String),
    /// Somebody answers, but it is another server: its signing keys are not those of the data directory.
    IsAnother,
    /// It answers.
    Answers {
        ready: Result<(), String>,
        version: Option<String>,
    },
}

impl Server {
    /// Whether it is known to be the one that has the ports.
    pub(super) const fn is_ours(&self) -> bool {
        matches!(self, Self::Runs(Said::Answers { .. }))
    }

    pub(super) const fn runs(&self) -> bool {
        matches!(self, Self::Runs(_))
    }
}

/// Looks whether a server runs, and asks it.
pub(super) async fn look(settings: &Settings) -> Server {
    if !data_dir::is_in_use(&settings.data).unwrap_or(false) {
        return Server::None;
    }
    if settings.listen.port() == 0 {
        return Server::Runs(Said::Unasked);
    }
    let public = reachable(settings.listen);
    let jwks = match get(public, "/.well-known/jwks.json").await {
        Ok((_, jwks)) => jwks,
        Err(reason) => return Server::Runs(Said::Nothing(reason)),
    };
    if kids_of_jwks(&jwks) != kids_on_disk(&settings.data) {
        return Server::Runs(Said::IsAnother);
    }
    let ready = match get(public, "/readyz").await {
        Ok((200, _)) => Ok(()),
        Ok((status, body)) => Err(format!("{status} {}", String::from_utf8_lossy(&body))),
        Err(reason) => Err(reason),
    };
    let metrics = settings.metrics_listen.map_or(public, reachable);
    let version = match get(metrics, "/metrics").await {
        Ok((200, text)) => version_of(&String::from_utf8_lossy(&text)),
        Ok(_) | Err(_) => None,
    };
    Server::Runs(Said::Answers { ready, version })
}

/// What to make of it.
pub(super) fn judge(server: &Server, settings: &Settings) -> Vec<Finding> {
    let listen = settings.listen;
    let Server::Runs(said) = server else {
        return vec![Finding::ok(
            "server_stopped",
            format!("no server runs on {}", settings.data.display()),
        )];
    };
    match said {
        Said::Unasked => vec![Finding::ok(
            "server_runs",
            "a server runs, on a port that the system chose",
        )],
        Said::Nothing(reason) => vec![Finding::problem(
            "server_silent",
            format!(
                "a server runs on the data directory, but nothing answers on {listen}: {reason}"
            ),
            "Give the doctor the settings of the server (--config); if they are right, look at its log",
        )],
        Said::IsAnother => vec![Finding::problem(
            "server_is_another",
            format!("a server runs on the data directory, but another one answers on {listen}"),
            "Give each a port of its own, and the doctor the settings of the right one",
        )],
        Said::Answers { ready, version } => {
            let mut findings = vec![match ready {
                Ok(()) => Finding::ok("server_ready", format!("the server on {listen} is ready")),
                Err(reason) => Finding::problem(
                    "server_not_ready",
                    format!("the server on {listen} is not fit to serve: {reason}"),
                    "The other findings and its log say why; if a media thread has failed, restart it",
                ),
            }];
            let here = env!("CARGO_PKG_VERSION");
            if let Some(version) = version.as_deref().filter(|version| *version != here) {
                findings.push(Finding::warning(
                    "server_other_version",
                    format!("the server is version {version}, and this program {here}"),
                    "After an upgrade restart the server",
                ));
            }
            findings
        }
    }
}

/// Where a listener of this machine is reached from this machine.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        SocketAddr::V4(_) | SocketAddr::V6(_) => listen.ip(),
    };
    SocketAddr::new(ip, listen.port())
}

async fn get(server: SocketAddr, path: &str) -> Result<(u16, Bytes), String> {
    let asked = async {
        let stream = TcpStream::connect(server).await.map_err(text)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Body::empty())
            .map_err(text)?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(text)?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_MAX_BYTES);
            let body = body.collect().await.map_err(text)?.to_bytes();
            Ok((status, body))
        };
        tokio::select! {
            answer = exchange => answer,
            ended = connection => Err(ended.map_or_else(text, |()| "it hung up".to_owned())),
        }
    };
    tokio::time::timeout(LIMIT, asked)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", LIMIT.as_secs())))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "fits `map_err`, which hands the error over"
)]
fn text(error: impl ToString) -> String {
    error.to_string()
}

fn kids_of_jwks(jwks: &[u8]) -> BTreeSet<String> {
    let jwks: Value = serde_json::from_slice(jwks).unwrap_or_default();
    let keys = jwks.get("keys").and_then(Value::as_array);
    let kid = |key: &Value| Some(key.get("kid")?.as_str()?.to_owned());
    keys.into_iter().flatten().filter_map(kid).collect()
}

fn kids_on_disk(data: &Path) -> BTreeSet<String> {
    let ring = KeyDir::new(data).load();
    ring.map(|ring| {
        let kids = ring.entries().iter().map(|entry| entry.kid().to_string());
        kids.collect()
    })
    .unwrap_or_default()
}

fn version_of(metrics: &str) -> Option<String> {
    let line = metrics
        .lines()
        .find(|line| line.starts_with("greenroom_build_info"))?;
    let (_, rest) = line.split_once("version=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The process that holds the data directory, if the system tells.
pub(super) fn pid(data: &Path) -> Option<u32> {
    let lock = fs::metadata(data.join(data_dir::LOCK)).ok()?;
    holder(&fs::read_to_string("/proc/locks").ok()?, lock.ino())
}

/// Whoever holds the lock on a file, from the table of the kernel (`proc_locks(5)`).
fn holder(table: &str, inode: u64) -> Option<u32> {
    let inode = format!(":{inode}");
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, kind, _, access, pid, file, ..] = fields.as_slice() else {
            return None;
        };
        let is_it = *kind == "FLOCK" && *access == "WRITE" && file.ends_with(&inode);
        is_it.then(|| pid.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_locks_is_read() {
        let table = "1: POSIX  ADVISORY  READ 77 fe:00:4711 128 128\n\
                     2: FLOCK  ADVISORY  WRITE 4242 fe:00:4711 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 1 fe:00:11 0 EOF\n";
        assert_eq!(holder(table, 4711), Some(4242));
        assert_eq!(holder(table, 11), Some(1));
        assert_eq!(holder(table, 1), None);
    }

    #[test]
    fn the_version_stands_in_the_metrics() {
        let metrics = "# TYPE x\ngreenroom_build_info{version=\"9.8.7\"} 1\n";
        assert_eq!(version_of(metrics).as_deref(), Some("9.8.7"));
        assert_eq!(version_of("# EOF"), None);
    }

    #[test]
    fn what_a_server_says_becomes_findings() {
        let settings = Settings::default();
        let ids = |server: &Server| {
            let findings = judge(server, &settings);
            findings
                .iter()
                .map(|finding| finding.id)
                .collect::<Vec<_>>()
        };
        let answers = |ready: Result<(), String>, version: &str| {
            Server::Runs(Said::Answers {
                ready,
                version: Some(version.to_owned()),
            })
        };
        let here = env!("CARGO_PKG_VERSION");
        assert_eq!(ids(&Server::None), ["server_stopped"]);
        assert_eq!(ids(&answers(Ok(()), here)), ["server_ready"]);
        assert_eq!(
            ids(&answers(Err("503".to_owned()), "9.9.9")),
            ["server_not_ready", "server_other_version"]
        );
        assert_eq!(ids(&Server::Runs(Said::IsAnother)), ["server_is_another"]);
    }
}
