//! Which addresses clients are told to send media to, and which of them are the machine's own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use crate::config::EngineConfig;

/// Most addresses that are announced of those found: each costs every client a candidate to try.
const FOUND_MAX: usize = 8;

/// Names of interfaces that lead to containers and virtual machines on this machine; clients reach
/// those who live there by the machine's other addresses as well.
const INWARD_INTERFACES: [&str; 6] = ["docker", "br-", "veth", "virbr", "cni", "podman"];

/// One address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterfaceAddress {
    pub(crate) interface: String,
    pub(crate) ip: IpAddr,
}

/// All addresses of the interfaces that are up.
pub(crate) fn of_interfaces() -> Vec<InterfaceAddress> {
    let Ok(all) = getifaddrs() else {
        return Vec::new();
    };
    all.filter(|found| found.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|found| {
            let address = found.address?;
            let ip = address
                .as_sockaddr_in()
                .map(|v4| IpAddr::V4(v4.ip()))
                .or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))?;
            Some(InterfaceAddress {
                interface: found.interface_name,
                ip,
            })
        })
        .collect()
}

/// The address that the way out to the internet begins at, for each family. Nothing is sent.
pub(crate) fn of_default_routes() -> Vec<IpAddr> {
    // Documentation addresses (RFC 5737, RFC 3849): routed like any other, used by nobody.
    let ways = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    ways.iter()
        .filter_map(|(from, to)| {
            let socket = UdpSocket::bind(from).ok()?;
            socket.connect(to).ok()?;
            Some(socket.local_addr().ok()?.ip())
        })
        .collect()
}

/// All addresses of this machine's interfaces that are up.
pub fn machine_addresses() -> Vec<IpAddr> {
    let all = of_interfaces().into_iter().map(|found| found.ip);
    all.collect()
}

/// The addresses that clients are told by an engine whose sockets are bound to `bound`.
pub fn told_addresses(config: &EngineConfig, bound: IpAddr) -> Vec<IpAddr> {
    if !config.public_ips.is_empty() {
        return config.public_ips.clone();
    }
    if !bound.is_unspecified() {
        return vec![bound];
    }
    let found = pick(&of_interfaces(), &of_default_routes(), bound.is_ipv4());
    if found.is_empty() {
        // No network at all: whoever is on this machine can still be served.
        return vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    }
    found
}

/// Whether a client on another machine could ever send to it.
fn leads_here(found: &InterfaceAddress) -> bool {
    let inward = INWARD_INTERFACES
        .iter()
        .any(|name| found.interface.starts_with(name));
    let local = match found.ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified(),
    };
    !inward && !local
}

/// What to announce of what was found on the machine: those on the way out first.
pub(crate) fn pick(found: &[InterfaceAddress], way_out: &[IpAddr], ipv4_only: bool) -> Vec<IpAddr> {
    let mut picked: Vec<IpAddr> = Vec::new();
    let usable: Vec<IpAddr> = found
        .iter()
        .filter(|found| leads_here(found) && (found.ip.is_ipv4() || !ipv4_only))
        .map(|found| found.ip)
        .collect();
    let first = way_out.iter().filter(|ip| usable.contains(ip));
    for ip in first.chain(&usable) {
        if !picked.contains(ip) && picked.len() < FOUND_MAX {
            picked.push(*ip);
        }
    }
    picked
}

/// Whether it is one that the internet routes nobody to.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                // Shared by carriers' customers, RFC 6598.
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// One port's addresses: as announced to clients, and as the kernel knows them.
///
/// They differ behind a one-to-one NAT, where clients send to an address that no interface has.
#[derive(Debug, Clone)]
pub(crate) struct LocalAddresses {
    announced: Vec<Announced>,
    /// Whether the socket has several addresses to send from.
    chooses: bool,
}

#[derive(Debug, Clone, Copy)]
struct Announced {
    address: SocketAddr,
    /// The kernel has seen something sent to it, so that it can send from it as well.
    own: bool,
}

impl LocalAddresses {
    /// Of a port bound at `bound`.
    pub(crate) fn new(announced: &[IpAddr], bound: SocketAddr) -> Self {
        Self {
            announced: announced
                .iter()
                .map(|ip| Announced {
                    address: SocketAddr::new(*ip, bound.port()),
                    own: false,
                })
                .collect(),
            chooses: bound.ip().is_unspecified(),
        }
    }

