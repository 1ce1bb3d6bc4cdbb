//! Whether media ports answer. The question is asked by a second process, as a client would ask it: this program
//! again, with `--reach`, which may also be run on another machine.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use greenroom_domain::Entropy;
use greenroom_media::{EngineConfig, TransactionId, reach_answered, reach_request};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::addresses::Addresses;
use super::finding::Finding;

/// How long one datagram may be under way, with its answer.
const UDP_LIMIT: Duration = Duration::from_millis(700);
/// How often it is sent: networks lose some.
const UDP_TRIES: usize = 4;
/// How long connecting and the answer may take by TCP.
const TCP_LIMIT: Duration = Duration::from_secs(3);
/// Longest answer, in bytes.
const ANSWER_MAX_BYTES: usize = 512;

/// UDP or TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    Udp,
    Tcp,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

/// What `--reach` takes: `ADDRESS:PORT`, with `udp:` or `tcp:` before it for one of the two only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    address: SocketAddr,
    way: Option<Way>,
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (way, address) = if let Some(address) = text.strip_prefix("udp:") {
            (Some(Way::Udp), address)
        } else if let Some(address) = text.strip_prefix("tcp:") {
            (Some(Way::Tcp), address)
        } else {
            (None, text)
        };
        let address = address
            .parse()
            .map_err(|_| "expected ADDRESS:PORT, such as 203.0.113.7:7700".to_owned())?;
        Ok(Self { address, way })
    }
}

impl Asked {
    pub(super) fn targets(&self) -> Vec<Target> {
        let ways = self.way.map_or(vec![Way::Udp, Way::Tcp], |way| vec![way]);
        let target = |way| Target {
            way,
            address: self.address,
        };
        ways.into_iter().map(target).collect()
    }
}

/// One port of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(super) way: Way,
    pub(super) address: SocketAddr,
}

/// What came of asking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reached {
    #[serde(flatten)]
    pub(super) target: Target,
    /// The address that the question was seen to come from; `None` without an answer.
    pub(super) seen_as: Option<SocketAddr>,
}

/// What to ask of a server with these addresses: all of them by their first port, and the further ports by the first
/// address.
pub(super) fn targets(addresses: &Addresses, engine: &EngineConfig) -> Vec<Target> {
    let first = [
        (Way::Udp, Some(engine.udp_port)),
        (Way::Tcp, engine.tcp_port),
    ];
    let mut targets = Vec::new();
    for (way, port) in first {
        let Some(port) = port.filter(|port| *port != 0) else {
            continue;
        };
        for (nth, ip) in addresses.told.iter().enumerate() {
            let last = if nth == 0 { engine.shards.get() } else { 1 };
            let ports = (0..last).filter_map(|shard| port.checked_add(u16::try_from(shard).ok()?));
            targets.extend(ports.map(|port| Target {
                way,
                address: SocketAddr::new(*ip, port),
            }));
        }
    }
    targets
}

/// Asks from a process of its own.
pub(super) fn ask_from_outside(targets: &[Target]) -> Result<Vec<Reached>, String> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["doctor", "--json"]).stdin(Stdio::null());
    for Target { way, address } in targets {
        let way = way.to_string().to_lowercase();
        command.arg("--reach").arg(format!("{way}:{address}"));
    }
    // It ends by itself, since each question has its limit.
    let output = command.output().map_err(|error| error.to_string())?;
    let report: Report = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error} {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(report.reach)
}

/// What `--reach --json` prints.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) reach: Vec<Reached>,
}

/// Asks all targets at once.
pub(super) async fn ask(targets: Vec<Target>, entropy: &dyn Entropy) -> Vec<Reached> {
    let mut asked = JoinSet::new();
    for (nth, target) in targets.into_iter().enumerate() {
        let mut id = TransactionId::default();
        entropy.fill(&mut id);
        asked.spawn(async move {
            let seen_as = match target.way {
                Way::Udp => ask_by_udp(target.address, id).await,
                Way::Tcp => timeout(TCP_LIMIT, ask_by_tcp(target.address, id))
                    .await
                    .ok()
                    .flatten(),
            };
            (nth, Reached { target, seen_as })
        });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(nth, _)| *nth);
    answers.into_iter().map(|(_, reached)| reached).collect()
}

async fn ask_by_udp(address: SocketAddr, id: TransactionId) -> Option<SocketAddr> {
    let from = match address.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((from, 0)).await.ok()?;
    socket.connect(address).await.ok()?;
    let request = reach_request(id);
    let mut answer = [0; ANSWER_MAX_BYTES];
    for _ in 0..UDP_TRIES {
        // What the network says against it (port unreachable) may be about an earlier try.
        let _ = socket.send(&request).await;
        let received = timeout(UDP_LIMIT, socket.recv(&mut answer)).await;
        let datagram = received.ok().and_then(|read| answer.get(..read.ok()?));
        let seen_as = datagram.and_then(|datagram| reach_answered(datagram, id));
        if seen_as.is_some() {
            return seen_as;
        }
    }
    None
}

/// Datagrams on a stream have their length before them (RFC 4571).
async fn ask_by_tcp(address: SocketAddr, id: TransactionId) -> Option<SocketAddr> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = reach_request(id);
    let length = u16::try_from(request.len()).ok()?;
    let framed = [&length.to_be_bytes()[..], &request].concat();
    stream.write_all(&framed).await.ok()?;
    let length = usize::from(stream.read_u16().await.ok()?);
    let mut answer = [0; ANSWER_MAX_BYTES];
    let answer = answer.get_mut(..length)?;
    stream.read_exact(answer).await.ok()?;
    reach_answered(answer, id)
}

/// What to make of the ports of this machine.
pub(super) fn judge(reached: &[Reached], addresses: &Addresses) -> Vec<Finding> {
    reached
        .iter()
        .map(|one| {
            let Target { way, address } = one.target;
            let port = address.port();
            match one.seen_as {
                Some(_) => Finding::ok(answers_id(way), format!("media answers on {way} {address}")),
                None if addresses.is_own(address.ip()) => Finding::problem(
                    silent_id(way),
                    format!("media does not answer on {way} {address}, which clients are told"),
                    format!("Let {way} port {port} through the firewall of this machine; if media is bound to another address, see `media.listen` and `media.public_ips`"),
                ),
                None => Finding::warning(
                    "media_unproven",
                    format!("no answer on {way} {address} from here, which says little: many routers let nobody in who comes from inside"),
                    format!("Run on a machine outside: greenroom doctor --reach {address}"),
                ),
            }
        })
        .collect()
}

/// What to make of the ports of another machine.
pub(super) fn judge_from_outside(reached: &[Reached]) -> Vec<Finding> {
    reached
        .iter()
        .map(|one| {
            let Target { way, address } = one.target;
            match one.seen_as {
                Some(seen_as) => Finding::ok(
                    answers_id(way),
                    format!("media answers on {way} {address}, and sees this machine as {seen_as}"),
                ),
                None => Finding::problem(
                    silent_id(way),
                    format!("no answer on {way} {address}"),
                    "Let that port through the firewalls on the way and forward it at the NAT to the same port; Greenroom has to run there",
                ),
            }
        })
        .collect()
}

const fn answers_id(way: Way) -> &'static str {
    match way {
        Way::Udp => "media_udp_answers",
        Way::Tcp => "media_tcp_answers",
    }
}

const fn silent_id(way: Way) -> &'static str {
    match way {
        Way::Udp => "media_udp_silent",
        Way::Tcp => "media_tcp_silent",
    }
}

#[cfg(test)]
mod tests;
