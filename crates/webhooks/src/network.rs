//! Which addresses a delivery may be sent to. A webhook URL is chosen by whoever has an API key, and the server
//! stands inside a network that such a one may not be allowed to reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address that deliveries may not be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is refused as a webhook target: {kind}")]
pub struct RefusedAddress {
    /// The address, as it was to be dialled.
    pub address: IpAddr,
    /// What it is.
    pub kind: &'static str,
}

/// Which addresses may be dialled beside public ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    /// All that are not public either, except where cloud providers give credentials away.
    pub allow_private: bool,
    /// These networks, whatever they are.
    pub allow_networks: Vec<IpNet>,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(bits: u128, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), prefix)
}

const METADATA: &str = "a cloud provider's metadata service";

/// Where cloud providers serve credentials to whoever asks from inside the machine.
const METADATA_V4: [Ipv4Net; 5] = [
    v4(169, 254, 169, 254, 32),
    v4(169, 254, 170, 0, 24),
    v4(100, 100, 100, 200, 32),
    v4(168, 63, 129, 16, 32),
    v4(192, 0, 0, 192, 32),
];
const METADATA_V6: Ipv6Net = v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0000, 32);

/// What is not public in the IANA registry of special-purpose IPv4 addresses, and multicast.
const NOT_PUBLIC_V4: [(Ipv4Net, &str); 16] = [
    (v4(0, 0, 0, 0, 8), "not an address to send to"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "an address behind carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "an address for protocols"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "an address for benchmarks"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

/// The same of IPv6, without what embeds IPv4.
const NOT_PUBLIC_V6: [(Ipv6Net, &str); 12] = [
    (v6(0, 128), "not an address to send to"),
    (v6(1, 128), "a loopback address"),
    (
        v6(0x0064_ff9b_0001_0000_0000_0000_0000_0000, 48),
        "a local NAT64 address",
    ),
    (
        v6(0x0100_0000_0000_0000_0000_0000_0000_0000, 64),
        "an address for discarding",
    ),
    (
        v6(0x2001_0db8_0000_0000_0000_0000_0000_0000, 32),
        "an address for documentation",
    ),
    (
        v6(0x2001_0000_0000_0000_0000_0000_0000_0000, 23),
        "an address for protocols",
    ),
    (
        v6(0x3fff_0000_0000_0000_0000_0000_0000_0000, 20),
        "an address for documentation",
    ),
    (
        v6(0x5f00_0000_0000_0000_0000_0000_0000_0000, 16),
        "an address for segment routing",
    ),
    (
        v6(0xfc00_0000_0000_0000_0000_0000_0000_0000, 7),
        "a private address",
    ),
    (
        v6(0xfe80_0000_0000_0000_0000_0000_0000_0000, 10),
        "a link-local address",
    ),
    (
        v6(0xfec0_0000_0000_0000_0000_0000_0000_0000, 10),
        "a private address",
    ),
    (
        v6(0xff00_0000_0000_0000_0000_0000_0000_0000, 8),
        "a multicast address",
    ),
];

/// IPv4 in IPv6, with the place of the four bytes: IPv4-compatible and -mapped (RFC 4291), NAT64 (RFC 6052), 6to4
/// (RFC 3056).
const EMBEDDING: [(Ipv6Net, usize); 4] = [
    (v6(0, 96), 12),
    (v6(0x0000_0000_0000_0000_0000_ffff_0000_0000, 96), 12),
    (v6(0x0064_ff9b_0000_0000_0000_0000_0000_0000, 96), 12),
    (v6(0x2002_0000_0000_0000_0000_0000_0000_0000, 16), 2),
];

impl NetworkPolicy {
    /// Refuses an address that may not be dialled.
    pub fn check(&self, address: IpAddr) -> Result<(), RefusedAddress> {
        let embedded = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        };
        let allowed = |address: &IpAddr| {
            self.allow_networks
                .iter()
                .any(|network| network.contains(address))
        };
        if allowed(&address) || embedded.as_ref().is_some_and(allowed) {
            return Ok(());
        }
        let kind = [Some(address), embedded]
            .into_iter()
            .flatten()
            .find_map(kind_of);
        match kind {
            None => Ok(()),
            Some(kind) if self.allow_private && kind != METADATA => Ok(()),
            Some(kind) => Err(RefusedAddress { address, kind }),
        }
    }
}

/// What an address is if it is not public.
fn kind_of(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) if METADATA_V4.iter().any(|net| net.contains(&address)) => {
            Some(METADATA)
        }
        IpAddr::V6(address) if METADATA_V6.contains(&address) => Some(METADATA),
        IpAddr::V4(address) => NOT_PUBLIC_V4
            .iter()
            .find_map(|(net, kind)| net.contains(&address).then_some(*kind)),
        IpAddr::V6(address) => NOT_PUBLIC_V6
            .iter()
            .find_map(|(net, kind)| net.contains(&address).then_some(*kind)),
    }
}

fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (_, place) = EMBEDDING.iter().find(|(net, _)| net.contains(&address))?;
    let bytes = address.octets();
    let four = bytes.get(*place..place + 4)?;
    <[u8; 4]>::try_from(four).ok().map(Ipv4Addr::from)
}

#[cfg(test)]
mod tests;
