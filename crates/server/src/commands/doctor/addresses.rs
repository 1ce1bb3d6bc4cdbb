//! The addresses that clients are told for media.

use std::net::{IpAddr, SocketAddr};

use greenroom_media::{EngineConfig, is_private, machine_addresses, told_addresses};

use super::finding::Finding;
use crate::config::Settings;

/// What is known of the addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addresses {
    /// What clients are told.
    pub(super) told: Vec<IpAddr>,
    /// What the interfaces of this machine have.
    pub(super) own: Vec<IpAddr>,
    /// Whether `media.public_ips` is set.
    pub(super) are_set: bool,
    /// Whether HTTP or HTTPS takes clients of other machines.
    pub(super) is_public: bool,
    /// The address that media is bound to.
    pub(super) bound: IpAddr,
    /// The first UDP port of media, and how many there are.
    pub(super) udp: (u16, usize),
    /// The first TCP port, if there is one.
    pub(super) tcp: Option<u16>,
}

/// Gathers them.
pub(super) fn look(settings: &Settings, engine: &EngineConfig) -> Addresses {
    let is_public = |listen: &SocketAddr| !listen.ip().is_loopback();
    let listeners = [Some(settings.listen), settings.tls_listen];
    Addresses {
        told: told_addresses(engine, engine.bind),
        own: machine_addresses(),
        are_set: !engine.public_ips.is_empty(),
        is_public: listeners.iter().flatten().any(is_public),
        bound: engine.bind,
        udp: (engine.udp_port, engine.shards.get()),
        tcp: engine.tcp_port,
    }
}

impl Addresses {
    /// Whether an address is one of this machine.
    pub(super) fn is_own(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.own.contains(&ip)
    }

    fn ports(&self) -> String {
        let (first, count) = self.udp;
        let last = usize::from(first) + count.saturating_sub(1);
        let range = if count > 1 {
            format!("{first}-{last}")
        } else {
            first.to_string()
        };
        match self.tcp {
            Some(tcp) if tcp == first => format!("UDP and TCP port {range}"),
            Some(tcp) => format!("UDP port {range} and TCP port {tcp}"),
            None => format!("UDP port {range}"),
        }
    }
}

/// What to make of them.
pub(super) fn judge(addresses: &Addresses) -> Vec<Finding> {
    let list = |ips: &[IpAddr]| {
        let texts: Vec<_> = ips.iter().map(ToString::to_string).collect();
        texts.join(", ")
    };
    let told = list(&addresses.told);
    let mut findings = Vec::new();
    if addresses.is_public && addresses.told.iter().all(IpAddr::is_loopback) {
        findings.push(Finding::problem(
            "media_addresses_loopback",
            format!(
                "HTTP takes clients of other machines, but for media they are told {told} only"
            ),
            "Set `media.public_ips` to the address that clients reach this machine by",
        ));
    } else if addresses.is_public && addresses.told.iter().copied().all(is_private) {
        let set = if addresses.are_set {
            "`media.public_ips` has"
        } else {
            "`media.public_ips` is not set, and this machine has"
        };
        findings.push(Finding::warning(
            "media_addresses_private",
            format!("{set} private addresses only ({told}): nobody outside this network gets media"),
            "Set `media.public_ips` to the address that clients reach this machine by, unless all of them are inside",
        ));
    } else {
        findings.push(Finding::ok(
            "media_addresses",
            format!("clients are told {told} for media"),
        ));
    }
    let foreign = addresses.told.iter().filter(|ip| !addresses.is_own(**ip));
    findings.extend(foreign.map(|ip| {
        Finding::warning(
            "media_behind_nat",
            format!("{ip} is no address of this machine, which must be behind NAT then"),
            format!(
                "Forward {} of {ip} to the same ports here; to see whether it works run on a machine outside: greenroom doctor --reach {}",
                addresses.ports(),
                SocketAddr::new(*ip, addresses.udp.0),
            ),
        )
    }));
    let is_global = |ip: &&IpAddr| ip.is_ipv6() && !is_private(**ip) && !ip.is_loopback();
    let has_ipv6 = addresses.own.iter().find(is_global);
    let tells_ipv6 = addresses.told.iter().any(IpAddr::is_ipv6);
    match has_ipv6 {
        Some(ip) if addresses.is_public && addresses.are_set && !tells_ipv6 => {
            findings.push(Finding::warning(
                "ipv6_left_out",
                format!("this machine has the IPv6 address {ip}, but clients are not told of it"),
                "Add it to `media.public_ips`, so that clients with IPv6 need no translation",
            ));
        }
        Some(_) | None => {}
    }
    if tells_ipv6 && addresses.bound.is_ipv4() {
        findings.push(Finding::problem(
            "ipv6_not_bound",
            format!(
                "clients are told an IPv6 address, but media is bound to {} only",
                addresses.bound
            ),
            "Set `media.listen = \"::\"`, or leave it out",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(told: &[&str], own: &[&str], is_public: bool) -> Addresses {
        let ips = |list: &[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect();
        Addresses {
            told: ips(told),
            own: ips(own),
            are_set: true,
            is_public,
            bound: "::".parse().unwrap(),
            udp: (7700, 1),
            tcp: Some(7700),
        }
    }

    fn ids(addresses: &Addresses) -> Vec<&'static str> {
        judge(addresses).iter().map(|finding| finding.id).collect()
    }

    #[test]
    fn what_clients_are_told_is_judged() {
        for (told, own, is_public, expected) in [
            (
                &["203.0.113.7"][..],
                &["203.0.113.7"][..],
                true,
                &["media_addresses"][..],
            ),
            (&["127.0.0.1"], &["127.0.0.1"], false, &["media_addresses"]),
            (
                &["127.0.0.1"],
                &["10.0.0.5"],
                true,
                &["media_addresses_loopback"],
            ),
            (
                &["10.0.0.5"],
                &["10.0.0.5"],
                true,
                &["media_addresses_private"],
            ),
            (
                &["203.0.113.7"],
                &["10.0.0.5"],
                true,
                &["media_addresses", "media_behind_nat"],
            ),
            (
                &["203.0.113.7"],
                &["203.0.113.7", "2001:db8::7", "fe80::1"],
                true,
                &["media_addresses", "ipv6_left_out"],
            ),
        ] {
            assert_eq!(
                ids(&facts(told, own, is_public)),
                expected,
                "{told:?} {own:?}"
            );
        }
        let unset = Addresses {
            are_set: false,
            ..facts(&["10.0.0.5"], &["10.0.0.5"], true)
        };
        assert!(judge(&unset)[0].text.contains("is not set"));
        let unbound = Addresses {
            bound: "0.0.0.0".parse().unwrap(),
            ..facts(&["2001:db8::7"], &["2001:db8::7"], true)
        };
        assert_eq!(ids(&unbound), ["media_addresses", "ipv6_not_bound"]);
    }

    #[test]
    fn nat_names_what_to_forward_and_how_to_try() {
        let nat = Addresses {
            udp: (7700, 3),
            ..facts(&["203.0.113.7"], &["10.0.0.5"], true)
        };
        let remedy = judge(&nat)[1].remedy.clone().unwrap();
        assert!(remedy.contains("UDP and TCP port 7700-7702"), "{remedy}");
        assert!(remedy.ends_with("--reach 203.0.113.7:7700"), "{remedy}");
    }
}