    /// What clients are told.
    pub(crate) fn announced(&self) -> Vec<SocketAddr> {
        self.announced.iter().map(|known| known.address).collect()
    }

    /// The announced address by which a datagram came that the kernel says was sent to `to`.
    pub(crate) fn arrived_at(
        &mut self,
        to: Option<IpAddr>,
        from: SocketAddr,
    ) -> Option<SocketAddr> {
        let exact = self
            .announced
            .iter_mut()
            .find(|known| Some(known.address.ip()) == to);
        if let Some(known) = exact {
            known.own = true;
            return Some(known.address);
        }
        let of_family = self
            .announced
            .iter()
            .find(|known| known.address.is_ipv4() == from.is_ipv4());
        of_family
            .or(self.announced.first())
            .map(|known| known.address)
    }

    /// The address to send from, where the kernel has to be told.
    pub(crate) fn source(&self, announced: SocketAddr) -> Option<IpAddr> {
        let known = self
            .announced
            .iter()
            .find(|known| known.address == announced)?;
        (self.chooses && known.own).then_some(announced.ip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &[(&str, &str)]) -> Vec<InterfaceAddress> {
        list.iter()
            .map(|(interface, ip)| InterfaceAddress {
                interface: (*interface).to_owned(),
                ip: ip.parse().unwrap(),
            })
            .collect()
    }

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    #[test]
    fn what_leads_nowhere_is_left_out() {
        let machine = found(&[
            ("lo", "127.0.0.1"),
            ("lo", "::1"),
            ("eth0", "192.168.1.5"),
            ("eth0", "fe80::1"),
            ("eth1", "169.254.3.4"),
            ("docker0", "172.17.0.1"),
            ("eth1", "203.0.113.9"),
            ("eth1", "2001:db8::9"),
        ]);
        let way_out = ips(&["203.0.113.9", "2001:db8::9"]);
        assert_eq!(
            pick(&machine, &way_out, false),
            ips(&["203.0.113.9", "2001:db8::9", "192.168.1.5"])
        );
        assert_eq!(
            pick(&machine, &way_out, true),
            ips(&["203.0.113.9", "192.168.1.5"])
        );
        assert_eq!(
            pick(&machine, &ips(&["10.9.9.9"]), true),
            ips(&["192.168.1.5", "203.0.113.9"])
        );
    }

    #[test]
    fn there_are_never_too_many() {
        let many: Vec<(String, String)> = (1..=50)
            .map(|number| (format!("eth{number}"), format!("10.0.0.{number}")))
            .collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(pick(&found(&many), &[], false).len(), FOUND_MAX);
    }

    #[test]
    fn private_ranges() {
        for ip in [
            "10.1.1.1",
            "127.0.0.1",
            "100.64.0.1",
            "172.31.0.1",
            "fd00::1",
            "::1",
        ] {
            assert!(is_private(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["100.128.0.1", "8.8.8.8", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_private(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn behind_nat_the_announced_address_stands_for_the_own() {
        let bound = "0.0.0.0:7700".parse().unwrap();
        let mut nat = LocalAddresses::new(&ips(&["203.0.113.9", "10.0.0.5"]), bound);
        let client = "198.51.100.1:5000".parse().unwrap();
        let public: SocketAddr = "203.0.113.9:7700".parse().unwrap();
        let lan: SocketAddr = "10.0.0.5:7700".parse().unwrap();
        assert_eq!(
            nat.arrived_at(Some(ips(&["10.0.0.4"])[0]), client),
            Some(public)
        );
        assert_eq!(
            nat.arrived_at(Some(ips(&["10.0.0.5"])[0]), client),
            Some(lan)
        );
        assert_eq!(nat.arrived_at(None, client), Some(public));
        assert_eq!(nat.source(public), None);
        assert_eq!(nat.source(lan), Some(lan.ip()));
    }

    #[test]
    fn a_socket_with_one_address_needs_no_source() {
        let bound: SocketAddr = "127.0.0.1:7700".parse().unwrap();
        let mut only = LocalAddresses::new(&[bound.ip()], bound);
        assert_eq!(only.arrived_at(Some(bound.ip()), bound), Some(bound));
        assert_eq!(only.source(bound), None);
    }

    #[test]
    fn this_machine_has_a_loopback_address() {
        assert!(of_interfaces().iter().any(|found| found.ip.is_loopback()));
    }
}
