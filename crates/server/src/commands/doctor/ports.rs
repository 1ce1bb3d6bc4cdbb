//! The ports of HTTP, TLS and metrics: free, or held by the server that runs.

use std::io;
use std::net::{SocketAddr, TcpListener};

use super::finding::Finding;
use super::running::Server;
use crate::config::Settings;

/// A port that the server listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) setting: &'static str,
    pub(super) address: SocketAddr,
    pub(super) state: State,
}

/// Whether it can be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Free,
    Taken,
    /// The system does not let this user have it.
    NotAllowed,
    /// The address is none of this machine.
    NotHere,
    Failed(String),
}

/// Tries each port.
pub(super) fn look(settings: &Settings) -> Vec<Port> {
    let listeners = [
        ("listen", Some(settings.listen)),
        ("tls_listen", settings.tls_listen),
        ("metrics_listen", settings.metrics_listen),
    ];
    listeners
        .into_iter()
        .filter_map(|(setting, address)| {
            let address = address?;
            Some(Port {
                setting,
                address,
                state: try_port(address),
            })
        })
        .collect()
}

fn try_port(address: SocketAddr) -> State {
    let Err(error) = TcpListener::bind(address) else {
        return State::Free;
    };
    let known = [
        (io::ErrorKind::AddrInUse, State::Taken),
        (io::ErrorKind::PermissionDenied, State::NotAllowed),
        (io::ErrorKind::AddrNotAvailable, State::NotHere),
    ];
    let found = known.into_iter().find(|(kind, _)| *kind == error.kind());
    found.map_or_else(|| State::Failed(error.to_string()), |(_, state)| state)
}

/// What to make of the ports.
pub(super) fn judge(ports: &[Port], server: &Server) -> Vec<Finding> {
    ports.iter().map(|port| judge_one(port, server)).collect()
}

fn judge_one(port: &Port, server: &Server) -> Finding {
    let Port {
        setting, address, ..
    } = port;
    match &port.state {
        State::Free if address.port() == 0 => {
            Finding::ok("port_any", format!("`{setting}` takes any free port"))
        }
        State::Free if server.is_ours() => Finding::warning(
            "port_not_held",
            format!("a server runs, but not on TCP {address} (`{setting}`)"),
            "It was started with other settings: restart it, or give the doctor the same",
        ),
        State::Free => Finding::ok("port_free", format!("TCP {address} (`{setting}`) is free")),
        State::Taken | State::NotAllowed if server.is_ours() => Finding::ok(
            "port_held",
            format!("the server that runs has TCP {address} (`{setting}`)"),
        ),
        State::Taken => Finding::problem(
            "port_taken",
            format!("another program has TCP {address} (`{setting}`)"),
            format!("Stop that one (`ss -ltnp` shows it), or set another `{setting}`"),
        ),
        State::NotAllowed => Finding::problem(
            "port_not_allowed",
            format!("this user may not listen on TCP {address} (`{setting}`)"),
            "Ports below 1024 want CAP_NET_BIND_SERVICE: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit; or take another port",
        ),
        State::NotHere => Finding::problem(
            "listen_not_here",
            format!(
                "{} (`{setting}`) is no address of this machine",
                address.ip()
            ),
            "Set an address that `ip address` shows, or 0.0.0.0 for all; behind NAT the outer address goes to `media.public_ips` only",
        ),
        State::Failed(reason) => Finding::problem(
            "port_unusable",
            format!("TCP {address} (`{setting}`) cannot be used: {reason}"),
            format!("Set another `{setting}`"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::running::Said;
    use super::*;

    #[test]
    fn each_state_has_its_finding() {
        let ours = Server::Runs(Said::Answers {
            ready: Ok(()),
            version: None,
        });
        for (state, stopped, running) in [
            (State::Free, "port_free", "port_not_held"),
            (State::Taken, "port_taken", "port_held"),
            (State::NotAllowed, "port_not_allowed", "port_held"),
            (State::NotHere, "listen_not_here", "listen_not_here"),
            (
                State::Failed("no".to_owned()),
                "port_unusable",
                "port_unusable",
            ),
        ] {
            let port = Port {
                setting: "listen",
                address: "127.0.0.1:80".parse().unwrap(),
                state,
            };
            assert_eq!(judge_one(&port, &Server::None).id, stopped);
            assert_eq!(judge_one(&port, &ours).id, running);
        }
    }

    #[test]
    fn a_port_is_tried() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        assert_eq!(try_port(address), State::Taken);
        drop(taken);
        assert_eq!(try_port(address), State::Free);
        let elsewhere = "192.0.2.1:4711".parse().unwrap();
        assert_eq!(try_port(elsewhere), State::NotHere);
    }
}
