//! A network of the benchmark's own: two namespaces, a wire between them, and nothing else. Janus takes no
//! part in a loopback network, and nothing else on the machine can get in the way.

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::program;

/// Where the servers are.
pub(crate) const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 213, 77, 1));
/// Where the clients are.
pub(crate) const CLIENTS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 213, 77, 2));
/// Bits of the network's part of an address.
const PREFIX: u8 = 24;
/// How everything in the network is scheduled, both servers and the clients: before whatever else the machine does.
const NICENESS: i8 = -10;
/// Tells the bench in the clients' namespace the name of the servers'.
const INSIDE: &str = "GREENROOM_BENCH_SERVER_NAMESPACE";

/// The name of the servers' namespace, for a bench that runs in the clients'.
pub(crate) fn server_namespace() -> Option<String> {
    std::env::var(INSIDE).ok()
}

/// Runs this program again in the clients' namespace, with the same arguments, to its end.
pub(crate) fn run_inside() -> anyhow::Result<()> {
    let network = Network::lay()?;
    let mut command = Command::new("nice");
    command
        .arg(format!("--adjustment={NICENESS}"))
        .args(["ip", "netns", "exec", &network.clients])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, &network.servers)
        .stdin(Stdio::null());
    let status = program::run_to_end(&mut command)?;
    anyhow::ensure!(status.success(), "the measuring inside the network failed");
    Ok(())
}

/// Two namespaces with a wire between them; gone when dropped.
#[derive(Debug)]
struct Network {
    servers: String,
    clients: String,
}

impl Network {
    fn lay() -> anyhow::Result<Self> {
        let own = std::process::id();
        let network = Self {
            servers: format!("greenroom-{own}-s"),
            clients: format!("greenroom-{own}-c"),
        };
        let ends = [(&network.servers, SERVER), (&network.clients, CLIENTS)];
        for (name, _) in ends {
            ip(&["netns", "add", name])
                .context("namespaces need root and iproute2: scripts/setup-bench.sh")?;
        }
        ip(&[
            "link",
            "add",
            "wire",
            "netns",
            &network.servers,
            "type",
            "veth",
            "peer",
            "name",
            "wire",
            "netns",
            &network.clients,
        ])?;
        for (name, address) in ends {
            let address = format!("{address}/{PREFIX}");
            ip(&["-n", name, "address", "add", &address, "dev", "wire"])?;
            ip(&["-n", name, "link", "set", "wire", "up"])?;
            ip(&["-n", name, "link", "set", "lo", "up"])?;
        }
        Ok(network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in [&self.servers, &self.clients] {
            // What was never made cannot be removed.
            let _ = ip(&["netns", "delete", name]);
        }
    }
}

fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("ip")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot run `ip`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.success(),
        "ip {}: {said}",
        arguments.join(" ")
    );
    Ok(())
}
